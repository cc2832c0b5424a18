"""Tool calls that a model wrote as text, in one of the forms that models are trained on.

It happens above all where the model has changed within a conversation and imitates what it finds there, and where a
host has dropped the tools silently. A text is a call only where all of it is one, of a tool that was offered: anything
else is left alone, since an answer may well be about such forms.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from router.providers.decoding.call_parts import RawCall

_LONGEST = 100_000  # characters; a longer text is no call, and not worth looking through

_ESCAPED = {r"\u003c": "<", r"\u003e": ">", r"\u003C": "<", r"\u003E": ">"}
_NAME = r"[A-Za-z0-9_.:-]{1,80}"
_FENCE = re.compile(r"(?:`{3,}|~{3,})[\w-]*+")
_WRAPPER = re.compile(r"<\|tool_calls_section_(?:begin|end)\|>|</?(?:minimax:)?tool_calls?>|</?function_calls>")

# Each is matched from where the one before it ends, and what stands within is matched to its own end and never tried
# again over the next one's: else marks without an end would take a square of their number, or twice as long each.
_INVOKED = re.compile(rf'\s*+<invoke name="({_NAME})">((?:(?!</invoke>).)*+)</invoke>\s*+', re.DOTALL)
_FUNCTION = re.compile(
    rf"\s*+<function=({_NAME})>((?:\s*+<parameter=[^<>]++>(?:(?!</parameter>).)*+</parameter>)*+)\s*+</function>\s*+",
    re.DOTALL,
)
_PARAMETER = re.compile(
    r'\s*+(?:<parameter(?:=| name=")([^<>"]++)"?>((?:(?!</parameter>).)*+)</parameter>'
    r"|<arg_key>((?:(?!</arg_key>).)*+)</arg_key>\s*+<arg_value>((?:(?!</arg_value>).)*+)</arg_value>)\s*+",
    re.DOTALL,
)
_KIMI = re.compile(
    rf"\s*+<\|tool_call_begin\|>\s*+(?:functions\.)?({_NAME}?)(?::\d+)?\s*+<\|tool_call_argument_begin\|>"
    r"((?:(?!<\|tool_call_end\|>).)*+)(?:<\|tool_call_end\|>)?\s*+",
    re.DOTALL,
)
_NAMED_PAIRS = re.compile(rf"({_NAME})\s*+((?:<arg_key>.*+)?)", re.DOTALL)
_NAMED_OBJECT = re.compile(rf"(?:<function[=(])?({_NAME})[)>]?>?\s*(?=\{{)")
_AFTER_OBJECT = re.compile(r"[\s)>]*(?:</function>|<function/>|,?-{3,})?\s*")
_DECODER = json.JSONDecoder()

_OPENINGS = ("<tool_call", "<function", "<minimax:tool_call", "<invoke", "<|tool_call", "<|tool_calls_section")
_KEYS = ("name", "arguments", "parameters", "type", "function", "tool_calls", "id")
_FIRST_KEY = re.compile(r'[\[{\s]*(?:"(?P<key>[^"]*)(?P<end>"?))?', re.DOTALL)
_LONGEST_INFO = 20  # characters behind a fence's marks


def calls_in_text(text: str, offered: Collection[str]) -> list[RawCall]:
    """The calls that a text consists of; none where anything else stands in it.

    Args:
        offered: the names of the tools that may be called.
    """
    if len(text) > _LONGEST:
        return []
    for written, sign in _ESCAPED.items():
        text = text.replace(written, sign)
    calls = _calls_of(_without_fence(text.strip()), offered)
    return calls if all(call.name in offered for call in calls) else []


def may_become_call(text: str) -> bool:
    """Whether the beginning of an answer, blanks ahead of it left out, may yet turn out to be a call."""
    if not text:
        return True
    if text[0] in "`~":
        return _fence_may_hold_call(text)
    if text[0] in "{[":
        key = _FIRST_KEY.match(text)
        if key is None or key["key"] is None:
            return not text.strip("[{ \t\r\n")
        return key["key"] in _KEYS if key["end"] else any(known.startswith(key["key"]) for known in _KEYS)
    return any(opening.startswith(text[: len(opening)]) for opening in _OPENINGS)


def _fence_may_hold_call(text: str) -> bool:
    inner = text.lstrip(text[0])
    ticks = len(text) - len(inner)
    if ticks < 3:
        return not inner  # inline code, unless there is more to come
    info = re.match(r"[\w-]*", inner)
    body = inner[info.end() if info else 0 :].lstrip()
    if not body:
        return len(inner) <= _LONGEST_INFO or inner.isspace()
    return body[0] not in "`~" and may_become_call(body)


def _without_fence(body: str) -> str:
    """What stands in a fence that is the whole text; the text itself where there is none, or where it goes on."""
    opening = _FENCE.match(body)
    if opening is None:
        return body
    return body[opening.end() :].rstrip(body[0]).strip()


# --- the forms -------------------------------------------------------------------------------------------------------


def _calls_of(body: str, offered: Collection[str]) -> list[RawCall]:
    forms = (_json_calls, _marked_calls, _named_object_calls)
    return next((calls for form in forms if (calls := form(body, offered))), [])


def _json_calls(body: str, offered: Collection[str]) -> list[RawCall]:
    """One document, or several one after the other: `{"name", "arguments"}`, a list of such, or `{"tool_calls"}`."""
    calls: list[RawCall] = []
    position = 0
    while position < len(body):
        try:
            value, position = _DECODER.raw_decode(body, position)
        except (ValueError, RecursionError):
            return []
        calls_in_value = _calls_in_value(value)
        if not calls_in_value:
            return []
        calls += calls_in_value
        position += len(body[position:]) - len(body[position:].lstrip(" \t\r\n;,"))
    return calls


def _calls_in_value(value: Any) -> list[RawCall]:
    if isinstance(value, Mapping) and set(value) == {"tool_calls"}:
        value = value["tool_calls"]
    if isinstance(value, list):
        calls = [_call_in(entry) for entry in value]
        return [call for call in calls if call is not None] if calls and None not in calls else []
    call = _call_in(value)
    return [] if call is None else [call]


def _call_in(value: Any) -> RawCall | None:
    """A call written as an object; one with more in it than a call has is somebody's data."""
    if not isinstance(value, Mapping):
        return None
    inner = value.get("function")
    fields = inner if isinstance(inner, Mapping) else value
    extra = set(fields) - {"name", "arguments", "parameters"} | (
        set(value) - {"function"} if fields is inner else set()
    )
    name, places = fields.get("name"), [place for place in ("arguments", "parameters") if place in fields]
    if not isinstance(name, str) or len(places) != 1 or extra - {"type", "id", "index"}:
        return None
    arguments = fields[places[0]]
    if not isinstance(arguments, Mapping | str | None):
        return None
    text = arguments if isinstance(arguments, str) else json.dumps(arguments or {}, ensure_ascii=False)
    return RawCall(_plain_name(name), text)


def _marked_calls(body: str, offered: Collection[str]) -> list[RawCall]:
    """Calls between marks: Qwen's, GLM's, MiniMax's and Kimi's."""
    if not body.startswith("<"):
        return []
    calls: list[RawCall] = []
    for part in filter(None, (part.strip() for part in _WRAPPER.split(body))):
        found = _json_calls(part, offered) or _parts_between_marks(part) or _named_object_calls(part, offered)
        if not found:
            return []
        calls += found
    return calls


def _parts_between_marks(part: str) -> list[RawCall]:
    matches = next((found for pattern in (_INVOKED, _FUNCTION, _KIMI) if (found := _consecutive(pattern, part))), [])
    if not matches and (pairs := _NAMED_PAIRS.fullmatch(part)) is not None:
        matches = [pairs]
    calls = [
        RawCall(_plain_name(match[1]), text) for match in matches if (text := _arguments_text(match[2])) is not None
    ]
    return calls if len(calls) == len(matches) else []


def _consecutive(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """The matches that a text consists of, one behind the other; none where anything else stands in it."""
    matches: list[re.Match[str]] = []
    position = 0
    while position < len(text):
        match = pattern.match(text, position)
        if match is None:
            return []
        matches.append(match)
        position = match.end()
    return matches


def _arguments_text(inner: str) -> str | None:
    """The arguments between marks: as JSON, or as pairs, whose values are texts until the schema says otherwise."""
    inner = inner.strip()
    if inner.startswith("{"):
        return inner
    matches = _consecutive(_PARAMETER, inner)
    if inner and not matches:
        return None
    pairs = [(match[1] or match[3], match[2] if match[1] else match[4]) for match in matches]
    return json.dumps({key.strip(): value.strip("\n") for key, value in pairs}, ensure_ascii=False)


def _named_object_calls(body: str, offered: Collection[str]) -> list[RawCall]:
    """Llama's forms: `<function=NAME>{…}</function>`, with and without its marks."""
    calls: list[RawCall] = []
    position = 0
    while position < len(body):
        name = _NAMED_OBJECT.match(body, position)
        if name is None:
            return []
        try:
            value, end = _DECODER.raw_decode(body, name.end())
        except (ValueError, RecursionError):
            return []
        behind = _AFTER_OBJECT.match(body, end)
        # A name and an object alone are prose about one; a mark on either side makes it a call.
        marked = name[0].startswith("<") or (behind is not None and behind[0].strip())
        if not isinstance(value, dict) or not marked:
            return []
        calls.append(RawCall(_plain_name(name[1]), body[name.end() : end]))
        position = end if behind is None else behind.end()
    return calls


def _plain_name(name: str) -> str:
    return name.strip().removeprefix("functions.")
