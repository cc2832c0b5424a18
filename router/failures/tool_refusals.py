"""Which of a model's abilities a refusal of tools is about: it is passed over for that, and for nothing else."""

from __future__ import annotations

from typing import Literal

from router.failures.outcomes import Signal, word_pattern

_NO = r"(?:does not|doesn'?t|do not|don'?t|cannot|can'?t) (?:currently |yet )?(?:support|handle|accept|take)"
_TOOLS = r"['\"`]?(?:tools?|function)\b['\"`]?(?:[ _-](?:use|calls?|calling|calls))?"
_HERE = r"(?:is|are) (?:not (?:currently |yet )?(?:supported|available|enabled)|unsupported)"

_ABOUT_SEVERAL = word_pattern(r"parallel|single|multiple|several")
"""Several calls at once are another matter: who does not take them calls tools all the same."""

_LACKS_CHOICE = word_pattern(rf"no endpoints found that support the provided .?tool_choice|{_NO} .?tool_choice|"
                             rf"tool_choice.{{0,40}} {_HERE}")  # fmt: skip
_LACKS_TOOLS = word_pattern(
    rf"no endpoints found that support tool|{_NO} {_TOOLS}\s*(?:$|[.;,!(]| (?:by|for|on|with) )|{_TOOLS} {_HERE}"
)


def lacking_ability(signal: Signal) -> Literal["tools", "tool_choice"] | None:
    """What the model cannot do, whoever asks; None where the words are not about tools as such.

    Whoever is passed over for this is well in all other requests: it is the ability that is missing, not the model.
    """
    if signal.status not in (400, 404, 422) or _ABOUT_SEVERAL.search(signal.message):
        return None
    if _LACKS_CHOICE.search(signal.message):
        return "tool_choice"
    return "tools" if _LACKS_TOOLS.search(signal.message) else None
