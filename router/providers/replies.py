"""Reads what a provider sent: whole bodies, stream events and error bodies, tolerant of every form seen on the wire.

No HTTP in here: bytes and parsed JSON in, `Reply`, `Chunk` or `Signal` out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from router.failures.outcomes import Kind, Signal
from router.failures.statements import NOTHING_STATED, Statements
from router.providers.decoding.headers import read_statements
from router.providers.decoding.sse import skip_comments
from router.providers.thinking import Part, Piece, ThinkSplitter
from router.redaction import redact
from router.types import Usage


class ProviderFailure(Exception):
    """An attempt came to nothing; carries the `Signal` for the outcome table."""

    def __init__(self, signal: Signal) -> None:
        super().__init__(f"{signal.kind}: {signal.message}")
        self.signal = signal


@dataclass(slots=True)
class Reply:
    """One answer, built up chunk by chunk or at once.

    Attributes:
        answer, thoughts: the pieces of answer and reasoning; lists, since adding to a long text copies it each time.
        usage: the provider's count; None until it came.
        cost: US dollars as the provider says, 0 where it says nothing.
        simulated: whether it came from the simulated providers, by their own word.
        stated: what it says about waiting and allowances.
    """

    answer: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    finish_reason: str | None = None
    model: str | None = None
    usage: Usage | None = None
    cost: float = 0.0
    http_status: int = 200
    simulated: bool = False
    stated: Statements = NOTHING_STATED

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self.answer)

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return "".join(self.thoughts)


@dataclass(frozen=True, slots=True)
class ReplyFacts:
    """What a reply says besides its text; every field is None where it says nothing."""

    finish_reason: str | None = None
    model: str | None = None
    usage: Usage | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one stream event brought."""

    content: str = ""
    reasoning: str = ""
    facts: ReplyFacts = field(default_factory=ReplyFacts)


def read_json(body: bytes) -> Any:
    """The JSON in a body; None where there is none.

    Read past a byte order mark, and past blank lines and comment lines that keep a connection alive.
    """
    try:
        return orjson.loads(skip_comments(body))
    except orjson.JSONDecodeError:
        return None


def read_reply(status: int, headers: Mapping[str, str], body: bytes, secrets: Iterable[str] = ()) -> Reply:
    """Read the body of a plain call.

    Raises:
        ProviderFailure: an error status, an error inside a 200, no completion, or one without content.
    """
    data = read_json(body)
    if status != 200 or _error_of(data) is not None:
        raise ProviderFailure(error_signal(status, headers, body, data, secrets))
    message = _message_of(data)
    if message is None:
        raise ProviderFailure(_malformed(status, headers, body, secrets))
    facts = _facts(data)
    reply = Reply(
        finish_reason=facts.finish_reason,
        model=facts.model,
        usage=facts.usage,
        cost=facts.cost or 0.0,
        stated=read_statements(headers),
    )
    reply.thoughts.append(_reasoning(message))
    _split_into(reply, _text_of(message.get("content")))
    return reply


def _split_into(reply: Reply, content: str) -> None:
    splitter = ThinkSplitter()
    for piece in [*splitter.feed(content), *splitter.close()]:
        take(reply, piece)


def take(reply: Reply, piece: Piece) -> None:
    """Add a piece of content to a reply; a void one turns what was answer into reasoning."""
    if piece.part is Part.ANSWER:
        reply.answer.append(piece.text)
    elif piece.part is Part.REASONING:
        reply.thoughts.append(piece.text)
    else:
        reply.thoughts += reply.answer
        reply.answer.clear()


def read_event(data: bytes, secrets: Iterable[str] = ()) -> Chunk | None:
    """Read the data of one stream event; None where it is no JSON object, which is skipped.

    Raises:
        ProviderFailure: the event is an error, in any of the three places where one may stand.
    """
    try:
        event = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(event, dict):
        return None
    if "error" in event or "x_groq" in event or _choice_of(event).get("error"):
        error = _error_of(event)
        if error is not None:
            raise ProviderFailure(_signal_of(200, {}, error, secrets))
    choice = _choice_of(event)
    delta = choice.get("delta") or choice.get("message") or {}
    if not isinstance(delta, dict):
        delta = {}
    content = delta.get("content")
    if type(content) is str and content and "usage" not in event and choice.get("finish_reason") is None:
        return Chunk(content, _reasoning(delta), _model_only(event))
    return Chunk(_text_of(content), _reasoning(delta), _facts(event))


_MODELS: dict[str, ReplyFacts] = {}


def _model_only(event: Mapping[str, Any]) -> ReplyFacts:
    """The facts of an ordinary delta; made once a model, since a stream has thousands of them."""
    model = event.get("model")
    if not isinstance(model, str):
        return ReplyFacts()
    if model not in _MODELS:
        if len(_MODELS) > 500:
            _MODELS.clear()
        _MODELS[model] = ReplyFacts(model=model)
    return _MODELS[model]


def error_signal(
    status: int, headers: Mapping[str, str], body: bytes, data: Any = None, secrets: Iterable[str] = ()
) -> Signal:
    """The signal in an error reply, whatever its body is: JSON, HTML or nothing."""
    data = read_json(body) if data is None else data
    error = _error_of(data)
    if error is None:
        error = data if isinstance(data, Mapping) else {"message": _plain_text(body, headers, secrets)}
    return _signal_of(status, headers, error, secrets)


def _signal_of(status: int, headers: Mapping[str, str], error: Mapping[str, Any], secrets: Iterable[str]) -> Signal:
    words = _words(error)
    return Signal(
        kind=Kind.REPLY,
        status=status if status != 200 else _status_in(error),
        http_status=status,
        codes=_codes(error),
        message=redact(words, secrets),
        stated=read_statements(headers, error, words),
        failed_generation=_string(error.get("failed_generation")),
    )


def _malformed(status: int, headers: Mapping[str, str], body: bytes, secrets: Iterable[str]) -> Signal:
    words = redact(_plain_text(body, headers, secrets), limit=120) or "an empty body"
    return Signal(Kind.MALFORMED, http_status=status, stated=read_statements(headers), message=words)


def _error_of(data: Any) -> Mapping[str, Any] | None:
    """The error object: top-level, in the first choice, or under `x_groq`; a bare string becomes its message."""
    if not isinstance(data, Mapping):
        return None
    own = data.get("x_groq")
    for found in (
        data.get("error"),
        _choice_of(data).get("error"),
        own.get("error") if isinstance(own, dict) else None,
    ):
        if isinstance(found, Mapping) and found:
            return found
        if isinstance(found, str) and found:
            return {"message": found}
    return {"message": "finish reason error", "code": 502} if _choice_of(data).get("finish_reason") == "error" else None


def _status_in(error: Mapping[str, Any]) -> int | None:
    for name in ("code", "status_code", "status"):
        value = error.get(name)
        if isinstance(value, str) and value.isdecimal():
            value = int(value)
        if isinstance(value, int) and 400 <= value <= 599:
            return value
    return None


_TELLING = ("flagged_input", "patterns")  # their presence says which kind of refusal it is
_NAMES = ("code", "type", "error_type", "limit_source", "reason")


def _codes(error: Mapping[str, Any]) -> frozenset[str]:
    metadata = error.get("metadata")
    availability = error.get("availability")
    places = [place for place in (error, metadata, availability) if isinstance(place, Mapping)]
    words = {str(place[name]) for place in places for name in _NAMES if isinstance(place.get(name), str)}
    if (_string(error.get("failed_generation")) or "").startswith("max completion tokens reached"):
        words.add("max_completion_tokens")  # Groq's note in place of a text: there was no room for one
    return frozenset(words | {name for name in _TELLING if isinstance(metadata, Mapping) and name in metadata})


def _words(error: Mapping[str, Any]) -> str:
    """The provider's sentence, with the upstream's own and the moderation's reasons behind it."""
    metadata = error.get("metadata")
    more: list[str] = []
    if isinstance(metadata, Mapping):
        raw, reasons = metadata.get("raw"), metadata.get("reasons")
        more = [raw] if isinstance(raw, str) else []
        more += [", ".join(map(str, reasons))] if isinstance(reasons, list) else []
    return " – ".join(text for text in (_string(error.get("message")) or "", *more) if text)


_READ_AS_WORDS = 16 * 1024
"""Bytes: so much of a body that is no JSON is looked through for words."""


def _plain_text(body: bytes, headers: Mapping[str, str], secrets: Iterable[str]) -> str:
    text = " ".join(body[:_READ_AS_WORDS].decode("utf-8-sig", "replace").split())
    if "html" in headers.get("content-type", "").lower() or text.startswith("<"):
        return "an HTML page"
    return redact(text, secrets, limit=300, broken_off=len(body) > _READ_AS_WORDS)


def _choice_of(data: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = data.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        return choices[0]
    return {}


def _message_of(data: Any) -> Mapping[str, Any] | None:
    message = _choice_of(data).get("message") if isinstance(data, Mapping) else None
    return message if isinstance(message, Mapping) else None


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _text_of(content: Any) -> str:
    """A content's text: a string, or the text parts of a list."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_string(part.get("text")) or "" for part in content if isinstance(part, dict))
    return ""


def _reasoning(message: Mapping[str, Any]) -> str:
    direct = _string(message.get("reasoning")) or _string(message.get("reasoning_content"))
    if direct is not None:
        return direct
    details = message.get("reasoning_details")
    if not isinstance(details, list):
        return ""
    texts = (detail.get("text") or detail.get("summary") for detail in details if isinstance(detail, dict))
    return "".join(text for text in texts if isinstance(text, str))


def _facts(data: Mapping[str, Any]) -> ReplyFacts:
    usage = data.get("usage")
    own = data.get("x_groq")
    if not isinstance(usage, Mapping) and isinstance(own, Mapping):
        usage = own.get("usage")
    counted = usage if isinstance(usage, Mapping) else None
    return ReplyFacts(
        finish_reason=_string(_choice_of(data).get("finish_reason")),
        model=_string(data.get("model")),
        usage=None if counted is None else _usage(counted),
        cost=None if counted is None else _cost(counted.get("cost")),
    )


def _usage(counted: Mapping[str, Any]) -> Usage:
    prompt, completion = _count(counted.get("prompt_tokens")), _count(counted.get("completion_tokens"))
    return Usage(prompt, completion, _count(counted.get("total_tokens")) or prompt + completion)


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def _cost(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None
