"""What a reply to a foreign page carries, where its origin is listed.

A key in a page is anybody's who looks at the page, so the way to go is a page's own backend. Where somebody lists an
origin all the same, its preflight is answered as the Fetch standard asks, which takes `Authorization` for no part of a
`*`: what is asked for is echoed.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import Scope

from router.gateway.http.exchange import Header
from router.hosts.cors_origins import CorsOrigins

_EXPOSED = b"x-request-id, x-router-target, x-router-cache, age, retry-after, retry-after-ms, x-should-retry"
_MAX_AGE = b"7200"  # seconds; browsers keep an answer no longer
_VARY = (b"vary", b"Origin")


def cors_headers(scope: Scope, listed: CorsOrigins) -> list[Header]:
    """What lets a listed origin's page read the reply; nothing for anybody else."""
    if not listed.origins:
        return []
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin is None or origin not in listed:
        return [_VARY]
    allowed = [(b"access-control-allow-origin", origin.encode("latin-1")), _VARY]
    if scope["method"] != "OPTIONS":
        return [*allowed, (b"access-control-expose-headers", _EXPOSED)]
    wanted_headers = headers.get("access-control-request-headers", "authorization, content-type")
    return [
        *allowed,
        (b"access-control-allow-methods", b"GET, HEAD, POST, OPTIONS"),
        (b"access-control-allow-headers", wanted_headers.encode("latin-1")),
        (b"access-control-max-age", _MAX_AGE),
    ]
