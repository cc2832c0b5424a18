"""Which language a text is in, by the small words that every sentence of it needs; enough to tell four apart."""

from __future__ import annotations

import re
from collections import Counter

_SMALL_WORDS = {
    "en": "the and is are was were you your to of in on for with that this it be have has not can will or if at from "
    "but more than do does a an as by so when after before",
    "de": "der die das und ist sind war du dein deine ein eine einen im in den dem des zu zum zur von mit für auf "
    "nicht auch es sich wenn aber oder mehr als nach vor bei kann wird bist hast dich dir noch",
    "es": "el la los las y es son un una de del que en con por para no se lo su tu tus si más pero o como al muy está "
    "hay antes después cuando te puede",
    "fr": "le la les et est sont un une des du de que qui en avec pour pas ne ce se sur votre vous ton ta tes si plus "
    "mais ou au aux il elle dans avant après peut est-ce",
}

LANGUAGES = {"en": "English", "de": "German", "es": "Spanish", "fr": "French"}
"""The languages that are told apart, by their two letters, with their names."""

_SETS = {name: frozenset(words.split()) for name, words in _SMALL_WORDS.items()}


def language_of(text: str) -> str | None:
    """The language that most small words of a text belong to; None where two have as many, or there are none."""
    words = Counter(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower()))
    counts = {name: sum(words[word] for word in small) for name, small in _SETS.items()}
    first, second = sorted(counts.values(), reverse=True)[:2]
    return None if first == second else max(counts, key=lambda name: counts[name])
