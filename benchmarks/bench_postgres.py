"""The log on PostgreSQL beside the log in a file: copying, writing, a call, Usage's views, History's page and search.

A server of its own is started for it, as Debian ships it and with its waits for the disk; without PostgreSQL nothing is
measured. Goals: a call at most 5 % slower at p50, Usage's views at most 1.5 times as long.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import bench_history, bench_usage, rows
from benchmarks.bench_router import CHAT, MESSAGES, environment
from benchmarks.figures import p50, say, timed, upstream
from router import DualModelRouter
from router.store import Filters, Selection, Store, open_store
from tests.databases import Databases, NoServerError, running_databases

COUNT = int(os.environ.get("BENCH_ROWS", "1000000"))
CALLS, ROUNDS = 200, 5
PERIODS = {"1d": 1, "30d": 30, "90d": 90}
ALL = Filters(simulated=None)
SEARCHES = {"search_common": "salad", "search_phrase": '"salad pulse"', "search_nothing": "banana"}

_Call = Callable[[], object]


def opened(url: str) -> Store:
    """A store by its URL."""
    return open_store(url, Path("/"))


def copied(path: Path, databases: Databases, name: str) -> tuple[Store, Store]:
    """A file's store, and its copy on the server."""
    file, server = opened(f"sqlite:///{path}"), opened(databases.make())
    began = time.perf_counter()
    tables = file.copy_into(server, lambda *_: None)
    seconds = time.perf_counter() - began
    count = sum(table.here for table in tables)
    lost = count - sum(table.there for table in tables)
    say(f"postgres.copy.{name}", count / seconds, "rows/s", rows=count, lost=lost)
    with server._reading.connect() as connection:
        connection.exec_driver_sql("ANALYZE")  # as the server does it by itself within a minute
    return file, server


def beside(
    name: str, in_file: Callable[[], object], on_server: Callable[[], object], goal: float | None = None
) -> None:
    """The time of the same question to both."""
    file, server = bench_usage.taken(in_file), bench_usage.taken(on_server)
    more = {} if goal is None else {"goal": f"at most {goal}"}
    say(f"postgres.{name}", server, "ms", sqlite=round(file, 3), ratio=round(server / file, 2), **more)


def usage(folder: Path, databases: Databases) -> None:
    """Each view of Usage."""
    file, server = copied(rows.make(folder, COUNT), databases, "usage")
    end = time.time() // 3_600 * 3_600 + 3_600
    for period, days in PERIODS.items():
        filters = Filters(start=end - days * 86_400, end=end, purpose=bench_usage.SELECTIONS["work"]["purpose"])  # type: ignore[arg-type]
        views = bench_usage.views(file, filters), bench_usage.views(server, filters)
        for view in views[0]:
            beside(f"usage.{period}.{view}", views[0][view], views[1][view], 1.5)
    file.close()
    server.close()


def history(folder: Path, databases: Databases) -> None:
    """A page of History, and searching."""
    opened(f"sqlite:///{folder}/history.db").close()
    bench_history.fill(folder / "history.db")
    file, server = copied(folder / "history.db", databases, "history")

    def page(store: Store, **options: str) -> _Call:
        return lambda: store.history.page(Selection(ALL, **options), limit=41)  # type: ignore[arg-type]

    beside("history.page", page(file), page(server))
    beside("history.page_failed", page(file, status="failed"), page(server, status="failed"))
    for name, words in SEARCHES.items():
        beside(f"history.{name}", page(file, words=words), page(server, words=words))
    file.close()
    server.close()


def writing(folder: Path, databases: Databases) -> None:
    """How many requests a second one process logs on the server, and how many are lost."""
    rates, lost = {}, {}
    for name, url in (("sqlite", f"sqlite:///{folder}/written.db"), ("server", databases.make())):
        store = opened(url)
        store._database.patience = 60.0  # so that whoever logs waits for the writing, which is what is measured
        rates[name] = asyncio.run(bench_usage.logged(store))
        kept = store.statistics.totals(Filters(start=time.time() - 7_200, simulated=None)).requests
        lost[name] = bench_usage.WRITTEN - kept
        store.close()
    more = {"sqlite": round(rates["sqlite"]), "ratio": round(rates["server"] / rates["sqlite"], 2)}
    say("postgres.writing", rates["server"], "requests/s", lost=lost["server"], **more)


async def calls(folder: str, databases: Databases) -> None:
    """A call's p50 with the log on the server, and in a file, in turns."""
    with upstream() as base:
        settings = environment(base, folder)
        on_server = settings | {"ROUTER_DATABASE_URL": databases.make()}
        async with DualModelRouter.from_env(settings) as filed, DualModelRouter.from_env(on_server) as served:
            taken: dict[str, list[float]] = {"sqlite": [], "server": []}
            for number in range(ROUNDS + 1):
                for name, router in (("sqlite", filed), ("server", served)):
                    figures = await timed(lambda asked=router: asked.complete(config=CHAT, messages=MESSAGES), CALLS)  # type: ignore[misc]
                    taken[name] += figures if number else []
    file, server = p50(taken["sqlite"]), p50(taken["server"])
    say("postgres.call.p50", server, "ms", sqlite=round(file, 3), ratio=round(server / file, 3), goal="at most 1.05")


def main() -> None:
    """Run everything once."""
    try:
        with running_databases(quick=False) as databases, tempfile.TemporaryDirectory() as place:
            folder = Path(os.environ.get("BENCH_FOLDER", place))
            asyncio.run(calls(place, databases))
            writing(Path(place), databases)
            history(Path(place), databases)
            usage(folder, databases)
    except NoServerError as error:
        say("postgres.skipped", 0, "", reason=str(error))


if __name__ == "__main__":
    main()
