"""The one document that an answer holds: exactly one that can be read and fits, or none.

Two that say the same are one. Of a draft and a final, or an example and an answer, nobody can tell from outside which
was meant: that is ambiguous, and the model is asked once more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from router.json_answers.brackets import Stretch, TooManyBrackets, read_strictly, stretches_in
from router.json_answers.faults import (
    AMBIGUOUS,
    BROKEN,
    NO_DOCUMENT,
    TOO_LONG,
    TOO_MANY_BRACKETS,
    TOO_MUCH_WORK,
    AnswerFault,
    InvalidJson,
    whole_characters,
)
from router.json_answers.repair import CannotMend, mended_value
from router.json_answers.schemas import ANSWER_SECONDS, is_small_schema, schema_faults
from router.json_answers.work_limit import TooMuchWork, limited_work
from router.workers import run_in_worker

LONGEST = 2_000_000
"""Characters of an answer: four times what 131,072 tokens, the most that any listed model writes, come to."""

READ_ON_THE_LOOP = 8_000
"""Characters of an answer that are read where the call is made, in a few milliseconds; longer ones in a thread."""

_LOOP_SECONDS = 0.02
"""Seconds of checking in the event loop, until a thread takes it over."""

_MOST_DOCUMENTS = 50
"""Different documents in one answer that are checked: which of more is the answer is nobody's guess."""

# As many marks at the end as at the beginning; few, since each number of them is tried along the whole text.
_WHOLE_FENCE = re.compile(
    r"(?P<marks>`{1,6}|~{3,6})(?:json\b|[\w+#.-]*[ \t]*\r?\n)?(?P<inner>.*?)(?P=marks)", re.DOTALL | re.IGNORECASE
)
_KEY_WITH_VALUE = re.compile(r"""["'“]([^"'“”\n]{1,200})["'”]\s{0,20}:\s{0,20}(?:["'“\d{\[-]|(?:true|false|null)\b)""")
_HALF_CHARACTER = re.compile("[\ud800-\udfff]|\\\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document: its text, and the Python values in it."""

    text: str
    parsed: Any


async def read_document_async(text: str, schema: Mapping[str, Any] | None) -> Document:
    """As `read_document`; what takes long is done in a thread, and the event loop goes on.

    Raises:
        InvalidJson: there is none, it does not fit, or there are several.
    """
    if len(text) <= READ_ON_THE_LOOP and (schema is None or is_small_schema(schema)):
        try:
            with limited_work(_LOOP_SECONDS):
                return _read_within_limit(text, schema)
        except TooMuchWork:
            pass  # a few lines can take minutes under a few others: once more, where nobody waits for it
    return await run_in_worker(read_document, text, schema)


def read_document(text: str, schema: Mapping[str, Any] | None) -> Document:
    """Take the document out of a model's answer and check it.

    Args:
        schema: the JSON schema it has to fit; None asks for any JSON object.

    Raises:
        InvalidJson: there is none, it does not fit, or there are several.
    """
    try:
        with limited_work(ANSWER_SECONDS):
            return _read_within_limit(text, schema)
    except TooMuchWork:
        raise InvalidJson((TOO_MUCH_WORK,)) from None


def _read_within_limit(text: str, schema: Mapping[str, Any] | None) -> Document:
    if len(text) > LONGEST:
        raise InvalidJson((TOO_LONG,))
    for candidate in (text.strip().removeprefix("\ufeff").strip(), _without_fence(text)):
        try:
            document = Document(candidate, read_strictly(candidate))
        except (ValueError, RecursionError):  # the latter from hundreds of brackets, one in the other
            continue
        return _fitting_or_within(document, schema)
    try:
        return _document_among(text, list(stretches_in(text)), schema)
    except TooManyBrackets:
        raise InvalidJson((TOO_MANY_BRACKETS,)) from None


def _without_fence(text: str) -> str:
    """What stands in a fence or in inline code that is the whole text: a number alone has no bracket to be known by."""
    fenced = _WHOLE_FENCE.fullmatch(text.strip())
    return fenced["inner"].strip() if fenced else ""


def _fitting(document: Document, schema: Mapping[str, Any] | None) -> Document:
    faults = schema_faults(document.parsed, schema)
    if faults:
        raise InvalidJson(faults)
    return _without_half_characters(document)


def _document_among(text: str, stretches: list[Stretch], schema: Mapping[str, Any] | None) -> Document:
    """The one document among those of a text that fits, mended ones included.

    Raises:
        InvalidJson: none does, or two do.
    """
    documents, doubtful_from = _readable(text, stretches, schema)
    if len(documents) > _MOST_DOCUMENTS:
        raise InvalidJson((AMBIGUOUS,))
    faults: tuple[AnswerFault, ...] = (BROKEN,) if stretches else (NO_DOCUMENT,)
    fitting: list[tuple[int, Document]] = []
    for start, document in documents:
        try:
            fitting.append((start, _fitting(document, schema)))
        except InvalidJson as invalid:
            faults = invalid.answer_faults
    if not fitting:
        raise InvalidJson(faults)
    # After what fits comes what nobody can read: it may be the answer, and what fits its draft.
    if len(fitting) > 1 or fitting[0][0] < doubtful_from:
        raise InvalidJson((AMBIGUOUS,))
    if _is_said_otherwise(text, stretches, fitting[0][1]):
        raise InvalidJson((AMBIGUOUS,))
    return fitting[0][1]


def _is_said_otherwise(text: str, stretches: list[Stretch], document: Document) -> bool:
    """Whether the text around all documents gives one of this one's keys a value: a correction without its brackets."""
    if not isinstance(document.parsed, dict):
        return False
    borders = [0, *(border for stretch in stretches for border in (stretch.start, stretch.end)), len(text)]
    around = "\n".join(text[start:end] for start, end in zip(borders[::2], borders[1::2], strict=True))
    keys = {match[1] for match in _KEY_WITH_VALUE.finditer(around)}
    return not keys.isdisjoint(document.parsed)


def _fitting_or_within(document: Document, schema: Mapping[str, Any] | None) -> Document:
    """The document; or what it holds and nothing besides: a document as a text, or an object in a list of its own."""
    try:
        return _fitting(document, schema)
    except InvalidJson:
        inner = document.parsed
        if isinstance(inner, str) and inner.lstrip().startswith(("{", "[")):
            try:
                return _fitting(Document(inner, read_strictly(inner)), schema)
            except (ValueError, RecursionError):
                raise InvalidJson((BROKEN,)) from None
        if isinstance(inner, list) and len(inner) == 1 and isinstance(inner[0], dict):
            return _fitting(Document(json.dumps(inner[0], ensure_ascii=False), inner[0]), schema)
        raise


def _readable(
    text: str, stretches: Iterable[Stretch], schema: Mapping[str, Any] | None
) -> tuple[list[tuple[int, Document]], int]:
    """The different documents with the place of each one's last copy, and the last place of one nobody can read."""
    documents: dict[str, tuple[int, Document]] = {}
    doubtful_from = -1
    for stretch in stretches:
        try:
            document = _document_of(text, stretch, schema)
        except CannotMend:
            doubtful_from = stretch.start
        else:
            documents[json.dumps(document.parsed, sort_keys=True)] = (stretch.start, document)
    return list(documents.values()), doubtful_from


def _document_of(text: str, stretch: Stretch, schema: Mapping[str, Any] | None) -> Document:
    written = text[stretch.start : stretch.end]
    if stretch.whole:
        return Document(written, stretch.value)
    if not stretch.mendable:
        raise CannotMend
    value = mended_value(written, schema)
    return Document(json.dumps(value, ensure_ascii=False), value)


def _without_half_characters(document: Document) -> Document:
    """Half a character can be neither stored nor sent on; it becomes the sign for one that cannot be shown."""
    if _HALF_CHARACTER.search(document.text) is None:
        return document
    text = whole_characters(json.dumps(document.parsed, ensure_ascii=False))
    parsed = json.loads(text)
    # Two halves that were each written as an escape have become one character in reading, and all is well.
    return document if parsed == document.parsed else Document(text, parsed)
