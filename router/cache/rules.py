"""Which requests may be answered from the cache, and which answers are kept in it."""

from __future__ import annotations

from router.request import Call
from router.request.messages import images_in
from router.types import Completion, Purpose

CACHED_PURPOSES = frozenset({Purpose.PROMPT, Purpose.SERVICE})
"""All others ask in order to see how a model answers now: a comparison, a speed run, an evaluation, a test of health, a
second opinion or a demonstration would measure the cache."""

_WHOLE = frozenset({"stop", "tool_calls"})
"""How an answer ends that is whole. With any other word it was cut off or refused; without one nobody knows."""


def may_be_repeated(call: Call) -> bool:
    """Whether the same request may be given the same answer: it asks for one that comes out the same each time."""
    is_work = call.purpose in CACHED_PURPOSES and call.recording is None  # a recording is never made twice
    return is_work and _is_repeatable(call) and not _has_picture_elsewhere(call)


def _is_repeatable(call: Call) -> bool:
    return call.parameters.get("seed") is not None or call.parameters.get("temperature") == 0


def _has_picture_elsewhere(call: Call) -> bool:
    """Whether a picture is given by its address: what stands there may be another one by now."""
    if not call.images:
        return False
    return any(not url.startswith("data:") for message in call.messages for url in images_in(message))


def is_worth_keeping(completion: Completion) -> bool:
    """Whether an answer is whole, and a provider's own: one that was given again is kept no longer for it."""
    says_something = bool(completion.text.strip() or completion.tool_calls)
    return says_something and completion.finish_reason in _WHOLE and not completion.from_cache
