"""Commands: the gateway and its keys, the simulated providers alone, the care of the log; `--help` lists them."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from router.commands.apps import add_app_commands
from router.commands.arguments import read_days, read_pace, read_port
from router.commands.evaluate import add_evaluate_command
from router.errors import ConfigurationError

if TYPE_CHECKING:
    from router.store import Store


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit status."""
    options = _build_parser().parse_args(arguments)
    try:
        options.run(options)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m router", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    simulate = commands.add_parser("simulate", help="run the simulated providers on this machine")
    simulate.add_argument("--port", type=read_port, default=8600, help="where they listen (default 8600)")
    simulate.add_argument("--pace", type=read_pace, default=1.0, help="natural delays times this; 0 answers at once")
    simulate.add_argument("--limits", action="store_true", help="enforce the free tiers' limits")
    simulate.set_defaults(run=_run_simulator)
    rebuild = commands.add_parser("rebuild-figures", help="make the log's figures anew from its rows")
    rebuild.set_defaults(run=_make_figures_anew)
    retain = commands.add_parser("retain", help="delete the log's older rows and contents; their figures stay")
    retain.add_argument("--days", type=read_days, required=True, help="how many days of rows are kept")
    retain.set_defaults(run=_delete_old_rows)
    clear = commands.add_parser("clear-cache", help="forget the answers that are kept to be given again")
    clear.set_defaults(run=_clear_cache)
    copy = commands.add_parser("copy-log", help="copy everything in the database into another, empty one")
    copy.add_argument("--to", metavar="URL", required=True, help="sqlite:///… or postgresql://user:password@host/db")
    copy.set_defaults(run=_copy_log)
    serve = commands.add_parser("serve", help="serve the router over HTTP, as OpenAI's API")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (default 127.0.0.1)")
    serve.add_argument("--port", type=read_port, default=8700, help="the port (default 8700)")
    serve.set_defaults(run=_serve_gateway)
    add_app_commands(commands.add_parser("apps", help="keys of the gateway: add, list, revoke"))
    doctor = commands.add_parser("doctor", help="look at keys, addresses, clock, database, models and disk")
    doctor.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    doctor.set_defaults(run=_examine)
    add_evaluate_command(commands.add_parser("evaluate", help="hold models against each other on a task's cases"))
    report = commands.add_parser("report", help="write the report, one HTML file, of the last days")
    report.add_argument("--days", type=read_days, default=30.0, help="how many days it is about (default 30)")
    report.add_argument("--requests", choices=("live", "simulated", "both"), default="live", help="default live")
    report.add_argument("--out", type=Path, default=Path("report.html"), help="the file (default report.html)")
    report.set_defaults(run=_write_report)
    return parser


def _run_simulator(options: argparse.Namespace) -> None:
    from router.settings import Settings
    from router.simulator import serve

    allowed_hosts = Settings.from_env().allowed_hosts
    serve(port=options.port, pace=options.pace, limits=options.limits, allowed_hosts=allowed_hosts)


def _serve_gateway(options: argparse.Namespace) -> None:
    from router.gateway.serving import serve
    from router.settings import Settings

    serve(Settings.from_env(), host=options.host, port=options.port)


def _examine(options: argparse.Namespace) -> None:
    import asyncio
    import json

    from router.doctor import examine, has_fault

    findings = asyncio.run(examine())
    if options.json:
        document = {"ok": not has_fault(findings), "findings": [asdict(finding) for finding in findings]}
        print(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        width = max(len(finding.subject) for finding in findings)
        print(*(finding.line(width) for finding in findings), sep="\n")
    if has_fault(findings):
        sys.exit(1)


def _make_figures_anew(options: argparse.Namespace) -> None:
    with _open_database() as store:
        count = store.rebuild_figures()
    print(f"The figures of {count:,} requests are made anew; those of rows that were deleted stay as they were.")


def _delete_old_rows(options: argparse.Namespace) -> None:
    with _open_database() as store:
        count = store.retain(options.days)
    print(f"{count:,} requests of the days before that are deleted with all that belongs to them; their figures stay.")


def _clear_cache(options: argparse.Namespace) -> None:
    with _open_database() as store:
        count = store.answers.clear()
    if count is None:
        raise ConfigurationError("the database cannot be written now; nothing was deleted")
    print(f"{count:,} answers are deleted; each such request is sent to a provider again.")


def _copy_log(options: argparse.Namespace) -> None:
    from router.settings import PROJECT
    from router.store import open_store

    with _open_database() as store, closing(open_store(options.to, PROJECT, named_by="--to")) as target:
        copied = store.copy_into(target, _Progress().show)
    print(f"{'table':<24}{'here':>12}{'there':>12}")
    for table in copied:
        print(f"{table.name:<24}{table.here:>12,}{table.there:>12,}")


class _Progress:
    """Says how far a copy is: each table, and within a long one once a second; where only a person reads it."""

    def __init__(self) -> None:
        self._table = ""
        self._said_at = 0.0

    def show(self, table: str, count: int) -> None:
        """Say it, if it is time."""
        now = time.monotonic()
        if table != self._table or now - self._said_at >= 1.0:
            self._table, self._said_at = table, now
            print(f"{table}: {count:,} rows …", file=sys.stderr, flush=True)


def _write_report(options: argparse.Namespace) -> None:
    from router.providers.accounts import ready_providers
    from router.report import Report, render, whole_days
    from router.settings import Settings
    from router.store import WORK, Filters
    from router.table.offers import table_in_use
    from router.table.operator_files import load_table

    simulated = {"live": False, "simulated": True, "both": None}[options.requests]
    now = time.time()
    start, end = whole_days(options.days, now)
    with _open_database() as store:
        filters = Filters(start=start, end=end, purpose=WORK, simulated=simulated)
        settings = Settings.from_env()
        table = load_table(settings.routes, settings.providers)
        table = table_in_use(table, ready_providers(table, settings))
        document = render(Report(store, table, filters, now))
    try:
        _write_private(options.out, document)
    except OSError as error:
        sys.exit(f"{options.out} cannot be written: {error.strerror}; name a file in a folder that there is with --out")
    print(f"{options.out} is written.")


def _write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone may read where it is new: error texts of providers stand in a report."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)


@contextmanager
def _open_database() -> Iterator[Store]:
    """The database that the settings name."""
    from router.settings import PROJECT, Settings
    from router.store import open_store

    store = open_store(Settings.from_env().database_url, PROJECT)
    try:
        yield store
    finally:
        store.close()


if __name__ == "__main__":
    sys.exit(main())
