"""Lists of prompts as people keep them: one a line, or a table with a column named `prompt`."""

from __future__ import annotations

import csv
import io
import re

MOST_PROMPTS = 200
"""Prompts of one list: more would use up any free tier's day."""

LONGEST_PROMPT = 20_000
"""Characters of one prompt in a list."""

_DELIMITERS = ",;\t"

_HEADS = ("prompt", "prompts", "question", "questions", "text", "input")
"""What people call the column of prompts; of several the first is taken."""

_NAME = re.compile(r'"?\w+"?')


def read_prompts(data: bytes) -> list[str]:
    """The prompts of a file: those of its column `prompt` (or `question`, `text`, …), or else each of its lines, whole.

    A comma in a line makes no table of it: it is a comma of the prompt's.

    Raises:
        ValueError: no text, a table without that column, no prompt, too many or too long ones; says which.
    """
    text = _text_of(data)
    head = text.lstrip("\n").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    name = _head_in(head.split(delimiter))
    if name is not None:
        rows = _rows(text, delimiter)
        # `prompt, please` above lines without a comma is the first of the prompts.
        if delimiter not in head or len(rows) == 1 or max(map(len, rows[1:])) > 1:
            return _checked(_column(rows, name))
    try:
        rows = _rows(text, delimiter)
    except ValueError:
        rows = []  # a quote that opens a line and ends in the midst of it: prose
    if delimiter != "," and len(rows) > 1 and min(map(len, rows)) > 1:
        raise ValueError("the file is a table, and none of its columns is named prompt: name the one to send")
    # Quoted lines may hold line ends; a table of one column is as good as lines.
    is_column = max(map(len, rows), default=0) == 1
    return _checked(_column([[], *rows], 0) if is_column else text.split("\n"))


def read_expected(data: bytes) -> dict[int, str]:
    """What a list's column `expected` says, by the prompt's place from 1 on; empty where it has no such column.

    Raises:
        ValueError: as `read_prompts`.
    """
    text = _text_of(data)
    head = text.lstrip("\n").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    names = [cell.strip(' "').lower() for cell in head.split(delimiter)]
    place = _head_in(head.split(delimiter))
    if place is None or "expected" not in names:
        return {}
    # Rows without a prompt are none of the list's.
    rows = [row for row in _rows(text, delimiter)[1:] if len(row) > place and row[place].strip()]
    cells = [row[names.index("expected")] if len(row) > names.index("expected") else "" for row in rows]
    return {number: cell.strip() for number, cell in enumerate(cells, start=1) if cell.strip()}


def _head_in(cells: list[str]) -> int | None:
    """The place of the column of prompts in a file's first line, or None where that line is a prompt itself."""
    names = [cell.strip(' "').lower() for cell in cells]
    # Other words than `prompt` begin many a sentence: they are heads only among names, each of one word.
    heads = _HEADS if all(_NAME.fullmatch(cell.rstrip()) for cell in cells) else _HEADS[:1]
    return next((names.index(head) for head in heads if head in names), None)


def _column(rows: list[list[str]], place: int) -> list[str]:
    """A column below its head."""
    return [row[place] for row in rows[1:] if len(row) > place]


def _text_of(data: bytes) -> str:
    """The file's text with one kind of line end: the reader of tables takes a lone carriage return for a fault."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"the file is no UTF-8 text (byte {error.start}); save it as CSV UTF-8") from None
    if "\0" in text:
        raise ValueError("the file is no text; save the table as CSV UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _rows(text: str, delimiter: str) -> list[list[str]]:
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error as error:  # which is no ValueError
        raise ValueError(f"the file cannot be read as a table ({error}); save it as CSV UTF-8") from None
    return [row for row in rows if any(cell.strip() for cell in row)]


def _checked(cells: list[str]) -> list[str]:
    prompts = [cell.strip() for cell in cells if cell.strip()]
    if not prompts:
        raise ValueError("the file holds no prompt: one a line, or a column named prompt")
    if len(prompts) > MOST_PROMPTS:
        raise ValueError(f"the file holds {len(prompts)} prompts; {MOST_PROMPTS} are the most for one batch")
    long = next((number for number, prompt in enumerate(prompts, 1) if len(prompt) > LONGEST_PROMPT), None)
    if long is not None:
        raise ValueError(f"prompt {long} has more than {LONGEST_PROMPT:,} characters")
    return prompts
