"""An evaluation: which case is asked of whom in which order, and the asking itself, within the free quota."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from router.api import DualModelRouter
from router.background.jobs import Activity, Job, JobNote
from router.errors import RouterError
from router.evaluation.cases.case import Case
from router.evaluation.cases.checks import faults_in_answer
from router.evaluation.runs.asking import EvaluationPaused, ask_within_room, attempts_of, calls_made
from router.evaluation.runs.judge import NO_ANSWER, AnswerPair, make_judgement
from router.store.console.evaluations import (
    ANSWERED,
    FAILED,
    PENDING,
    RIGHT,
    UNANSWERED,
    WRONG,
    Evaluations,
    EvaluationStep,
)
from router.store.console.judgements import Judgement
from router.types import AttemptOutcome, Completion, Purpose, Source, Target, TaskType

CaseKey = tuple[str, str, str]
"""A case in a step: its task, id and digest."""


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
        answers: those that a judge has still to see, by the step's place.
    """

    router: DualModelRouter
    runs: Evaluations
    cases: Mapping[CaseKey, Case]
    source: str = Source.LIBRARY
    keeps_content: bool = True
    answers: dict[int, str] = field(default_factory=dict)


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
    """All targets answer a case, then its judge is asked: so no answer has to be kept for longer."""
    steps, judgements = work.runs.steps(run_id), work.runs.judgements(run_id)
    job.expect(len(steps) + len(judgements))
    statuses = [*(step.status for step in steps), *(asking.status for asking in judgements)]
    job.advance(by=len(statuses) - statuses.count(PENDING))
    for _, turn in groupby(steps, key=lambda step: (step.task, step.case_id, step.case_digest, step.repetition)):
        made_steps = {step.position: await _made_step(job, work, run_id, step=step) for step in turn}
        for judgement in judgements:
            if judgement.position in made_steps and judgement.status == PENDING:
                await _put_judgement(job, work, run_id, judgement=judgement, steps=made_steps)
        work.answers.clear()


async def _made_step(job: Job[str], work: EvaluationWork, run_id: str, *, step: EvaluationStep) -> EvaluationStep:
    """A step once it is made, now or earlier."""
    if step.status != PENDING:
        return step
    case = _case_of(work, step)
    job.advance(JobNote(Activity.ASKING, step.provider, TaskType(step.task)), by=0)
    if case is None:
        result = replace(step, status=FAILED, faults="the case has been changed or deleted since the run was begun")
    else:
        result = await _make_step(job, work, case, step=step)
    work.runs.put(run_id, result)
    job.partial = run_id  # its steps are in the database, for whoever watches
    job.advance()
    return result


def _case_of(work: EvaluationWork, step: EvaluationStep) -> Case | None:
    return work.cases.get((step.task, step.case_id, step.case_digest))


async def _make_step(job: Job[str], work: EvaluationWork, case: Case, *, step: EvaluationStep) -> EvaluationStep:
    """A step with how it went.

    Raises:
        EvaluationPaused: its target's allowance has no room for long.
    """
    target = Target(step.provider, step.model)
    try:
        completion = await ask_within_room(
            job, work.router, case.config, target=target, ask=lambda: _ask_case(work, case, step)
        )
    except EvaluationPaused:
        raise
    except (RouterError, ValueError) as error:
        return _failed_step(case, step, error)
    if completion is None:
        return replace(step, status=_failure_of(case), outcome=str(AttemptOutcome.CANCELLED))
    if case.judge is not None:
        work.answers[step.position] = completion.text
    return _answered_step(work, case, step, completion=completion)


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


def _answered_step(work: EvaluationWork, case: Case, step: EvaluationStep, *, completion: Completion) -> EvaluationStep:
    faults = faults_in_answer(case, completion.text, completion.parsed)
    return replace(
        step,
        status=(WRONG if faults else RIGHT) if case.has_rules else ANSWERED,
        faults="\n".join(faults) if work.keeps_content else None,
        request_id=completion.request_id,
        latency_ms=completion.latency_ms,
        ttft_ms=completion.ttft_ms,
        prompt_tokens=completion.usage.prompt_tokens,
        completion_tokens=completion.usage.completion_tokens,
        calls=calls_made(completion.attempts),
        simulated=completion.simulated,
    )


def _failed_step(case: Case, step: EvaluationStep, error: Exception) -> EvaluationStep:
    attempts = attempts_of(error)
    outcome = str(attempts[-1].outcome) if attempts else "refused"
    words = next((attempt.error for attempt in reversed(attempts) if attempt.error), None)
    status = _failure_of(case)
    return replace(step, status=status, outcome=outcome, faults=words or str(error), calls=calls_made(attempts))


def _failure_of(case: Case) -> str:
    """How a call that came to nothing is kept: by rules it is no right answer, and a judge has nothing to judge."""
    return FAILED if case.has_rules else UNANSWERED


# --- the judge -----------------------------------------------------------------------------------------------------


async def _put_judgement(
    job: Job[str], work: EvaluationWork, run_id: str, *, judgement: Judgement, steps: Mapping[int, EvaluationStep]
) -> None:
    """Ask the judge once, and write down what came of it."""
    job.advance(JobNote(Activity.ASKING, judgement.provider, TaskType.VERIFICATION), by=0)
    pair = await _pair_of(work, steps[judgement.position], steps[judgement.baseline_position])
    if pair is None:
        result = replace(judgement, status=FAILED, outcome=NO_ANSWER)
    else:
        result = await make_judgement(job, work.router, judgement, pair=pair, source=work.source)
    work.runs.put_judgement(run_id, result)
    job.advance()


async def _pair_of(work: EvaluationWork, step: EvaluationStep, served: EvaluationStep) -> AnswerPair | None:
    """The two answers; None where one failed, or is not kept since the run was stopped between it and its judge."""
    case, answers = _case_of(work, step), [await _answer_of(work, answered_step) for answered_step in (step, served)]
    if case is None or answers[0] is None or answers[1] is None:
        return None
    return AnswerPair(case, answers[0], answers[1])


async def _answer_of(work: EvaluationWork, step: EvaluationStep) -> str | None:
    if step.position in work.answers or step.request_id is None or work.router.store is None:
        return work.answers.get(step.position)
    stored = await asyncio.to_thread(work.router.store.statistics.request, step.request_id)
    return None if stored is None else stored.answer
