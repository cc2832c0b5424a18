"""Quick entry: a line of text or a photo → what it is, when, the facts in it, and how sure that is."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Annotated

from pydantic import Field

from router.api import DualModelRouter
from router.images import Picture, prepare_picture
from router.services.asking import Answered, Question, ask
from router.services.meals import checked_entry
from router.services.safety import Advice, advice_for_record, faults_in_reply
from router.services.shapes import Doubt, Line, Result, Shape, load_prompt
from router.services.unread import unread_figures
from router.types import Source, TaskConfig, TaskType
from router.workers import run_in_worker

SURE = 0.6
"""Below this confidence the category is marked as doubtful."""

UNREAD = "facts"
"""The place of a doubt that says which figure of the entry is in no fact."""

_TEXT = TaskConfig(TaskType.QUICK_CATEGORIZATION, requires_json=True)
_PHOTO = TaskConfig(TaskType.VISION, requires_vision=True, requires_json=True)


class Category(StrEnum):
    """What an entry is."""

    MEAL = "meal"
    WORKOUT = "workout"
    ACTIVITY = "activity"
    MEASUREMENT = "measurement"
    NOTE = "note"
    QUESTION = "question"


class Measure(StrEnum):
    """What a figure measures."""

    WEIGHT = "weight"
    WAIST = "waist"
    BODY_FAT = "body_fat"
    HEART_RATE = "heart_rate"
    SLEEP = "sleep"
    DISTANCE = "distance"
    DURATION = "duration"
    PACE = "pace"
    SETS = "sets"
    REPETITIONS = "repetitions"
    LOAD = "load"
    STEPS = "steps"
    QUANTITY = "quantity"
    ENERGY = "energy"
    OTHER = "other"


_BOUNDS: dict[tuple[Measure, str], tuple[float, float]] = {
    (Measure.WEIGHT, "kg"): (20, 400),
    (Measure.WEIGHT, "lb"): (44, 880),
    (Measure.WAIST, "cm"): (30, 250),
    (Measure.BODY_FAT, "percent"): (2, 75),
    (Measure.HEART_RATE, "bpm"): (25, 240),
    (Measure.SLEEP, "h"): (0, 24),
    (Measure.DISTANCE, "km"): (0, 500),
    (Measure.DURATION, "h"): (0, 48),
    (Measure.DURATION, "min"): (0, 2_880),
    (Measure.SETS, ""): (0, 100),
    (Measure.REPETITIONS, ""): (0, 2_000),
    (Measure.LOAD, "kg"): (0, 600),
    (Measure.STEPS, ""): (0, 150_000),
    (Measure.ENERGY, "kcal"): (0, 20_000),
}
"""What is possible, by measure and unit; wider than any usual value."""


class Fact(Shape):
    """One figure of an entry."""

    measure: Annotated[Measure, Field(description="what the figure measures")]
    value: Annotated[float, Field(ge=0, le=1_000_000, description="the number as written")]
    unit: Annotated[Line, Field(description="kg, lb, cm, km, m, min, h, s, kcal, bpm, percent, or an empty text")]


class EntryReading(Shape):
    """What a model is asked for."""

    category: Annotated[Category, Field(description="what the entry is")]
    summary: Annotated[Line, Field(description="in one line what it is, in the person's language")]
    days_ago: Annotated[int, Field(ge=0, le=60, description="0 for today, 1 for yesterday, and so on")]
    time: Annotated[str | None, Field(description="HH:MM in 24 hours, or null where no time is said")]
    facts: Annotated[tuple[Fact, ...], Field(max_length=40)]
    confidence: Annotated[float, Field(ge=0, le=1, description="0 for a guess, 1 for certain")]


class QuickEntry(Result):
    """A line of the log.

    Attributes:
        entry: the person's own words.
        at: when it was, in the zone of the `now` that was given.
        advice: where it is set no model was asked, and the entry is a note.
    """

    entry: str
    category: Category
    summary: str
    at: datetime
    facts: tuple[Fact, ...] = ()
    confidence: float = 0.0
    advice: Advice | None = None

    @property
    def unread(self) -> tuple[str, ...]:
        """The figures of its words that are in none of its facts, as they stand there."""
        return () if self.advice else unread_figures(self.entry, [fact.value for fact in self.facts])


async def read_entry(
    router: DualModelRouter,
    text: str = "",
    *,
    picture: bytes | None = None,
    now: datetime | None = None,
    source: str = Source.LIBRARY,
) -> QuickEntry:
    """Sort a line of text, a photo, or both.

    Args:
        picture: a file's bytes.
        now: the person's own time, from which `yesterday` counts; the machine's if left out.
        source: which door it came in by, for the log.

    Raises:
        ValueError: neither text nor picture, a text that is too long, a file that is no picture.
        RouterError: nobody answered, or nothing that can be used.
    """
    now = now or datetime.now().astimezone()
    entry = checked_entry(text, picture)
    if (advice := advice_for_record(entry)) is not None:
        return QuickEntry(entry=entry, category=Category.NOTE, summary=entry[:200], at=now, advice=advice)
    prepared = None if picture is None else await run_in_worker(prepare_picture, picture)
    answered = await ask(router, _question(entry, prepared), source=source)
    return _entry_of(entry, answered, now)


def _question(entry: str, picture: Picture | None) -> Question[EntryReading]:
    return Question(
        name="entry",
        shape=EntryReading,
        config=_PHOTO if picture else _TEXT,
        system=load_prompt("quick_entry"),
        data={"entry": entry},
        check=partial(check_entry, entry, seen=picture is not None),
        picture=picture,
    )


def check_entry(entry: str, reading: EntryReading, *, seen: bool = False) -> list[Doubt]:
    """What can be computed about an entry.

    Args:
        seen: there was a photo, in which figures may stand that the text does not have.
    """
    doubts = [doubt for index, fact in enumerate(reading.facts) for doubt in _check_fact(index, fact, entry, seen)]
    lost = unread_figures(entry, [fact.value for fact in reading.facts])
    doubts += [Doubt(path=UNREAD, sentence=f"{words!r} was not read") for words in lost]
    if reading.time is not None and _minutes_of(reading.time) is None:
        doubts.append(Doubt(path="time", sentence=f"{reading.time!r} is no time of the day as HH:MM"))
    if entry.endswith("?") and reading.category is not Category.QUESTION:
        doubts.append(Doubt(path="category", sentence="it ends with a question mark, and was not read as a question"))
    return doubts + faults_in_reply(reading.summary, "summary")


def _check_fact(index: int, fact: Fact, entry: str, seen: bool) -> list[Doubt]:
    path = f"facts[{index}].value"
    low, high = _BOUNDS.get((fact.measure, fact.unit.strip().lower()), (0, 1_000_000))
    doubts = []
    if not low <= fact.value <= high:
        words = f"{fact.value:g} {fact.unit} is not possible as {fact.measure} ({low:g} to {high:g})"
        doubts.append(Doubt(path=path, sentence=words))
    if not seen and not any(abs(fact.value - number) < 0.01 for number in numbers_in(entry)):
        doubts.append(Doubt(path=path, sentence=f"{fact.value:g} does not stand in the entry"))
    return doubts


_WORDS = {
    1: "one|an?|ein|eine|einen|un|una", 2: "two|zwei|dos|both|couple", 3: "three|drei|tres", 4: "four|vier|cuatro",
    5: "five|fünf|cinco", 6: "six|sechs|seis", 7: "seven|sieben|siete", 8: "eight|acht|ocho", 9: "nine|neun|nueve",
    10: "ten|zehn|diez", 12: "dozen|twelve|zwölf|doce", 0.5: "half|halbe?n?|medio|media",
}  # fmt: skip


def numbers_in(text: str) -> set[float]:
    """Every number of a text, in digits or as a word; `1:30` counts as its parts and as minutes, `1,5` as a half."""
    digits = re.findall(r"\d+(?:[.,]\d+)*", text)
    numbers = {float(part) for number in digits for part in _number_readings(number)}
    numbers |= {int(a) * 60.0 + int(b) for a, b in re.findall(r"(\d+):(\d\d)", text)}
    words = text.lower()
    return numbers | {value for value, names in _WORDS.items() if re.search(rf"\b({names})\b", words)}


def _number_readings(digits: str) -> set[str]:
    """A number as it may be meant: with its mark as the decimal one, and as the one of thousands."""
    readings = {re.sub("[.,]", "", digits)}
    if len(re.findall("[.,]", digits)) == 1:
        readings.add(digits.replace(",", "."))
    return readings


def _minutes_of(time: str) -> int | None:
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", time.strip())
    return None if match is None else int(match[1]) * 60 + int(match[2])


def _entry_of(entry: str, answered: Answered[EntryReading], now: datetime) -> QuickEntry:
    reading, doubts = answered.value, list(answered.doubts)
    at = moment_of_entry(now, reading.days_ago, reading.time)
    if at > now + timedelta(minutes=5):
        doubts.append(Doubt(path="at", sentence="this time lies ahead; please look at the day"))
    if reading.confidence < SURE:
        words = f"the model is not sure ({reading.confidence:.0%}) that it is a {reading.category}"
        doubts.append(Doubt(path="category", sentence=words))
    summary = reading.summary.strip() or entry[:200]
    return QuickEntry(
        entry=entry, category=reading.category, summary=summary, at=at, facts=reading.facts,
        confidence=reading.confidence, doubts=tuple(doubts), served=answered.served,
    )  # fmt: skip


def moment_of_entry(now: datetime, days_ago: int, time: str | None) -> datetime:
    """When it was: `now` on that day, or the time that was said."""
    day = now - timedelta(days=days_ago)
    minutes = None if time is None else _minutes_of(time)
    return day if minutes is None else day.replace(hour=minutes // 60, minute=minutes % 60, second=0, microsecond=0)
