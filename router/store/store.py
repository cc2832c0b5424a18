"""`Store`: one database file in one process, with all that is kept in it.

Routers of one process that name the same file share a store, and with it the one writer; the last to close it ends
the writer. A store does not survive a fork: a child process opens its own, and the parent's is of no use to it.
"""

from __future__ import annotations

import atexit
import os
import random
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from router.errors import ConfigurationError
from router.setting_paths import is_no_file, parse_path
from router.setting_values import shown_value
from router.store.console.entries import StoredEntries
from router.store.console.evaluation_cases import KeptCases
from router.store.console.evaluations import Evaluations
from router.store.console.notes import RequestNotes
from router.store.console.saved_prompts import SavedPrompts
from router.store.console.speed_runs import SpeedRuns
from router.store.console.votes import Votes
from router.store.database import migrations, sqlite
from router.store.database.authors import Authors
from router.store.database.file import DatabaseFile, close_quietly
from router.store.database.log_error import LogError
from router.store.database.owners import Owner
from router.store.database.read_connections import ReadConnections
from router.store.database.readers import Readers
from router.store.database.writer import Writer
from router.store.log.all_time import AllTime
from router.store.log.histograms import FUNCTIONS
from router.store.log.history import History
from router.store.log.pace import Paces
from router.store.log.request_log import StoredLog
from router.store.log.retention import delete_before
from router.store.log.rollups import Pending, rebuild, trim_hours
from router.store.log.sample_month import SampleTask, count_sample, remove_sample, write_sample
from router.store.log.statistics import Statistics
from router.store.state.alerts import StoredAlerts
from router.store.state.allowances import StoredAllowances
from router.store.state.apps import StoredApps
from router.store.state.catalogues import StoredCatalogues
from router.store.state.cooldowns import StoredCooldowns
from router.store.state.counters import Counters
from router.store.state.edits import StoredEdits

_stores: dict[Path, Store] = {}
_stores_lock = threading.Lock()
_unsafe: set[Path] = set()  # files that somebody was using while this process was forked off


class Store:
    """An open database; made by `open_store`.

    Attributes:
        path: the file.
        log, cooldowns, catalogues, allowances, edits: the router's ports.
        alerts: the conditions that stand, and what was told of them.
        apps: the gateway's keys.
        speed_runs: the speed table's runs.
        evaluations: the evaluations, and what each model scored.
        cases: an operator's own cases for them.
        statistics: the figures for pages and reports.
        all_time: the figures since the log began.
        history: the requests one by one.
        votes: which of two answers was better.
        notes: what operators have noted of requests.
        saved_prompts: prompts kept under a name.
        entries: a person's log, as the services read it.
        authors: who is behind a change; the console says who is signed in.
        paces: how fast allowances are being used.
    """

    def __init__(self, path: Path, place: str) -> None:
        self.path = path
        self._users = 0
        self._place = place
        self._owner = owner = Owner()
        with _opening(place):
            self._file = file = DatabaseFile(path, self._prepare_file, FUNCTIONS)
        self._writer = writer = Writer(file, Pending, lambda batch: owner.renew(batch.connection))
        self._readers = readers = Readers(file)
        self._reading = reading = ReadConnections(file)
        self.authors = authors = Authors()
        self.log = StoredLog(writer, owner)
        counters = Counters(readers)
        self.cooldowns = StoredCooldowns(writer, readers, owner, counters, authors)
        self.catalogues = StoredCatalogues(writer, readers)
        self.allowances = StoredAllowances(writer, readers)
        self.edits = StoredEdits(writer, readers, counters, authors)
        self.alerts = StoredAlerts(writer, readers)
        self.apps = StoredApps(writer, readers, counters, authors)
        self.statistics = Statistics(reading)
        self.all_time = AllTime(reading)
        self.history = History(reading, writer, authors)
        self.speed_runs = SpeedRuns(writer, readers, owner)
        self.evaluations = Evaluations(writer, readers, owner)
        self.cases = KeptCases(writer, reading)
        self.votes = Votes(writer, reading, authors)
        self.notes = RequestNotes(writer, reading, authors)
        self.saved_prompts = SavedPrompts(writer, reading, authors)
        self.entries = StoredEntries(writer, reading, authors)
        self.paces = Paces(readers)
        atexit.register(self._end_writing)

    @property
    def log_error(self) -> LogError | None:
        """Why the log cannot be written now, or what has happened to its file; None where all is well."""
        return self._writer.error

    def flush(self) -> bool:
        """Wait until all that was recorded is written; False where that cannot be."""
        return self._writer.flush()

    def rebuild_figures(self) -> int:
        """Make the figures anew from the rows there are; gives the number of requests.

        Raises:
            ConfigurationError: the database cannot be used now.
        """
        self.flush()
        with self._long_work() as connection:
            return rebuild(connection)

    def retain(self, days: float) -> int:
        """Delete rows and contents older than `days`; their figures stay. Gives the number of requests deleted.

        Raises:
            ConfigurationError: the database cannot be used now.
        """
        self.flush()
        with self._long_work() as connection:
            return delete_before(connection, days)

    def add_sample_month(self, samples: Sequence[SampleTask]) -> int:
        """Write a month of invented requests, marked as simulated; gives how many.

        Raises:
            ConfigurationError: the database cannot be used now.
        """
        self.authors.operator_address()
        self.flush()
        with self._long_work() as connection:
            return write_sample(connection, samples, random.Random())

    def remove_sample_month(self) -> int:
        """Delete the invented requests and what was made of them; gives how many.

        Raises:
            ConfigurationError: the database cannot be used now.
        """
        self.authors.operator_address()
        self.flush()
        with self._long_work() as connection:
            return remove_sample(connection)

    def sample_month_size(self) -> int:
        """How many invented requests there are."""
        return int(self._readers.run(count_sample) or 0)

    def close(self) -> None:
        """One user less; the last ends the writer."""
        with _stores_lock:
            self._users -= 1
            if self._users > 0:
                return
            if _stores.get(self.path) is self:
                del _stores[self.path]
        self._end_writing()
        atexit.unregister(self._end_writing)

    def put_away(self) -> None:
        """Ahead of a fork: write what is queued, and close every connection."""
        self._writer.flush(_FORK_PATIENCE_SECONDS)
        if not self._file.put_away():
            _unsafe.add(self.path)

    def take_up(self) -> None:
        """After a fork, in the process that forked: go on."""
        _unsafe.discard(self.path)
        self._file.take_up()

    def leave_to_parent(self) -> None:
        """After a fork, in the child: have nothing more to do with the parent's rows and threads."""
        self._file.leave_to_parent()
        self._writer.leave_to_parent()
        atexit.unregister(self._end_writing)

    def _prepare_file(self, connection: sqlite3.Connection) -> None:
        migrations.migrate(connection, self._place)
        self._owner.enter(connection)
        trim_hours(connection)

    @contextmanager
    def _long_work(self) -> Iterator[sqlite3.Connection]:
        """A connection for work that takes long."""
        with _opening(self._place), self._file.gate:
            self._file.verify()
            connection = self._file.connect()
            try:
                yield connection
            finally:
                close_quietly(connection)

    def _end_writing(self) -> None:
        self._writer.close()
        try:
            with self._file.gate:
                self._file.verify()
                self._leave_owners()
        except (sqlite3.Error, OSError):
            pass  # who opens the file next marks what is left
        self._readers.close()
        self._reading.close()
        self._file.close()

    def _leave_owners(self) -> None:
        connection = self._file.connect()
        connection.execute("PRAGMA busy_timeout = 500")  # the next to open the file does it too
        try:
            self._owner.leave(connection)
        finally:
            close_quietly(connection)


def open_store(url: str, base: Path) -> Store:
    """Open the database that a URL names; creates its folder, and brings its schema up to date.

    Args:
        url: `sqlite:///data/router.db`; a relative path starts at `base`, four slashes make it absolute.

    Raises:
        ConfigurationError: no SQLite URL, or a file that cannot be opened or is no database of ours.
    """
    place = f"ROUTER_DATABASE_URL={shown_value(url)}"  # which may hold a password
    path = _path_of(url, base, place)
    with _opening(place):
        path.parent.mkdir(parents=True, exist_ok=True)
        path = Path(os.path.realpath(path))  # `resolve` has an error of its own for a link that leads to itself
    with _stores_lock:
        if path in _unsafe:
            raise ConfigurationError(
                f"{place} cannot be opened in this process: it was forked while the database was in use; "
                "start the process before the router is used, or by `spawn`"
            )
        store = _stores.get(path)
        if store is None:
            store = _stores[path] = Store(path, place)
        store._users += 1
        return store


# --- forks -----------------------------------------------------------------------------------------------------------

_FORK_PATIENCE_SECONDS = 1.0


def _before_fork() -> None:
    _stores_lock.acquire()
    for store in _stores.values():
        store.put_away()


def _after_fork_in_parent() -> None:
    for store in _stores.values():
        store.take_up()
    _stores_lock.release()


def _after_fork_in_child() -> None:
    for store in _stores.values():
        store.leave_to_parent()
    _stores.clear()
    _stores_lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)


def _path_of(url: str, base: Path, place: str) -> Path:
    name = url.removeprefix("sqlite:///")
    if name == url or not name or name == ":memory:":
        raise ConfigurationError(f"{place} cannot be used: only SQLite files can, such as sqlite:///data/router.db")
    if "?" in name:
        raise ConfigurationError(f"{place} cannot be used: it has options behind a question mark; name the file alone")
    path = parse_path(place, name, base)
    if is_no_file(path):
        raise ConfigurationError(f"{place} is a folder or a device; name a file in a folder that can be written to")
    return path


class _opening:
    def __init__(self, place: str) -> None:
        self._place = place

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.Error | OSError):
            reason = sqlite.words_of(error)
            words = f"{self._place} cannot be opened ({reason}); name a file in a folder that can be written to"
            # Without its cause, whose text may hold a piece of what was to be written.
            raise ConfigurationError(words) from None
