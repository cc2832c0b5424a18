"""Which stretches of a text are JSON documents, and which were meant to be.

One pass from bracket to bracket. Three rules keep half a document from being taken for a whole one:

- what stands within a document that cannot be read is a part of it, and no document by itself;
- what goes on after its last bracket, as `{"a": 1}, "b": 2}` does, is broken, with all that follows;
- what only uses brackets as prose does, as `the set {a, b}`, is stepped over.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from router.workers import give_way

_BRACKET = re.compile(r"[{\[]")
_LIKE_JSON = re.compile(
    r"""\{\s*(?:["'“}]|//|/\*|\#|[A-Za-z_$][\w$-]{0,99}\s*:)
    |\[\s*(?:["'{\[\]]|//|/\*|-?\d|(?:true|false|null|True|False|None)\b)""",
    re.VERBOSE,
)
_OF_NUMBERS = re.compile(r"\[[\s\d.,+-]*+")

_GOES_ON = re.compile(
    r"""[\s}\]]*+(?:
        ,\s*+(?:["'}\]]|[A-Za-z_]\w{0,99}\s*+:)
        |["'][^"'\n]{0,200}["']\s*+:\s*+(?:["'\d{\[-]|(?:true|false|null|True|False|None)\b)
    )""",
    re.VERBOSE,
)
"""After a document: a further key, or a comma that a key or a bracket follows. Prose after it says "Note: …"."""

_BEGINS_EARLIER = re.compile(r"""["']\s*:\s*\Z""")
_CLOSES = re.compile(r"\s*+[}\],]")

_SKIPPED_OR_BRACKET = re.compile(
    r"""(?P<skipped>
        "(?:[^"\\]|\\.)*+(?:"|\\?\Z)
        |“[^“”]*+(?:”|\Z)
        |(?<!\w)'(?:[^'\\]|\\.)*+(?:'|\\?\Z)
        |(?<![\w:])//[^\n]*+|(?<=\s)\#[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/|\*?\Z)
    )|[{}\[\]]""",
    re.DOTALL | re.VERBOSE,
)
"""Strings in either quotes, comments, and brackets. A string that does not close reaches to the text's end: tried again
from each quote it would take n² steps."""

_PASSES = 8
"""How often a text is read over in all, for brackets that lead to nothing; a text that takes more is none of JSON."""

_FREE = 100_000
"""Characters that may be read over besides: a short text is read however odd it is."""


_MOST_STRETCHES = 1_000
"""Documents in one text, whole or broken: more are a list of notes, and none of them the answer."""

_COUNTED_AT_ONCE = 50
"""Characters that are looked through for line ends in the time that one is read as JSON."""


class TooManyBrackets(ValueError):
    """A text takes too long to be searched."""


class _NotStrict(ValueError):
    """The library's reader would take what is no JSON."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a text that is a document, or was meant to be one.

    Attributes:
        start, end: its place in the text.
        whole: whether `value` is the document; False where it cannot be read as it stands.
        mendable: of one that is not whole: whether mending it may be tried.
    """

    start: int
    end: int
    whole: bool
    value: Any = None
    mendable: bool = False


def read_strictly(text: str) -> Any:
    """The value of a text that is one JSON document as it stands.

    Raises:
        ValueError: it is none.
        RecursionError: it is nested too deeply.
    """
    return _DECODER.decode(text)


def stretches_in(text: str) -> Iterator[Stretch]:
    """The documents of a text, and what was meant to be one, from left to right.

    Raises:
        TooManyBrackets: there are too many, or it would take more than a set number of passes over the text.
    """
    work = _Work(_PASSES * len(text) + _FREE)
    position = count = 0
    while (bracket := _BRACKET.search(text, position)) is not None:
        position = bracket.end()
        give_way()
        if _LIKE_JSON.match(text, bracket.start()) is None:
            continue
        stretch = _whole(text, bracket.start(), work) or _broken(text, bracket.start(), work)
        if stretch is None:
            continue
        count += 1
        if count > _MOST_STRETCHES:
            raise TooManyBrackets
        yield stretch
        position = stretch.end


@dataclass(slots=True)
class _Work:
    """Characters that may still be read in vain."""

    left: int

    def spend(self, characters: int) -> None:
        self.left -= characters
        if self.left < 0:
            raise TooManyBrackets


def _whole(text: str, start: int, work: _Work) -> Stretch | None:
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        # The library counts the lines ahead of the fault, each time from the text's beginning.
        work.spend(error.pos - start + error.pos // _COUNTED_AT_ONCE)
        return None
    except (ValueError, RecursionError):  # neither says how far it came
        work.spend(len(text) - start)
        return None
    if _is_part(text, start, end):
        return Stretch(start, len(text), whole=False)
    return Stretch(start, end, whole=True, value=value)


def _is_part(text: str, start: int, end: int) -> bool:
    """Whether a document looks like a piece of a larger one whose first or last brackets do not fit."""
    if _GOES_ON.match(text, end):
        return True
    before = text[max(0, start - 100) : start]
    return _CLOSES.match(text, end) is not None and _BEGINS_EARLIER.search(before) is not None


def _broken(text: str, start: int, work: _Work) -> Stretch | None:
    """What was meant to be a document; None where the bracket is prose's."""
    end = _end_of(text, start)
    work.spend((end or len(text)) - start)
    numbers = _OF_NUMBERS.match(text, start)
    if end is None and numbers is not None and text[numbers.end() : numbers.end() + 1] not in ("", "{", "["):
        return None  # an interval such as [0, 5), or a note's number
    return Stretch(start, end or len(text), whole=False, mendable=True)


def _end_of(text: str, start: int) -> int | None:
    """Where the bracket at `start` is closed, strings and comments passed over; None where it is not."""
    depth = 0
    for match in _SKIPPED_OR_BRACKET.finditer(text, start):
        mark = match[0]
        depth += 0 if match["skipped"] else (mark in "{[") - (mark in "}]")
        if depth == 0:
            return match.end()
    return None


# --- what the library's reader takes and JSON does not --------------------------------------------------------------


def _no_constant(name: str) -> Any:
    raise _NotStrict(f"{name} is no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):  # 1e999: it could not be written again
        raise _NotStrict("a number is too large")
    return number


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; one that gives a key two values has no meaning that everybody shares."""
    members = dict(pairs)
    if len(members) < len(pairs) and any(_differs(members[key], value) for key, value in pairs):
        raise _NotStrict("a key has two values")
    return members


def _differs(value: Any, another: Any) -> bool:
    return value is not another and json.dumps(value) != json.dumps(another)


_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_each_key_once)
