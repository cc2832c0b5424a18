"""Generated cases: what a provider sends, in every odd form, and what it meant by that.

`make_case(seed)` gives the same case for the same seed. Each family below spoils a healthy reply in one way and says
which texts a caller may then be given in its place.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable

from tests.fuzz.endings import ending
from tests.fuzz.odd_pictures import spoiled_picture
from tests.fuzz.odd_places import elsewhere, templates, unframed
from tests.fuzz.scenes import TARGETS, Case, Scene, Written
from tests.fuzz.spoilers import (
    bad_utf8,
    framing,
    halves,
    heads,
    json_in_prose,
    json_torn,
    lone_half,
    marks_in_text,
    odd_anywhere,
    odd_facts,
    pictures,
    raw_characters,
    structure_flips,
    surplus_events,
    thoughts,
    torn_event,
    truncated,
    wrapped_errors,
)

_WORDS = (
    "never mix bleach and ammonia eat oats Früchte naïve 休息 三つ 🍌 👩\u200d🍳 مرحبا שלום "
    '$5~7 **bold** {"a": 1} back\\slash 8~12 "quoted" x²≥3 – “so” kg & [link] Ωmega\u00a0end 🏋️ \u200bzero-width'
)


def make_case(seed: int) -> Case:
    """The case of a seed."""
    dice = random.Random(seed)
    family = dice.choices(list(FAMILIES), [WEIGHTS.get(name, 4) for name in FAMILIES])[0]
    words = _WORDS.split(" ")
    text = " ".join(dice.choice(words) for _ in range(dice.randint(3, 14))).strip() or "word"
    mode, provider = dice.choice(("complete", "stream")), dice.choice(list(TARGETS))
    limit = dice.choice((None, 40)) if family == "ending" else None
    case = Case(seed, family, mode, provider, f"A{text}Z", FAMILIES[family], limit)
    if case.wants_json:
        case.text = json.dumps({"said": case.text, "number": dice.random(), "list": [None, True, {"": []}]})
    case.picture = spoiled_picture(dice) if family == "pictures" else None
    return case


FAMILIES: dict[str, Callable[[Scene], Written]] = {
    "odd_facts": odd_facts,
    "odd_anywhere": odd_anywhere,
    "raw_characters": raw_characters,
    "halves": halves,
    "lone_half": lone_half,
    "bad_utf8": bad_utf8,
    "framing": framing,
    "ending": ending,
    "surplus_events": surplus_events,
    "torn_event": torn_event,
    "elsewhere": elsewhere,
    "templates": templates,
    "unframed": unframed,
    "structure_flips": structure_flips,
    "heads": heads,
    "truncated": truncated,
    "wrapped_errors": wrapped_errors,
    "thoughts": thoughts,
    "marks_in_text": marks_in_text,
    "json_in_prose": json_in_prose,
    "json_torn": json_torn,
    "pictures": pictures,
}
WEIGHTS = {
    "elsewhere": 10,
    "odd_facts": 10,
    "odd_anywhere": 10,
    "ending": 10,
    "structure_flips": 12,
    "heads": 10,
    "wrapped_errors": 8,
}
