"""What makes two requests the same: a digest of everything that decides the answer.

All that a call holds decides, unless it is named in `NOT_DECIDING`: a field that is added to it keeps requests apart
until somebody says otherwise. Which target answers is no part of it, unless the caller pinned some: the same request
may go to another one each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import orjson

from router.providers.accounts import Account
from router.request import Call
from router.request.messages import parts_in
from router.request.parameters import SAMPLING
from router.types import Message

_MANNER = {"deadline", "restart", "source", "purpose", "client_retries", "cache_seconds"}
NOT_DECIDING = frozenset({*_MANNER, "images", "text_bytes", "needs_tools"})
"""Fields of a call that say how it is made, or that are counted from the others. `app` is none of them: what one app
was answered may hold what only it has sent, and no other one is to learn even that it was asked."""

_DECIDING = tuple(field.name for field in fields(Call) if field.name not in NOT_DECIDING)
_NUMBERS = frozenset({"temperature", *SAMPLING})
_FORM = 1
"""Raised when a key or what is kept under it changes its form: older answers are then not looked at."""


def world_of(accounts: Iterable[Account]) -> list[list[str]]:
    """Where a router's answers come from: its providers, each with its address.

    Simulated ones are at another port each time, so that they are simulated is all that counts. Keys are none of it: a
    new one changes no answer.
    """
    return sorted([account.name, "simulated" if account.simulated else account.base_url] for account in accounts)


def cache_key(call: Call, world: list[list[str]]) -> str:
    """The digest of a request, its pictures made fit to be sent, in hexadecimal digits.

    Args:
        world: as `world_of` gives it.
    """
    deciding = {name: getattr(call, name) for name in _DECIDING}
    deciding["messages"] = [_message(message) for message in call.messages]
    deciding["parameters"] = _parameters(call.parameters)
    # The order within an object counts: a model reads a schema's properties in the order in which they are sent.
    text = orjson.dumps([_FORM, world, deciding], default=dict)
    return hashlib.sha256(text).hexdigest()


def _parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """In one order and one spelling: 0 and 0.0 are the same temperature."""
    return {name: float(value) if name in _NUMBERS else value for name, value in sorted(parameters.items())}


def _message(message: Message) -> dict[str, Any]:
    if isinstance(message["content"], str):
        return dict(message)
    return {**message, "content": [_part(part) for part in parts_in(message)]}


def _part(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part without a picture's bytes, which are many, and without what was only noted of it for pages."""
    if part["type"] != "image_url":
        return part
    picture = part["image_url"]
    return {
        "type": "image_url",
        "image_url": {**picture, "url": hashlib.sha256(picture["url"].encode()).digest().hex()},
    }
