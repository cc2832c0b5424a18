"""An evaluation: which case is asked of whom in which order, and the asking itself, within the free quota."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from router.api import DualModelRouter
from router.background.jobs import Activity, Job, JobNote
from router.comparison.waiting import LONGEST_WAIT, is_limited, seconds_until, soonest_end, wait_for_target
from router.errors import RouterError
from router.evaluation.allowance_room import room_problem
from router.evaluation.cases import Case
from router.evaluation.checks import faults_in_answer
from router.store.console.evaluations import FAILED, PENDING, RIGHT, WRONG, Evaluations, EvaluationStep
from router.types import Attempt, AttemptOutcome, Completion, Purpose, Source, Target, TaskType

CaseKey = tuple[str, str, str]
"""A case in a step: its task, id and digest."""

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


def plan_steps(
    cases: Mapping[TaskType, Sequence[Case]], targets: Mapping[TaskType, Sequence[Target]], repetitions: int
) -> list[EvaluationStep]:
    """The steps of a run: each case of all targets one after the other, and another begins each time.

    So a bad minute hits all alike, and what a stopped run has made can be compared.
    """
    steps = [
        EvaluationStep(
            position=0,
            task=str(task),
            case_id=case.id,
            case_digest=case.digest,
            provider=target.provider,
            model=target.model,
            repetition=repetition,
        )
        for repetition in range(repetitions)
        for task in targets
        for number, case in enumerate(cases[task])
        for target in _rotated(targets[task], number + repetition)
    ]
    return [replace(step, position=position) for position, step in enumerate(steps)]


def _rotated(targets: Sequence[Target], by: int) -> Iterator[Target]:
    start = by % len(targets) if targets else 0
    yield from targets[start:]
    yield from targets[:start]


@dataclass(frozen=True, slots=True)
class EvaluationWork:
    """What all steps of a run are made with.

    Attributes:
        cases: those that are asked, by task, id and digest.
        source: which door it came in by, for the log.
        keeps_content: whether pieces of answers may be kept with the faults in them.
    """

    router: DualModelRouter
    runs: Evaluations
    cases: Mapping[CaseKey, Case]
    source: str = Source.LIBRARY
    keeps_content: bool = True


def cases_by_key(cases: Mapping[TaskType, Sequence[Case]]) -> dict[CaseKey, Case]:
    """The cases as steps name them."""
    return {(str(task), case.id, case.digest): case for task, several in cases.items() for case in several}


async def make_run(job: Job[str], work: EvaluationWork, run_id: str) -> str:
    """Make the steps of a run that are not made yet, one after the other, and then leave it; gives the run's id.

    Raises:
        EvaluationPaused: an allowance has no room for long; it goes on from there when it is called again.
    """
    try:
        await _make_steps(job, work, run_id)
    finally:
        # Also when it is stopped: a run that stays taken could be continued by nobody.
        work.runs.release(run_id)
        await asyncio.to_thread(work.runs.settle)
    return run_id


async def _make_steps(job: Job[str], work: EvaluationWork, run_id: str) -> None:
    steps = work.runs.steps(run_id)
    job.expect(len(steps))
    job.advance(by=sum(step.status != PENDING for step in steps))
    for step in steps:
        if step.status != PENDING:
            continue
        case = work.cases.get((step.task, step.case_id, step.case_digest))
        job.advance(JobNote(Activity.ASKING, step.provider, TaskType(step.task)), by=0)
        if case is None:
            made = replace(step, status=FAILED, faults="the case has been changed or deleted since the run was begun")
        else:
            made = await _make_step(job, work, case, step=step)
        work.runs.put(run_id, made)
        job.advance()


async def _make_step(job: Job[str], work: EvaluationWork, case: Case, *, step: EvaluationStep) -> EvaluationStep:
    """A step with how it went; a target that says 429 is waited for and asked once more.

    Raises:
        EvaluationPaused: its allowance has no room for long.
    """
    for is_last in (False, True):
        await _wait_for_room(job, work.router, case, target=Target(step.provider, step.model))
        try:
            completion = await _ask_case(work, case, step)
        except (RouterError, ValueError) as error:
            if isinstance(error, RouterError) and is_limited(error) and not is_last:
                continue
            _pause_if_limited(work.router, case, step, error=error)
            return _failed_step(step, error)
        return _judged_step(work, case, step, completion=completion)
    raise AssertionError("the last turn returns or raises")


async def _wait_for_room(job: Job[str], router: DualModelRouter, case: Case, *, target: Target) -> None:
    """Wait until a target may be called, and its day has room for more than work.

    Raises:
        EvaluationPaused: that takes longer than a run waits.
    """
    if (full := room_problem(router, target)) is not None:
        raise EvaluationPaused(full.provider, full.until)
    if await wait_for_target(router, job, case.config, targets=[target]):
        return
    until = soonest_end(router.plan(config=case.config, targets=[target]))
    if until is not None and seconds_until(router, until) > LONGEST_WAIT:
        raise EvaluationPaused(target.provider, until)


def _pause_if_limited(router: DualModelRouter, case: Case, step: EvaluationStep, *, error: Exception) -> None:
    """A target that is out of allowance twice running is asked later: that is no failure of the model's.

    Raises:
        EvaluationPaused: so it is, and the time is known.
    """
    if not (isinstance(error, RouterError) and is_limited(error)):
        return
    target = Target(step.provider, step.model)
    until = soonest_end(router.plan(config=case.config, targets=[target]))
    if until is not None:
        raise EvaluationPaused(step.provider, until)


async def _ask_case(work: EvaluationWork, case: Case, step: EvaluationStep) -> Completion | None:
    """The answer, streamed so that its first token is measured; None where it was stopped."""
    async with work.router.stream(
        messages=case.messages(),
        targets=[Target(step.provider, step.model)],
        fallback=False,
        source=work.source,
        purpose=Purpose.EVALUATION,
        **case.options(),
    ) as stream:
        async for _ in stream:
            pass
    return stream.completion


def _judged_step(
    work: EvaluationWork, case: Case, step: EvaluationStep, *, completion: Completion | None
) -> EvaluationStep:
    if completion is None:
        return replace(step, status=FAILED, outcome=str(AttemptOutcome.CANCELLED))
    faults = faults_in_answer(case, completion.text, completion.parsed)
    return replace(
        step,
        status=WRONG if faults else RIGHT,
        faults="\n".join(faults) if work.keeps_content else None,
        request_id=completion.request_id,
        latency_ms=completion.latency_ms,
        ttft_ms=completion.ttft_ms,
        prompt_tokens=completion.usage.prompt_tokens,
        completion_tokens=completion.usage.completion_tokens,
        calls=_calls_made(completion.attempts),
        simulated=completion.simulated,
    )


def _failed_step(step: EvaluationStep, error: Exception) -> EvaluationStep:
    attempts: Sequence[Attempt] = getattr(error, "attempts", ())
    outcome = str(attempts[-1].outcome) if attempts else "refused"
    words = next((attempt.error for attempt in reversed(attempts) if attempt.error), None)
    return replace(step, status=FAILED, outcome=outcome, faults=words or str(error), calls=_calls_made(attempts))


def _calls_made(attempts: Sequence[Attempt]) -> int:
    return sum(attempt.outcome not in _UNSENT for attempt in attempts)
