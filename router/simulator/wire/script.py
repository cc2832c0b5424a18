"""A reply as a script: what goes over the wire, piece by piece, with its pauses and its accidents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import orjson


@dataclass(frozen=True, slots=True)
class Start:
    """Status and headers."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes of the body; `text` marks those that carry a piece of the answer."""

    data: bytes
    text: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing for some seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is torn down (TCP RST)."""


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes straight onto the connection, past HTTP's framing; then it is closed."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """The connection is closed without the body's end."""


@dataclass(frozen=True, slots=True)
class SendAgain:
    """The same steps over and over, until the caller hangs up."""

    steps: tuple[Send | Pause, ...]


Step: TypeAlias = Start | Send | Pause | Raw | Reset | Close | SendAgain
Script: TypeAlias = Sequence[Step]

EVENTS = {"content-type": "text/event-stream"}
JSON = {"content-type": "application/json"}


def json_reply(document: object, status: int = 200, headers: Mapping[str, str] | None = None) -> list[Step]:
    """A JSON body with a status."""
    return [
        Start(status, {**JSON, **(headers or {})}),
        Send(orjson.dumps(document), text=True),
    ]


def event(document: object, *, text: bool = False) -> Send:
    """One event of a stream."""
    return Send(b"data: " + orjson.dumps(document) + b"\n\n", text=text)


def with_headers(script: Script, headers: Mapping[str, str]) -> list[Step]:
    """The same script with more headers."""
    return [replace(step, headers={**headers, **step.headers}) if isinstance(step, Start) else step for step in script]
