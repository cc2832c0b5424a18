"""Which processes have the database open, so that what a dead one left running is marked as interrupted.

A process is told by its id together with the time it started (and the machine's boot), since ids are used again.
Where the system does not tell when a process started, the id alone decides.
"""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

from ulid import ULID

from router.store.database.times import stamp


def register(connection: sqlite3.Connection) -> str:
    """Mark what dead processes have left, and enter this one; gives its id."""
    connection.execute("BEGIN IMMEDIATE")
    dead = [row[0] for row in connection.execute("SELECT id, pid, process FROM owners") if not lives(row[1], row[2])]
    for owner in dead:
        _interrupt(connection, owner)
    mine = str(ULID())
    values = (mine, os.getpid(), _process(os.getpid()), stamp(time.time()))
    connection.execute("INSERT INTO owners VALUES (?, ?, ?, ?)", values)
    connection.execute("COMMIT")
    return mine


def leave(connection: sqlite3.Connection, owner: str) -> None:
    """Mark what this process leaves running, and take it off the list."""
    connection.execute("BEGIN IMMEDIATE")
    _interrupt(connection, owner)
    connection.execute("COMMIT")


def _interrupt(connection: sqlite3.Connection, owner: str) -> None:
    # A process's id is older than those of all its requests, so nothing before it has to be looked at.
    running = "SELECT id FROM requests WHERE id > ? AND owner = ? AND status = 'running'"
    ids = [row[0] for row in connection.execute(running, (owner, owner))]
    for request_id in ids:
        span = (f"{request_id}-", f"{request_id}.")
        sql = "UPDATE attempts SET outcome = 'interrupted' WHERE id > ? AND id < ? AND outcome = 'pending'"
        connection.execute(sql, span)
        connection.execute("UPDATE requests SET status = 'interrupted' WHERE id = ?", (request_id,))
        # Its prompt can be searched for from now on, as those of requests that ended.
        connection.execute("UPDATE contents SET answer = '' WHERE request_id = ? AND answer IS NULL", (request_id,))
    connection.execute("DELETE FROM owners WHERE id = ?", (owner,))


def _process(pid: int) -> str:
    try:
        # Field 22 of stat is the start in clock ticks since boot; the name before it may hold blanks and brackets.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        if fields[0] in "ZX":
            return "dead"  # and only not yet taken note of by its parent
        started = fields[19]
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}:{started}"
    except (OSError, IndexError):
        return ""


def lives(pid: int, process: str) -> bool:
    """Whether the process that has entered itself so is still there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return process == _process(pid)
