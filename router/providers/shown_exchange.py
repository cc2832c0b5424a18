"""A call as it went over the wire, made fit to be shown: key masked, pictures shortened, and the curl line for it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from router.providers.accounts import Account
from router.providers.decoding.json_reader import whole_text
from router.providers.http.transport import Exchange
from router.redaction import MASK, redact
from router.types import Target

_HIDDEN = ("authorization", "cookie", "set-cookie", "proxy-authorization")
_LONGEST = 100_000
_PICTURE = re.compile(r"^data:(image/[\w.+*-]+);base64,(.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ShownExchange:
    """One call for people to read; nothing secret is in it.

    Attributes:
        request, reply: the bodies; JSON is indented, pictures are replaced by their size.
        status: None where no reply has come.
        reply_bytes: of the whole reply, of which `reply` may be the beginning only.
        curl: the line that makes the same call, with the key taken from the environment.
    """

    target: Target
    url: str
    request_headers: Mapping[str, str]
    request: str
    status: int | None
    reply_headers: Mapping[str, str]
    reply: str
    reply_bytes: int
    curl: str


def shown(target: Target, exchange: Exchange, account: Account) -> ShownExchange:
    """Make a call fit to be shown."""
    body = _without_pictures(json.loads(exchange.body))
    reply = exchange.received.decode("utf-8", "replace")
    return ShownExchange(
        target=target,
        url=str(exchange.endpoint.url),
        request_headers=_headers(exchange.endpoint.headers, account),
        request=_safe(json.dumps(body, indent=2, ensure_ascii=False), account),
        status=exchange.status,
        reply_headers=_headers(exchange.headers, account),
        reply=_safe(_indented(reply), account, broken_off=exchange.size > len(exchange.received)),
        reply_bytes=exchange.size,
        curl=_curl(exchange, account, body),
    )


def _headers(headers: Mapping[str, str], account: Account) -> dict[str, str]:
    return {name: MASK if name.lower() in _HIDDEN else _safe(value, account) for name, value in headers.items()}


def _safe(text: str, account: Account, *, broken_off: bool = False) -> str:
    return redact(text, account.secrets, limit=_LONGEST, broken_off=broken_off)


def _indented(text: str) -> str:
    """JSON is indented; anything else, a stream of events for one, stays as it came."""
    try:
        # Half a character cannot be shown, nor encoded on its way to a page.
        return whole_text(json.dumps(json.loads(text), indent=2, ensure_ascii=False))
    except (ValueError, RecursionError):
        return text


def _without_pictures(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_pictures(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_pictures(inner) for inner in value]
    picture = _PICTURE.match(value) if isinstance(value, str) else None
    return f"data:{picture[1]};base64,… ({len(picture[2]):,} characters left out)" if picture else value


def _curl(exchange: Exchange, account: Account, body: Any) -> str:
    headers = [
        f"-H {shlex.quote(f'{name}: {value}')}"
        for name, value in exchange.endpoint.headers.items()
        if name.lower() == "content-type" or (name.lower() not in _HIDDEN and name.lower().startswith("x-"))
    ]
    if account.entry.key_env and account.key:
        headers.insert(0, f'-H "Authorization: Bearer ${account.entry.key_env}"')
    document = _safe(json.dumps(body, ensure_ascii=False), account)
    lines = [f"curl -sS -N {shlex.quote(str(exchange.endpoint.url))}", *headers, f"-d {shlex.quote(document)}"]
    return " \\\n  ".join(lines)
