"""Fields of a Responses request, each read with its place: what is wrong is a 400 that names it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from router.gateway.errors import GatewayError, bad_request

Json: TypeAlias = Mapping[str, Any]
"""A JSON object as it was read."""


def refused_field(where: str, fault: str) -> GatewayError:
    """The error of a field: where it stands, what is wrong with it and what to do, in one sentence."""
    return bad_request(f"{where} {fault}", param=where)


def object_in(where: str, value: object) -> Json:
    """A field that holds an object or nothing.

    Raises:
        GatewayError: it holds something else.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise refused_field(where, "has to be an object.")
    return value


def list_in(where: str, value: object) -> list[Any]:
    """A field that holds a list or nothing.

    Raises:
        GatewayError: it holds something else.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise refused_field(where, "has to be a list.")
    return value


def text_in(where: str, value: object) -> str:
    """A field that holds a text.

    Raises:
        GatewayError: it holds none.
    """
    if not isinstance(value, str):
        raise refused_field(where, "has to be a text.")
    return value
