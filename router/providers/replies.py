"""Reads what a provider sent as a whole: completions and error bodies, tolerant of every form seen on the wire.

No HTTP in here: bytes and parsed JSON in, `Reply` or `Signal` out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from router.failures.outcomes import Kind, Signal
from router.failures.statements import NOTHING_STATED, Statements
from router.providers.decoding.call_parts import CallGatherer, DetailGatherer, RawCall
from router.providers.decoding.completions import content_of, parts_of_calls, read_facts, text_of
from router.providers.decoding.error_bodies import (
    codes_of,
    failed_generation_of,
    find_error,
    first_choice,
    is_plain_text_answer,
    salvage_error,
    sentence_of,
    status_of,
)
from router.providers.decoding.headers import read_statements
from router.providers.decoding.json_reader import may_hold_content, parse_json, whole_text
from router.providers.decoding.sse import skip_comments
from router.providers.decoding.stated_refusals import STATED_CODES, error_in_form, stated_meaning
from router.providers.decoding.thinking import Part, Piece, ThinkSplitter
from router.providers.decoding.unread_text import gives_two_values, unread_texts
from router.redaction import redact
from router.table.dialects import PLAIN, Dialect
from router.types import Usage

_READ_AS_WORDS = 16 * 1024
"""Bytes or characters: so much of an error is looked through for words; redacting megabytes takes seconds."""


class ProviderFailure(Exception):
    """An attempt came to nothing; carries the `Signal` for the outcome table."""

    def __init__(self, signal: Signal) -> None:
        super().__init__(f"{signal.kind}: {signal.message}")
        self.signal = signal


@dataclass(frozen=True, slots=True)
class HeardFacts:
    """What a provider says of a recording beside its words: the language in it, and its length in seconds."""

    language: str | None = None
    seconds: float | None = None


@dataclass(slots=True)
class Reply:
    """One answer, built up chunk by chunk or at once.

    Attributes:
        answer, thoughts: the pieces of answer and reasoning; lists, since adding to a long text copies it each time.
        finish_reason: `stop`, `length`, `content_filter`, `tool_calls`, or a word of the provider's own.
        usage: the provider's count; None until it came. Where an answer broke off, an estimate.
        usage_is_estimated: whether `usage` is one.
        cost: US dollars as the provider says, 0 where it says nothing.
        simulated: whether it came from the simulated providers, by their own word.
        stated: what it says about waiting and allowances.
        calls: the tool calls in it, gathered and not checked.
        details: OpenRouter's `reasoning_details`, unchanged; None where there was no word of any.
        heard: what is said of the recording that the answer was heard in; None of any other answer.
    """

    answer: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    finish_reason: str | None = None
    model: str | None = None
    usage: Usage | None = None
    usage_is_estimated: bool = False
    cost: float = 0.0
    http_status: int = 200
    simulated: bool = False
    stated: Statements = NOTHING_STATED
    calls: list[RawCall] = field(default_factory=list)
    details: list[dict[str, Any]] | None = None
    heard: HeardFacts | None = None

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self.answer)

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return "".join(self.thoughts)

    def take(self, piece: Piece) -> None:
        """Add a piece of content; a void one turns what was answer into reasoning."""
        if piece.part is Part.ANSWER:
            self.answer.append(piece.text)
        elif piece.part is Part.REASONING:
            self.thoughts.append(piece.text)
        else:
            self.thoughts += self.answer
            self.answer.clear()


def read_json(body: bytes) -> Any:
    """The JSON in a body; None where there is none.

    Read past a byte order mark, and past blank lines and comment lines that keep a connection alive.
    """
    try:
        return parse_json(skip_comments(body))
    except ValueError:
        return None


def is_success(status: int) -> bool:
    """Whether an HTTP status says that an answer comes: 200, and what odd servers send in its place."""
    return 200 <= status <= 299


def _salvaged(body: bytes) -> Mapping[str, Any] | None:
    """The error in a body that is cut off and holds nothing of an answer, or none."""
    head = body[:_READ_AS_WORDS]
    if b"error" not in head or may_hold_content(head):
        return None
    return salvage_error(skip_comments(head).decode("utf-8", "replace"))


def _has_unread_text(data: Mapping[str, Any], choice: Mapping[str, Any]) -> bool:
    """Whether a completion holds text besides that of the places where an answer stands."""
    if is_plain_text_answer(data, choice):
        return False
    places = [content_of({**choice, "text": None}, place) for place in ("message", "delta")]
    return bool(unread_texts(data, (*(text for place in places for text in place), text_of(choice.get("text")))))


def read_reply(
    status: int, headers: Mapping[str, str], body: bytes, secrets: Iterable[str] = (), dialect: Dialect = PLAIN
) -> Reply:
    """Read the body of a plain call.

    Raises:
        ProviderFailure: an error status, an error inside a 200, or no completion.
    """
    data = read_json(body)
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if not is_success(status) or holds_error(data, dialect):
        raise ProviderFailure(error_signal(status, headers, body, data, secrets, dialect))
    if data is None and (error := _salvaged(body)) is not None:
        raise ProviderFailure(signal_of(status, headers, error, secrets, dialect))
    choice = first_choice(data) if isinstance(data, Mapping) else {}
    if not any(isinstance(choice.get(place), Mapping | str) for place in ("message", "delta", "text")):
        raise ProviderFailure(malformed_signal(status, headers, body, secrets))
    if gives_two_values(body) or _has_unread_text(data, choice):
        words = "some of the answer stands where none is looked for"
        raise ProviderFailure(
            Signal(Kind.MALFORMED, http_status=status, stated=read_statements(headers), message=words)
        )
    facts = read_facts(data, secrets)
    reply = Reply(
        finish_reason=facts.finish_reason,
        model=None if facts.model is None else dialect.bare_id(facts.model),
        usage=facts.usage,
        cost=facts.cost or 0.0,
        stated=read_statements(headers, dialect=dialect),
    )
    gatherer, details = CallGatherer(), DetailGatherer()
    parts = parts_of_calls(choice, "message", "delta")
    gatherer.feed(parts.calls)
    details.feed(parts.details)
    reply.calls, reply.details = gatherer.calls(), details.details()
    content, reasoning = content_of(choice, "message", "delta")
    if reasoning:
        reply.thoughts.append(reasoning)
    splitter = ThinkSplitter()
    for piece in [*splitter.feed(content), *splitter.close(is_cut=facts.finish_reason == "length")]:
        reply.take(piece)
    return reply


def error_signal(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    data: Any = None,
    secrets: Iterable[str] = (),
    dialect: Dialect = PLAIN,
) -> Signal:
    """The signal in an error reply, whatever its body is: JSON of any shape, JSON cut off, HTML or nothing."""
    data = read_json(body) if data is None else data
    error: Mapping[str, Any] | None = error_in_form(data, dialect.errors)
    if error is None:
        error = find_error(data, is_error=True)
    if error is None:
        error = salvage_error(skip_comments(body[:_READ_AS_WORDS]).decode("utf-8", "replace"))
    if error is None:
        error = {"message": _plain_text(body, headers, secrets)}
    return signal_of(status, headers, error, secrets, dialect)


def holds_error(data: Any, dialect: Dialect) -> bool:
    """Whether a document under a good status is an error all the same."""
    return error_in_form(data, dialect.errors) is not None or find_error(data, is_error=False) is not None


def signal_of(
    status: int,
    headers: Mapping[str, str],
    error: Mapping[str, Any],
    secrets: Iterable[str],
    dialect: Dialect = PLAIN,
) -> Signal:
    """The signal in an error object.

    Args:
        status: the HTTP status; where it is 200, the one in the error counts.
        error: as `find_error` gives it.
    """
    sentence = sentence_of(error)
    words = sentence[:_READ_AS_WORDS]
    told_status = status if not is_success(status) else status_of(error)
    codes, stated = codes_of(error), read_statements(headers, error, words, dialect)
    meaning = stated_meaning(dialect, told_status, codes | _code_numbers(error), words)
    if meaning is None and told_status == 429 and stated.grants_nothing:
        meaning = "no_allowance"
    return Signal(
        kind=Kind.REPLY,
        status=told_status,
        http_status=status,
        codes=codes,
        message=redact(words, secrets, broken_off=len(words) < len(sentence)),
        stated=stated,
        failed_generation=failed_generation_of(error) or None,
        meaning=meaning,
        midnight=dialect.midnight,
    )


def _code_numbers(error: Mapping[str, Any]) -> frozenset[str]:
    """A code that is a number, as a word: some providers number their refusals. And those of a form of its own."""
    code = error.get("code")
    numbers = {str(code)} if isinstance(code, int) and not isinstance(code, bool) else set()
    return frozenset({*numbers, *error.get(STATED_CODES, ())})


def malformed_signal(status: int, headers: Mapping[str, str], body: bytes, secrets: Iterable[str]) -> Signal:
    """The signal of a body that is no answer, in the first of its words."""
    words = redact(_plain_text(body, headers, secrets), limit=120) or "an empty body"
    return Signal(Kind.MALFORMED, http_status=status, stated=read_statements(headers), message=words)


def _plain_text(body: bytes, headers: Mapping[str, str], secrets: Iterable[str]) -> str:
    text = " ".join(body[:_READ_AS_WORDS].decode("utf-8-sig", "replace").split())
    if "html" in headers.get("content-type", "").lower() or text.startswith("<"):
        return "an HTML page"
    return redact(whole_text(text), secrets, limit=300, broken_off=len(body) > _READ_AS_WORDS)
