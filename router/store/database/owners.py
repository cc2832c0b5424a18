"""Which processes have the database open, so that what a dead one left running is marked as interrupted.

Each has a row, a lease, that its writer renews every eight seconds. Whether a process lives is decided

- by the system, where it can be asked: the row's process ran on this machine since its last boot, and in this
  container. It lives exactly if a process with that id and that start is there, also where it is suspended. (Ids alone
  are used again, and another container counts its own.)
- else by the lease: it lives until its row was not renewed for `LEASE_SECONDS`. Who watches counts those seconds on
  its own clock that nobody can set and that stands still while the machine sleeps, since it saw the row change last.
  The time in the row decides nothing: it was written by another machine's clock, which may be an hour off.

So a death is noticed within a minute: one interval for the watcher to see the last renewal, the lease, one more
interval, and some seconds that a vanished machine's locks may hold the watcher up. A process that only seemed dead (a
container that was paused, a network that was cut) enters itself again when it next renews its lease: what it has
running is running again, and is written as it ends.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from ulid import ULID

from router.store.database.connections import SqlConnection
from router.store.database.times import stamp

LEASE_SECONDS = 35.0
"""How long a process that nobody can ask about counts as living after its row was seen to change: four renewals that
did not come."""

_OPENED = (
    "INSERT INTO owners (id, pid, process, opened_at, machine, renewed_at, renewals) VALUES (?, ?, ?, ?, ?, ?, 0) "
    "ON CONFLICT (id) DO NOTHING"
)
_RENEW = "UPDATE owners SET renewals = renewals + 1, renewed_at = ? WHERE id = ?"
_OTHERS = "SELECT id, pid, process, machine, renewals FROM owners WHERE id != ?"
_ONE = "SELECT pid, process, machine FROM owners WHERE id = ?"

# A probe that its process did not live to report on would keep a healthy target out until its time is over.
_UNCLAIM = "UPDATE holds SET probe_until = NULL, probe_owner = NULL WHERE probe_owner = ?"
_COOLDOWNS_CHANGED = "UPDATE counters SET value = value + 1 WHERE name = 'holds'"


class Owner:
    """This process, as one of those that have a database open.

    Attributes:
        id: its row in the table `owners`; a ULID, older than those of all its requests.
    """

    def __init__(self) -> None:
        self.id = str(ULID())
        self._pid = os.getpid()
        self._process = _process_mark(self._pid)
        self._opened_at = stamp(time.time())
        self._seen: dict[str, tuple[int, float]] = {}  # others' renewals, and when they had last changed
        self._renewed = time.monotonic()

    def enter(self, connection: SqlConnection) -> None:
        """Mark what dead processes have left, and enter this one."""
        with connection.transaction():
            connection.take_turn()
            for owner in self._dead_owners(connection):
                _clear_dead(connection, owner)
            self._insert_row(connection)

    def renew(self, connection: SqlConnection) -> None:
        """Renew the lease within the open transaction, and mark what processes have left that died meanwhile."""
        connection.take_turn()
        now = time.monotonic()
        if now - self._renewed > LEASE_SECONDS / 2:
            self._seen.clear()  # whatever kept us from the database may have kept the others from it
        self._renewed = now
        if connection.execute(_RENEW, (time.time(), self.id)).rowcount == 0:
            self._insert_row(connection)
            _unmark_interrupted(connection, self.id)
        for owner in self._dead_owners(connection):
            _clear_dead(connection, owner)

    def leave(self, connection: SqlConnection) -> None:
        """Mark what this process leaves running, and take it off the list."""
        with connection.transaction():
            connection.take_turn()
            _mark_interrupted(connection, self.id)

    def _insert_row(self, connection: SqlConnection) -> None:
        values = (self.id, self._pid, self._process, self._opened_at, _machine_id(), time.time())
        connection.execute(_OPENED, values)

    def _dead_owners(self, connection: SqlConnection) -> list[str]:
        dead = []
        for owner, pid, process, machine, renewals in connection.execute(_OTHERS, (self.id,)).fetchall():
            is_living = _ask_system(pid, process, machine)
            if is_living is None:
                is_living = not self._is_still(owner, renewals)
            if not is_living:
                dead.append(owner)
        return dead

    def _is_still(self, owner: str, renewals: int) -> bool:
        """Whether a row has not changed for the length of a lease."""
        now = time.monotonic()
        last_lease = self._seen.get(owner)
        if last_lease is None or last_lease[0] != renewals:
            self._seen[owner] = renewals, now
            return False
        return now - last_lease[1] > LEASE_SECONDS


def lives(connection: SqlConnection, owner: str | None) -> bool:
    """Whether an owner's process is there; one whose lease ran out has no row any more, as soon as somebody saw it."""
    row = connection.execute(_ONE, (owner,)).fetchone()
    return row is not None and _ask_system(*row) is not False


def _clear_dead(connection: SqlConnection, owner: str) -> None:
    """What a dead process has left; one that ends in order gives its probes back itself."""
    if connection.execute(_UNCLAIM, (owner,)).rowcount:
        connection.execute(_COOLDOWNS_CHANGED)
    _mark_interrupted(connection, owner)


def _mark_interrupted(connection: SqlConnection, owner: str) -> None:
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


def _unmark_interrupted(connection: SqlConnection, owner: str) -> None:
    """Take back what others have marked while this process only seemed dead: all of it is still under way here."""
    marked = "SELECT id FROM requests WHERE id > ? AND owner = ? AND status = 'interrupted'"
    for (request_id,) in connection.execute(marked, (owner, owner)).fetchall():
        span = (f"{request_id}-", f"{request_id}.")
        sql = "UPDATE attempts SET outcome = 'pending' WHERE id > ? AND id < ? AND outcome = 'interrupted'"
        connection.execute(sql, span)
        connection.execute("UPDATE requests SET status = 'running' WHERE id = ?", (request_id,))
        connection.execute("UPDATE contents SET answer = NULL WHERE request_id = ? AND answer = ''", (request_id,))


def _ask_system(pid: int, process: str, machine: str | None) -> bool | None:
    """Whether the system says that a process lives; None where it cannot know.

    Args:
        machine: None in rows of versions that did not write it: those knew of no containers.
    """
    if not process or not _shows_own_processes() or (machine is not None and machine != _machine_id()):
        return None
    if machine is None and not process.startswith(_boot_id()):
        return False  # it ran before the machine was last started
    return process == _process_mark(pid)


def _process_mark(pid: int) -> str:
    """What tells a process from all others of this boot: the boot and the start; empty where the system cannot say."""
    boot = _boot_id()
    if not boot or not _shows_own_processes():
        return ""
    try:
        # Field 22 of stat is the start in clock ticks since boot; the name before it may hold blanks and brackets.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        started = fields[19]
    except (OSError, IndexError):
        return ""
    dead = fields[0] in "ZX"  # and only not yet taken note of by its parent
    return "dead" if dead else f"{boot}:{started}"


def _shows_own_processes() -> bool:
    """Whether `/proc` counts processes as this one does; in a namespace without a mount of its own it is the outer's,
    and an id from here means another process there.
    """
    try:
        return os.readlink("/proc/self") == str(os.getpid())
    except OSError:
        return False


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _machine_id() -> str:
    """The machine since its last boot, and the container: within it, a process id means one process."""
    try:
        return f"{_boot_id()}:{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""
