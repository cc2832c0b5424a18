"""Groq's refusals of its own model's tool calls (`tool_use_failed`): some hold a call or an answer that can be used.

A refusal comes with the text that the model wrote. Which of the seven kinds it is stands in its message alone. What is
taken from one is checked like any other reply's calls; what cannot be used is left a failure of the model, which is
never the caller's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass

from router.failures.outcomes import Signal, classify, word_pattern
from router.providers.decoding.call_parts import RawCall
from router.providers.tools.calls_in_text import calls_in_text
from router.types.attempt_outcomes import AttemptOutcome

_LOST = word_pattern(
    r"tool choice is (required|none)|not in request\.tools|failed to parse tool call arguments|"
    r"max completion tokens reached"
)
"""Kinds whose text is no call that may be given: the wrong thing was done, or the arguments are no JSON."""

_UNFIT = word_pattern(r"did not match schema|does not match the expected schema|tool call validation failed")
"""A real call whose arguments Groq has found wrong; perhaps they can be mended."""

_MARKS_OF_A_CALL = re.compile(
    r"</?(?:function|tool_call|invoke|parameter)|tool_calls?\b|<\|tool_|functions\.|^\s*[{\[`<]", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class FailedGeneration:
    """What can be used of a refused text: its calls, or else an answer in words."""

    calls: tuple[RawCall, ...] = ()
    text: str = ""


def is_refused_call(signal: Signal) -> bool:
    """Whether a failure is such a refusal."""
    return classify(signal).name == AttemptOutcome.TOOL_USE_FAILED


def read_failed_generation(signal: Signal, offered: Collection[str], *, may_be_text: bool) -> FailedGeneration | None:
    """What a refusal holds; None where that is nothing of use.

    Args:
        offered: the names of the tools that may be called.
        may_be_text: whether words are an answer too.
    """
    text = (signal.failed_generation or "").strip()
    if not text or _LOST.search(signal.message):
        return None
    calls = calls_in_text(text, offered)
    if calls:
        return FailedGeneration(tuple(calls))
    if _UNFIT.search(signal.message) or not may_be_text or _MARKS_OF_A_CALL.search(text) or _is_json(text):
        return None
    return FailedGeneration(text=text)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
