"""Threads for work that would stop an event loop: pictures, long JSON, certificates.

Few, and the same for everybody: threads that compute take turns with the event loop for the interpreter's lock, 5 ms
each, so a dozen of them would stop it as surely as the work itself.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

_THREADS = 2

_P = ParamSpec("_P")
_T = TypeVar("_T")


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
    """What a function gives, worked out beside the event loop in the caller's context; raises what it raises."""
    context = copy_context()
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_POOL.executor(), lambda: context.run(work, *args, **kwargs))
