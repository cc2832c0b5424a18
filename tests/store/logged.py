"""What the tests of the store share: records as the router brings them, and the rows they become."""

import asyncio
import sqlite3
import time
from contextlib import contextmanager

from router.ports import AttemptBegun, AttemptEnded, RequestEnded, RequestStarted
from router.store import open_store
from router.store.database.connections import Use


def open_in(folder, name="log.db"):
    return open_store(f"sqlite:///{folder / name}", folder)


def rows(path, sql):
    """Rows as another program reads them."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def rows_of(store, sql, *values):
    """Rows of a store's database, of either kind, on a connection of their own."""
    connection = store._database.connect(Use.LONG_WORK)
    try:
        return [tuple(row) for row in connection.execute(sql, values).fetchall()]
    finally:
        connection.close()


@contextmanager
def writing(store):
    """A transaction of another program on a store's database."""
    connection = store._database.connect(Use.LONG_WORK)
    try:
        with connection.transaction():
            yield connection
    finally:
        connection.close()


def change_rows(store, sql, *values):
    """Change rows of a store's database as another process does; gives how many."""
    connection = store._database.connect(Use.LONG_WORK)
    try:
        return connection.execute(sql, values).rowcount
    finally:
        connection.close()


def wait_until(condition):
    """The test's own time limit ends it."""
    while not condition():
        time.sleep(0.005)


def identifier(number):
    """Ids in the order of numbers, and behind those of all owners, as requests' are."""
    return f"7Z{number:024d}"


def started(number, *, content="{}", prompt="", at=None):
    at = time.time() if at is None else at
    return RequestStarted(
        identifier(number), at, "vision", "library", "prompt", False, False, (), content, prompt
    )  # fmt: skip


def begun(number):
    request_id = identifier(number)
    return AttemptBegun(f"{request_id}-1", request_id, 1, "groq", "m", "account", time.time())


def end(log, number, *, outcome="succeeded", status="succeeded", text="answer", **changes):
    """The endings of a request with one attempt."""
    log.attempt_ended(AttemptEnded(f"{identifier(number)}-1", outcome, 200, 5.0, None, None, **changes))
    log.request_ended(RequestEnded(identifier(number), status, "groq", "m", 5.0, text=text))


async def log_request(log, number, **changes):
    """A whole request; gives how long it waited for the log, in seconds."""
    start = time.monotonic()
    await log.begin(started(number), begun(number))
    waited = time.monotonic() - start
    end(log, number, **changes)
    return waited


def log_all(store, *numbers):
    """Log these requests one after the other; gives whether they are written."""

    async def one_after_the_other():
        for number in numbers:
            await log_request(store.log, number)

    asyncio.run(one_after_the_other())
    return store.flush()
