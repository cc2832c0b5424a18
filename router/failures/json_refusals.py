"""Whose fault a refused JSON mode is: the model's, which may be remembered, or one request's schema, which may not."""

from __future__ import annotations

from router.failures.outcomes import Signal, word_pattern

_MODE = r"(?:response.?formats?|json.?schemas?|json.?mode|json.?object|structured.?outputs?)"
_NO_SUPPORT = r"(?:does not|doesn'?t|do not|don'?t|cannot|can'?t) (?:currently |yet )?(?:support|handle|accept|take)"
_FILLERS = r"(?: |the|an?|any|this|type|types|of|strict|'|\"|`|:)*"
_WHOLE_MODE = rf"{_FILLERS}{_MODE}(?:{_FILLERS}{_MODE})*{_FILLERS}"
_HERE = r"(?: (?:yet|currently|(?:by|for|on|with|at) (?:the|this|that) (?:model|endpoint|provider|target)\b[^.;,]*))?"
_SENTENCE_END = r"\s*(?:$|[.;,!(–]| - |\n)"
_LACKING_MODE = word_pattern(
    rf"{_NO_SUPPORT}s?{_WHOLE_MODE}{_HERE}{_SENTENCE_END}"
    rf"|{_WHOLE_MODE}{_FILLERS}(?:is|are) (?:not (?:currently |yet )?(?:supported|available|enabled)|unsupported)"
    rf"{_HERE}{_SENTENCE_END}"
    rf"|no endpoints found that (?:can )?(?:support|handle){_WHOLE_MODE}{_SENTENCE_END}"
)
_SCHEMA_WORDS = word_pattern(
    r"\$(ref|defs|schema|id|anchor)|\b(any|all|one)Of\b|\b(min|max)(imum|Items|Length|Properties|Contains)\b|"
    r"\b(exclusive(Min|Max)imum|multipleOf|uniqueItems|prefixItems|additionalProperties|patternProperties|"
    r"propertyNames|unevaluated\w+|dependent\w+|enum|const|recursi\w+|nest(ed|ing)|keywords?|draft)\b|"
    r"['\"`](pattern|format|not|if|then|else|contains|default|items|required|properties|nullable|title)['\"`]"
)


def lacks_mode(signal: Signal) -> bool:
    """Whether a refusal of a JSON mode is about the model, whoever asks and with whatever schema.

    Only then may it be remembered. What is said of one request's schema ("minItems is not supported"), or of its
    parameters together ("the requested parameters"), is true of this request alone; where the words leave it open,
    that is what they are taken for, since a mode wrongly believed to be lacking is asked of nobody any more.
    """
    return bool(_LACKING_MODE.search(signal.message)) and not _SCHEMA_WORDS.search(signal.message)
