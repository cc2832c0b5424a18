"""What the tests of the store share: records as the router brings them, and the rows they become."""

import sqlite3
import time

from router.ports import AttemptBegun, AttemptEnded, RequestEnded, RequestStarted
from router.store import open_store


def open_in(folder, name="log.db"):
    return open_store(f"sqlite:///{folder / name}", folder)


def rows(path, sql):
    """Rows as another program reads them."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


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
