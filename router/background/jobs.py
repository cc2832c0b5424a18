"""Work of many requests in the router's loop: counted while it goes on, watched and stopped from any thread.

A batch, a speed run or a long program is a job. Like a run it belongs to the loop and not to the page that started it:
it is found again by its id, and what it has made so far stays when it is stopped.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Literal, TypeVar

from ulid import ULID

from router.errors import RouterError
from router.redaction import place_of
from router.types import TaskType

_log = logging.getLogger("router")
Result = TypeVar("Result")

JobStatus = Literal["running", "succeeded", "failed", "cancelled"]


class Activity(StrEnum):
    """What a job is at."""

    ASKING = "asking"
    WAITING = "waiting"
    WRITING = "writing"
    CHECKING = "checking"


@dataclass(frozen=True, slots=True)
class JobNote:
    """What a job is at, as a code with its figures; pages put it in words.

    Attributes:
        provider: who is asked or waited for.
        task: the task that is asked of it.
        row: the prompt's place in its list, from 1 on; 0 where there is no list.
        seconds: for how long it waits, about.
        weeks: a program's weeks that are being written.
    """

    activity: Activity
    provider: str = ""
    task: TaskType | None = None
    row: int = 0
    seconds: float = 0.0
    weeks: tuple[int, ...] = ()


class WorkFault(RouterError):
    """A run or a job ended by a fault in this program, not by anything that a provider, caller or operator did.

    Attributes:
        place: the fault's class and where it was raised; without its words, which may quote anything.
    """

    def __init__(self, place: str) -> None:
        super().__init__(f"a fault in this program: {place}")
        self.place = place


@dataclass(frozen=True, slots=True)
class JobView:
    """A job at one moment.

    Attributes:
        done, total: steps made, and steps in all as far as that is known (0: it is not).
        note: what it is at; None where its work says nothing of that.
        error: why it failed.
    """

    id: str
    title: str
    status: JobStatus
    done: int
    total: int
    note: JobNote | None
    elapsed_seconds: float
    error: Exception | None

    @property
    def share(self) -> float:
        """How much of it is done, 0 to 1."""
        return min(1.0, self.done / self.total) if self.total > 0 else 0.0


class Job(Generic[Result]):
    """One piece of work; made by `LoopThread.begin`.

    Attributes:
        result: what the work gave, once it has succeeded.
        partial: where the work puts what it has made so far, for those who watch.
        ended: set once it is over.
    """

    def __init__(self, title: str, total: int = 0) -> None:
        self.id = str(ULID())
        self.result: Result | None = None
        self.partial: Any = None
        self.ended = threading.Event()
        self._title = title
        self._done, self._total = 0, total
        self._note: JobNote | None = None
        self._status: JobStatus = "running"
        self._error: Exception | None = None
        self._began = time.monotonic()
        self._ended_at: float | None = None
        self._seen_at = self._began
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    # --- for those who watch; from any thread ------------------------------------------------------------------------

    def view(self) -> JobView:
        """The job as it is now; looking at it keeps it alive."""
        self._seen_at = time.monotonic()
        return JobView(
            id=self.id,
            title=self._title,
            status=self._status,
            done=self._done,
            total=self._total,
            note=self._note,
            elapsed_seconds=(self._ended_at or time.monotonic()) - self._began,
            error=self._error,
        )

    def cancel(self) -> None:
        """Stop it, and with it the requests that it has under way; any number of times."""
        if self._loop is not None and self._task is not None and not self.ended.is_set():
            self._loop.call_soon_threadsafe(self._task.cancel)

    @property
    def unseen_seconds(self) -> float:
        """For how long nobody has looked."""
        return time.monotonic() - self._seen_at

    # --- for the work itself -----------------------------------------------------------------------------------------

    def expect(self, total: int) -> None:
        """Say how many steps there will be."""
        self._total = total

    def advance(self, note: JobNote | None = None, *, by: int = 1) -> None:
        """Say that `by` more steps are made, and what comes next; what stood there stays where nothing is said."""
        self._done += by
        self._note = note or self._note

    def start(self, work: Callable[[Job[Result]], Awaitable[Result]]) -> asyncio.Task[None]:
        """Begin, in the running loop."""
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._drive(work))
        self._task.add_done_callback(self._never_ran)
        return self._task

    def _never_ran(self, task: asyncio.Task[None]) -> None:
        """A task that is cancelled ahead of its first step runs nothing of its own."""
        if not self.ended.is_set():
            self._end("cancelled")

    async def _drive(self, work: Callable[[Job[Result]], Awaitable[Result]]) -> None:
        try:
            self.result = await work(self)
            self._end("succeeded")
        except asyncio.CancelledError:
            self._end("cancelled")
        except (RouterError, ValueError) as error:
            self._end("failed", error)
        except Exception as error:  # noqa: BLE001 – nobody waits for the task: the event loop would print its stack
            _log.error("a job ended by a fault: %s", place_of(error))
            self._end("failed", WorkFault(place_of(error)))

    def _end(self, status: JobStatus, error: Exception | None = None) -> None:
        self._status, self._error, self._ended_at = status, error, time.monotonic()
        self.ended.set()
