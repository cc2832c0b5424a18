"""A model's text on a page: what is shown is what is stored, live, finished and from the log alike.

What has been drawn stays in an element of its own, so a stream of n characters costs the browser about n characters and
not n². Everything that shows a model's answer, in whatever state, goes through `AnswerView`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.answer.json_lines import laid_out
from pages.components.answer.markup import AnswerPiece, answer_blocks, html_of, html_of_code
from router.background.loop_thread import RunView


class AnswerView:
    """Where an answer grows; draws only what is new.

    Args:
        place: the container that it grows in.
    """

    def __init__(self, place: DeltaGenerator) -> None:
        self._place = place.container()
        self._blocks: list[_BlockView] = []
        self._restarts = 0

    def follow(self, view: RunView) -> None:
        """Bring the page up to a run as it is now; at its end the answer stands there as it is stored."""
        if view.restarts != self._restarts:
            self.clear()
            self._restarts = view.restarts
        as_json = view.completion is not None and view.completion.parsed is not None
        self.show(view.text, growing=view.status == "running", as_json=as_json)

    def show(self, text: str, *, growing: bool = False, as_json: bool = False) -> None:
        """Show a text.

        Args:
            growing: whether more may come.
            as_json: whether it is one JSON document, which is shown as such.
        """
        if as_json:
            self._draw([[AnswerPiece(laid_out(text), code=True, language="json")]])
        else:
            self._draw(answer_blocks(text, growing=growing))

    def clear(self) -> None:
        """Take everything away: the answer begins anew."""
        self._draw([])

    def _draw(self, wanted: Sequence[Sequence[AnswerPiece]]) -> None:
        while len(self._blocks) < len(wanted):
            self._blocks.append(_BlockView(self._place))
        surplus = [()] * (len(self._blocks) - len(wanted))
        for block, pieces in zip(self._blocks, [*wanted, *surplus], strict=True):
            block.draw(pieces)


class _BlockView:
    """Where one block of an answer is drawn: as one element, or as several while it grows.

    Args:
        place: the container to which it is added with its first piece; blocks are drawn in their order.
    """

    def __init__(self, place: DeltaGenerator) -> None:
        self._place = place
        self._slot: DeltaGenerator | None = None
        self._inner: DeltaGenerator | None = None
        self._parts: list[DeltaGenerator] = []
        self._drawn: list[AnswerPiece] = []
        self._most_parts = 0

    def draw(self, pieces: Sequence[AnswerPiece]) -> None:
        """Bring the block up to these pieces; none empties it."""
        if list(pieces) == self._drawn:
            return
        if len(pieces) > 1:
            self._draw_parts(pieces)
        elif pieces:
            # A block that is whole takes the place of its pieces with one message, however many they were.
            self._inner, self._slot = None, _draw_piece(self._slot or self._place, pieces[0])
        elif self._slot is not None:
            self._inner, self._slot = None, self._slot.empty()
        self._drawn = list(pieces)

    def _draw_parts(self, pieces: Sequence[AnswerPiece]) -> None:
        inner = self._inner or self._open_parts()
        for number, part in enumerate(self._parts):
            piece = pieces[number] if number < len(pieces) else None
            before = self._drawn[number] if number < len(self._drawn) else None
            if piece is not None and piece != before:
                _draw_piece(part, piece)
            elif piece is None and before is not None:
                part.empty()
        # What is new is drawn at once: an empty place ahead of it would be a message of its own.
        self._parts += [_draw_piece(inner, piece) for piece in pieces[len(self._parts) :]]
        self._most_parts = max(self._most_parts, len(self._parts))

    def _open_parts(self) -> DeltaGenerator:
        self._slot = self._slot or self._place.empty()
        inner = self._inner = self._slot.container(gap=None)
        # A container that takes another's place within one run of the script keeps its children in the browser: the
        # messages reach it as one. So each of them gets a successor.
        self._parts, self._drawn = [inner.empty() for _ in range(self._most_parts)], []
        return inner


def _draw_piece(place: DeltaGenerator, piece: AnswerPiece) -> DeltaGenerator:
    """Draw a piece in the place of another, or at the end of a container; gives its place."""
    if piece.part:
        return place.html(html_of_code(piece.text))
    if piece.code:
        return place.code(piece.text.rstrip("\n"), language=piece.language, wrap_lines=True)
    return place.html(html_of(piece.text))


def show_answer(text: str, *, as_json: bool = False) -> None:
    """A whole answer."""
    AnswerView(st.container()).show(text, as_json=as_json)


def copy_html(run_id: str) -> str:
    """The button that copies the answer of a run, by the frame's script, which fetches the text."""
    address = escape(f"./answers/{run_id}.txt")
    return f'<button type="button" data-copy="{address}">Copy</button>'


def is_asked_json(request: Mapping[str, Any] | None, text: str) -> bool:
    """Whether a stored answer is a JSON document that was asked for; one that only looks like JSON is text.

    Args:
        request: as the log keeps it; None where it was not kept.
    """
    is_asked_again = request is not None and (
        request.get("response_format") is not None or (request.get("config") or {}).get("requires_json")
    )
    if not is_asked_again:
        return False
    try:
        return isinstance(json.loads(text), dict | list)
    except ValueError:
        return False
