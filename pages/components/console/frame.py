"""The page that Streamlit serves, with our style sheet and script in its head, and the two files themselves.

Streamlit has no place for either: what a script draws comes too late to keep the sidebar's place, and the policy of
`security` lets a page run files of this server alone.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.components.console.addresses import better_address

ASSETS = Path(__file__).parent / "assets"
_END_OF_HEAD = b"</head>"
_PLACE_OF_PAGES = (
    b'id="root"'  # where Streamlit's own page draws: it serves that page at every address it does not know
)
_STALE = ("etag", "last-modified", "accept-ranges")


@cache
def head_tags() -> bytes:
    """What goes to the end of the page's head; the files' names change with what is in them.

    The addresses are relative: the console may be served below a path, and every page lies directly below it.
    """
    style, script = (f"./frame/{_version_of(name)}/{name}" for name in ("frame.css", "frame.js"))
    return f'<link rel="stylesheet" href="{style}"><script type="module" src="{script}"></script>'.encode()


def _version_of(name: str) -> str:
    return hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:12]


class FramedPages:
    """Middleware that puts `head_tags` into every page that is served, and leads to a page where there is none."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and a page's reply with the tags in it."""
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self._app(scope, receive, send)
            return
        # A page that was compressed, or that the browser has from before, has no place for the tags.
        left_out = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
        plain = {**scope, "headers": [pair for pair in scope["headers"] if pair[0].lower() not in left_out]}
        await self._app(plain, receive, _PageSender(scope, receive, send))


class _PageSender:
    """Holds a page back until it is whole, and sends everything else on as it comes."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if not Headers(raw=message["headers"]).get("content-type", "").startswith("text/html"):
                await self._send(message)
                return
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_whole(self._start)

    async def _send_whole(self, start: Message) -> None:
        is_page = start["status"] == 200 and _PLACE_OF_PAGES in self._body
        if is_page and (address := better_address(self._scope)) is not None:
            await RedirectResponse(address, 307)(self._scope, self._receive, self._send)
        else:
            await self._send_page(start)

    async def _send_page(self, start: Message) -> None:
        body = self._body.replace(_END_OF_HEAD, head_tags() + _END_OF_HEAD, 1)
        headers = MutableHeaders(scope=start)
        for name in _STALE:
            del headers[name]
        headers["content-length"] = str(len(body))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


async def _serve_asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in ("frame.css", "frame.js"):
        return Response("There is no such file.", 404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return FileResponse(ASSETS / name, headers=headers)


ROUTES = [Route("/frame/{version}/{name}", _serve_asset)]
"""For the launcher."""
