"""A broken document mended, and checked to say no more and no less than its text.

`json_repair` mends whatever it is given, and guesses where it must: it completes what was cut off, joins what stands
side by side and drops what it cannot read. So its work is compared with the text: every key, value, bracket, colon and
list's comma of the mended document has to stand in the text, in that order, and nothing besides. What may differ:
quotes in single quotes, Python's `True`, `False` and `None`, keys without quotes, comments, commas within and after
objects and after lists, line ends within strings, and one closing brace that the text lacks at its very end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from router.json_answers.brackets import read_strictly

LONGEST = 200_000
"""Characters of a document that is mended: mending takes a hundred times as long as reading."""

_DEEPEST = 60
"""Brackets within brackets: the library works one in the other, and answers are flat."""

_TOKEN = re.compile(
    r"""(?P<space>[\s\ufeff]++)
    |(?P<comment>//[^\n]*+|\#[^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/)
    |(?P<text>"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|“[^“”"\\]*+”)
    |(?P<number>[+-]?(?:0|[1-9]\d*+)(?:\.\d++)?(?:[eE][+-]?\d++)?(?![\w.]))
    |(?P<word>[A-Za-z_$][\w$-]*+)
    |(?P<mark>[{}\[\]:,])""",
    re.VERBOSE | re.DOTALL,
)
_LITERALS = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}
_CLOSING = {"{": "}", "[": "]"}
_LAST_FENCE = re.compile(r"\s*+`{3,}\s*+\Z")
_ESCAPE_OR_QUOTE = re.compile(r'\\.|"', re.DOTALL)


class CannotMend(ValueError):
    """A broken document has no mended form that says the same."""


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of JSON's grammar; of a text, its meaning.

    Attributes:
        kind: `mark`, `key`, `value`; `word` until it is known which it is.
        written: as it stands in the text; empty where it does not.
        end: where it ends in the text.
    """

    kind: str
    value: Any
    written: str = ""
    end: int = 0

    def is_mark(self, mark: str) -> bool:
        """Whether it is this bracket, colon or comma, and not a text that reads the same."""
        return self.kind == "mark" and self.value == mark

    @property
    def identity(self) -> tuple[str, str]:
        # As written in JSON: 1 and 1.0 and true are three values.
        return self.kind, json.dumps(self.value)


def mended_value(text: str, schema: Mapping[str, Any] | None) -> Any:
    """The value of a document that breaks JSON's grammar, where its text leaves no doubt of it.

    Args:
        text: from its first bracket to its last, or to the end of the answer where it is not closed.
        schema: what it has to fit; without one only commas ahead of a closing bracket are taken off, since nothing
            would show what was meant.

    Raises:
        CannotMend: something would have to be guessed.
    """
    tokens = _grammar_of(text)
    if schema is None:
        return _without_last_commas(tokens)
    from json_repair import loads as repaired  # loaded with the first broken answer

    value: Any = repaired(text[: tokens[-1].end], skip_json_loads=True)
    if [token.identity for token in _grammar_without_commas(tokens)] != [token.identity for token in _flat(value)]:
        raise CannotMend
    _check_brace(tokens, value, schema)
    return value


def _without_last_commas(tokens: list[_Token]) -> Any:
    followers = [*tokens[1:], tokens[-1]]
    pairs = zip(tokens, followers, strict=True)
    try:
        return read_strictly(" ".join(token.written for token, after in pairs if not _is_last_comma(token, after)))
    except (ValueError, RecursionError) as error:
        raise CannotMend from error


def _is_last_comma(token: _Token, after: _Token) -> bool:
    return token.is_mark(",") and (after.is_mark("]") or after.is_mark("}"))


# --- what stands in the text ----------------------------------------------------------------------------------------


def _grammar_of(text: str) -> list[_Token]:
    """The text's tokens up to the bracket that closes the first; with one brace added where it alone is missing.

    Raises:
        CannotMend: something in it is no token, or brackets do not fit.
    """
    tokens: list[_Token] = []
    brackets: list[str] = []
    for match in _matches(text):
        token = _token_of(match)
        if tokens and token.is_mark(",") and (tokens[-1].is_mark("{") or tokens[-1].is_mark("[")):
            raise CannotMend  # [, 2]: what stood ahead of the comma is gone
        tokens.append(token)
        if token.kind == "mark" and token.value in _CLOSING:
            brackets.append(token.value)
        elif token.kind == "mark" and token.value in ("}", "]") and _CLOSING[brackets.pop()] != token.value:
            raise CannotMend
        if not brackets:
            return _with_keys(tokens)
        if len(brackets) > _DEEPEST:
            raise CannotMend
    if brackets != ["{"] or not _is_finished(tokens[-1], text):
        raise CannotMend
    return [*_with_keys(tokens), _Token("mark", "}", "", tokens[-1].end)]


def _matches(text: str) -> Iterator[re.Match[str]]:
    if len(text) > LONGEST:
        raise CannotMend
    position, end = 0, len(_LAST_FENCE.sub("", text))
    while position < end:
        match = _TOKEN.match(text, position, end)
        if match is None:
            raise CannotMend
        if match.lastgroup not in ("space", "comment"):
            yield match
        position = match.end()


def _token_of(match: re.Match[str]) -> _Token:
    written, end = match[0], match.end()
    if match.lastgroup == "mark":
        return _Token("mark", written, written, end)
    if match.lastgroup == "word":
        return _Token("word", written, written, end)
    if match.lastgroup == "number":
        return _Token("value", _number(written), written, end)
    quoted = written if written.startswith('"') else f'"{_ESCAPE_OR_QUOTE.sub(_requoted, written[1:-1])}"'
    try:
        # Line ends may stand within a string: they can mean nothing else.
        value = json.loads(quoted, strict=False)
    except ValueError as error:
        raise CannotMend from error
    return _Token("value", value, written, end)


def _number(digits: str) -> float:
    try:
        number: float = read_strictly(digits.removeprefix("+"))
    except ValueError as error:  # too large to be one
        raise CannotMend from error
    return number


def _requoted(match: re.Match[str]) -> str:
    return {"\\'": "'", '"': '\\"'}.get(match[0], match[0])


def _with_keys(tokens: list[_Token]) -> list[_Token]:
    """The tokens with texts ahead of a colon as keys, and words as what they stand for.

    Raises:
        CannotMend: a word that is neither a key nor a literal, or a key that is no text.
    """
    following = [*tokens[1:], _Token("mark", "")]
    return [_in_its_place(token, after.is_mark(":")) for token, after in zip(tokens, following, strict=True)]


def _in_its_place(token: _Token, is_key: bool) -> _Token:
    if is_key:
        if token.kind == "mark" or not isinstance(token.value, str):
            raise CannotMend
        return _Token("key", token.value, token.written, token.end)
    if token.kind != "word":
        return token
    if token.value not in _LITERALS:
        raise CannotMend
    return _Token("value", _LITERALS[token.value], token.written, token.end)


def _is_finished(token: _Token, text: str) -> bool:
    """Whether a document's last token cannot have been cut: a number may go on unless something stands behind it."""
    if token.kind == "mark":
        return token.value in ("}", "]")
    is_number = isinstance(token.value, int | float) and not isinstance(token.value, bool)
    return not is_number or token.end < len(text)


def _check_brace(tokens: list[_Token], value: Any, schema: Mapping[str, Any] | None) -> None:
    """A brace is added only where every property that the schema names is there: a further one may have been cut.

    Raises:
        CannotMend: one is not.
    """
    if tokens[-1].written:
        return
    named = (schema or {}).get("properties")
    if not isinstance(named, Mapping) or not named or not set(named) <= set(value):
        raise CannotMend


# --- both compared --------------------------------------------------------------------------------------------------


def _grammar_without_commas(tokens: list[_Token]) -> Iterator[_Token]:
    """The tokens without commas that tell nothing: between an object's members, and before a list's end."""
    brackets: list[str] = []
    for index, token in enumerate(tokens):
        if token.kind == "mark" and token.value in _CLOSING:
            brackets.append(token.value)
        elif token.kind == "mark" and token.value in ("}", "]"):
            brackets.pop()
        elif token.is_mark(",") and (brackets[-1] == "{" or tokens[index + 1].is_mark("]")):
            continue
        yield token


def _flat(value: Any) -> Iterator[_Token]:
    """A value as such tokens."""
    if isinstance(value, dict):
        yield _Token("mark", "{")
        for key, member in value.items():
            yield from (_Token("key", key), _Token("mark", ":"))
            yield from _flat(member)
        yield _Token("mark", "}")
    elif isinstance(value, list):
        yield _Token("mark", "[")
        for index, item in enumerate(value):
            if index:
                yield _Token("mark", ",")
            yield from _flat(item)
        yield _Token("mark", "]")
    else:
        yield _Token("value", value)
