"""Health comes first: signs of danger in a person's words, before a model is asked, and in a model's own.

Nothing here is a diagnosis: a sign leads to plain advice to see a professional, and to nothing else. Words, rules and
patterns for English, German and Spanish stand in `safety.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Literal

from router.services.own_words import Reader, compile_readers
from router.services.shapes import Doubt, Shape

Language = Literal["en", "de", "es"]

LEAST_KCAL = 1_200
"""Kilocalories a day under which no plan goes. Harvard Health Publishing, "Calorie counting made easy": not under 1,200
a day for women and 1,500 for men unless a health professional watches over it; the sex is not asked here."""

FASTEST_KG_A_WEEK = 1.5
"""Weight loss in kilograms a week over which no plan goes; the CDC calls 1 to 2 pounds (0.5 to 0.9 kg) a week safe."""

ADULT = 18
"""Years of age."""


class Concern(StrEnum):
    """What a sign is a sign of, the gravest first."""

    DANGER = "danger"
    EATING = "eating"
    INJURY = "injury"
    MINOR = "minor"
    INTAKE = "intake"


class Advice(Shape):
    """Plain advice in place of a model's answer.

    Attributes:
        concern: why.
        language: which of the three it is written in: the one in which the sign was found.
    """

    concern: Concern
    language: Language
    text: str


_LANGUAGES: tuple[Language, ...] = ("en", "de", "es")
_GRAVE = (Concern.DANGER, Concern.EATING, Concern.INJURY)
_NUMBERS = {"two": 2, "three": 3, "zwei": 2, "drei": 3, "dos": 2, "tres": 3}  # any other word is one
_WEEKS = {"d": 1 / 7, "t": 1 / 7, "w": 1.0, "s": 1.0, "m": 4.35}


def advice_for(text: str, *, age: int | None = None) -> Advice | None:
    """The advice that a person's words call for, or None where a model may be asked.

    Args:
        age: in years, where it is given.
    """
    if (advice := grave_advice_for(text)) is not None:
        return advice
    if (language := _language_of_minor(text)) is not None or (age is not None and age < ADULT):
        return advice_text_for(Concern.MINOR, language or language_of(text))
    unsafe = is_unsafe_intake(text) or is_too_fast(text)
    return advice_text_for(Concern.INTAKE, language_of(text)) if unsafe else None


def grave_advice_for(text: str) -> Advice | None:
    """The advice for the gravest sign of danger, of an eating disorder or of an injury, or None."""
    readers = _compile_readers()
    signs = {language: readers[language].find_signs(text) for language in _LANGUAGES}
    for concern in _GRAVE:
        languages = [language for language in _LANGUAGES if concern in signs[language]]
        if languages:
            # Words that two languages share speak for the one in which the rest is written.
            language = language_of(text)
            return advice_text_for(concern, language if language in languages else languages[0])
    return None


def _language_of_minor(text: str) -> Language | None:
    patterns = ((language, pattern) for language in _LANGUAGES for pattern in _compile_minor(language))
    return next((language for language, pattern in patterns if pattern.search(text)), None)


def advice_for_record(text: str) -> Advice | None:
    """As `advice_for`, for what was eaten or done.

    Writing that down is a plan for nobody, so age and intake stop nothing.
    """
    return grave_advice_for(text)


def faults_in_reply(text: str, path: str = "") -> list[Doubt]:
    """What a reply says that no reply may say."""
    doubts = [Doubt(path=path, sentence=words) for words, pattern in _compile_forbidden() if pattern.search(text)]
    if is_unsafe_intake(text):
        doubts.append(Doubt(path=path, sentence=f"it plans for less than {LEAST_KCAL} kcal a day"))
    return doubts


def advice_text_for(concern: Concern, language: Language) -> Advice:
    """The words for a concern."""
    text = str(_load_words()["advice"][concern][language]).format(least=LEAST_KCAL)
    return Advice(concern=concern, language=language, text=text)


def is_unsafe_intake(text: str) -> bool:
    """Whether a text is about eating less a day than is safe; deficits and what is burned are no intake."""
    return any(_parse_amount(match[1]) < LEAST_KCAL and _is_intake(match, text) for match in _intakes(text))


def _intakes(text: str) -> Iterator[re.Match[str]]:
    for pattern in _compile_patterns("intake"):
        yield from pattern.finditer(text)


def _is_intake(match: re.Match[str], text: str) -> bool:
    before, behind = text[max(0, match.start(1) - 40) : match.start(1)], text[match.end(0) :]
    between = text[match.end(1) : match.end(0)]
    words = ["deficit", "surplus", "defizit", "déficit", "burn"]
    if any(word in between.lower() for word in words):
        return False
    (less_before,), (less_behind,) = _compile_patterns("no_intake_before"), _compile_patterns("no_intake_behind")
    return not (less_before.search(before) or less_behind.match(behind))


def _parse_amount(text: str) -> float:
    return float(text.replace(".", "").replace(",", ""))


def is_too_fast(text: str) -> bool:
    """Whether a text is about losing weight faster than is safe."""
    (loses,), (loss,) = _compile_patterns("loses"), _compile_patterns("loss")
    if not loses.search(text):
        return False
    return any(_kilograms_a_week(*match.groups()) > FASTEST_KG_A_WEEK for match in loss.finditer(text))


def _kilograms_a_week(amount: str, unit: str, count: str, span: str) -> float:
    """Kilograms a week."""
    kilograms = float(amount.replace(",", ".")) * (1.0 if unit.lower().startswith("k") else 0.4536)
    number = float(_NUMBERS.get(count.lower(), 1)) if not count.isdecimal() else float(count)
    days = span.lower().startswith(("d", "t"))
    return kilograms / max(number * (_WEEKS["d"] if days else _WEEKS[span[0].lower()]), 0.1)


def language_of(text: str) -> Language:
    """Which of the three a text is in; English where nothing speaks for another."""
    (german,), (spanish,) = _compile_patterns("german"), _compile_patterns("spanish")
    counts = {"de": len(german.findall(text)), "es": len(spanish.findall(text))}
    if not any(counts.values()):
        return "en"
    return "de" if counts["de"] >= counts["es"] else "es"


@cache
def _load_words() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "safety.toml").read_text(encoding="utf-8"))


@cache
def _compile_patterns(name: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in _load_words()[name])


@cache
def _compile_readers() -> Mapping[str, Reader]:
    return compile_readers(_load_words(), _LANGUAGES)


@cache
def _compile_minor(language: Language) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in _load_words()["minor"][language])


@cache
def _compile_forbidden() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (row["words"], re.compile(pattern, re.IGNORECASE))
        for row in _load_words()["reply"]
        for pattern in row["patterns"]
    )
