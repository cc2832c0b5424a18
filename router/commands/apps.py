"""`python -m router apps …`: keys of the gateway made, listed and revoked."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from router.commands.arguments import read_last_day, read_requests

if TYPE_CHECKING:
    from router.ports import AppKey
    from router.store import Store


def add_app_commands(parser: argparse.ArgumentParser) -> None:
    """Add `add`, `list` and `revoke`."""
    commands = parser.add_subparsers(required=True, metavar="command")
    add = commands.add_parser("add", help="make a key for an app, and print it once")
    add.add_argument("name", help="the app's name, as the log will have it")
    add.add_argument("--per-minute", type=read_requests, metavar="N", help="requests a minute (default no limit)")
    add.add_argument("--per-day", type=read_requests, metavar="N", help="requests a day of UTC (default no limit)")
    add.add_argument("--tasks", metavar="a,b", help="the task types that it may be used for (default all)")
    add.add_argument("--expires", type=read_last_day, metavar="DATE", help="its last day, as 2027-01-31")
    add.set_defaults(run=_add_app)
    commands.add_parser("list", help="show the keys, and what each has used").set_defaults(run=_list_apps)
    revoke = commands.add_parser("revoke", help="end an app's key")
    revoke.add_argument("name", help="the app's name")
    revoke.set_defaults(run=_revoke_app)


def _add_app(options: argparse.Namespace) -> None:
    from router.gateway.keys import new_key

    tasks = [task.strip() for task in (options.tasks or "").split(",") if task.strip()]
    try:
        secret, key = new_key(
            options.name,
            time.time(),
            per_minute=options.per_minute,
            per_day=options.per_day,
            tasks=tasks,
            expires_at=options.expires,
        )
        with _open_store() as store:
            is_kept = store.apps.add(key)
    except ValueError as error:
        sys.exit(f"No key was made: {error}.")
    if not is_kept:
        sys.exit("No key was made: the database cannot be written now.")
    print(f"The key of {key.name}, which is shown this once:\n{secret}")  # noqa: T201


def _list_apps(_: argparse.Namespace) -> None:
    now = time.time()
    with _open_store() as store:
        keys = store.apps.usage(now)
    if not keys:
        print("No app has a key yet; make one: python -m router apps add NAME")  # noqa: T201
    for key in keys:
        print(f"{key.name}  {key.start}…  {_state_words(key, now)}  {_limit_words(key)}")  # noqa: T201


def _state_words(key: AppKey, now: float) -> str:
    if key.revoked_at is not None:
        return f"revoked {_day_words(key.revoked_at)}"
    if not key.holds_at(now):
        return f"expired {_day_words(key.expires_at)}"
    return "in force" if key.expires_at is None else f"in force until {_day_words(key.expires_at)}"


def _day_words(epoch: float | None) -> str:
    return "never" if epoch is None else f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%d %H:%M} UTC"


def _limit_words(key: AppKey) -> str:
    limits = [
        f"{used} of {limit} this {window}"
        for window, used, limit in (
            ("minute", key.minute_used, key.per_minute),
            ("day", key.day_used, key.per_day),
        )
        if limit is not None
    ]
    tasks = "all tasks" if key.tasks is None else ", ".join(key.tasks)
    return f"{'; '.join(limits) or 'no limits'}; {tasks}; {key.used} requests, last {_day_words(key.last_used_at)}"


def _revoke_app(options: argparse.Namespace) -> None:
    with _open_store() as store:
        is_revoked = store.apps.revoke(options.name, time.time())
    if not is_revoked:
        sys.exit(f"No key of an app named {options.name!r} is in force; python -m router apps list shows them.")
    print(f"The key of {options.name} is revoked: no process takes it from now on.")  # noqa: T201


@contextmanager
def _open_store() -> Iterator[Store]:
    from router.settings import PROJECT, Settings
    from router.store import open_store

    store = open_store(Settings.from_env().database_url, PROJECT)
    try:
        yield store
    finally:
        store.close()
