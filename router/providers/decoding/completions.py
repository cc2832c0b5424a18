"""What stands in a completion or a chunk of one: text, reasoning and figures, whatever their types turn out to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from router.failures.durations import number
from router.providers.decoding.error_bodies import extensions_of, first_choice
from router.providers.decoding.finish_reasons import read_finish_reason
from router.providers.decoding.json_reader import whole_text
from router.providers.decoding.unread_text import is_thought
from router.redaction import redact
from router.types import Usage

_MOST_TOKENS = 10**9
"""Tokens of one answer: a greater count is none, and sums of such counts would break the log's integers."""

_MOST_COST = 10_000.0
"""US dollars for one answer: a greater cost is no figure, and would stand in every sum for ever."""

_LONGEST_WORD = 200
"""Characters of a model's id or a finish reason, both of which go to the log and its roll-ups."""


_INNER_TEXTS = ("text", "content", "value", "parts")
_THOUGHTS = ("thinking", "reasoning", "text", "content")
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class ReplyFacts:
    """What a reply says besides its text; every field is None where it says nothing.

    Attributes:
        finish_reason: in the spelling of `read_finish_reason`.
        has_reason_word: whether anything stands where the reason does, though it may mean nothing.
    """

    finish_reason: str | None = None
    model: str | None = None
    usage: Usage | None = None
    cost: float | None = None
    has_reason_word: bool = False


NO_FACTS = ReplyFacts()

_USUAL_REASONS = frozenset({"stop", "length", "tool_calls"})
"""Reasons that hold no secret: masking every answer's would cost more than reading it."""


def read_facts(data: Mapping[str, Any], secrets: Iterable[str] = ()) -> ReplyFacts:
    """The facts in a completion or a chunk."""
    choice = first_choice(data)
    # Masked as they are written: in one spelling with all others a key would be no key any more, and still be read.
    reasons = [
        reason
        if reason in _USUAL_REASONS
        else redact(reason[:_LONGEST_WORD], secrets, broken_off=len(reason) > _LONGEST_WORD)
        for name in ("finish_reason", "native_finish_reason")
        if isinstance(reason := choice.get(name), str)
    ]
    if _refuses(choice):
        reasons.append("refusal")
    counted = data.get("usage")
    if not isinstance(counted, Mapping):
        inner_counts = (extension.get("usage") for extension in extensions_of(data))
        counted = next((counts for counts in inner_counts if isinstance(counts, Mapping)), None)
    counts = counted if isinstance(counted, Mapping) else None
    return ReplyFacts(
        finish_reason=read_finish_reason(*reasons),
        model=read_model(data.get("model"), secrets),
        usage=None if counts is None else _usage(counts),
        cost=None if counts is None else _cost(counts.get("cost")),
        has_reason_word=bool(reasons),
    )


def _refuses(choice: Mapping[str, Any]) -> bool:
    """Whether a model declines in a field of its own, as OpenAI's do under a schema, and says nothing besides."""
    message = choice.get("message") or choice.get("delta")
    if not isinstance(message, Mapping):
        return False
    refusal = message.get("refusal")
    return isinstance(refusal, str) and bool(refusal) and not message.get("content")


def read_model(value: Any, secrets: Iterable[str] = ()) -> str | None:
    """The id of the model that answered, masked and no longer than an id is; None where there is none."""
    if not isinstance(value, str) or not value:
        return None
    beginning = value[: 10 * _LONGEST_WORD]
    return _masked_model(beginning, tuple(secrets), len(value) > len(beginning))


@lru_cache(maxsize=256)  # a few models answer nearly everything
def _masked_model(beginning: str, secrets: tuple[str, ...], broken_off: bool) -> str:
    return redact(whole_text(beginning), secrets, limit=_LONGEST_WORD, broken_off=broken_off)


def _usage(counted: Mapping[str, Any]) -> Usage:
    prompt, completion = _count(counted.get("prompt_tokens")), _count(counted.get("completion_tokens"))
    return Usage(prompt, completion, _count(counted.get("total_tokens")) or prompt + completion)


def _count(value: Any) -> int:
    figure = number(value)
    return int(figure) if figure is not None and 0 <= figure <= _MOST_TOKENS else 0


def _cost(value: Any) -> float | None:
    figure = number(value)
    return figure if figure is not None and 0 <= figure <= _MOST_COST else None


@dataclass(frozen=True, slots=True)
class CallParts:
    """What stands of tool calls in a message or a delta, as it came.

    Attributes:
        calls: what is under `tool_calls`, or the one call under `function_call`; None where there is none.
        details: what is under `reasoning_details`.
    """

    calls: Any = None
    details: Any = None


NO_CALL_PARTS = CallParts()


def parts_of_calls(choice: Mapping[str, Any], *places: str) -> CallParts:
    """The calls and the details in the first of some places that holds calls, else in the first that holds details."""
    parts = NO_CALL_PARTS
    for place in places:
        message = choice.get(place)
        if not isinstance(message, Mapping):
            continue
        # The older form has one call, and neither an id nor a place for it.
        calls = message.get("tool_calls") or message.get("function_call")
        details = message.get("reasoning_details")
        if calls:
            return CallParts(calls, details)
        if details is not None and parts.details is None:
            parts = CallParts(None, details)
    return parts


def content_of(choice: Mapping[str, Any], *places: str) -> tuple[str, str]:
    """The content and the reasoning in the first of some places that holds either; half characters stay as they are.

    Args:
        places: `message`, `delta`, in the order in which they count.
    """
    for place in places:
        message = choice.get(place)
        if isinstance(message, str) and message:
            return message, ""
        if isinstance(message, Mapping):
            content, reasoning = text_of(message.get("content")), reasoning_of(message)
            if content or reasoning:
                return content, reasoning
    # The older API for plain text has its text in the choice itself.
    return text_of(choice.get("text")), ""


def text_of(content: Any, depth: int = 0) -> str:
    """A content's text: a string, a number as it is written, the text of an object, or the parts of a list."""
    if isinstance(content, str):
        return content
    if depth > _DEEPEST:
        return ""
    if isinstance(content, list):
        return "".join(text_of(part, depth + 1) for part in content if isinstance(part, str | list | dict))
    if isinstance(content, Mapping):
        if is_thought(content):
            return ""
        return next((text for name in _INNER_TEXTS if (text := text_of(content.get(name), depth + 1))), "")
    if isinstance(content, int | float) and not isinstance(content, bool):
        return str(content)
    return ""


def reasoning_of(message: Mapping[str, Any]) -> str:
    """A message's reasoning, in whichever of its fields it stands."""
    for name in ("reasoning", "reasoning_content", "thinking"):
        direct = message.get(name)
        if isinstance(direct, str) and direct:
            return direct
    details = message.get("reasoning_details")
    if not isinstance(details, list):
        return _thoughts_among(message.get("content"))
    texts = (detail.get("text") or detail.get("summary") for detail in details if isinstance(detail, dict))
    return "".join(text for text in texts if isinstance(text, str))


def _thoughts_among(content: Any) -> str:
    """The parts of a content that say of themselves that they are reasoning, as Mistral sends them."""
    thoughts = (
        [part for part in content if isinstance(part, dict) and is_thought(part)] if type(content) is list else ()
    )
    return "".join(text_of(next((part[name] for name in _THOUGHTS if part.get(name)), "")) for part in thoughts)
