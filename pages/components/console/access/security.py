"""Who may ask this console, and headers on every reply: what a page may load and from where.

A model's Markdown can name a picture on any host; without the policy the operator's browser would fetch it.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from functools import cache
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pages.components.console.environment import base_path, console_settings
from router.errors import ConfigurationError
from router.gateway.errors import host_refusal
from router.hosts.allowed_hosts import LOOPBACK_ONLY
from router.hosts.host_guard import HostGuard

GATEWAY_PATH = "/v1/"
"""Where the pages of listed origins may go: every request there needs a key; the console's own pages stay closed."""

_log = logging.getLogger(__name__)
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@cache
def content_security_policy() -> str:
    """The policy; Streamlit's own inline scripts are allowed by the hashes of what it ships."""
    page = Path(streamlit.__file__).parent.joinpath("static", "index.html").read_text(encoding="utf-8")
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in _INLINE.findall(page))
    return "; ".join(
        [
            "default-src 'self'",
            "img-src 'self' data: blob:",
            "style-src 'self' 'unsafe-inline'",
            f"script-src 'self' {hashes}".strip(),
            "worker-src 'self' blob:",
            "font-src 'self' data:",
            # A blob is what the page itself holds: the microphone's field reads and plays its recording from one.
            "connect-src 'self' blob:",
            "media-src 'self' blob:",
            "frame-ancestors 'none'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
        ]
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def guarded_by_host(app: ASGIApp) -> HostGuard:
    """The app behind the check of who asks; the server builds it when it starts, and reads the setting then."""
    try:
        settings = console_settings()
    except ConfigurationError as error:
        # The server has to start all the same: its pages say what is to be mended, to this machine alone.
        _log.error("%s; the console answers on this machine alone", error)
        return HostGuard(app, LOOPBACK_ONLY, refusal_of=_refusal_of)
    return HostGuard(
        app,
        settings.allowed_hosts,
        cors=settings.cors_origins,
        cors_path=base_path() + GATEWAY_PATH,
        refusal_of=_refusal_of,
    )


def _refusal_of(path: str, reason: str) -> ASGIApp:
    return host_refusal(path, reason) if path.startswith(base_path() + GATEWAY_PATH) else PlainTextResponse(reason, 403)


def refuse_foreign_targets() -> None:
    """Have the server refuse a request whose target names a host, which goes before the `Host` that the guard sees.

    Streamlit starts Uvicorn without a word on its parser, and has chosen it by the time that our app is loaded: so the
    class is changed here, and not replaced as the gateway's own server does it.
    """
    as_it_was = HttpToolsProtocol.on_headers_complete

    def on_headers_complete(protocol: HttpToolsProtocol) -> None:
        if protocol.url.startswith((b"/", b"*")):
            as_it_was(protocol)
        else:
            protocol.send_400_response("This server is no proxy: ask it for a path.")
            protocol.transport.close()

    HttpToolsProtocol.on_headers_complete = on_headers_complete  # type: ignore[method-assign, assignment]


class SecurityHeaders:
    """Middleware that adds the headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its reply with the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = content_security_policy()
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
            await send(message)

        await self._app(scope, receive, with_headers)
