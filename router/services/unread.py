"""The figures of an entry that no fact has: whoever read the entry, no number of it is lost without a word.

A time of the day, a date, a year, a number of days ago and a number within a name (`B12`, `2nd`) measure nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_CLAUSE_ENDS = re.compile(r",(?!\d)|;|\n|\.(?=\s|$)|\s\+\s|\b(?:and then|then|danach|dann|luego)\b", re.IGNORECASE)
"""A comma between digits is a decimal one, and a dot between them too."""

# In English, German and Spanish.
_MONTHS = (
    r"(?:jan(?:uary?|uar)?|feb(?:ruary?|ruar)?|mar(?:ch)?|märz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?"
    r"|sep(?:t|tember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio"
    r"|agosto|septiembre|octubre|noviembre|diciembre)\b\.?"
)
_AFTER_A_TIME = (
    r"(?=\s*(?:$|[,.;!?)]|(?:this|in\sthe|on|to|yesterday|today|tonight|heute|gestern|morgens|abends|ayer|hoy)\b))"
)
_TO_A_TIME = r"(?:\s?(?:to|bis|a|-|–)\s?\d{1,2})?"

_NO_MEASURE = re.compile(
    rf"""
    \b\d{{4}}-\d\d?-\d\d?\b                                       # 2026-11-26
    | \b\d{{1,2}}\.\s?\d{{1,2}}\.(?:\s?\d{{2,4}}\b)?              # 26.11. and 26.11.2026
    | \b\d{{1,2}}/\d{{1,2}}/\d{{2,4}}\b                           # 11/26/2026
    | \b\d{{1,2}}(?:st|nd|rd|th|\.)?\s(?:of\s|de\s)?{_MONTHS}(?:\s\d{{4}}\b)?   # 26 November 2026
    | \b{_MONTHS}\s\d{{1,2}}(?:st|nd|rd|th)?\b(?!\s?(?:k?m|kg|min|h)\b)(?:,?\s\d{{4}}\b)?  # Nov 26th
    | \b(?:in|since|of|seit|von|desde|de)\s(?:19|20)\d\d\b(?!\s?[a-z%])   # since 2019
    | \b\d{{1,2}}(?:[:.]\d\d)?\s?(?:[ap]\.?m\b\.?|uhr\b|o['’]?clock\b)   # 7 pm, 7.30 Uhr
    | \b(?:at|um|gegen|around|until|till|bis|from|ab|a\slas)\s\d{{1,2}}(?:h\d\d)?{_TO_A_TIME}{_AFTER_A_TIME}
    | \b(?:[01]?\d|2[0-3]):[0-5]\d\b(?!\s?(?:h|min|/))            # 07:30
    | \b\d+\s(?:days?|weeks?|months?|years?|hours?)\sago\b
    | \b(?:vor|hace)\s\d+\s\w+
    | \b\d+(?:st|nd|rd|th)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_FIGURE = re.compile(
    r"(?<![\w.,])(?:\d+(?:\s?[x×]\s?\d+(?:[.,]\d+)?)+|\d+h\d\d|\d+:\d\d(?::\d\d)?|\d+/\d+|\d+(?:[.,'’]\d+)*)",
    re.IGNORECASE,
)
_UNIT = re.compile(r"\s?(?:%|[^\W\d_]+(?:/[^\W\d_]+)?)")
_WORD_BEFORE = re.compile(r"[^\W\d_]+[\s:=]*$")
_SMALL_WORDS = frozenset(
    "a an and at by for in of on the to und um in mit am im von y e de en con".split()  # noqa: SIM905 – read as a line
)


class _Figure(NamedTuple):
    words: str
    readings: tuple[frozenset[float], ...]  # ways to read it, each with all the numbers that it then has


def clauses_of(text: str) -> list[str]:
    """The parts of an entry that each say one thing: `ran 5 km` and `weight 81,9`."""
    return [clause.strip() for clause in _CLAUSE_ENDS.split(text) if clause and clause.strip()]


def unread_figures(text: str, values: Sequence[float]) -> tuple[str, ...]:
    """What of a text is a measure and among no values, in the text's own words: `weight 81,9`.

    Args:
        values: the numbers that were read out of it.
    """
    measuring = _NO_MEASURE.sub(lambda match: " " * len(match[0]), text)
    figures = (figure for clause in clauses_of(measuring) for figure in _figures_in(clause))
    return tuple(dict.fromkeys(figure.words for figure in figures if not _is_read(figure, values)))


def _is_read(figure: _Figure, values: Sequence[float]) -> bool:
    return any(all(_is_among(number, values) for number in numbers) for numbers in figure.readings)


def _is_among(number: float, values: Sequence[float]) -> bool:
    return any(abs(number - value) < 0.01 for value in values)


def _figures_in(clause: str) -> Iterator[_Figure]:
    for match in _FIGURE.finditer(clause):
        if readings := _readings_of(match[0]):
            yield _Figure(_words_around(clause, match), readings)


def _readings_of(digits: str) -> tuple[frozenset[float], ...]:
    """The ways in which a number may be meant; none for what has no value."""
    if re.search(r"[x×]", digits):
        return (frozenset(float(part.replace(",", ".")) for part in re.findall(r"\d+(?:[.,]\d+)?", digits)),)
    parts = [int(part) for part in re.split(r"\D", digits) if part]
    if re.search(r"[:h]", digits, re.IGNORECASE):
        return _readings_of_duration(parts)
    if "/" in digits:
        whole, divisor = parts
        ways = ({whole / divisor}, {whole, divisor}, {whole}) if divisor else ()
        return tuple(frozenset(map(float, way)) for way in ways)
    return tuple(frozenset({number * times}) for number in _plain_readings(digits) for times in (1, 1_000))


def _plain_readings(digits: str) -> set[float]:
    """A number with its last mark as the decimal one, and with all marks as those of thousands."""
    *whole, last = re.findall(r"\d+", digits)
    return {float("".join([*whole, last])), float(f"{''.join(whole) or last}.{last if whole else 0}")}


def _readings_of_duration(parts: Sequence[int]) -> tuple[frozenset[float], ...]:
    """`1:30` in its parts, and as one number of the smaller or the larger unit."""
    total = 0
    for part in parts:
        total = total * 60 + part
    larger = total / 60 ** (len(parts) - 1)
    return (frozenset(map(float, parts)), frozenset({float(total)}), frozenset({larger}), frozenset({total / 60}))


def _words_around(clause: str, match: re.Match[str]) -> str:
    """A number with the word before it and its unit; what only joins it to the sentence is left out."""
    before = _WORD_BEFORE.search(clause, 0, match.start())
    first = match.start() if before is None or _plain(before[0]) in _SMALL_WORDS else before.start()
    unit = _UNIT.match(clause, match.end())
    last = match.end() if unit is None or _plain(unit[0]) in _SMALL_WORDS else unit.end()
    return clause[first:last].strip()


def _plain(word: str) -> str:
    return word.strip(" :=\t").lower()
