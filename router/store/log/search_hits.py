"""Where a searched word stands in a text: the words before and behind it, as one reads a hit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from router.store.database.search_terms import typed_parts

BEFORE, BEHIND = 60, 120
"""Characters around a hit that are shown."""

_SENTENCE = re.compile(r"[.!?。！？]\s+|\n")


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A hit with what stands around it; an ellipsis where the text goes on."""

    before: str
    words: str
    behind: str


def find_hit(texts: Iterable[str | None], typed: str) -> SearchHit | None:
    """The first place in the first of the texts that holds one of the searched words; None where none does.

    Args:
        typed: as a person typed it into the search box.
    """
    patterns = [_pattern_of(part) for part in typed_parts(typed)]
    for text in texts:
        folded, places = _folded(text or "")
        matches = [match for pattern in patterns if (match := pattern.search(folded))]
        if matches:
            first = min(matches, key=lambda match: match.start())
            return _hit_at(text or "", places[first.start()], places[first.end() - 1] + 1)
    return None


def _pattern_of(part: str) -> re.Pattern[str]:
    """A word or a phrase as the indexes find it: whatever stands between its words, and without accents."""
    words = re.findall(r"\w+", _folded(part)[0])
    return re.compile(r"(?<!\w)" + r"\W+".join(words) + r"\w*|" + re.escape(_folded(part)[0]))


def _folded(text: str) -> tuple[str, list[int]]:
    """A text in lower case and without accents, and where each of its characters stands in the text."""
    characters, places = [], []
    for place, character in enumerate(text):
        for plain in unicodedata.normalize("NFKD", character.casefold()):
            if not unicodedata.combining(plain):
                characters.append(plain)
                places.append(place)
    return "".join(characters), places


def _hit_at(text: str, start: int, end: int) -> SearchHit:
    """A hit within its sentence, as far as that is not too long."""
    sentence_start = max((match.end() for match in _SENTENCE.finditer(text, max(0, start - 400), start)), default=0)
    sentence_end = match.start() + 1 if (match := _SENTENCE.search(text, end)) else len(text)
    first, last = max(sentence_start, start - BEFORE), min(sentence_end, end + BEHIND)
    before, behind = text[first:start].lstrip(), text[end:last].rstrip()
    return SearchHit(
        before=f"…{before}" if first > sentence_start else before,
        words=text[start:end],
        behind=f"{behind}…" if last < sentence_end else behind,
    )
