"""A speed run: which requests in which order, what they need of the quota, and the work itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from router.api import DualModelRouter
from router.background.jobs import Activity, Job, JobNote
from router.comparison.speed_prompts import PromptSet, TaskPrompts, load_prompts
from router.comparison.waiting import LONGEST_WAIT, is_limited, seconds_until, soonest_end, wait_for_target
from router.errors import RouterError
from router.ports import Allowance
from router.store.console.speed_runs import SpeedRuns, SpeedStep
from router.types import PlannedTarget, Source, Target, TaskType


class RunPaused(RouterError):
    """A run cannot go on now: an allowance is used up for longer than it waits. What is not made stays to be made.

    Attributes:
        provider: whose allowance.
        until: when it refills.
    """

    def __init__(self, provider: str, until: datetime) -> None:
        super().__init__(f"{provider} has none of its allowance left until {until:%Y-%m-%d %H:%M} UTC")
        self.provider = provider
        self.until = until


_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class AllowanceNeed:
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

    def fitting_repetitions(self, repetitions: int) -> int:
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

    def count_calls(self) -> Counter[tuple[str, str]]:
        """How many there are to each provider and model."""
        return Counter((step.provider, step.model) for step in self.steps)

    def needs(self, allowances: Sequence[Allowance]) -> list[AllowanceNeed]:
        """What it takes of each allowance of a day; those of a minute refill while it runs."""
        daily = [allowance for allowance in allowances if allowance.unit == "requests" and allowance.span >= _DAY]
        needs = [AllowanceNeed(allowance, self._calls_against(allowance)) for allowance in daily]
        return [need for need in needs if need.calls]

    def _calls_against(self, allowance: Allowance) -> int:
        return sum(
            count
            for (provider, model), count in self.count_calls().items()
            if provider == allowance.provider and allowance.model in ("", model)
        )


def make_plan(router: DualModelRouter, repetitions: int, *, prompts: PromptSet | None = None) -> SpeedRunPlan:
    """Every task on every provider of the table, each on the model that would serve it now.

    The providers take turns, and begin in turns, so that a slow minute meets all.
    """
    prompts = prompts or load_prompts()
    providers = list(router.table.providers)
    models = {
        (task, name): _serving_model(router, entry, name) for task, entry in prompts.tasks.items() for name in providers
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


def _serving_model(router: DualModelRouter, entry: TaskPrompts, provider: str) -> str | None:
    plan = router.plan(config=entry.config, messages=entry.messages(0), max_tokens=entry.output_tokens)
    lines = (line for line in plan if line.provider == provider)
    return next((line.model for line in lines if _will_serve(router, line)), None)


def _will_serve(router: DualModelRouter, line: PlannedTarget) -> bool:
    """Whether a target would be called now, or after a wait that a run takes upon itself."""
    return line.kept or (line.until is not None and seconds_until(router, line.until) <= LONGEST_WAIT)


async def measure_run(
    job: Job[str], router: DualModelRouter, *, runs: SpeedRuns, run_id: str, source: str = Source.LIBRARY
) -> str:
    """Make the steps of a run that are not made yet, one after the other, and then leave it; gives the run's id.

    Args:
        source: which door it came in by, for the log.

    Raises:
        RunPaused: an allowance is used up for long; it goes on from there when it is called again.
    """
    try:
        await _make_steps(_Measuring(job, router, source), runs, run_id)
    finally:
        # Also when it is stopped: a run that stays taken could be continued by nobody.
        runs.release(run_id)
        await asyncio.to_thread(runs.settle)
    return run_id


@dataclass(frozen=True, slots=True)
class _Measuring:
    """What all steps of a run are made with."""

    job: Job[str]
    router: DualModelRouter
    source: str


async def _make_steps(measuring: _Measuring, runs: SpeedRuns, run_id: str) -> None:
    job, prompts = measuring.job, load_prompts()
    steps = runs.steps(run_id)
    job.expect(len(steps))
    job.advance(by=sum(step.status != "pending" for step in steps))
    for step in steps:
        if step.status == "pending":
            entry = prompts.tasks[TaskType(step.task)]
            job.advance(JobNote(Activity.ASKING, step.provider, entry.task), by=0)
            runs.put(run_id, await _make_step(measuring, entry, step))
            job.advance()


async def _make_step(measuring: _Measuring, entry: TaskPrompts, step: SpeedStep) -> SpeedStep:
    """A step with how it went; a target that says 429 is waited for and asked once more.

    Raises:
        RunPaused: its allowance is used up for long.
    """
    for is_last in (False, True):
        try:
            await _wait_for_allowance(measuring, entry, step)
            return await _measure_step(measuring, entry, step)
        except RunPaused:
            raise
        except RouterError as error:
            if is_last or not is_limited(error):
                return replace(step, status="failed", error=str(error))
    raise AssertionError("the last turn returns or raises")


async def _wait_for_allowance(measuring: _Measuring, entry: TaskPrompts, step: SpeedStep) -> None:
    """Wait until a step's target may be called; where no time is known for that, its request will say why.

    Raises:
        RunPaused: it takes longer than a run waits.
    """
    router, targets = measuring.router, [Target(step.provider, step.model)]
    if await wait_for_target(router, measuring.job, entry.config, targets=targets):
        return
    until = soonest_end(router.plan(config=entry.config, targets=targets))
    if until is not None and seconds_until(router, until) > LONGEST_WAIT:
        raise RunPaused(step.provider, until)


async def _measure_step(measuring: _Measuring, entry: TaskPrompts, step: SpeedStep) -> SpeedStep:
    async with measuring.router.stream(
        messages=entry.messages(step.repetition),
        targets=[Target(step.provider, step.model)],
        fallback=False,
        source=measuring.source,
        purpose="speed-run",
        **entry.options(),
    ) as stream:
        async for _ in stream:
            pass
    completion = stream.completion
    if completion is None:
        return replace(step, status="failed", request_id=stream.request_id, error="it was stopped")
    return replace(
        step,
        status="succeeded",
        request_id=completion.request_id,
        latency_ms=completion.latency_ms,
        ttft_ms=completion.ttft_ms,
        completion_tokens=completion.usage.completion_tokens,
        simulated=completion.simulated,
    )
