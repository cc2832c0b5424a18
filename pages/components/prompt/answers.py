"""A model's text on a page: what is shown is what is stored, live, finished and from the log alike.

What has been drawn stays in an element of its own, so a stream of n characters costs the browser about n characters and
not n². Everything that shows a model's answer, in whatever state, goes through `AnswerView`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.prompt.markup import AnswerPiece, answer_pieces, html_of
from router.background.portal import RunView


class AnswerView:
    """Where an answer grows; draws only what is new.

    Args:
        place: the container that it grows in.
    """

    def __init__(self, place: DeltaGenerator) -> None:
        self._place = place.container()
        self._slots: list[DeltaGenerator] = []
        self._drawn: list[AnswerPiece | None] = []
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
        self._draw([AnswerPiece(text, code=True, language="json")] if as_json else answer_pieces(text, growing=growing))

    def clear(self) -> None:
        """Take everything away: the answer begins anew."""
        self._draw([])

    def _draw(self, wanted: Sequence[AnswerPiece]) -> None:
        for position, piece in enumerate(wanted):
            if position == len(self._slots):
                self._slots.append(self._place.empty())
                self._drawn.append(None)
            if self._drawn[position] != piece:
                _draw_piece(self._slots[position], piece)
                self._drawn[position] = piece
        # Each surplus place is emptied by itself. A container that is emptied and made again within one run of the
        # script keeps its children in the browser: the two messages reach it as one.
        for position in range(len(wanted), len(self._slots)):
            if self._drawn[position] is not None:
                self._slots[position].empty()
                self._drawn[position] = None


def _draw_piece(slot: DeltaGenerator, piece: AnswerPiece) -> None:
    if piece.code:
        slot.code(piece.text.rstrip("\n"), language=piece.language, wrap_lines=True)
    else:
        slot.html(html_of(piece.text))


def show_answer(text: str, *, as_json: bool = False) -> None:
    """A whole answer."""
    AnswerView(st.container()).show(text, as_json=as_json)


def is_asked_json(request: Mapping[str, Any] | None, text: str) -> bool:
    """Whether a stored answer is a JSON document that was asked for; one that only looks like JSON is text.

    Args:
        request: as the log keeps it; None where it was not kept.
    """
    asked = request is not None and (
        request.get("response_format") is not None or (request.get("config") or {}).get("requires_json")
    )
    if not asked:
        return False
    try:
        return isinstance(json.loads(text), dict | list)
    except ValueError:
        return False
