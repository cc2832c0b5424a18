"""A request's answer, waited for."""

from __future__ import annotations

from contextlib import aclosing

from router.engine.run import Run
from router.errors import AllTargetsFailed
from router.types import Completed, Completion


async def whole_answer(run: Run) -> Completion:
    """A request's answer, once it is whole.

    Raises:
        RequestRejected, AllTargetsFailed, DeadlineExceeded, RouterClosed: as iterating it.
    """
    async with aclosing(run):
        async for event in run:
            if isinstance(event, Completed):
                return event.completion
    raise AllTargetsFailed("the request ended without an answer")
