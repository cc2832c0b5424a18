"""The meal parser: a line of text or a photo → foods with amounts, energy and nutrients; totals are sums."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from pydantic import Field

from router.api import DualModelRouter
from router.errors import RouterError
from router.images import Picture, prepare_picture
from router.services.asking import Answered, Question, UnusableAnswer, ask
from router.services.checkers import foreign_checkers
from router.services.food_words import missing_foods, typed_amount, with_typed_amounts
from router.services.nutrition import FoodItem, Totals, check_items, is_possible, known_food, sum_items
from router.services.safety import Advice, advice_for_record, faults_in_reply
from router.services.shapes import Doubt, Line, Result, Served, Shape, Words, load_prompt
from router.types import Source, TaskConfig, TaskType
from router.workers import run_in_worker

LONGEST_ENTRY = 2_000
"""Characters of a description."""

MISSING = "not found"
"""The place of a doubt that names a food of the person's words which is in no item."""

NOTHING_KCAL = 5.0
"""What is below it at most is nothing to eat, where another model says so of a meal that came to more."""

_READ = TaskConfig(TaskType.STRUCTURED_OUTPUT, requires_json=True)
_SEE = TaskConfig(TaskType.VISION, requires_vision=True, requires_json=True)
_CHECK = TaskConfig(TaskType.VERIFICATION, requires_json=True)


class MealReading(Shape):
    """What a model is asked for."""

    title: Annotated[Line, Field(description="a short name for the meal")]
    items: Annotated[tuple[FoodItem, ...], Field(max_length=40)]
    unclear: Annotated[Line, Field(description="what could not be told; an empty text where nothing was unclear")]


class SecondLook(Shape):
    """Another model's own estimate of a meal's energy."""

    kcal_low: Annotated[float, Field(ge=0, le=20_000, description="kilocalories, at least")]
    kcal_high: Annotated[float, Field(ge=0, le=20_000, description="kilocalories, at most")]
    remark: Annotated[Words, Field(description="one sentence on what looks wrong; an empty text where nothing does")]


class Meal(Result):
    """A meal.

    Attributes:
        entry: the person's own words.
        advice: where it is set no model was asked, and there are no items.
        check: what another model says about the energy, where one was asked.
    """

    entry: str
    title: str
    items: tuple[FoodItem, ...] = ()
    unclear: str = ""
    advice: Advice | None = None
    check: SecondLook | None = None

    @property
    def totals(self) -> Totals:
        """The sums of its items."""
        return sum_items(self.items)

    @property
    def missing(self) -> tuple[str, ...]:
        """The foods of its words that no item is of."""
        return tuple(doubt.sentence for doubt in self.doubts if doubt.path == MISSING)

    @property
    def misgivings(self) -> tuple[str, ...]:
        """Why it may be no meal at all, in words for a person; nobody should keep it unseen. Empty for most."""
        if self.advice is not None:
            return ()
        if not self.items:
            return ("No food was found in it.",)
        reasons = [f"{item.name}: no food can have these figures." for item in self.items if not is_possible(item)]
        if self.check is not None and self.check.kcal_high < NOTHING_KCAL < self.totals.kcal:
            reasons.append("Another model sees no food in it.")
        return tuple(reasons)

    def corrected(self, items: tuple[FoodItem, ...]) -> Meal:
        """The meal with a person's own items: checked anew, and no longer against a model's estimate."""
        lost = missing_foods(self.entry, items)
        missing = [doubt for doubt in self.doubts if doubt.path == MISSING and doubt.sentence in lost]
        doubts = (*missing, *check_items(items))
        return self.model_copy(update={"items": items, "doubts": doubts, "check": None})


async def parse_meal(
    router: DualModelRouter,
    text: str = "",
    *,
    picture: bytes | None = None,
    second_look: bool = True,
    source: str = Source.LIBRARY,
) -> Meal:
    """Read a meal out of a description, a photo, or both.

    Args:
        text: in any language.
        picture: a file's bytes (JPEG, PNG, WebP, GIF).
        second_look: whether a model of another family estimates the energy where the first answer is doubtful or
            comes from a photo.
        source: which door it came in by, for the log.

    Raises:
        ValueError: neither text nor picture, a text that is too long, a file that is no picture.
        RouterError: nobody answered, or nothing that can be used.
    """
    entry = checked_entry(text, picture)
    if (advice := advice_for_record(entry)) is not None:
        return Meal(entry=entry, title="", advice=advice)
    prepared = None if picture is None else await run_in_worker(prepare_picture, picture)
    answered = await ask(router, meal_question(entry, prepared), source=source)
    meal = _meal_of(entry, answered)
    is_looked_at = second_look and (meal.doubts or prepared or not _names_known_food(meal))
    return await _second_look(router, meal, answered, source) if is_looked_at else meal


def _names_known_food(meal: Meal) -> bool:
    """Whether the words or an item are of a food that the table knows; where neither is, all of it may be made up."""
    return any(known_food(name) is not None for name in (meal.entry, *(item.name for item in meal.items)))


def checked_entry(text: str, picture: bytes | None) -> str:
    """A person's words without blanks around them.

    Raises:
        ValueError: there is nothing to read, or too much.
    """
    entry = text.strip()
    if not entry and picture is None:
        raise ValueError("there is nothing to read: write a line, or add a photo")
    if len(entry) > LONGEST_ENTRY:
        raise ValueError(f"the text has {len(entry)} characters; {LONGEST_ENTRY} is the most")
    return entry


def meal_question(entry: str, picture: Picture | None) -> Question[MealReading]:
    """What a model is asked about a meal."""
    return Question(
        name="meal",
        shape=MealReading,
        config=_SEE if picture else _READ,
        system=load_prompt("meals"),
        data={"entry": entry},
        check=partial(_faults_in_meal, entry),
        picture=picture,
    )


def _faults_in_meal(entry: str, reading: MealReading) -> list[Doubt]:
    doubts = check_items(reading.items, entry) + _faults_in_amounts(entry, reading.items)
    lost = missing_foods(entry, reading.items) if reading.items or known_food(entry) else []
    doubts += [Doubt(path=MISSING, sentence=food) for food in lost]
    # Words that name no food are no reason to ask again: whoever is asked twice makes something up.
    if not reading.items and (not entry or known_food(entry)):
        doubts.append(Doubt(path="items", sentence=NO_FOOD))
    return doubts + faults_in_reply(f"{reading.title} {reading.unclear}", "title")


NO_FOOD = "no food was found in it"


def _faults_in_amounts(entry: str, items: tuple[FoodItem, ...]) -> list[Doubt]:
    """Amounts in grams and the like that are not those the person wrote."""
    doubts = []
    for index, (item, mended) in enumerate(zip(items, with_typed_amounts(entry, items), strict=True)):
        typed = typed_amount(entry, item.name)
        if typed is not None and typed != (mended.quantity, mended.unit):
            words = f"you wrote {typed[0]:g} {typed[1]}, and {item.quantity:g} {item.unit} were understood"
            doubts.append(Doubt(path=f"items[{index}].quantity", sentence=words))
    return doubts


def _meal_of(entry: str, answered: Answered[MealReading]) -> Meal:
    reading, doubts = answered.value, list(answered.doubts)
    if reading.unclear.strip():
        doubts.append(Doubt(path="", sentence=f"not clear: {reading.unclear.strip()}"))
    if not reading.items and not any(doubt.path == "items" for doubt in doubts):
        doubts.append(Doubt(path="items", sentence=NO_FOOD))
    title = reading.title.strip() or "Meal"
    return Meal(
        entry=entry, title=title, items=with_typed_amounts(entry, reading.items), unclear=reading.unclear,
        doubts=tuple(doubts), served=answered.served,
    )  # fmt: skip


async def _second_look(router: DualModelRouter, meal: Meal, answered: Answered[MealReading], source: str) -> Meal:
    """Ask a model of another family about the energy; where none is free, the meal stands as it is."""
    targets = foreign_checkers(router, _CHECK, answered.served)
    if not targets or not meal.items:
        return meal
    foods = [f"{item.grams:g} g {item.name} ({item.quantity:g} {item.unit})" for item in meal.items]
    question = Question(
        name="second_look",
        shape=SecondLook,
        config=_CHECK,
        system=load_prompt("second_look"),
        data={"entry": meal.entry, "foods": foods},
        check=_look_faults,
        targets=targets,
    )
    try:
        looked = await ask(router, question, source=source)
    except (RouterError, UnusableAnswer):
        return meal
    return _compare_estimate(meal, looked)


def _look_faults(look: SecondLook) -> list[Doubt]:
    if look.kcal_low > look.kcal_high:
        return [Doubt(path="kcal_low", sentence="it is above kcal_high")]
    return faults_in_reply(look.remark, "remark")


def _compare_estimate(meal: Meal, looked: Answered[SecondLook]) -> Meal:
    look, served = looked.value, meal.served + tuple(_as_check(answer) for answer in looked.served)
    if looked.doubts:
        return meal.model_copy(update={"served": served})
    doubts = list(meal.doubts)
    kcal = meal.totals.kcal
    if not look.kcal_low * 0.8 <= kcal <= look.kcal_high * 1.25:
        estimate = f"{look.kcal_low:.0f} to {look.kcal_high:.0f} kcal"
        words = f"another model puts the meal at {estimate}, and its items come to {kcal:.0f} kcal"
        doubts.append(Doubt(path="", sentence=words))
    return meal.model_copy(update={"served": served, "doubts": tuple(doubts), "check": look})


def _as_check(served: Served) -> Served:
    return served.model_copy(update={"role": "check"})
