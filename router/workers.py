"""Threads for work that would stop an event loop: pictures, long JSON, certificates.

Few, and the same for everybody: threads that compute take turns with the event loop for the interpreter's lock, 5 ms
each, so a dozen of them would stop it as surely as the work itself. An event loop gives the lock up with everything
that it sends or reads, and would wait those 5 ms each time: so work in Python calls `give_way` every so often, and
gives it up of itself.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

_THREADS = 2

_TURN_SECONDS = 0.001
_PAUSE_SECONDS = 0.00005
"""Seconds: long enough for another thread to wake up and take the lock. With no pause at all whoever gives it up has it
again before anybody else is awake."""

_ENDING_WORDS = "interpreter shutdown"
"""Stands in what the standard library raises once the main thread has ended, in a class that says nothing."""

_turn = threading.local()

_P = ParamSpec("_P")
_T = TypeVar("_T")


class ProcessEnding(RuntimeError):
    """No work is begun any more, since the process is ending: what it was for is of no use to anybody."""


class _Pool:
    """The threads, made when they are first needed; a forked process has none of its parent's."""

    def __init__(self) -> None:
        self._executor: ThreadPoolExecutor | None = None
        os.register_at_fork(after_in_child=self.forget)

    def executor(self) -> ThreadPoolExecutor:
        if self._executor is None:
            self._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="router-work")
        return self._executor

    def forget(self) -> None:
        self._executor = None


_POOL = _Pool()


async def run_in_worker(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """What a function gives, worked out beside the event loop in the caller's context; raises what it raises.

    Raises:
        ProcessEnding: the main thread has ended, and no thread takes any further work.
    """
    context = copy_context()
    loop = asyncio.get_running_loop()

    def take_turns() -> _T:
        _turn.ends = time.perf_counter() + _TURN_SECONDS
        return work(*args, **kwargs)

    try:
        working = loop.run_in_executor(_POOL.executor(), lambda: context.run(take_turns))
    except RuntimeError as error:
        if _ENDING_WORDS not in str(error):
            raise
        raise ProcessEnding("the process is ending") from None
    return await working


async def finish_in_worker(work: Callable[[], object]) -> None:
    """`run_in_worker`, or at once where the process is ending: for what has to be done in any case."""
    try:
        await run_in_worker(work)
    except ProcessEnding:
        work()


def give_way() -> None:
    """Let the event loop have its turn, if this is a worker that has had its own; to be called from long loops."""
    ends = getattr(_turn, "ends", None)
    if ends is not None and time.perf_counter() >= ends:
        time.sleep(_PAUSE_SECONDS)
        _turn.ends = time.perf_counter() + _TURN_SECONDS
