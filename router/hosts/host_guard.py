"""An ASGI middleware that refuses requests under foreign names and from foreign pages, websockets included.

Starlette's `TrustedHostMiddleware` knows the `Host` header only: another page on this machine passes it. It also takes
the first of two `Host` headers, knows neither the root's dot nor a second spelling of an IPv6 address, and its refusal
names no setting.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from router.hosts.allowed_hosts import LOOPBACK_ONLY, AllowedHosts, Authority, is_loopback, parse_authority
from router.hosts.cors_origins import NO_ORIGINS, CorsOrigins

_log = logging.getLogger(__name__)
_ORIGIN = re.compile(r"(https?)://(.+)")
_DEFAULT_PORTS = {"http": 80, "https": 443}

_NO_PROXY = "This server is no proxy: ask it for a path, under a host name from ROUTER_ALLOWED_HOSTS."
_NO_HOST = "A request needs one well-formed Host header with a host name from ROUTER_ALLOWED_HOSTS."
_UNKNOWN_HOST = "This server does not answer as {host}; if that host name is its own, add it to ROUTER_ALLOWED_HOSTS."
_FOREIGN_PAGE = (
    "A page at another address may not use this server; a proxy in front of it has to pass on the browser's Host "
    "header, with a host name from ROUTER_ALLOWED_HOSTS."
)


def _plain_refusal(_: str, reason: str) -> ASGIApp:
    return PlainTextResponse(reason, 403)


class HostGuard:
    """Middleware that lets through what comes under an allowed host, and from no other address's page.

    Args:
        allowed: the hosts under which the app answers.
        cors: the origins whose pages are let through all the same.
        cors_path: the beginning of the only paths for which they are.
        refusal_of: the reply to a request that is refused, from its path and the reason; the reason as plain text
            where it is left out.
    """

    def __init__(
        self,
        app: ASGIApp,
        allowed: AllowedHosts = LOOPBACK_ONLY,
        *,
        cors: CorsOrigins = NO_ORIGINS,
        cors_path: str = "/",
        refusal_of: Callable[[str, str], ASGIApp] = _plain_refusal,
    ) -> None:
        self._app = app
        self._allowed = allowed
        self._cors = cors
        self._cors_path = cors_path
        self._refusal_of = refusal_of
        self._has_logged = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 403 with one sentence; a websocket's handshake gets 403 without words."""
        reason = self._refusal_reason(scope) if scope["type"] in ("http", "websocket") else None
        if reason is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            self._log_once(reason)
            # The server makes a 403 of it. With words in it Uvicorn would log an error of its own each time, and no
            # browser shows them.
            await WebSocketClose()(scope, receive, send)
        else:
            await self._refusal_of(scope["path"], reason)(scope, receive, send)

    def _refusal_reason(self, scope: Scope) -> str | None:
        is_listed = scope["type"] == "http" and scope["path"].startswith(self._cors_path)
        return refusal_reason(scope, self._allowed, self._cors if is_listed else NO_ORIGINS)

    def _log_once(self, reason: str) -> None:
        """Tell the operator, whose page may have loaded and now waits; not each time: a page tries again and again."""
        if not self._has_logged:
            self._has_logged = True
            _log.warning("A websocket was refused; further ones are not written down. %s", reason)


def refusal_reason(scope: Scope, allowed: AllowedHosts, cors: CorsOrigins = NO_ORIGINS) -> str | None:
    """Why a request is refused, in one sentence that holds nothing a browser could take for HTML, or None.

    A request without `Origin` is let through, also a websocket's: every browser sends one with a websocket and with
    whatever is not GET or HEAD, so none means a program, and a program could write any.
    """
    headers = Headers(scope=scope)
    # RFC 9112, 3.2.2: the host in an absolute target goes before the header, which would then say nothing. A server
    # with the parser `httptools` hands on the path alone and has to refuse such a target itself, as the gateway's does.
    if not scope["path"].startswith("/"):
        return _NO_PROXY
    hosts = headers.getlist("host")
    host = parse_authority(hosts[0]) if len(hosts) == 1 else None
    if host is None:
        return _NO_HOST
    if host.host not in allowed:
        return _UNKNOWN_HOST.format(host=host.host)
    is_secure = scope["scheme"] in ("https", "wss")
    origins = headers.getlist("origin")
    if len(origins) == 1 and origins[0] in cors:
        return None
    if not all(_is_own_origin(origin, host, is_secure=is_secure) for origin in origins):
        return _FOREIGN_PAGE
    return _FOREIGN_PAGE if _is_foreign_load(scope, headers) else None


def _is_own_origin(origin: str, host: Authority, *, is_secure: bool) -> bool:
    """Whether a page's origin is the address that its request came to; `null` is none."""
    match = _ORIGIN.fullmatch(origin)
    page = parse_authority(match[2]) if match else None
    if match is None or page is None or page.host != host.host:
        return False
    port = _DEFAULT_PORTS[match[1]] if page.port is None else page.port
    return port in _ports_of(host, is_secure=is_secure)


def _ports_of(host: Authority, *, is_secure: bool) -> set[int]:
    """The ports that a request may have come to; browsers leave out the default one.

    Args:
        is_secure: by TLS, or by the `X-Forwarded-Proto` of a proxy that the server trusts.
    """
    if host.port is not None:
        return {host.port}
    if is_secure:
        return {443}
    # A proxy that ends TLS does not always say so. Both ports of a listed name are its owner's; on loopback 443 may
    # be any other program's.
    return {80} if is_loopback(host.host) else {80, 443}


def _is_foreign_load(scope: Scope, headers: Headers) -> bool:
    """Whether another site's page loads a part of this one, such as a picture, which carries no `Origin`.

    Following a link from there is no such load. Where a browser sends no `Sec-Fetch-Site`, it says nothing.
    """
    if headers.get("sec-fetch-site") not in ("cross-site", "same-site"):
        return False
    is_link = headers.get("sec-fetch-mode") == "navigate" and scope.get("method") in ("GET", "HEAD")
    return not is_link
