"""Programs: what is asked → weeks of sessions, written by one model, checked by figures and by another family's model.

A program that one answer cannot hold is written some weeks at a time, each part knowing those before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from router.api import DualModelRouter
from router.errors import RouterError
from router.services.asking import Answered, Question, ask
from router.services.checkers import foreign_checkers
from router.services.safety import Advice, advice_for, faults_in_reply
from router.services.shapes import Doubt, Result, Served, Shape, Words, load_prompt
from router.services.training import Exercise, ProgramRequest, Week, check_weeks
from router.types import Source, Target, TaskConfig, TaskType

_WRITE = TaskConfig(TaskType.PROGRAM_GENERATION, requires_json=True, critical_accuracy=True)
_CHECK = TaskConfig(TaskType.VERIFICATION, requires_json=True)

TOKENS_A_SESSION = 420
"""Tokens of output that a session takes, about: five exercises of some eighty."""

_ROOM = 0.6  # of the output limit, what is planned for: reasoning counts against it too


class Severity(StrEnum):
    """How grave a finding is."""

    NOTE = "note"
    CONCERN = "concern"
    DANGER = "danger"


class ProgramFinding(Shape):
    """What a checking model says about a program."""

    week: Annotated[int | None, Field(ge=1, le=52, description="the week's number, or null for the whole")]
    severity: Severity
    sentence: Words


class WeeksReading(Shape):
    """What the writing model is asked for."""

    weeks: Annotated[tuple[Week, ...], Field(max_length=16)]


class FindingsReading(Shape):
    """What the checking model is asked for."""

    findings: Annotated[tuple[ProgramFinding, ...], Field(max_length=8)]


class Program(Result):
    """A training program.

    Attributes:
        request: what was asked for.
        findings: what a model of another family says about it; None where none could be asked.
        advice: where it is set no model was asked, and there are no weeks.
    """

    request: ProgramRequest
    weeks: tuple[Week, ...] = ()
    findings: tuple[ProgramFinding, ...] | None = None
    advice: Advice | None = None

    def corrected(self, weeks: tuple[Week, ...]) -> Program:
        """The program with a person's own weeks, its figures checked anew; findings stay as they were said."""
        doubts = tuple(check_weeks(weeks, self.request))
        return self.model_copy(update={"weeks": weeks, "doubts": doubts})


Watch = Callable[[Program, Sequence[int]], None]
"""Called ahead of each step, with the program as far as it is written and the weeks that are written next; with none
while the whole is checked."""


async def write_program(
    router: DualModelRouter,
    request: ProgramRequest,
    *,
    watch: Watch | None = None,
    source: str = Source.LIBRARY,
) -> Program:
    """Write a program, part by part where it is long, and have it checked.

    To stop it, cancel the task that awaits it; `watch` has been given what was written by then.

    Args:
        watch: called after each part, in the event loop.
        source: which door it came in by, for the log.

    Raises:
        RouterError: nobody answered, or nothing that can be used.
    """
    if (advice := advice_for(f"{request.goal}. {request.limits}", age=request.age)) is not None:
        return Program(request=request, advice=advice)
    program, writer = Program(request=request), None
    for weeks in split_weeks(router, request):
        _tell_watcher(watch, program, weeks)
        program, writer = await _write_weeks(router, program, weeks, writer, source)
    _tell_watcher(watch, program, ())
    return await _add_findings(router, program, source)


def split_weeks(router: DualModelRouter, request: ProgramRequest) -> list[list[int]]:
    """The weeks' numbers, as many together as one answer of the target that would write them can hold."""
    fit = max(1, int(output_tokens(router) * _ROOM) // (TOKENS_A_SESSION * request.days))
    numbers = list(range(1, request.weeks + 1))
    return [numbers[start : start + fit] for start in range(0, len(numbers), fit)]


def output_tokens(router: DualModelRouter) -> int:
    """Tokens of output that the target which would write a program now is asked for at the most."""
    first = next((line.target for line in router.plan(config=_WRITE) if line.kept), None)
    limits = [router.table.tasks[_WRITE.type].output_tokens]
    if first is not None:
        facts = router.table.model(first)
        minute = None if facts.tokens_per_minute is None else facts.tokens_per_minute // 2
        limits += [limit for limit in (facts.max_output, facts.output_limit, minute) if limit is not None]
    return min(limits)


def _tell_watcher(watch: Watch | None, program: Program, weeks: Sequence[int]) -> None:
    if watch is not None:
        watch(program, weeks)


# --- writing -------------------------------------------------------------------------------------------------------


async def _write_weeks(
    router: DualModelRouter, program: Program, weeks: Sequence[int], writer: Target | None, source: str
) -> tuple[Program, Target]:
    """The program with some more weeks, and who wrote them; the first writer goes on where it can."""
    question = weeks_question(program.request, weeks, before=program.weeks, targets=_begun_by(router, writer))
    answered = await ask(router, question, source=source)
    doubts = tuple(_move_doubt(doubt, len(program.weeks)) for doubt in answered.doubts)
    update: dict[str, Any] = {"weeks": program.weeks + answered.value.weeks, "doubts": program.doubts + doubts}
    update["served"] = program.served + answered.served
    return program.model_copy(update=update), writer or answered.target


def weeks_question(
    request: ProgramRequest,
    weeks: Sequence[int],
    *,
    before: Sequence[Week] = (),
    targets: Sequence[Target] | None = None,
) -> Question[WeeksReading]:
    """What a model is asked for some weeks of a program, behind those that stand before them."""
    return Question(
        name="weeks",
        shape=WeeksReading,
        config=_WRITE,
        system=load_prompt("programs"),
        data=_request_as_data(request) | {"write_weeks": list(weeks), "weeks_before": _weeks_as_data(before)},
        check=partial(_faults_in_weeks, request, weeks, before),
        targets=targets,
    )


def _begun_by(router: DualModelRouter, writer: Target | None) -> list[Target] | None:
    """The targets of the task with the one that wrote the first part ahead of all others."""
    if writer is None:
        return None
    plan = [line.target for line in router.plan(config=_WRITE) if line.kept]
    return [writer, *(target for target in plan if target != writer)]


def _faults_in_weeks(
    request: ProgramRequest, weeks: Sequence[int], before: Sequence[Week], reading: WeeksReading
) -> list[Doubt]:
    return check_weeks(reading.weeks, request, first=weeks[0], count=len(weeks), before=before)


def _move_doubt(doubt: Doubt, weeks: int) -> Doubt:
    """A doubt about a part, with its place in the whole."""
    head, bracket, behind = doubt.path.partition("[")
    number, closing, tail = behind.partition("]")
    if not (head == "weeks" and bracket and number.isdecimal()):
        return doubt
    return doubt.model_copy(update={"path": f"weeks[{int(number) + weeks}{closing}{tail}"})


def _request_as_data(request: ProgramRequest) -> dict[str, Any]:
    return request.model_dump(mode="json", exclude={"age"})


def _weeks_as_data(weeks: Sequence[Week]) -> list[dict[str, Any]]:
    """The weeks before, short: the last in full, since the next goes on from it."""
    documents: list[dict[str, Any]] = [{"number": week.number, "sets": week.sets} for week in weeks[:-1]]
    return documents + [week.model_dump(mode="json") for week in weeks[-1:]]


# --- checking ------------------------------------------------------------------------------------------------------


async def _add_findings(router: DualModelRouter, program: Program, source: str) -> Program:
    """The program with another family's findings; a doubt where no other family could be asked."""
    targets = foreign_checkers(router, _CHECK, program.served)
    answered = await _ask_for_findings(router, program, targets, source) if targets else None
    if answered is None:
        words = "no model of another family was free to check this program"
        return program.model_copy(update={"doubts": (*program.doubts, Doubt(path="", sentence=words))})
    served = tuple(_as_check(answer) for answer in answered.served)
    update = {"findings": answered.value.findings, "served": program.served + served}
    return program.model_copy(update=update)


async def _ask_for_findings(
    router: DualModelRouter, program: Program, targets: Sequence[Target], source: str
) -> Answered[FindingsReading] | None:
    question = Question(
        name="findings",
        shape=FindingsReading,
        config=_CHECK,
        system=load_prompt("program_check"),
        data={"asked": _request_as_data(program.request), "program": [_week_in_brief(week) for week in program.weeks]},
        check=partial(_finding_faults, program.request),
        targets=targets,
    )
    try:
        return await ask(router, question, source=source)
    except RouterError:
        return None


def _finding_faults(request: ProgramRequest, reading: FindingsReading) -> list[Doubt]:
    doubts = []
    for index, finding in enumerate(reading.findings):
        doubts += faults_in_reply(finding.sentence, f"findings[{index}].sentence")
        if finding.week is not None and finding.week > request.weeks:
            words = f"there is no week {finding.week}; the program has {request.weeks}"
            doubts.append(Doubt(path=f"findings[{index}].week", sentence=words))
    return doubts


def _week_in_brief(week: Week) -> dict[str, Any]:
    """A week in few words: enough to judge it."""
    return {
        "week": week.number,
        "sessions": [[_exercise_in_brief(exercise) for exercise in session.exercises] for session in week.sessions],
    }


def _exercise_in_brief(exercise: Exercise) -> str:
    amount = exercise.repetitions or f"{exercise.seconds} s"
    return f"{exercise.name} {exercise.sets} x {amount}, RPE {exercise.rpe:g}"


def _as_check(served: Served) -> Served:
    return served.model_copy(update={"role": "check"})
