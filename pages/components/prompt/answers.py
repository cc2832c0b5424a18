"""A model's text on a page: safe to show, and sent to the browser once.

What has been finished is frozen in an element of its own, so a stream of n characters costs the browser n characters
and not n². Markdown that could fetch, colour or compute something is shown as the text that it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_CODE = re.compile(
    r"""
    (^[ ]{0,3}(?P<fence>`{3,}|~{3,})[^`\n]*(?:\n|\Z).*?(?:^[ ]{0,3}(?P=fence)[`~]*[ ]*$|\Z)  # a block
    |(?<![`\\])(?P<ticks>`+)(?!`)(?:[^\n]|\n(?![ ]*\n))+?(?<!`)(?P=ticks)(?!`))  # or within a paragraph
    """,
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
_DIRECTIVE = re.compile(r":(?=[a-zA-Z][\w+-]*[\[/:])")
_FENCE = re.compile(r"^\s*(```|~~~)(.*)$")

LINES_A_BLOCK = 16
"""An open code block is frozen after so many lines."""

COLOURED_LINES = 150
"""A longer code block is shown without its language's colours."""

LONGEST_TAIL = 400
"""Characters: a paragraph longer than this is frozen at a sentence's end."""

_LINES_OF_A_LIST = 4
_NEVER = 10**9


def harmless(text: str) -> str:
    """Markdown that shows `$`, `:red[…]`, pictures and HTML as text; code is left as it is."""
    parts, end = [], 0
    for code in _CODE.finditer(text):
        parts += [_escaped(text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*parts, _escaped(text[end:])])


def _escaped(text: str) -> str:
    text = text.replace("$", r"\$").replace("![", r"!\[").replace("<", "&lt;")
    return _DIRECTIVE.sub(r"\\:", text)


def blocks(text: str, *, lines: int = LINES_A_BLOCK, longest: int = LONGEST_TAIL) -> Iterator[str]:
    """The text in pieces that never change again, and the last one that still may.

    The same beginning always gives the same first pieces, so a page may keep those it has already drawn.
    """
    fence, opening, mark, piece, count = "", "", "", [], 0
    for line in text.splitlines(keepends=True):
        whole = line.endswith("\n")
        found = _FENCE.match(line) if whole else None
        if fence:
            piece.append(line)
            count += whole
            if found and not found[2].strip():
                # Colouring hundreds of lines takes the browser seconds, in which the page stands still.
                yield "".join(piece if count <= COLOURED_LINES else [f"{mark}\n", *piece[1:]])
                fence, piece, count = "", [], 0
            elif count >= lines:
                yield "".join(piece) + f"{mark}\n"
                piece, count = [opening], 0
        elif found:
            if piece:
                yield "".join(piece)
            # Without its language while it grows: highlighting anew with every look keeps the browser behind.
            mark = found[1]
            opening = line if lines >= _NEVER else f"{mark}\n"
            fence, piece, count = line, [opening], 0
        elif whole and not line.strip():
            if "".join(piece).strip():
                yield "".join(piece)
            piece = []
        else:
            yield from _long(piece, line, longest)
    rest = "".join(piece)
    if rest.strip() and rest not in (fence, opening):
        yield rest


def _long(piece: list[str], line: str, longest: int) -> Iterator[str]:
    """Add a line; a paragraph that gets too long is let go at the end of a sentence."""
    piece.append(line)
    text = "".join(piece)
    while len(text) > (most := _most(text, longest)):
        end = max(text.rfind(mark, 0, most) for mark in (". ", "! ", "? ", "\n", ", ", " "))
        end = most if end <= 0 else end + 1
        yield text[:end]
        text = text[end:]
        piece[:] = [text]


def _most(text: str, longest: int) -> int:
    """Characters that stay together: of lists and bare JSON half as many, which nobody reads as one paragraph."""
    half = longest // 2
    return half if text.count("\n", 0, half) >= _LINES_OF_A_LIST else longest


class AnswerView:
    """Where an answer grows; draws only what is new.

    Args:
        place: the container that it grows in.
    """

    def __init__(self, place: DeltaGenerator) -> None:
        self._whole = place.empty()
        self._place = self._whole.container()
        self._slots: list[DeltaGenerator] = []
        self._drawn: list[str] = []

    def show(self, text: str) -> None:
        """Bring the page up to `text`."""
        self._draw(blocks(text))

    def _draw(self, pieces: Iterable[str]) -> None:
        """Draw the pieces that are new or have changed."""
        for position, block in enumerate(pieces):
            if position == len(self._slots):
                self._slots.append(self._place.markdown(harmless(block)))
                self._drawn.append(block)
            elif self._drawn[position] != block:
                self._slots[position].markdown(harmless(block))
                self._drawn[position] = block

    def finish(self, text: str) -> None:
        """Show the whole answer: blocks and paragraphs that were cut for the stream are whole again."""
        pieces = list(blocks(text, lines=_NEVER, longest=_NEVER))
        settled = self._drawn[:-1]  # the last one may still have been growing
        if pieces[: len(settled)] != settled or len(pieces) < len(self._drawn):
            self.clear()
        self._draw(pieces)

    def clear(self) -> None:
        """Take everything away: the answer begins anew."""
        self._whole.empty()  # a container in another's place would show that one's last elements until the run ends
        self._place = self._whole.container()
        self._slots, self._drawn = [], []


def show_answer(text: str, *, as_json: bool) -> None:
    """A whole answer."""
    if as_json:
        st.code(text, language="json", wrap_lines=True)
    else:
        st.markdown(harmless(text))
