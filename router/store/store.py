"""`Store`: one database file in one process, with all that is kept in it.

Routers of one process that name the same file share a store, and with it the one writer; the last to close it ends
the writer. A store does not survive a fork: a child process opens its own.
"""

from __future__ import annotations

import atexit
import sqlite3
import threading
from pathlib import Path

from sqlalchemy import Engine, create_engine

from router.errors import ConfigurationError
from router.redaction import redact
from router.store.console.entries import StoredEntries
from router.store.console.speed_runs import SpeedRuns
from router.store.console.votes import Votes
from router.store.database import migrations, owners
from router.store.database.readers import Readers
from router.store.database.writer import LogError, Writer, connect
from router.store.log.history import History
from router.store.log.pace import Paces
from router.store.log.request_log import StoredLog
from router.store.log.retention import delete_before
from router.store.log.rollups import rebuild, trim_hours
from router.store.log.statistics import Statistics
from router.store.state.cooldowns import StoredCooldowns
from router.store.state.edits import StoredEdits
from router.store.state.facts import StoredFacts

_MAPPED = 1 << 30

_stores: dict[Path, Store] = {}
_stores_lock = threading.Lock()


class Store:
    """An open database; made by `open_store`.

    Attributes:
        path: the file.
        log, holds, facts, edits: the router's ports.
        speed_runs: the speed table's runs.
        statistics: the figures for pages and reports.
        history: the requests one by one.
        votes: which of two answers was better.
        entries: a person's log, as the services read it.
        paces: how fast allowances are being used.
    """

    def __init__(self, path: Path, place: str) -> None:
        self.path = path
        self._users = 0
        with _opening(place):
            connection = connect(str(path))
            try:
                migrations.migrate(connection, place)
                self._owner = owners.register(connection)
                trim_hours(connection)
            finally:
                connection.close()
        self._writer = Writer(self._connect)
        self._engine: Engine = create_engine(f"sqlite:///{path}", creator=self._connect_to_read)
        self.log = StoredLog(self._writer, self._owner)
        self._readers = Readers(self._connect)
        self.cooldowns = StoredCooldowns(self._writer, self._readers)
        self.facts = StoredFacts(self._writer, self._readers)
        self.edits = StoredEdits(self._writer, self._readers)
        self.statistics = Statistics(self._engine)
        self.history = History(self._engine, self._writer)
        self.speed_runs = SpeedRuns(self._writer, self._readers, self._owner)
        self.votes = Votes(self._writer, self._engine)
        self.entries = StoredEntries(self._writer, self._engine)
        self.paces = Paces(self._readers)
        atexit.register(self._end)

    @property
    def log_error(self) -> LogError | None:
        """Why the log cannot be written now, or None."""
        return self._writer.error

    def flush(self) -> bool:
        """Wait until all that was recorded is written."""
        return self._writer.flush()

    def rebuild_figures(self) -> int:
        """Make the figures anew from the rows there are; gives the number of requests."""
        self.flush()
        connection = self._connect()
        try:
            return rebuild(connection)
        finally:
            connection.close()

    def retain(self, days: float) -> int:
        """Delete rows and contents older than `days`; their figures stay. Gives the number of requests deleted."""
        self.flush()
        connection = self._connect()
        try:
            return delete_before(connection, days)
        finally:
            connection.close()

    def close(self) -> None:
        """One user less; the last ends the writer."""
        with _stores_lock:
            self._users -= 1
            if self._users > 0:
                return
            _stores.pop(self.path, None)
        self._end()
        atexit.unregister(self._end)

    def _end(self) -> None:
        self._writer.close()
        self._readers.close()
        self._engine.dispose()
        connection = self._connect()
        try:
            owners.leave(connection, self._owner)
        except sqlite3.Error:
            return  # the next to open the file marks what is left
        finally:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        return connect(str(self.path))

    def _connect_to_read(self) -> sqlite3.Connection:
        """For figures: their tables are read whole stretches at a time, so pages are mapped and not copied."""
        connection = self._connect()
        connection.execute(f"PRAGMA mmap_size = {_MAPPED}")
        return connection


def open_store(url: str, base: Path) -> Store:
    """Open the database that a URL names; creates its folder, and brings its schema up to date.

    Args:
        url: `sqlite:///data/router.db`; a relative path starts at `base`, four slashes make it absolute.

    Raises:
        ConfigurationError: no SQLite URL, or a file that cannot be opened or is no database of ours.
    """
    place = f"ROUTER_DATABASE_URL={redact(url)}"  # which may hold a password
    path = _path(url, base, place)
    with _opening(place):
        path.parent.mkdir(parents=True, exist_ok=True)
    path = path.resolve()
    with _stores_lock:
        store = _stores.get(path)
        if store is None:
            store = _stores[path] = Store(path, place)
        store._users += 1
        return store


def _path(url: str, base: Path, place: str) -> Path:
    name = url.removeprefix("sqlite:///")
    if name == url or not name or name == ":memory:":
        raise ConfigurationError(f"{place} cannot be used: only SQLite files can, such as sqlite:///data/router.db")
    return base / Path(name).expanduser()


class _opening:
    def __init__(self, place: str) -> None:
        self._place = place

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.DatabaseError | OSError):
            words = f"{self._place} cannot be opened ({error}); name a file in a folder that can be written to"
            raise ConfigurationError(words) from error
