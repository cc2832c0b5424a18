"""The answer's format: text, any JSON object, or JSON after a schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from router.json_answers import check_schema, check_schema_size, is_small_schema, plain_json
from router.request.parameters import short_form
from router.types import TaskConfig

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NAMELESS = "answer"
_OBJECT = {"type": "json_object"}


def checked_format(response_format: object, config: TaskConfig) -> Mapping[str, Any] | None:
    """The format as it is sent, or None for plain text; a small schema in it holds.

    A larger one takes up to seconds to check, which `check_schemas` does beside the event loop.

    Raises:
        ValueError: it is none, or its schema is wrong.
    """
    if response_format is None:
        return dict(_OBJECT) if config.requires_json else None
    if isinstance(response_format, type):
        response_format = _of_model(response_format)
    kind = response_format.get("type") if isinstance(response_format, Mapping) else None
    if kind == "text":
        return dict(_OBJECT) if config.requires_json else None
    if kind == "json_object":
        return dict(_OBJECT)
    if kind == "json_schema" and isinstance(response_format, Mapping):
        return _with_schema(response_format)
    raise ValueError(
        'response_format is {"type": "text"}, {"type": "json_object"} or '
        '{"type": "json_schema", "json_schema": {"name": …, "schema": {…}}}; it was '
        f"{short_form(response_format)}"
    )


def _with_schema(response_format: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        check_schema_size(response_format)
    except ValueError as error:
        raise ValueError(f"response_format: {error}") from None
    plain: dict[str, Any] = plain_json("response_format", response_format)
    named = plain.get("json_schema")
    if not isinstance(named, dict) or not isinstance(named.get("schema"), dict):
        raise ValueError(
            'response_format is {"type": "json_schema", "json_schema": {"name": …, "schema": {…}}}; '
            "the schema in it is missing, or is no object"
        )
    name = named.setdefault("name", _NAMELESS)
    where, strict = "response_format.json_schema", named.get("strict")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"{where}.name is {short_form(name)}; it has to be 1 to 64 letters, digits, _ or -")
    if not isinstance(strict, bool | None):
        raise ValueError(f"{where}.strict is {short_form(strict)}; it has to be true or false")
    if is_small_schema(named["schema"]):
        check_format_schema(named["schema"])
    return plain


def check_format_schema(schema: Mapping[str, Any]) -> None:
    """Refuse an answer's schema that is none; one that is not small takes seconds.

    Raises:
        ValueError: says where and why.
    """
    try:
        check_schema(schema)
    except ValueError as error:
        raise ValueError(f"response_format.json_schema.schema: {error}") from None


def _of_model(model: type) -> Mapping[str, Any]:
    """A pydantic model as the format that asks for it, as the providers' own SDKs take it.

    Raises:
        ValueError: the class is no such model, or has no schema.
    """
    describe = getattr(model, "model_json_schema", None)
    if describe is None:
        raise ValueError(f"response_format is the class {model.__name__}, which is no pydantic model")
    try:
        schema = describe()
    except Exception as error:
        # Of the library, which is not loaded here, or of the model's own code.
        raise ValueError(f"response_format: {model.__name__} has no JSON schema: {error}"[:300]) from error
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", model.__name__)[:64]
    return {"type": "json_schema", "json_schema": {"name": name, "schema": schema}}
