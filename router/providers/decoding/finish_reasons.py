"""Why a model stopped, in one spelling: each API behind a provider has words of its own, in any case, in two fields."""

from __future__ import annotations

import re

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
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "end": "stop",
    "end_of_turn": "stop",
    "complete": "stop",
    "completed": "stop",
    "done": "stop",
    "finish": "stop",
    "finished": "stop",
    "stopped": "stop",
    "success": "stop",
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
    (re.compile(r"safety|filter|prohibit|recitation|blocklist|spii|refus|moderat|guardrail|censor|polic|flagged|^block|"
                r"sensitive"), "content_filter"),
    (re.compile(r"error|fail|malformed|abort|cancel|time_?out|unavailable|overload|interrupt|unexpected|exception|"
                r"insufficient|no_image"), "error"),
    (re.compile(r"length|max_?(?:\w+_)?tokens?|token_?(?:limit|budget)|truncat|context_window|max_output"), "length"),
)  # fmt: skip
"""What a word has in it whatever it is exactly: `IMAGE_SAFETY`, `model_context_window_exceeded`, `MAX_TOKENS`."""

_RANK = ("error", "content_filter", "length", "tool_calls", "stop")
"""The graver word of two fields counts: a provider that calls every end `stop` still tells its own word beside it."""


def read_finish_reason(*fields: object) -> str | None:
    """`stop`, `length`, `content_filter`, `tool_calls` or `error`; a word that is not known as it is; None for none.

    Args:
        fields: what stands in `finish_reason` and `native_finish_reason`; anything but a text says nothing.
    """
    words = [word for field in fields if isinstance(field, str) and (word := _canonical_word(field)) is not None]
    graver = next((word for word in _RANK if word in words), None)
    return graver or (words[0] if words else None)


def _canonical_word(field: str) -> str | None:
    plain = _plain(field)
    if plain in _KNOWN:
        return _KNOWN[plain]
    return next((word for pattern, word in _PARTS if pattern.search(plain)), plain)


def _plain(field: str) -> str:
    """The word in small letters with `_` between its parts, so that `max-tokens` and `MaxTokens` are one."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", field[:_LONGEST])
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_").removeprefix("finish_reason_")
