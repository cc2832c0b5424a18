"""`Store`: one database in one process, with all that is kept in it.

Routers of one process that name the same database share a store, and with it the one writer; the last to close it ends
the writer. A store does not survive a fork: a child process opens its own, and the parent's is of no use to it.
"""

from __future__ import annotations

import atexit
import os
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from router.environment.setting_values import shown_value
from router.errors import ConfigurationError
from router.store.console.entries import StoredEntries
from router.store.console.evaluation_cases import KeptCases
from router.store.console.evaluations import Evaluations
from router.store.console.notes import RequestNotes
from router.store.console.saved_prompts import SavedPrompts
from router.store.console.speed_runs import SpeedRuns
from router.store.console.votes import Votes
from router.store.copying import CopiedTable, NoteProgress, copy_rows
from router.store.database import migrations
from router.store.database.connections import SqlConnection, Use
from router.store.database.owners import Owner
from router.store.database.reading.read_connections import ReadConnections
from router.store.database.reading.threaded_readers import make_readers
from router.store.database.writing.authors import Authors
from router.store.database.writing.events import ChangeEvents
from router.store.database.writing.log_error import LogError
from router.store.database.writing.transactions import Batch
from router.store.database.writing.writer import Writer
from router.store.database_url import DatabasePlace, explaining_errors, place_of
from router.store.log.all_time import AllTime
from router.store.log.history import History
from router.store.log.pace import Paces
from router.store.log.request_log import StoredLog
from router.store.log.retention import delete_before
from router.store.log.rollups import Pending, rebuild, trim_hours
from router.store.log.sample_month import SampleTask, count_sample, remove_sample, write_sample
from router.store.log.statistics import Statistics
from router.store.state.alerts import StoredAlerts
from router.store.state.allowances import StoredAllowances
from router.store.state.answers import StoredAnswers, delete_expired
from router.store.state.apps import StoredApps
from router.store.state.catalogues import StoredCatalogues
from router.store.state.cooldowns import StoredCooldowns
from router.store.state.counters import Counters
from router.store.state.edits import StoredEdits

_stores: dict[str, Store] = {}
_stores_lock = threading.Lock()
_unsafe: set[str] = set()  # databases that somebody was using while this process was forked off


class Store:
    """An open database; made by `open_store`.

    Attributes:
        path: the file; None where it is a server.
        log, cooldowns, catalogues, allowances, edits: the router's ports.
        alerts: the conditions that stand, and what was told of them.
        answers: those that may be given again.
        apps: the gateway's keys.
        events: changes of what no table of its own keeps, with who made them.
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

    def __init__(self, place: DatabasePlace) -> None:
        self.path = place.path
        self._users = 0
        self._place = place
        self._owner = owner = Owner()
        with explaining_errors(place):
            self._database = database = place.open(self._prepare)
        self._writer = writer = Writer(database, Pending, self._do_chore)
        self._readers = readers = make_readers(database)
        self._reading = reading = ReadConnections(database)
        self.authors = authors = Authors()
        self.log = StoredLog(writer, owner)
        counters = Counters(readers, database.counters_fresh, holds_rows=not database.answers_at_once)
        self.cooldowns = StoredCooldowns(writer, readers, owner, counters, authors)
        self.catalogues = StoredCatalogues(writer, readers)
        self.allowances = StoredAllowances(writer, readers)
        self.edits = StoredEdits(writer, readers, counters, authors)
        self.alerts = StoredAlerts(writer, readers)
        self.events = ChangeEvents(writer, authors)
        self.answers = StoredAnswers(writer, readers, authors)
        self.apps = StoredApps(writer, readers, counters, authors)
        self.statistics = Statistics(reading)
        self.all_time = AllTime(reading)
        self.history = History(reading, writer, authors)
        self.speed_runs = SpeedRuns(writer, readers, owner)
        self.evaluations = Evaluations(writer, readers, owner)
        self.cases = KeptCases(writer, reading, authors)
        self.votes = Votes(writer, reading, authors)
        self.notes = RequestNotes(writer, reading, authors)
        self.saved_prompts = SavedPrompts(writer, reading, authors)
        self.entries = StoredEntries(writer, reading, authors)
        self.paces = Paces(readers)
        self._feed = database.feed_counters(counters.read)
        counters.begin(self._feed)
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
            count = write_sample(connection, samples, random.Random())
        self.events.note("sample month added", detail=f"{count} requests")
        return count

    def remove_sample_month(self) -> int:
        """Delete the invented requests and what was made of them; gives how many.

        Raises:
            ConfigurationError: the database cannot be used now.
        """
        self.authors.operator_address()
        self.flush()
        with self._long_work() as connection:
            count = remove_sample(connection)
        self.events.note("sample month removed", detail=f"{count} requests")
        return count

    def sample_month_size(self) -> int:
        """How many invented requests there are."""
        return int(self._readers.run(count_sample) or 0)

    def copy_into(self, target: Store, note_progress: NoteProgress) -> list[CopiedTable]:
        """Copy everything into another database, which has to be empty.

        Raises:
            ConfigurationError: it is not, or is this one; or one of the two cannot be used now.
        """
        if target is self:
            raise ConfigurationError("--to names the database that is to be copied; name an empty one")
        self.flush()
        with self._long_work() as reading, target._long_work() as writing:
            return copy_rows(reading, writing, note_progress)

    def close(self) -> None:
        """One user less; the last ends the writer."""
        with _stores_lock:
            self._users -= 1
            if self._users > 0:
                return
            if _stores.get(self._place.key) is self:
                del _stores[self._place.key]
        self._end_writing()
        atexit.unregister(self._end_writing)

    def put_away(self) -> None:
        """Ahead of a fork: write what is queued, and close every connection."""
        self._writer.flush(_FORK_PATIENCE_SECONDS)
        if not self._database.put_away():
            _unsafe.add(self._place.key)

    def take_up(self) -> None:
        """After a fork, in the process that forked: go on."""
        _unsafe.discard(self._place.key)
        self._database.take_up()

    def leave_to_parent(self) -> None:
        """After a fork, in the child: have nothing more to do with the parent's rows and threads."""
        self._database.leave_to_parent()
        self._writer.leave_to_parent()
        atexit.unregister(self._end_writing)

    def _prepare(self, connection: SqlConnection) -> None:
        migrations.migrate(connection, self._place.setting, self._place.scripts)
        self._owner.enter(connection)
        trim_hours(connection)

    def _do_chore(self, batch: Batch) -> None:
        self._owner.renew(batch.connection)
        delete_expired(batch.connection, time.time())

    @contextmanager
    def _long_work(self) -> Iterator[SqlConnection]:
        """A connection for work that takes long."""
        with explaining_errors(self._place), self._connection(Use.LONG_WORK) as connection:
            yield connection

    @contextmanager
    def _connection(self, use: Use) -> Iterator[SqlConnection]:
        with self._database.gate:
            self._database.verify()
            connection = self._database.connect(use)
            try:
                yield connection
            finally:
                connection.close()

    def _end_writing(self) -> None:
        self._writer.close()
        try:
            with self._connection(Use.LEAVING) as connection:
                self._owner.leave(connection)
        except self._database.errors:
            pass  # who opens the database next marks what is left
        self._readers.stop()
        if self._feed is not None:
            self._feed.stop()
        self._reading.close()
        self._database.close()


def open_store(url: str, base: Path, *, named_by: str = "ROUTER_DATABASE_URL") -> Store:
    """Open the database that a URL names; creates a file's folder, and brings the schema up to date.

    Args:
        url: `sqlite:///data/router.db`; a relative path starts at `base`, four slashes make it absolute. Or
            `postgresql://user:password@host/database`.
        named_by: the setting that holds the URL, for error texts.

    Raises:
        ConfigurationError: no such URL, or a database that cannot be opened or is none of ours.
    """
    setting = f"{named_by}={shown_value(url)}"  # which may hold a password
    place = place_of(url, base, setting)
    with _stores_lock:
        if place.key in _unsafe:
            raise ConfigurationError(
                f"{setting} cannot be opened in this process: it was forked while the database was in use; "
                "start the process before the router is used, or by `spawn`"
            )
        store = _stores.get(place.key)
        if store is None:
            store = _stores[place.key] = Store(place)
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
