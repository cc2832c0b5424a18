"""Why a model stopped, in one spelling: each API behind a provider has words of its own, in any case, in two fields."""

from __future__ import annotations

import re
from functools import lru_cache

_LONGEST = 60
"""Characters of a word that is not known; it goes to the log."""

_KNOWN = {
    "": None,
    "null": None,
    "none": None,
    "nil": None,
    "undefined": None,
    "unknown": None,
    "unspecified": None,
    "finish_reason_unspecified": None,
    "other": None,
    "n_a": None,
    "na": None,
    "false": None,
    "true": None,
    "pending": None,
    "in_progress": None,
    "continue": None,
    "not_finished": None,
    "streaming": None,
    "running": None,
    "s": "stop",  # </s>
    "tool_calls": "tool_calls",
    "tool_call": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "function_calls": "tool_calls",
    "incomplete": "length",
}
"""Words as `_plain` writes them: those of OpenAI, Anthropic, Google, Cohere, Mistral, vLLM and Hugging Face."""

_PARTS: tuple[tuple[re.Pattern[str], str], ...] = (
    # Ahead of `error`: MALFORMED_FUNCTION_CALL and the like; ahead of `length`: a filter's limit is a filter.
    (re.compile(r"safety|unsafe|filter|prohibit|recitation|blocklist|spii|refus|moderat|guardrail|censor|polic|flagged|"
                r"^block|sensitive|harm(?!ony)|toxic|jailbreak|offensive|inappropriate|violen|sexual|disallow"),
     "content_filter"),
    # Ahead of `length`: a limit of calls, of time or of memory is none of the answer's size.
    (re.compile(r"error|fail|malformed|abort|cancel|time_?out|unavailable|overload|interrupt|unexpected|exception|"
                r"insufficient|no_image|rate_?limit|(?:time|memory|request|resource|gpu)s?_?limit|quota|capacity|throttl|"
                r"out_of_(?:memory|time)"), "error"),
    (re.compile(r"length|max_?(?:\w+_)?tokens?|token_?(?:limit|budget)|truncat|context_window|max_output|limit|budget|"
                r"out_of_(?:tokens|context|space)|too_long|too_large|(?:exceed\w*_|^)(?:context|tokens?|output)(?:_exceed|$)|"
                r"max(?:imum)?_(?:output|context|new|reached)|cut_?off"), "length"),
)  # fmt: skip
"""What a word has in it whatever it is exactly: `IMAGE_SAFETY`, `model_context_window_exceeded`, `MAX_TOKENS`."""

_ENDS = frozenset(
    [
        "stop",
        "stopped",
        "stopping",
        "end",
        "ended",
        "ending",
        "eos",
        "eot",
        "eom",
        "eog",
        "complete",
        "completed",
        "completion",
        "finish",
        "finished",
        "finishing",
        "done",
        "success",
        "successful",
        "successfully",
        "succeeded",
        "normal",
        "normally",
        "natural",
        "naturally",
        "ok",
        "okay",
    ]
)
_BESIDE_ENDS = frozenset(
    [
        "of",
        "turn",
        "turns",
        "token",
        "tokens",
        "id",
        "sequence",
        "sequences",
        "seq",
        "text",
        "message",
        "response",
        "sentence",
        "generation",
        "generated",
        "string",
        "strings",
        "word",
        "words",
        "model",
        "assistant",
        "reached",
        "hit",
        "found",
        "matched",
        "match",
        "by",
        "the",
        "a",
        "an",
        "at",
        "on",
        "is",
        "was",
        "has",
        "reason",
        "criteria",
        "criterion",
        "condition",
        "met",
        "im",
        "stream",
        "chat",
        "request",
        "answer",
        "output",
        "marker",
        "sign",
        "finish",
        "final",
    ]
)
"""What may stand beside one of `_ENDS` without changing that the answer is whole: `eos_token_found`."""

STOP = "stop"
_KNOWN_REASONS = frozenset({STOP, "length", "content_filter", "tool_calls", "error"})


def is_known(reason: str) -> bool:
    """Whether a word of `read_finish_reason` has a meaning here.

    Words are made up every month, and most of those that nobody knows tell of trouble (`crashed`, `preempted`). An
    answer that ends with one may be half of it, so that only the words for a whole answer make it one.
    """
    return reason in _KNOWN_REASONS


_RANK = ("error", "content_filter", "length", "tool_calls", "stop")
"""The graver word of two fields counts: a provider that calls every end `stop` still tells its own word beside it."""


def read_finish_reason(*fields: object) -> str | None:
    """`stop`, `length`, `content_filter`, `tool_calls` or `error`; a word that is not known as it is; None for none.

    Whoever takes an answer for whole asks `is_known` first.

    Args:
        fields: what stands in `finish_reason` and `native_finish_reason`; anything but a text says nothing.
    """
    words = [word for field in fields if isinstance(field, str) and (word := _canonical_word(field)) is not None]
    graver = next((word for word in _RANK if word in words), None)
    return graver or (words[0] if words else None)


def _canonical_word(field: str) -> str | None:
    return _word_of(field[:_LONGEST])


@lru_cache(maxsize=256)  # three or four words end nearly every answer
def _word_of(field: str) -> str | None:
    plain = _plain(field)
    if plain in _KNOWN:
        return _KNOWN[plain]
    reason = next((word for pattern, word in _PARTS if pattern.search(plain)), None)
    return reason or (STOP if _says_whole(plain) else plain)


def _says_whole(plain: str) -> bool:
    """Whether every part of a word is one of a whole answer's."""
    parts = set(plain.split("_"))
    return not parts.isdisjoint(_ENDS) and parts <= _ENDS | _BESIDE_ENDS


def _plain(field: str) -> str:
    """The word in small letters with `_` between its parts, so that `max-tokens` and `MaxTokens` are one."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", field)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_").removeprefix("finish_reason_")
