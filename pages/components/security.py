"""Headers on every reply: what a page may load and from where.

A model's Markdown can name a picture on any host; without the policy the operator's browser would fetch it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOOPBACK = {"127.0.0.1", "localhost", "[::1]", "::1"}
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
            "connect-src 'self'",
            "frame-ancestors 'none'",
            "object-src 'none'",
            "base-uri 'self'",
        ]
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def asked_by_own_name(host: str) -> bool:
    """Whether a request's `Host` names this console, which a foreign page that points its name here cannot do.

    A console that listens on loopback alone is asked by loopback's names; any other by what `server.allowedHosts` has.
    """
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    allowed = set(streamlit.get_option("server.allowedHosts") or ())
    if streamlit.get_option("server.address") in _LOOPBACK:
        return name in _LOOPBACK or name in allowed
    return not allowed or name in allowed


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
