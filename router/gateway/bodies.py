"""A body's fields, whatever the API: JSON read, nulls taken for absent, and what every API shares of a request."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, cast

import orjson

from router.api import DualModelRouter
from router.gateway.errors import GatewayError, bad_request
from router.gateway.field_names import ROUTER_FIELDS, FieldNames
from router.gateway.http.exchange import HttpExchange
from router.gateway.model_names import AskedModel, known_target, read_model, unknown_model
from router.request.call import MOST_RETRIES
from router.types import CallOptions, Messages, TaskConfig, TaskType


class OnRestart(StrEnum):
    """What is done where a target breaks off in the middle of its answer and another answers from the start."""

    ERROR = "error"
    HOLD = "hold"
    MARK = "mark"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCall:
    """One request as the router is asked for it, whatever API it came by.

    Attributes:
        options: what `complete` and `stream` take besides.
        stream: whether the reply comes piece by piece.
        includes_usage: whether a stream ends with a chunk of its tokens.
        ignored: fields that OpenAI's API knows and that change nothing here: the reply names them.
        names: the fields as the caller wrote them, where that is not as the router does.
    """

    config: TaskConfig
    messages: Messages
    options: CallOptions
    stream: bool = False
    on_restart: OnRestart = OnRestart.ERROR
    includes_usage: bool = False
    ignored: tuple[str, ...] = ()
    names: FieldNames = field(default_factory=lambda: ROUTER_FIELDS)


def with_client_retries(call: GatewayCall, exchange: HttpExchange) -> GatewayCall:
    """The same request with what its client says of earlier sends, which the log keeps.

    OpenAI's libraries count them in a header; what is no such count says nothing.
    """
    stated = exchange.header(b"x-stainless-retry-count") or ""
    count = int(stated) if stated.isascii() and stated.isdecimal() and len(stated) < 10 else 0
    if not count:
        return call
    options = cast(CallOptions, {**call.options, "client_retries": min(count, MOST_RETRIES)})
    return replace(call, options=options)


LARGE_BODY = 64 * 2**10
"""Bytes: the reading of a larger one is a worker's, as it takes a millisecond and more."""

MOST_COMMAS = 200_000
"""There are hardly more values in a body than commas, and reading and checking so many takes half a second in which
everybody else waits. A text with so many in it is longer than most models read, and a picture has none."""


def read_object(data: bytes) -> dict[str, Any]:
    """The body as an object, its nulls left out.

    Raises:
        GatewayError: it is no JSON, or no object, or holds too many values.
    """
    if data.count(b",") > MOST_COMMAS:
        message = f"The body holds more than {MOST_COMMAS:,} commas, which is more than any model reads."
        raise GatewayError(413, message, code="request_too_large")
    try:
        document = orjson.loads(data.removeprefix(BOM_UTF8))  # some editors and shells write it in front of any text
    except orjson.JSONDecodeError as error:
        raise bad_request(_no_json(data, error), code="invalid_json") from None
    if not isinstance(document, dict):
        raise bad_request("The body has to be a JSON object.", code="invalid_json")
    return without_nulls(document)


def _no_json(data: bytes, error: orjson.JSONDecodeError) -> str:
    """What is wrong with a body that cannot be read."""
    if not data.strip():
        return "The body is empty; it has to be a JSON object."
    try:
        data.decode()
    except UnicodeDecodeError as wrong:
        return f"The body is not in UTF-8 (at byte {wrong.start}); JSON has to be."
    return f"The body is no JSON ({error})."


def without_nulls(document: Mapping[str, Any]) -> dict[str, Any]:
    """An object's fields but for those that are null: clients write null for what they leave out."""
    return {name: value for name, value in document.items() if value is not None}


def read_flag(fields: Mapping[str, Any], name: str, *, where: str = "") -> bool:
    """A field that is true or false, and false where it is left out.

    Raises:
        GatewayError: it is neither.
    """
    value = fields.get(name, False)
    if not isinstance(value, bool):
        raise bad_request(f"{where}{name} has to be true or false.", param=f"{where}{name}")
    return value


# --- the field `router` ----------------------------------------------------------------------------------------

_FLAGS = ("prioritize_speed", "prioritize_accuracy", "critical_accuracy", "requires_vision", "requires_json")
_OPTIONS = ("deadline", "targets", "fallback", "cache_seconds")


@dataclass(frozen=True, slots=True)
class RouterFields:
    """The router's own part of a body.

    Attributes:
        unknown: names in it that mean nothing, most likely misspelt.
    """

    flags: Mapping[str, bool]
    options: Mapping[str, Any]
    on_restart: OnRestart
    unknown: tuple[str, ...]


def read_router_fields(body: Mapping[str, Any]) -> RouterFields:
    """The object `router` in a body.

    Raises:
        GatewayError: it is no object, or a field in it cannot be used.
    """
    extension = body.get("router", {})
    if not isinstance(extension, dict):
        raise bad_request("router has to be an object.", param="router")
    fields = without_nulls(extension)
    known = {*_FLAGS, *_OPTIONS, "on_restart"}
    return RouterFields(
        flags={name: read_flag(fields, name, where="router.") for name in _FLAGS if name in fields},
        options={name: fields[name] for name in _OPTIONS if name in fields},
        on_restart=_read_on_restart(fields.get("on_restart", OnRestart.ERROR)),
        unknown=tuple(f"router.{name}" for name in fields if name not in known),
    )


def _read_on_restart(word: object) -> OnRestart:
    if not isinstance(word, str) or word not in list(OnRestart):
        message = f"router.on_restart has to be one of: {', '.join(OnRestart)}."
        raise bad_request(message, param="router.on_restart")
    return OnRestart(word)


# --- which task, which targets ----------------------------------------------------------------------------------


def chosen_config(model: AskedModel, fields: RouterFields, *, pictures: bool, wants_json: bool) -> TaskConfig:
    """The task that a request is for, and its flags.

    Args:
        pictures: whether there are any in the messages.
        wants_json: whether the answer is to be JSON.

    Raises:
        ValueError: flags that contradict each other.
    """
    task = model.task
    if task is None:
        task = _fitting_task(pictures or fields.flags.get("requires_vision", False), wants_json)
    return TaskConfig(type=task, **{**fields.flags, **model.flags})


def _fitting_task(pictures: bool, wants_json: bool) -> TaskType:
    if pictures:
        return TaskType.VISION
    return TaskType.STRUCTURED_OUTPUT if wants_json else TaskType.REAL_TIME_CHAT


def read_asked_model(body: Mapping[str, Any], fields: RouterFields, router: DualModelRouter) -> AskedModel:
    """What stands in `model`; targets in `router` are known ones as well.

    Raises:
        GatewayError: as `read_model`.
    """
    model = read_model(body.get("model"), router)
    targets = fields.options.get("targets")
    if targets is not None and not _is_texts(targets):
        raise bad_request('router.targets has to be a list such as ["provider:model"].', param="router.targets")
    for name in targets or ():
        if known_target(name, router) is None:
            raise unknown_model(name, router, param="router.targets")
    return model


def _is_texts(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(item, str) for item in value)
