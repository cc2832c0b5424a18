"""The coach: a conversation that knows the day's entries and the goal, and recommendations with their reasons.

A reply streams through the router as any other; `conversation` makes its messages, `advice_instead_of_model` says where
no model may be asked, and `review` looks at what was said.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from router.api import DualModelRouter
from router.services.asking import Question, ask, served_from
from router.services.safety import Advice, Concern, advice_for, faults_in_reply, grave_advice_for
from router.services.shapes import Doubt, Line, Result, Shape, Words, load_prompt
from router.types import Message, Source, TaskConfig, TaskType

CHAT = TaskConfig(TaskType.REAL_TIME_CHAT)
"""A turn of the conversation."""

FEEDBACK = TaskConfig(TaskType.STREAMING_FEEDBACK)
"""A look at the whole day."""

_ADVISE = TaskConfig(TaskType.COMPLEX_REASONING, requires_json=True)

MOST_TURNS = 12
"""Earlier messages that go along with a question."""

LONGEST_QUESTION = 2_000
"""Characters."""


class DayEntry(Shape):
    """An entry of the log as the coach is told of it.

    Attributes:
        when: in words for a model: `2026-11-25 08:30`.
        figures: what was measured, in one line.
        entry: it as the person wrote it, which a summary may tone down; looked at for signs of danger, sent to nobody.
    """

    when: Line
    category: Line
    summary: Words
    figures: Words = ""
    entry: Annotated[str, Field(max_length=LONGEST_QUESTION)] = ""


class Day(Shape):
    """What the coach knows.

    Attributes:
        now: the moment of the question in words for a model, which has no clock: `2026-11-25 12:10`; empty where it is
            not told.
    """

    now: Line = ""
    goal: Words = ""
    age: Annotated[int, Field(ge=5, le=110)] | None = None
    entries: tuple[DayEntry, ...] = ()


class Turn(Shape):
    """One message of the conversation so far."""

    role: Literal["user", "assistant"]
    text: str


class AdviceKind(StrEnum):
    """What a recommendation is about."""

    TRAINING = "training"
    FOOD = "food"
    RECOVERY = "recovery"
    HABIT = "habit"


class Recommendation(Shape):
    """One step and why."""

    what: Words
    reason: Words
    kind: AdviceKind
    entries: Annotated[tuple[int, ...], Field(max_length=20, description="numbers of the entries it rests on")]


class RecommendationsReading(Shape):
    """What a model is asked for."""

    recommendations: Annotated[tuple[Recommendation, ...], Field(max_length=6)]


class Recommendations(Result):
    """What the coach recommends; where `advice` is set no model was asked, and there are none."""

    items: tuple[Recommendation, ...] = ()
    advice: Advice | None = None


class CoachReply(Result):
    """A whole reply; where `advice` is set no model was asked, and it stands in the text's place."""

    text: str
    advice: Advice | None = None


def advice_instead_of_model(question: str, day: Day) -> Advice | None:
    """The advice that takes a model's place, where the question, the goal or the entries call for it."""
    advice = advice_for(question, age=day.age) or advice_for(day.goal)
    if advice is not None:
        return advice
    signs = (grave_advice_for(text) for entry in day.entries for text in (entry.entry, entry.summary))
    return next((sign for sign in signs if sign and sign.concern in _GRAVE), None)


# A sprain of this morning does not keep anybody from asking what to eat; the question itself is looked at for injuries.
_GRAVE = (Concern.DANGER, Concern.EATING)


def conversation(day: Day, turns: Sequence[Turn], question: str) -> list[Message]:
    """The messages of the next turn: what was said so far, then the question with the day, as data.

    Raises:
        ValueError: an empty question, or one that is too long.
    """
    words = question.strip()
    if not words:
        raise ValueError("there is no question: write one first")
    if len(words) > LONGEST_QUESTION:
        raise ValueError(f"the question has {len(words)} characters; {LONGEST_QUESTION} is the most")
    earlier = [{"role": turn.role, "content": turn.text} for turn in turns[-MOST_TURNS:] if turn.text.strip()]
    data = json.dumps({"question": words, "day": _day_as_data(day)}, ensure_ascii=False)
    return [
        {"role": "system", "content": load_prompt("coach")},
        *earlier,
        {"role": "user", "content": data},
    ]


def review(text: str) -> tuple[Doubt, ...]:
    """What a reply says that no reply may say."""
    return tuple(faults_in_reply(text))


async def answer(
    router: DualModelRouter, day: Day, question: str, *, turns: Sequence[Turn] = (), source: str = Source.LIBRARY
) -> CoachReply:
    """One turn of the conversation as a whole; to stream it, give `conversation` to `DualModelRouter.stream`.

    Raises:
        ValueError: an empty question, or one that is too long.
        RouterError: nobody answered.
    """
    messages = conversation(day, turns, question)
    if (advice := advice_instead_of_model(question, day)) is not None:
        return CoachReply(text=advice.text, advice=advice)
    completion = await router.complete(config=CHAT, messages=messages, source=source, purpose="service")
    doubts = review(completion.text)
    return CoachReply(text=completion.text, doubts=doubts, served=(served_from(completion, "read", doubts),))


async def recommend(router: DualModelRouter, day: Day, *, source: str = Source.LIBRARY) -> Recommendations:
    """Recommendations for the next days, each with its reason.

    Raises:
        RouterError: nobody answered, or nothing that can be used.
    """
    if (advice := advice_instead_of_model("", day) or advice_for("", age=day.age)) is not None:
        return Recommendations(advice=advice)
    question = Question(
        name="recommendations",
        shape=RecommendationsReading,
        config=_ADVISE,
        system=load_prompt("recommendations"),
        data=_day_as_data(day),
        check=partial(_faults, len(day.entries)),
    )
    answered = await ask(router, question, source=source)
    items = tuple(item for item in answered.value.recommendations if not faults_in_reply(f"{item.what} {item.reason}"))
    return Recommendations(items=items, doubts=answered.doubts, served=answered.served)


def _day_as_data(day: Day) -> dict[str, object]:
    entries = [
        {"number": number, **entry.model_dump(exclude={"entry"})} for number, entry in enumerate(day.entries, start=1)
    ]
    return ({"now": day.now} if day.now else {}) | {"goal": day.goal, "entries": entries}


def _faults(entries: int, reading: RecommendationsReading) -> list[Doubt]:
    doubts = [] if reading.recommendations else [Doubt(path="recommendations", sentence="there is none")]
    for index, item in enumerate(reading.recommendations):
        path = f"recommendations[{index}]"
        doubts += faults_in_reply(f"{item.what} {item.reason}", path)
        if not item.what.strip() or not item.reason.strip():
            doubts.append(Doubt(path=path, sentence="it needs both a step and a reason"))
        if any(not 1 <= number <= entries for number in item.entries):
            words = f"it names entries that are not there; there are {entries}"
            doubts.append(Doubt(path=f"{path}.entries", sentence=words))
    return doubts
