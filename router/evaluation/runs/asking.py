"""One call of an evaluation: once its target may be called, and only where its allowance has room beside work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from router.api import DualModelRouter
from router.background.jobs import Activity, Job, JobNote
from router.comparison.waiting import LONGEST_WAIT, is_limited, seconds_until, soonest_end, wait_for_target
from router.errors import RouterError
from router.evaluation.runs.allowance_room import minute_refill, room_problem
from router.types import Attempt, AttemptOutcome, Target, TaskConfig

_Answer = TypeVar("_Answer")
_LEAST_PAUSE, _LOOK_AGAIN = 0.05, 0.5
"""Seconds between looks at an allowance that is waited for."""

_UNSENT = (AttemptOutcome.SKIPPED, AttemptOutcome.NOT_SENT)


class EvaluationPaused(RouterError):
    """An evaluation cannot go on now: what is left of an allowance is not its own. What is not made stays to be made.

    Attributes:
        provider: whose allowance.
        until: when it refills.
    """

    def __init__(self, provider: str, until: datetime) -> None:
        super().__init__(f"{provider} has no free quota for an evaluation left until {until:%Y-%m-%d %H:%M} UTC")
        self.provider = provider
        self.until = until


async def ask_within_room(
    job: Job[Any],
    router: DualModelRouter,
    config: TaskConfig,
    *,
    target: Target,
    ask: Callable[[], Awaitable[_Answer]],
) -> _Answer:
    """What `ask` gives, once its target may be called; one that says 429 is waited for and asked once more.

    Raises:
        EvaluationPaused: the target's allowance has no room for long.
        RouterError, ValueError: as `ask` does.
    """
    for is_last in (False, True):
        await _wait_for_room(job, router, config, target=target)
        try:
            return await ask()
        except RouterError as error:
            if not is_limited(error):
                raise
            if is_last:
                _pause_until_refill(router, config, target)
                raise
    raise AssertionError("the last turn returns or raises")


async def _wait_for_room(job: Job[Any], router: DualModelRouter, config: TaskConfig, *, target: Target) -> None:
    """Wait until a target may be called, and its day has room for more than work.

    Raises:
        EvaluationPaused: that takes longer than a run waits.
    """
    if (full := room_problem(router, target)) is not None:
        raise EvaluationPaused(full.provider, full.until)
    await _wait_for_minute(job, router, target)
    if await wait_for_target(router, job, config, targets=[target]):
        return
    until = soonest_end(router.plan(config=config, targets=[target]))
    if until is not None and seconds_until(router, until) > LONGEST_WAIT:
        raise EvaluationPaused(target.provider, until)


async def _wait_for_minute(job: Job[Any], router: DualModelRouter, target: Target) -> None:
    """Wait while a minute's allowance has room for work alone; others may keep it so, and then the call is made."""
    give_up_at = router.clock.time() + LONGEST_WAIT
    while (refill := minute_refill(router, target)) is not None and router.clock.time() < give_up_at:
        seconds = max(0.0, refill - router.clock.time())
        job.advance(JobNote(Activity.WAITING, target.provider, seconds=seconds), by=0)
        # In small steps: what it waits for may come back bit by bit.
        await asyncio.sleep(min(max(seconds, _LEAST_PAUSE), _LOOK_AGAIN))


def _pause_until_refill(router: DualModelRouter, config: TaskConfig, target: Target) -> None:
    """A target that is out of allowance twice running is asked later: that is no failure of the model's.

    Raises:
        EvaluationPaused: the time is known.
    """
    until = soonest_end(router.plan(config=config, targets=[target]))
    if until is not None:
        raise EvaluationPaused(target.provider, until)


def attempts_of(error: Exception) -> Sequence[Attempt]:
    """The attempts that an error names; none where it names none."""
    attempts: Sequence[Attempt] = getattr(error, "attempts", ())
    return attempts


def calls_made(attempts: Sequence[Attempt]) -> int:
    """How many requests of an allowance some attempts took."""
    return sum(attempt.outcome not in _UNSENT for attempt in attempts)
