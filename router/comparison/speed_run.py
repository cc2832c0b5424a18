"""A speed run: which requests in which order, what they need of the quota, and the work itself."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from router.api import DualModelRouter
from router.background.jobs import Job
from router.comparison.speed_prompts import PromptSet, TaskPrompts, load_prompts
from router.errors import AllTargetsFailed, RouterError
from router.ports import Allowance
from router.store.console.speed_runs import SpeedRuns, SpeedStep
from router.types import PlannedTarget, TaskType

LONGEST_WAIT = 90.0
"""Seconds that a run waits for a target that is held or out of allowance; for a longer wait it is paused."""


class RunPaused(RouterError):
    """A run cannot go on now: an allowance is used up for longer than it waits. What is not made stays to be made."""


_WAITED_FOR = {"skipped", "rate_limited"}
_MARGIN = 0.05  # a limit that ends at a moment has ended just behind it


@dataclass(frozen=True, slots=True)
class Need:
    """What a run takes of one allowance.

    Attributes:
        calls: how many of the run's requests count against it.
    """

    allowance: Allowance
    calls: int

    @property
    def fits(self) -> bool:
        """Whether so many are left."""
        return self.calls <= self.allowance.remaining

    def most(self, repetitions: int) -> int:
        """How many repetitions fit, if these calls are those of so many."""
        return self.allowance.remaining * repetitions // self.calls


@dataclass(frozen=True, slots=True)
class SpeedRunPlan:
    """The requests of a run.

    Attributes:
        missing: (task, provider) that nothing serves now.
    """

    steps: tuple[SpeedStep, ...]
    missing: tuple[tuple[TaskType, str], ...]

    def calls(self) -> Counter[tuple[str, str]]:
        """How many there are to each provider and model."""
        return Counter((step.provider, step.model) for step in self.steps)

    def needs(self, allowances: Sequence[Allowance]) -> list[Need]:
        """What it takes of each allowance of a day."""
        calls = self.calls()
        found = []
        for allowance in allowances:
            own = sum(
                count
                for (provider, model), count in calls.items()
                if provider == allowance.provider and allowance.model in ("", model)
            )
            if own and allowance.unit == "requests" and allowance.span >= 86_400:
                found.append(Need(allowance, own))
        return found


def make_plan(router: DualModelRouter, repetitions: int, *, prompts: PromptSet | None = None) -> SpeedRunPlan:
    """Every task on the table's first two providers, each on the model that would serve it now.

    The providers take turns, and begin in turns, so that a slow minute meets both.
    """
    prompts = prompts or load_prompts()
    providers = list(router.table.providers)[:2]
    models = {
        (task, name): _serving(router, entry, name) for task, entry in prompts.tasks.items() for name in providers
    }
    steps = [
        SpeedStep(0, str(task), name, model, repetition)
        for task, name, repetition in _turns(list(prompts.tasks), providers, repetitions)
        if (model := models[task, name]) is not None
    ]
    numbered = tuple(replace(step, position=position) for position, step in enumerate(steps))
    return SpeedRunPlan(numbered, tuple(key for key, model in models.items() if model is None))


def _turns(tasks: list[TaskType], providers: list[str], repetitions: int) -> Iterator[tuple[TaskType, str, int]]:
    for repetition in range(repetitions):
        for number, task in enumerate(tasks):
            for name in providers if (repetition + number) % 2 == 0 else reversed(providers):
                yield task, name, repetition


def _serving(router: DualModelRouter, entry: TaskPrompts, provider: str) -> str | None:
    plan = router.plan(config=entry.config, messages=entry.messages(0), max_tokens=entry.output_tokens)
    return next((line.model for line in plan if line.provider == provider and _will_serve(line)), None)


def _will_serve(line: PlannedTarget) -> bool:
    """Whether a target would be called now, or after a wait that a run takes upon itself."""
    return line.kept or (line.until is not None and line.until.timestamp() - time.time() <= LONGEST_WAIT)


async def measure(job: Job[str], router: DualModelRouter, runs: SpeedRuns, run_id: str) -> str:
    """Make the steps of a run that are not made yet, one after the other, and then leave it; gives the run's id.

    Raises:
        RunPaused: an allowance is used up for long; it goes on from there when it is called again.
    """
    try:
        await _make_steps(job, router, runs, run_id)
    finally:
        runs.release(run_id)
        await asyncio.to_thread(runs.settle)
    return run_id


async def _make_steps(job: Job[str], router: DualModelRouter, runs: SpeedRuns, run_id: str) -> None:
    prompts = load_prompts()
    steps = runs.steps(run_id)
    job.expect(len(steps))
    job.advance(by=sum(step.status != "pending" for step in steps))
    for step in steps:
        if step.status == "pending":
            entry = prompts.tasks[TaskType(step.task)]
            job.advance(
                f"{router.table.tasks[entry.task].label} on {router.table.providers[step.provider].label}", by=0
            )
            runs.put(run_id, await _made(job, router, entry, step))
            job.advance()


async def _made(job: Job[str], router: DualModelRouter, entry: TaskPrompts, step: SpeedStep) -> SpeedStep:
    """A step with how it went; a target that is only held for a while is waited for, once."""
    try:
        return await _asked(router, entry, step)
    except AllTargetsFailed as error:
        wait = _seconds_until(error)
        if wait is None or {attempt.outcome for attempt in error.attempts} - _WAITED_FOR:
            return replace(step, status="failed", error=str(error))
        if wait > LONGEST_WAIT:
            label = router.table.providers[step.provider].label
            when = f"{error.retry_at:%d %b, %H:%M} UTC" if error.retry_at else "later"
            raise RunPaused(f"{label} has none of its allowance left; the run can go on from {when} on.") from error
        job.advance(f"waiting {wait:.0f} s for an allowance", by=0)
        await asyncio.sleep(wait)
    except RouterError as error:
        return replace(step, status="failed", error=str(error))
    try:
        return await _asked(router, entry, step)
    except RouterError as error:
        return replace(step, status="failed", error=str(error))


def _seconds_until(error: AllTargetsFailed) -> float | None:
    if error.retry_at is None:
        return None
    return max(0.0, error.retry_at.timestamp() - time.time()) + _MARGIN


async def _asked(router: DualModelRouter, entry: TaskPrompts, step: SpeedStep) -> SpeedStep:
    async with router.stream(
        messages=entry.messages(step.repetition),
        targets=[f"{step.provider}:{step.model}"],
        fallback=False,
        source="console",
        purpose="speed-run",
        **entry.options(),
    ) as stream:
        async for _ in stream:
            pass
    done = stream.completion
    if done is None:
        return replace(step, status="failed", request_id=stream.request_id, error="it was stopped")
    return replace(
        step,
        status="succeeded",
        request_id=done.request_id,
        latency_ms=done.latency_ms,
        ttft_ms=done.ttft_ms,
        completion_tokens=done.usage.completion_tokens,
        simulated=done.simulated,
    )
