"""Why the log cannot be written: as pages say it, and as it is said to the process's own log.

- What is wrong is in `error` until all that waited is written, and is logged once.
- What found no room meanwhile is said with it, and again when the log is written anew.
- What is said holds nothing of a record: the database's errors are put into words first.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from router.store.database.connections import Database
from router.store.database.writing.backlog import Backlog

_log = logging.getLogger("router.store")

NOTICE_SECONDS = 60.0
"""How long it is said that the file was deleted or replaced, after a new one was opened."""

_SAID_AGAIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class LogError:
    """Why the log cannot be written, and since when (seconds since the epoch).

    Attributes:
        writing: whether it is written again, and `text` only says what has happened.
    """

    text: str
    since: float
    writing: bool = False


class LogTrouble:
    """What is wrong with the writing of the log, and what has been said of it.

    Args:
        backlog: counts what found no room.
    """

    def __init__(self, database: Database, backlog: Backlog) -> None:
        self._database = database
        self._backlog = backlog
        self._error: LogError | None = None
        self._said_at = float("-inf")
        self._said_dropped = 0

    @property
    def error(self) -> LogError | None:
        """Why nothing can be written now, or what has happened to the file a while ago; None where all is well."""
        if self._error is not None:
            return self._error
        renewed = self._database.renewed
        if renewed is None or time.time() - renewed[1] > NOTICE_SECONDS:
            return None
        return LogError(renewed[0], renewed[1], writing=True)

    def say_failure(self, error: Exception) -> None:
        """Nothing can be written now; said once, however often it is tried again."""
        words = self._database.words_of(error)
        unsaid = self._backlog.dropped - self._said_dropped
        if unsaid > 0:
            words += f"; {unsaid:,} records found no room and are lost"
        since = self._error.since if self._error is not None else time.time()
        now = time.monotonic()
        if self._error is None and now - self._said_at >= _SAID_AGAIN_SECONDS:
            self._said_at = now
            _log.error("the log cannot be written: %s; what is to be written waits in memory", words)
        self._error = LogError(words, since)

    def say_recovery(self) -> None:
        """All that had waited is written."""
        dropped = self._backlog.dropped
        lost, self._said_dropped = dropped - self._said_dropped, dropped
        if lost:
            _log.error("the log is written again; %d records found no room meanwhile and are lost", lost)
        elif self._error is not None and self._said_at > float("-inf"):
            _log.info("the log is written again, with all that had waited")
        self._error = None

    def say_refusal(self, error: Exception) -> None:
        """A record that no database would take."""
        _log.error("a record could not be written and is dropped: %s", self._database.words_of(error))

    def say_unsaved(self, error: Exception) -> None:
        """The database could not be looked after now."""
        _log.warning("the database's journal could not be saved yet: %s", self._database.words_of(error))

    def say_lost(self, count: int) -> None:
        """So many records were still queued at the end."""
        if count:
            _log.error("%d records of the log could not be written: %s", count, self._error and self._error.text)

    def say_closed(self) -> None:
        """Somebody goes on after the end of the writer; said once."""
        if self._error is None:
            self._error = LogError("it was closed while it was in use", time.time())
            _log.error("the log cannot be written: %s", self._error.text)

    def note_fork(self) -> None:
        """This process is a child, in which nobody writes."""
        self._error = LogError("this process was forked from the one that opened the database", time.time())
