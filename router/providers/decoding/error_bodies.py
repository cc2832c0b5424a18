"""The error in a reply, whatever it is wrapped in: one flat object out of every shape that is seen on the wire.

An error comes as `{"error": {…}}`, nested twice, in a list, under `detail`, in the first choice, flat under `event:
error`, as a bare sentence, as JSON within a text. What it means must not hang on that: code, words and times are found
the same wherever they stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from router.providers.decoding.finish_reasons import read_finish_reason
from router.providers.decoding.json_reader import parse_json, whole_text

_WRAPPERS = ("error", "errors", "err", "exception", "fault", "failure", "failures", "problem", "base_resp")
"""What holds an error wherever it stands. Names are compared in small letters."""

_SENTENCES = (
    "error_message", "errormessage", "error_msg", "errormsg", "errmsg", "err_msg", "status_msg", "statusmsg",
    "status_message", "statusmessage", "faultstring", "fault_string", "error_description", "errordescription",
    "failure_message", "failuremessage", "failure_reason", "error_reason", "error_text", "error_detail",
)  # fmt: skip
_CODES = ("error_code", "errorcode", "errcode", "err_code", "errno", "faultcode", "fault_code", "failure_code")
"""Names of an error's sentence and of its code: a flat object that has one of either is an error."""

_NOTHING = frozenset(
    {"", "0", "200", "ok", "success", "succeeded", "none", "null", "nil", "false", "no error", "no_error"}
)
"""What stands in an error's place where there was none: MiniMax sends `base_resp` with every answer."""

_NOTICES = frozenset({"warning", "warn", "info", "notice", "notification", "ping", "progress", "debug"})

_ENVELOPES = ("detail", "response", "result", "data", "body", "message")
"""What may hold an object with one of those in it."""

_DEEPEST = 8
_MOST = 20  # entries of a list that are looked at
_LONGEST_WORD = 100

_Fields = dict[str, Any]


def find_error(data: Any, *, is_error: bool, is_notice: bool = False) -> Mapping[str, Any] | None:
    """The error in a parsed reply or event as one flat object, names in small letters; None where there is none.

    Args:
        is_error: whether the status or the event's name has already said that it is one: then every shape is taken.
        is_notice: whether the event's name says that it is none: then only what is wrapped as an error is taken.
    """
    if type(data) is dict and not is_error and _is_plain_answer(data):
        return None
    if isinstance(data, list):
        return _first_in_list(data, is_error=is_error)
    if not isinstance(data, Mapping):
        return _flat(data, 0) if is_error and data is not None else None
    wrapped = _wrapped_in(data)
    if wrapped is not None:
        return wrapped
    choice = first_choice(data)
    if read_finish_reason(choice.get("finish_reason"), choice.get("native_finish_reason")) == "error":
        return {"message": "finish reason error", "code": 502}
    if data.get("choices"):
        return None
    if is_error or (not is_notice and _is_plainly_an_error(data)):
        return _flat(data, 0)
    return None


_ANSWER_FIELDS = frozenset(
    {"id", "object", "created", "model", "choices", "usage", "system_fingerprint", "service_tier", "provider"}
)
_CHOICE_FIELDS = frozenset({"index", "message", "logprobs", "finish_reason", "native_finish_reason"})
_PLAIN_REASONS = ("stop", "length", None)


def _is_plain_answer(data: _Fields) -> bool:
    """Whether a reply has the fields of an answer and no others, so that nothing in it can be an error.

    Nearly every reply has, and to look for errors in every place of it would cost more than to read it.
    """
    choice = first_choice(data)
    return (
        (
            data.keys() <= _ANSWER_FIELDS
            or all(name in _ANSWER_FIELDS or _is_harmless_extension(name, data[name]) for name in data)
        )
        and bool(choice)
        and choice.keys() <= _CHOICE_FIELDS
        and choice.get("finish_reason") in _PLAIN_REASONS
        and choice.get("native_finish_reason") in _PLAIN_REASONS
    )


_MESSAGE_FIELDS = frozenset({"role", "content", "reasoning", "reasoning_content", "refusal"})


def is_plain_text_answer(data: Mapping[str, Any], choice: Mapping[str, Any]) -> bool:
    """Whether a reply has the fields of an answer and no others, and in them texts where texts belong."""
    message = choice.get("message")
    return (
        type(data) is dict
        and type(message) is dict
        and len(data["choices"]) == 1
        and message.keys() <= _MESSAGE_FIELDS
        and type(message.get("content")) is str
        and message.get("refusal") is None
        and _is_plain_answer(data)
    )


def extensions_of(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The objects that vendors put beside OpenAI's own fields, by the custom that their names begin with `x_`."""
    return [value for name, value in data.items() if name.startswith("x_") and isinstance(value, Mapping)]


def _is_harmless_extension(name: str, value: Any) -> bool:
    return name.startswith("x_") and (value is None or (type(value) is dict and value.keys() <= {"id", "usage"}))


def first_choice(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first of a completion's choices by their own count (one is asked for, and some send more), or nothing."""
    choices = data.get("choices")
    if not isinstance(choices, list):
        return {}
    if len(choices) == 1:
        return choices[0] if isinstance(choices[0], dict) else {}
    return min((choice for choice in choices if isinstance(choice, dict)), key=place_of_choice, default={})


def place_of_choice(choice: Mapping[str, Any]) -> int:
    """Which of a completion's choices it is; the first where it does not say."""
    place = choice.get("index")
    return place if type(place) is int else 0


def _first_in_list(data: list[Any], *, is_error: bool) -> Mapping[str, Any] | None:
    errors = [error for entry in data[:_MOST] if (error := find_error(entry, is_error=False)) is not None]
    if errors:
        return errors[0]
    return _flat(data, 0) if is_error and data else None


def _wrapped_in(data: Mapping[str, Any]) -> _Fields | None:
    """What stands under one of the names that hold an error: at the top, in the first choice, in a vendor's object."""
    places = (data, first_choice(data), *extensions_of(data), *(data.get(name) for name in _ENVELOPES))
    for place in places:
        if not isinstance(place, Mapping):
            continue
        fields = _lowered(place)
        if any(_says_something(fields.get(name)) for name in _WRAPPERS):
            outer = _lowered(data) if place is data else {}
            return _flat({**outer, **fields}, 0)
    return None


def _says_something(value: Any, depth: int = 0) -> bool:
    """Whether what stands in an error's place tells of one; a code of success, or words of none, do not."""
    if isinstance(value, str):
        return value.strip().lower() not in _NOTHING
    if isinstance(value, Mapping) and depth < _DEEPEST:
        return any(_says_something(inner, depth + 1) for inner in value.values())
    return bool(value) and not (depth and value == 200)


def _flat(value: Any, depth: int) -> _Fields:
    """One object out of an error and all that it is wrapped in; the innermost word on each field counts."""
    if depth > _DEEPEST:
        return {}
    if isinstance(value, str):
        return _from_text(value, depth)
    if isinstance(value, list):
        return _from_list(value, depth)
    if not isinstance(value, Mapping):
        return {} if value is None or isinstance(value, bool) else {"code": value}
    fields = _lowered(value)
    for name in ("choices", "usage", *(name for name in fields if name.startswith("x_"))):
        fields.pop(name, None)
    for name in ("metadata", "availability"):
        if isinstance(fields.get(name), str):  # JSON written as text, as some upstreams' errors arrive
            fields[name] = mapping_of(fields[name])
    for name in (*_WRAPPERS, *_ENVELOPES):
        inner = fields.get(name)
        has_words = name in _ENVELOPES and isinstance(fields.get("message"), str)
        if has_words or not _says_something(inner):
            continue
        del fields[name]
        fields = _joined(fields, _flat(inner, depth + 1), is_sentence=isinstance(inner, str))
    return fields


def _joined(outer: _Fields, inner: _Fields, *, is_sentence: bool) -> _Fields:
    """Both as one. A wrapper's own sentence is kept beside an error that is a bare one: it often says more."""
    words = [fields["message"] for fields in (inner, outer) if isinstance(fields.get("message"), str)]
    joined = {**outer, **{name: value for name, value in inner.items() if value is not None}}
    if is_sentence and len(words) == 2 and words[0] not in words[1]:
        joined["message"] = " – ".join(words)
    return joined


def _from_text(text: str, depth: int) -> _Fields:
    stripped = text.strip()
    if stripped.startswith(("{", "[")):
        try:
            return _flat(parse_json(stripped.encode("utf-8", "surrogatepass")), depth + 1)
        except ValueError:
            return salvage_error(stripped) or {"message": text}
    return {"message": text}


def _from_list(entries: list[Any], depth: int) -> _Fields:
    """The first entry, with the words of all: a list of faults is one refusal."""
    errors = [_flat(entry, depth + 1) for entry in entries[:_MOST]]
    words = "; ".join(text for error in errors if (text := _fault_in_words(error)))
    return {**(errors[0] if errors else {}), **({"message": words} if words else {})}


def _fault_in_words(error: _Fields) -> str:
    """A fault with its place: `body.messages.0: field required`, as FastAPI and pydantic give both."""
    words = words_of(error.get("message", error.get("msg")))
    place = error.get("loc")
    where = (
        ".".join(str(step) for step in place[:_MOST] if isinstance(step, str | int)) if isinstance(place, list) else ""
    )
    return f"{where}: {words}" if where and words else words


def _lowered(fields: Mapping[str, Any]) -> _Fields:
    """The fields under names in small letters, with sentence and code under the names that they have elsewhere."""
    lowered = {name.lower(): value for name, value in fields.items() if isinstance(name, str)}
    for usual, names in (("message", _SENTENCES), ("code", _CODES)):
        if lowered.get(usual) is None and (name := next((name for name in names if lowered.get(name)), None)):
            lowered[usual] = lowered[name]
    return lowered


_ERROR_WORD = re.compile(
    r"error|fail|exceed|limit|invalid|unavail|overload|denied|forbid|unauth|not_?found|quota|exhaust|time_?out|"
    r"decommission|restrict|refus|abort",
    re.IGNORECASE,
)


_LEVELS = ("type", "level", "severity", "event", "kind", "object")


def _is_plainly_an_error(data: Mapping[str, Any]) -> bool:
    """Whether an object that nothing names an error is one: it has words, and a status or a word of failure."""
    fields = _lowered(data)
    if any(isinstance(fields.get(name), str) and fields[name].lower() in _NOTICES for name in _LEVELS):
        return False
    if any(_says_something(fields.get(name)) for name in (*_SENTENCES, *_CODES)):
        return True
    if not any(fields.get(name) for name in ("message", "msg", "detail", "title")):
        return False
    if status_of(fields) is not None or fields.get("success") is False or fields.get("ok") is False:
        return True
    words = [fields.get(name) for name in ("code", "type", "object", "status")]
    return any(isinstance(word, str) and _ERROR_WORD.search(word[:_LONGEST_WORD]) for word in words)


# --- what an error says ----------------------------------------------------------------------------------------------

_STATUS = re.compile(r"\s*([45]\d\d)\b")


def status_of(error: Mapping[str, Any]) -> int | None:
    """The HTTP status that stands in an error: a number or a text, in any of the fields that hold one."""
    for name in ("code", "status_code", "statuscode", "status", "http_status", "httpstatus"):
        value = error.get(name)
        if isinstance(value, str) and (digits := _STATUS.match(value[:_LONGEST_WORD])):
            return int(digits[1])
        if isinstance(value, int | float) and not isinstance(value, bool) and 400 <= value <= 599:
            return int(value)
    return None


_REFUSALS = ("flagged_input", "patterns")  # their presence says which kind of refusal it is
_MACHINE_WORDS = ("code", "type", "error_type", "limit_source", "reason", "status")


def codes_of(error: Mapping[str, Any]) -> frozenset[str]:
    """Every machine word in an error: as it is, and in small letters."""
    metadata = mapping_of(error.get("metadata"))
    places = [error, metadata, mapping_of(error.get("availability"))]
    values = [place[name] for place in places for name in _MACHINE_WORDS if isinstance(place.get(name), str)]
    words = {whole_text(value[:_LONGEST_WORD]) for value in values if value}
    if failed_generation_of(error).startswith("max completion tokens reached"):
        words.add("max_completion_tokens")  # Groq's note in place of a text: there was no room for one
    return frozenset(words | {word.lower() for word in words} | {name for name in _REFUSALS if name in metadata})


def sentence_of(error: Mapping[str, Any]) -> str:
    """The provider's sentence, with the upstream's own and the moderation's reasons behind it."""
    metadata = mapping_of(error.get("metadata"))
    names = ("message", "msg", "title", "description")
    message = next((words for name in names if (words := words_of(error.get(name)))), "")
    details = error.get("details")
    inner = words_of([detail for detail in details if isinstance(detail, Mapping)]) if isinstance(details, list) else ""
    parts = [
        message,
        inner if inner not in message else "",
        words_of(metadata.get("raw")),
        words_of(metadata.get("reasons"), ", "),
    ]
    return " – ".join(part for part in parts if part)


def failed_generation_of(error: Mapping[str, Any]) -> str:
    """Groq's text that was no valid JSON; empty where there is none."""
    text = error.get("failed_generation")
    return whole_text(text) if isinstance(text, str) else ""


def words_of(value: Any, separator: str = "; ", depth: int = 0) -> str:
    """The words in a value of any type: a text, the texts of a list, the sentence of an object."""
    if isinstance(value, str):
        return whole_text(value)
    if depth > _DEEPEST:
        return ""
    if isinstance(value, list):
        return separator.join(words for entry in value[:_MOST] if (words := words_of(entry, separator, depth + 1)))
    if isinstance(value, Mapping):
        names = ("message", "msg", "error", "detail", "reason", "title")
        return next((words for name in names if (words := words_of(value.get(name), separator, depth + 1))), "")
    return ""


def mapping_of(value: Any) -> Mapping[str, Any]:
    """An object as it is, one that was written as text read, and an empty one for anything else."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = parse_json(value.strip().encode("utf-8", "surrogatepass"))
        except ValueError:
            return {}
    return value if isinstance(value, Mapping) else {}


# --- what cannot be read ---------------------------------------------------------------------------------------------

_LOOKED_THROUGH = 16 * 1024  # characters


def salvage_error(text: str) -> _Fields | None:
    """An error out of a document that is no JSON: cut off, or in Python's quotes; None where no field shows."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    text = text[:_LOOKED_THROUGH]
    fields: _Fields = {name: value for name in _MACHINE_WORDS if (value := _salvaged(text, name)) is not None}
    metadata: _Fields = {}
    for name in ("limit_source", "retry_after_seconds"):
        if (value := _salvaged(text, name)) is not None:
            metadata[name] = value
    if (reset := _salvaged(text, "X-RateLimit-Reset")) is not None:
        metadata["headers"] = {"x-ratelimit-reset": reset}
    message = _SALVAGED_MESSAGE.search(text)
    if message is not None:
        fields["message"] = re.sub(r"\\(.)", r"\1", message[1] or message[2] or "")
    if not fields and not metadata:
        return None
    return {**fields, **({"metadata": metadata} if metadata else {})}


_SALVAGED_MESSAGE = re.compile(
    r"""["']message["']\s*:\s*(?:"((?:[^"\\]++|\\.)*+)|'((?:[^'\\]++|\\.|(?<=\w)'(?=\w))*+))""", re.DOTALL
)


def _salvaged(text: str, name: str) -> str | None:
    match = re.search(rf"""["']{name}["']\s*:\s*["']?([\w.-]{{1,{_LONGEST_WORD}}})""", text, re.IGNORECASE)
    return match[1] if match and match[1].lower() not in ("null", "none") else None
