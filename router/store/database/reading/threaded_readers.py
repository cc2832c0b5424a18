"""Readers that ask from threads of their own, for a database that may take long to answer, or may never.

What nobody has to wait for is read by a third thread, as if somebody outside of any event loop asked.

Whoever routes a request, in an event loop, waits `PATIENCE_SECONDS` for an answer and goes on with what is known. After
one that did not come, the next are told so at once, until it is tried again.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from router.store.database.connections import Database, Link, SqlConnection, Use
from router.store.database.reading.readers import Readers

_log = logging.getLogger("router.store")

PATIENCE_SECONDS = 0.2
"""How long an event loop waits for an answer."""

RETRY_SECONDS = 1.0
"""How long nobody in an event loop asks again after an answer that did not come."""

_ELSEWHERE_SECONDS = 5.0
_THREADS = 2
_MOST_WORKS = 32


class _PendingRead:
    """A read that somebody waits for, and what it came to."""

    __slots__ = ("answered", "arguments", "error", "is_dropped", "read", "result")

    def __init__(self, read: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.read = read
        self.arguments = arguments
        self.answered = threading.Event()
        self.result: Any = None
        self.error: Exception | None = None
        self.is_dropped = False


class ThreadedReaders(Readers):
    """Asks from threads that are started with the first question."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._questions: queue.SimpleQueue[_PendingRead | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._thread_links: list[Link] = []
        self._starting = threading.Lock()
        self._retry_at = 0.0
        self._works: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()

    def run_beside(self, read: Callable[[SqlConnection], object]) -> None:
        """Have a function of a connection called soon, and keep no event loop waiting for it."""
        self.work_beside(lambda: self.run(read))

    def work_beside(self, work: Callable[[], object]) -> None:
        """Have a function called soon that reads through this object, and keep no event loop waiting for it.

        It is left out where the server has just not answered, or has so much to answer already.
        """
        if not _is_in_event_loop():
            work()
            return
        if time.monotonic() >= self._retry_at and self._works.qsize() < _MOST_WORKS and self._is_usable():
            self._start_threads()
            self._works.put(work)

    def _is_usable(self) -> bool:
        try:
            self._database.verify()  # after a fork there is no thread here that could answer
        except self._database.errors:
            return False
        return True

    def run(self, read: Callable[..., Any], *arguments: Any) -> Any:
        """What a function of a connection gives; None where the database cannot be read now, or does not answer."""
        in_loop = _is_in_event_loop()
        if (in_loop and time.monotonic() < self._retry_at) or not self._is_usable():
            return None
        self._start_threads()
        question = _PendingRead(read, arguments)
        self._questions.put(question)
        if not question.answered.wait(PATIENCE_SECONDS if in_loop else _ELSEWHERE_SECONDS):
            question.is_dropped = True
            self._retry_at = time.monotonic() + RETRY_SECONDS
            return None
        if question.error is None:
            self._unreadable = False
            return question.result
        if not isinstance(question.error, self._database.errors):
            raise question.error
        self._retry_at = time.monotonic() + RETRY_SECONDS
        self._note_failure(question.error)
        return None

    @property
    def open_count(self) -> int:
        """How many connections it may have open."""
        return len(self._thread_links)

    def close(self) -> None:
        """Close the connections; whoever reads again gets a new one."""
        for link in list(self._thread_links):
            link.release()

    def stop(self) -> None:
        """End the threads."""
        threads, self._threads = self._threads, []
        self._works.put(None)
        for _ in threads:
            self._questions.put(None)
        for thread in threads:
            thread.join(_ELSEWHERE_SECONDS)
        self.close()

    def _release_own(self) -> None:
        """Nothing to do: a thread releases its own connection where it fails."""

    def _start_threads(self) -> None:
        if self._threads:
            return
        with self._starting:
            if self._threads:
                return
            for _ in range(_THREADS):
                link = Link(self._database, Use.ROUTING)
                thread = threading.Thread(target=self._answer, args=(link,), name="router-reader", daemon=True)
                self._thread_links.append(link)
                self._threads.append(thread)
                thread.start()
            working = threading.Thread(target=self._work_off, name="router-reader-beside", daemon=True)
            self._threads.append(working)
            working.start()

    # --- in a thread -----------------------------------------------------------------------------------------------

    def _work_off(self) -> None:
        while (work := self._works.get()) is not None:
            try:
                work()
            except Exception as error:  # noqa: BLE001 – nobody waits for it who could be told, and the next must be read
                _log.error("what was to be read beside the requests could not be: %s", type(error).__name__)

    def _answer(self, link: Link) -> None:
        while (question := self._questions.get()) is not None:
            if question.is_dropped:
                continue
            try:
                question.result = self._ask_twice(link, question)
            except Exception as error:  # noqa: BLE001 – it is raised, or noted, by who asked
                question.error = error
            question.answered.set()

    def _ask_twice(self, link: Link, question: _PendingRead) -> Any:
        """A connection that was lost while nobody used it is noticed by the first to use it again."""
        try:
            return self._ask_once(link, question)
        except self._database.errors as error:
            link.release()
            if self._database.is_passing(error) or not self._database.is_of_database(error):
                raise
        return self._ask_once(link, question)

    def _ask_once(self, link: Link, question: _PendingRead) -> Any:
        with self._database.gate:
            return question.read(link.connection(), *question.arguments)


def make_readers(database: Database) -> Readers:
    """Readers for a database."""
    return Readers(database) if database.answers_at_once else ThreadedReaders(database)


def _is_in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
