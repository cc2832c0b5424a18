"""A model's text on a page: safe to show, and sent to the browser once.

What has been finished is frozen in an element of its own, so a stream of n characters costs the browser n characters
and not n². Markdown that could fetch, colour or compute something is shown as the text that it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`)", re.DOTALL)
_DIRECTIVE = re.compile(r":(?=[a-zA-Z][\w+-]*[\[/:])")
_FENCE = re.compile(r"^\s*(```|~~~)(.*)$")

LINES_A_BLOCK = 24
"""An open code block is frozen after so many lines."""

LONGEST_TAIL = 1_200
"""Characters: a paragraph longer than this is frozen at a sentence's end."""


def harmless(text: str) -> str:
    """Markdown that shows `$`, `:red[…]`, pictures and HTML as text; code is left as it is."""
    return "".join(part if part.startswith("`") else _escaped(part) for part in _CODE.split(text))


def _escaped(text: str) -> str:
    text = text.replace("$", r"\$").replace("![", r"!\[").replace("<", "&lt;")
    return _DIRECTIVE.sub(r"\\:", text)


def blocks(text: str) -> Iterator[str]:
    """The text in pieces that never change again, and the last one that still may.

    The same beginning always gives the same first pieces, so a page may keep those it has already drawn.
    """
    fence, piece, count = "", [], 0
    for line in text.splitlines(keepends=True):
        whole = line.endswith("\n")
        found = _FENCE.match(line) if whole else None
        if fence:
            piece.append(line)
            count += whole
            if found and not found[2].strip():
                yield "".join(piece)
                fence, piece, count = "", [], 0
            elif count >= LINES_A_BLOCK:
                yield "".join(piece) + "```\n"
                piece, count = [fence], 0
        elif found:
            if piece:
                yield "".join(piece)
            fence, piece, count = line, [line], 0
        elif whole and not line.strip():
            if "".join(piece).strip():
                yield "".join(piece)
            piece = []
        else:
            yield from _long(piece, line)
    rest = "".join(piece)
    if rest.strip() and rest != fence:
        yield rest


def _long(piece: list[str], line: str) -> Iterator[str]:
    """Add a line; a paragraph that gets too long is let go at the end of a sentence."""
    piece.append(line)
    text = "".join(piece)
    while len(text) > LONGEST_TAIL:
        end = max(text.rfind(mark, 0, LONGEST_TAIL) for mark in (". ", "! ", "? ", "\n", ", ", " "))
        end = LONGEST_TAIL if end <= 0 else end + 1
        yield text[:end]
        text = text[end:]
        piece[:] = [text]


class AnswerView:
    """Where an answer grows; draws only what is new.

    Args:
        place: the container that it grows in.
    """

    def __init__(self, place: DeltaGenerator) -> None:
        self._place = place
        self._slots: list[DeltaGenerator] = []
        self._drawn: list[str] = []

    def show(self, text: str) -> None:
        """Bring the page up to `text`."""
        for position, block in enumerate(blocks(text)):
            if position == len(self._slots):
                self._slots.append(self._place.empty())
                self._drawn.append("")
            if self._drawn[position] != block:
                self._slots[position].markdown(harmless(block))
                self._drawn[position] = block

    def finish(self, text: str) -> None:
        """Show the whole answer as one document: what was cut for the stream is whole again."""
        if len(self._slots) == 1 and self._drawn[0] == text:
            return
        self.clear()
        self._place.markdown(harmless(text))

    def clear(self) -> None:
        """Take everything away: the answer begins anew."""
        for slot in self._slots:
            slot.empty()
        self._drawn = ["" for _ in self._slots]


def show_answer(text: str, *, as_json: bool) -> None:
    """A whole answer."""
    if as_json:
        st.code(text, language="json", wrap_lines=True)
    else:
        st.markdown(harmless(text))
