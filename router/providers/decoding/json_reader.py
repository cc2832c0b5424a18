"""JSON as providers send it: read strictly, and once more leniently where the strict reader refuses.

orjson is the first reading, since a stream has thousands of events. What it refuses is mostly readable all the same:
`NaN`, numbers with thousands of digits, raw control characters, one half of a character, bytes that are no UTF-8. To
drop such an event is to drop its text. The lenient reading changes no character outside of what was wrong, and never
closes what was left open: a document that was cut off stays unreadable.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import Any

import orjson

_LONGEST_MENDED = 64 * 1024
"""Bytes: beyond this, tokens are not mended one by one, which takes a tenth of a second for so many at the worst."""


def parse_json(data: bytes) -> Any:
    """The value in a document, without half characters in any text of it.

    Raises:
        ValueError: it is no JSON, not even to a lenient reader.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    try:
        return without_halves(parse_leniently(data))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def parse_leniently(data: bytes) -> Any:
    """The value in a document that a strict reader has refused; figures that are none are None.

    Texts may hold halves of characters, and bytes that were no UTF-8 as Python's `surrogateescape` writes them: a
    `CharacterJoiner` or `whole_text` makes text of them.

    Raises:
        ValueError: it is no JSON all the same.
    """
    text = data.decode("utf-8", "surrogateescape")
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError:
        if len(data) > _LONGEST_MENDED:
            raise
    try:
        return _DECODER.decode(_TOKEN.sub(_standard_token, text))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _integer(digits: str) -> float | int | None:
    # Python refuses to make an integer of more than 4,300 digits.
    return int(digits) if len(digits) < 20 else _fraction(digits)


def _fraction(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a name that a line break stands in was torn, and what belongs to it would be lost in silence.

    Raises:
        ValueError: there is one.
    """
    if any("\n" in name or "\r" in name for name, _ in pairs):
        raise ValueError("a name is torn")
    return dict(pairs)


_DECODER = json.JSONDecoder(
    strict=False,
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_fraction,
    parse_constant=lambda _: None,
)

# A text is matched to its end, or to the document's where it has none, and never tried again from its middle: else an
# unclosed text with many quotes in it would take a square of its length.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|,(?=\s*+[}\]])|[^\s{}\[\]:,"]++', re.DOTALL)
_WORDS = {"None": "null", "undefined": "null", "True": "true", "False": "false"}


def _standard_token(match: re.Match[str]) -> str:
    """A number or a word as JSON has it: `007`, `.5`, `+1`, `None`; a comma that nothing follows is left out."""
    token = match[0]
    if token[0] == '"' or token in ("true", "false", "null"):
        return token
    if token == ",":
        return ""
    if token in _WORDS:
        return _WORDS[token]
    try:
        value = _integer(token.removeprefix("+")) if token.strip("+-").isdecimal() else _fraction(token)
    except ValueError:
        return token
    return json.dumps(value)


_HALVES = re.compile("[\ud800-\udfff]")
_RAW_BYTES = re.compile("[\udc80-\udcff]+")


def whole_text(text: str) -> str:
    """The text with the halves of a character joined, and what is none replaced by "�"."""
    if text.isascii() or not _HALVES.search(text):
        return text
    return _replaced(_joined(text, is_whole=True))


class CharacterJoiner:
    r"""Joins characters whose halves come in two events; feed it the texts of one stream.

    JSON writes an emoji as two escapes (`\ud83d\ude00`), and UTF-8 as four bytes: a provider that cuts its tokens by
    either sends one half at the end of an event's text and the next at the beginning of the following one.
    """

    __slots__ = ("_pending",)

    def __init__(self) -> None:
        self._pending = ""

    def feed(self, text: str) -> str:
        """What is whole by now; a half at the end waits for its other half."""
        if not self._pending and (text.isascii() or not _HALVES.search(text)):
            return text
        text = _joined(self._pending + text, is_whole=False)
        size = _size_of_beginning(text)
        self._pending = text[len(text) - size :] if size else ""
        return _replaced(text[: len(text) - size])

    def close(self) -> str:
        """A half that has waited in vain, as "�"."""
        text, self._pending = whole_text(self._pending), ""
        return text


def _joined(text: str, *, is_whole: bool) -> str:
    """The text with every pair of halves joined, those of UTF-16 and those of UTF-8."""
    text = _paired(text)
    if not _RAW_BYTES.search(text):
        return text

    def decode(match: re.Match[str]) -> str:
        raw = match[0].encode("utf-8", "surrogateescape")
        is_last = not is_whole and match.end() == len(text)
        try:  # halves that were written as UTF-8 one by one, as Java does
            return raw.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            decoded, size = codecs.utf_8_decode(raw, "replace", not is_last)
            return decoded + raw[size:].decode("ascii", "surrogateescape")

    return _paired(_RAW_BYTES.sub(decode, text))


def _paired(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _replaced(text: str) -> str:
    return _HALVES.sub("\ufffd", text)


def _size_of_beginning(text: str) -> int:
    """How many characters at the end are the beginning of one: the first half of a pair, or bytes."""
    if text and "\ud800" <= text[-1] <= "\udbff":
        return 1
    size = 0
    # A character has four bytes at the most, so that three may wait.
    while size < min(3, len(text)) and "\udc80" <= text[-1 - size] <= "\udcff":
        size += 1
    return size


def without_halves(value: Any) -> Any:
    """The value with each of its texts and names whole; no deeper than the reader itself goes."""
    if isinstance(value, str):
        return whole_text(value)
    if isinstance(value, list):
        return [without_halves(inner) for inner in value]
    if isinstance(value, dict):
        return {whole_text(name): without_halves(inner) for name, inner in value.items()}
    return value


_CONTENT = re.compile(
    rb"""(?:\\?["']|[{,\s])(?:content|text|output_text|delta|value)\\?["']?\s*[:=]\s*"""
    rb"""(?!\\?["']{2}|\\?"\\?"|null|None|\[\s*\]|\{)\\?["'\[\d]""",
    re.IGNORECASE,
)
_CALL = re.compile(rb"""tool_calls["']?\s*:\s*\[\s*\{|function_call["']?\s*:\s*\{""")
_CHUNK = re.compile(rb"""["'](?:choices|delta)["']?|[{,]\s*(?:choices|delta)\s*:""", re.IGNORECASE)
_NO_CONTENT = re.compile(rb"""content["']?\s*:\s*(?:["']{2}|null|None)|delta["']?\s*:\s*\{\s*\}""", re.IGNORECASE)


def may_hold_content(data: bytes) -> bool:
    """Whether an event that cannot be read may have brought some of the answer.

    It may where a content or a tool call stands in it, and also where it is a chunk of an answer and shows no empty
    content.
    """
    if _CONTENT.search(data) or _CALL.search(data):
        return True
    return bool(_CHUNK.search(data)) and not _NO_CONTENT.search(data)


_SEVERAL = re.compile(rb"\}[\s,\x1e]*\{")
_BETWEEN = re.compile(r"[\s,\x1e\[\]]*")


def chunks_in(body: bytes) -> list[bytes]:
    """The documents of a stream that is written without events: a line each, in one list, or one behind the other.

    Empty where the body is one document, or none of a stream. What cannot be read ends the list as it is.
    """
    if _SEVERAL.search(body) is None:
        return []
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        document = None
    if isinstance(document, dict):
        return []
    text = body.decode("utf-8", "surrogateescape")
    documents: list[bytes] = []
    position = _end_of_match(_BETWEEN.match(text))
    while position < len(text):
        try:
            value, end = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            value, end = None, len(text)
        if not documents and not (isinstance(value, dict) and "choices" in value):
            return []
        documents.append(text[position:end].encode("utf-8", "surrogateescape"))
        position = _end_of_match(_BETWEEN.match(text, end))
    return documents


def _end_of_match(match: re.Match[str] | None) -> int:
    return match.end() if match is not None else 0
