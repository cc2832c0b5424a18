"""One event loop in one thread, for callers that are not async: scripts, and the console's pages.

A run started here lives in that loop, not in whoever started it: it goes on while its page is reloaded or left, is
found again by its id, and is stopped by `cancel`, by the end of the portal, or by nobody having looked at it for a
while.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal

from router.api import DualModelRouter
from router.background.jobs import Job, WorkFault
from router.engine.stream import Stream
from router.errors import RouterError
from router.providers.accounts import Account
from router.providers.http.transport import Exchange
from router.providers.shown_exchange import ShownExchange, shown
from router.redaction import place_of
from router.types import Completed, Completion, Delta, Event, Reasoning, Restart, Target

_log = logging.getLogger("router")
_Result = TypeVar("_Result")

RunStatus = Literal["running", "succeeded", "failed", "cancelled"]

UNSEEN_SECONDS = 30.0
"""A run that nobody has looked at for so long is cancelled: the tab is gone, and quota is not to be spent on it."""

_KEPT = 200  # runs and jobs that can still be found by id without the log
_WHOLE = 20  # ... and so many runs with their request and their wire, which may hold pictures


@dataclass(frozen=True, slots=True)
class RunView:
    """A run at one moment.

    Attributes:
        text: the valid text so far; `restarts` counts how often it began anew.
        trace: what happened besides text, in order.
        first_token_ms, elapsed_ms: since the run began, measured in the router's loop.
        error: why it failed.
    """

    id: str
    status: RunStatus
    text: str
    reasoning: str
    restarts: int
    trace: tuple[Event, ...]
    elapsed_ms: float
    first_token_ms: float | None
    completion: Completion | None
    error: Exception | None


class LiveRun:
    """One request in the portal's loop. Any thread may look at it or cancel it.

    Attributes:
        request: what was asked, as `LoopThread.start` was given it; None once later runs have taken its place in
            memory.
        after: the id of the run that this one goes on from, in a conversation.
        done: set once it is over.
    """

    def __init__(self, stream: Stream, request: Mapping[str, Any], after: str | None = None) -> None:
        self.id = stream.request_id or ""
        self.request: Mapping[str, Any] | None = request
        self.after = after
        self.done = threading.Event()
        self._text = ""
        self._completion: Completion | None = None
        self._exchanges: Sequence[tuple[Target, Exchange]] = ()
        self._stream: Stream | None = stream
        self._lock = threading.Lock()
        self._parts: list[str] = []
        self._thoughts: list[str] = []
        self._trace: list[Event] = []
        self._restarts = 0
        self._began = time.perf_counter()
        self._first: float | None = None
        self._ended: float | None = None
        self._status: RunStatus = "running"
        self._error: Exception | None = None
        self._seen_at = time.monotonic()

    def view(self) -> RunView:
        """The run as it is now; looking at it keeps it alive."""
        self._seen_at = time.monotonic()
        with self._lock:
            return RunView(
                id=self.id,
                status=self._status,
                text=self._text if self._ended else "".join(self._parts),
                reasoning="".join(self._thoughts),
                restarts=self._restarts,
                trace=tuple(self._trace),
                elapsed_ms=((self._ended or time.perf_counter()) - self._began) * 1000.0,
                first_token_ms=None if self._first is None else (self._first - self._began) * 1000.0,
                completion=self._completion,
                error=self._error,
            )

    def cancel(self) -> None:
        """End it upstream; what it has said so far is kept."""
        stream = self._stream
        if stream is not None:
            stream.cancel()

    def exchanges(self, accounts: Mapping[str, Account]) -> list[ShownExchange]:
        """Its calls as they went over the wire, fit to be shown; none once later runs have taken its place in memory.

        Args:
            accounts: the router's, for what must not be shown.
        """
        stream = self._stream
        calls = self._exchanges if stream is None else stream.exchanges
        return [shown(target, call, accounts[target.provider]) for target, call in calls if target.provider in accounts]

    def lighten(self) -> None:
        """Let go of the request and the wire; text, trace and figures stay."""
        self.request, self._exchanges = None, ()

    @property
    def unseen_seconds(self) -> float:
        """For how long nobody has looked."""
        return time.monotonic() - self._seen_at

    async def drive(self) -> None:
        """Take the stream's events to the end; runs in the portal's loop."""
        stream = self._stream
        assert stream is not None, "a run is driven once"
        try:
            async for event in stream:
                self._take(event)
            self._end("succeeded" if stream.completion is not None else "cancelled")
        except (RouterError, ValueError) as error:
            self._end("failed", error)
        except asyncio.CancelledError:
            self._end("cancelled")
            raise
        except Exception as error:  # noqa: BLE001 – whatever it is, whoever watches must not wait for ever
            _log.error("a run ended by a fault: %s", place_of(error))
            self._end("failed", WorkFault(place_of(error)))
        finally:
            await stream.__aexit__(None, None, None)
            self._exchanges = stream.exchanges if self.request is not None else ()
            self._stream = None
            self.done.set()

    def _take(self, event: Event) -> None:
        with self._lock:
            if isinstance(event, Delta):
                self._first = self._first or time.perf_counter()
                self._parts.append(event.text)
            elif isinstance(event, Reasoning):
                self._thoughts.append(event.text)
            elif not isinstance(event, Completed):
                self._trace.append(event)
            if isinstance(event, Restart):
                self._restarts += 1
                self._parts.clear()
                self._thoughts.clear()

    def _end(self, status: RunStatus, error: Exception | None = None) -> None:
        stream = self._stream
        with self._lock:
            if stream is not None:
                self._text, self._completion = stream.text, stream.completion
            self._status = status
            self._error = error
            self._ended = time.perf_counter()


class LoopThread:
    """A router and its event loop in a thread of their own; close it, or use it as a context manager."""

    def __init__(self, router: DualModelRouter) -> None:
        self.router = router
        self._stack = ExitStack()
        self._portal: BlockingPortal = self._stack.enter_context(start_blocking_portal(name="router"))
        self._runs: OrderedDict[str, LiveRun] = OrderedDict()
        self._jobs: OrderedDict[str, Job[Any]] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._portal.call(router.__aenter__)  # which has the providers' lists read in the background

    def __enter__(self) -> LoopThread:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def call(self, function: Callable[..., Awaitable[_Result]], *args: Any) -> _Result:
        """Run an async function in the router's loop and wait for it."""
        return self._portal.call(function, *args)

    def complete(self, **request: Any) -> Completion:
        """`DualModelRouter.complete`, waited for.

        Raises:
            ValueError, RouterError: as there.
        """
        return self._portal.call(lambda: self.router.complete(**request))

    def start(
        self, *, unseen_seconds: float = UNSEEN_SECONDS, after: str | None = None, **request: Any
    ) -> LiveRun:  # fmt: skip
        """Start a streamed request; gives at once, with the run's id known.

        Args:
            unseen_seconds: after how long without a look it is cancelled.
            after: the run that it goes on from, in a conversation.
            request: what `DualModelRouter.stream` takes.

        Raises:
            ValueError: the request is malformed.
        """
        stream = self.router.stream(**request)
        live: LiveRun = self._portal.call(self._open, stream, request, after, unseen_seconds)
        _keep(self._runs, live.id, live)
        for older in list(self._runs.values())[-_WHOLE - 1 :: -1]:
            if older.request is None:
                break
            older.lighten()
        return live

    def begin(
        self,
        work: Callable[[Job[_Result]], Awaitable[_Result]],
        *,
        title: str,
        total: int = 0,
        unseen_seconds: float = UNSEEN_SECONDS,
    ) -> Job[_Result]:
        """Start work of many requests in the router's loop; gives at once.

        Args:
            work: is given its job, to say how far it is.
            title: what it is, for people.
            total: how many steps it has, where that is known.
            unseen_seconds: after how long without a look it is cancelled.
        """
        job: Job[_Result] = Job(title, total)
        self._portal.call(self._begin, job, work, unseen_seconds)
        _keep(self._jobs, job.id, job)
        return job

    def find_job(self, job_id: str) -> Job[Any] | None:
        """The job with this id, where it was started here and is not long over."""
        return self._jobs.get(job_id)

    def find(self, run_id: str) -> LiveRun | None:
        """The run with this id, where it was started here and is not long over."""
        return self._runs.get(run_id)

    def adopt(self, earlier: LoopThread) -> None:
        """Let another portal's runs and jobs be found here too; they stay in its loop."""
        self._runs.update(earlier._runs)
        self._jobs.update(earlier._jobs)

    def wait_until_idle(self) -> None:
        """Return once nothing is under way; what nobody looks at is cancelled in its time, as ever."""
        for live in list(self._runs.values()):
            live.done.wait()
        for job in list(self._jobs.values()):
            job.ended.wait()

    def close(self) -> None:
        """Cancel what is under way, close the router, end the loop and its thread."""
        self._portal.call(self._shut)
        self._stack.close()

    async def _open(
        self, stream: Stream, request: Mapping[str, Any], after: str | None, unseen_seconds: float
    ) -> LiveRun:
        await stream.__aenter__()
        live = LiveRun(stream, request, after)
        task = asyncio.create_task(live.drive())
        self._keep_task(task)
        self._watch(live, live.done, unseen_seconds)
        return live

    async def _begin(self, job: Job[_Result], work: Callable[[Job[_Result]], Awaitable[_Result]], limit: float) -> None:
        self._keep_task(job.start(work))
        self._watch(job, job.ended, limit)

    def _keep_task(self, task: asyncio.Task[None]) -> None:
        """Keep a task until it is done: the loop itself holds it only weakly."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _watch(self, work: LiveRun | Job[Any], ended: threading.Event, limit: float) -> None:
        if ended.is_set():
            return
        remaining_seconds = limit - work.unseen_seconds
        if remaining_seconds <= 0:
            work.cancel()
        else:
            asyncio.get_running_loop().call_later(remaining_seconds, self._watch, work, ended, limit)

    async def _shut(self) -> None:
        for live in self._runs.values():
            live.cancel()
        for job in self._jobs.values():
            job.cancel()
        for task in list(self._tasks):
            await asyncio.wait([task], timeout=2.0)
        await self.router.aclose()


def _keep(entries: OrderedDict[str, Any], name: str, value: Any) -> None:
    entries[name] = value
    while len(entries) > _KEPT:
        entries.popitem(last=False)
