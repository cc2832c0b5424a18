"""A table in HTML that is a card a row where the window is narrow: no cell is cut there, and none is scrolled to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

_EMPTY = ' class="none"'
"""A dash keeps its place in a table; in a card it would be a line that says nothing, and the style sheet hides it."""


def grid_html(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The table.

    Args:
        heads: the columns' names, as text.
        rows: cells as HTML, the first of each row its head.
    """
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(_row_html(heads, row) for row in rows)
    return f'<table class="grid"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _row_html(heads: Sequence[str], row: Sequence[str]) -> str:
    cells = [(escape(head), _EMPTY if cell == "–" else "", cell) for head, cell in zip(heads[1:], row[1:], strict=True)]
    tail = "".join(f'<td data-label="{head}"{mark}>{cell}</td>' for head, mark, cell in cells)
    return f'<tr><th dir="auto">{row[0]}</th>{tail}</tr>'
