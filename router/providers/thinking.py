"""Splits `<think>…</think>` off an answer, also over chunk borders."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """What a piece of a model's content is."""

    ANSWER = "answer"
    REASONING = "reasoning"
    VOID = "void"  # all that was taken for the answer so far was reasoning


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of content; a void one carries no text."""

    part: Part
    text: str = ""


_OPEN, _CLOSE = "<think>", "</think>"
_TAG = re.compile(r"(?<!`)</?think>")
_LONGEST = len(_CLOSE)


class ThinkSplitter:
    """Feed it content; it gives pieces of answer and reasoning.

    A tag in backticks is text, so an answer may speak of the tag. The beginning of a tag at the end of a chunk is
    kept back until it is decided. A lone `</think>` voids what came before it. Blanks around the tags are dropped.
    """

    __slots__ = ("_answered", "_kept", "_thinking", "_trim")

    def __init__(self) -> None:
        self._kept = ""
        self._thinking = False
        self._answered = False
        self._trim = False

    def feed(self, text: str) -> list[Piece]:
        """The pieces that `text` settles."""
        if not (self._kept or self._thinking or self._trim) and "<" not in text and not text.endswith("`"):
            self._answered = True
            return [Piece(Part.ANSWER, text)]
        text = self._kept + text
        undecided = _undecided(text)
        self._kept = text[len(text) - undecided :] if undecided else ""
        return self._split(text[: len(text) - undecided])

    def close(self) -> list[Piece]:
        """What was kept back; an unclosed block stays reasoning."""
        text, self._kept = self._kept, ""
        return self._split(text)

    def _split(self, text: str) -> list[Piece]:
        pieces: list[Piece] = []
        position = 0
        for tag in _TAG.finditer(text):
            pieces += self._plain(text[position : tag.start()])
            pieces += self._turn(tag.group())
            position = tag.end()
        return pieces + self._plain(text[position:])

    def _plain(self, text: str) -> list[Piece]:
        if self._trim:
            text = text.lstrip()
        if not text:
            return []
        self._trim = False
        if self._thinking:
            return [Piece(Part.REASONING, text)]
        self._answered = True
        return [Piece(Part.ANSWER, text)]

    def _turn(self, tag: str) -> list[Piece]:
        void = tag == _CLOSE and not self._thinking and self._answered
        if void:
            self._answered = False
        self._thinking = tag == _OPEN
        self._trim = True
        return [Piece(Part.VOID)] if void else []


def _undecided(text: str) -> int:
    """How many characters at the end may yet turn out to be a tag (a backtick before it included)."""
    start = text.rfind("<", max(0, len(text) - _LONGEST))
    if start >= 0 and (_OPEN.startswith(text[start:]) or _CLOSE.startswith(text[start:])) and "`" not in text[start:]:
        tail = len(text) - start
        return 0 if text[start:] in (_OPEN, _CLOSE) else tail + (text[:start].endswith("`"))
    return 1 if text.endswith("`") else 0
