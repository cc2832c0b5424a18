"""The door of a console that asks for sign-in: nothing behind it is served without, whatever its path.

What is open is listed here, and everything that is not listed is closed: pages, websockets, downloads, media, uploads,
and whatever a later version of Streamlit brings. Programs bring their gateway's key instead, which the gateway checks.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from html import escape
from ipaddress import ip_address
from urllib.parse import quote, unquote

import streamlit as st
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose
from streamlit.auth_util import encode_provider_token

from pages.components.console.access.sign_in import CALLBACK, SignIn, sign_in_settings
from pages.components.console.environment import console_settings, path_below_base
from router.errors import ConfigurationError
from router.hosts.allowed_hosts import canonical_host, is_loopback, parse_authority

SIGN_IN_PATH = "/sign-in/"
"""Where a provider's name leads to its sign-in; Streamlit's own address for that holds a token of two minutes."""

_OPEN = {"/livez", "/readyz", "/_stcore/health", "/auth/login", "/auth/logout", CALLBACK}
_GATEWAY = {"/chat/completions", "/responses", "/models"}
_BELOW_GATEWAY = ("/v1/", "/models/")
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_PLACE_COOKIE = "dual_router_place"
_PLACE_SECONDS = 600
_LONGEST_PLACE = 1_500
_log = logging.getLogger(__name__)

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in · Dual-router console</title>
<meta name="viewport" content="width=device-width"><style>
:root {{ color-scheme: light dark }}
body {{ font: 15px sans-serif; display: grid; place-content: center; min-height: 90vh; text-align: center }}
a {{ display: block; margin: .6rem; padding: .6rem 1.2rem; border-radius: .4rem; color: #fff; background: #3730a3;
  text-decoration: none }}
</style></head><body><main><h1>Dual-router console</h1><p>Sign in to look and run.</p>{links}</main></body></html>"""


def exposure_problem(address: str | None, sign_in: SignIn | None, *, insecure: bool) -> str | None:
    """Why a console must not listen at an address, or None where it may.

    Args:
        address: as Streamlit's `server.address`; none means every address of the machine.
        insecure: `ROUTER_INSECURE`.
    """
    if sign_in is not None or insecure or is_own_machine(address):
        return None
    where = f"server.address={address}" if address else "without server.address it listens everywhere, which"
    return (
        f"The console does not start: {where} lets other machines in, and nobody has to sign in. Add [auth] to "
        "Streamlit's secrets (docs/deploy.md), or listen on 127.0.0.1. ROUTER_INSECURE=1 starts it all the same: "
        "whoever reaches it can then read every prompt and change everything."
    )


def is_own_machine(address: str | None) -> bool:
    """Whether who listens at this address is reached from this machine alone."""
    host = canonical_host(address or "")
    return host is not None and is_loopback(host)


def refuse_unsafe_start() -> None:
    """End the process where this console must not be reached as it is set up; says why.

    For the launcher's end: a server takes an exception that comes later for an app without a beginning, and serves it.
    """
    try:
        problem = exposure_problem(st.get_option("server.address"), sign_in_settings(), insecure=_is_insecure())
    except ConfigurationError as error:
        problem = f"The console does not start: {error}."
    if problem is not None:
        print(problem, file=sys.stderr, flush=True)  # noqa: T201
        raise SystemExit(2)


def guarded_by_sign_in(app: ASGIApp) -> ASGIApp:
    """The app behind the door; the server builds it when it starts."""
    sign_in = sign_in_settings()
    if sign_in is not None:
        return Door(app, sign_in)
    return app if _is_insecure() else OwnMachineDoor(app)


def _is_insecure() -> bool:
    """Whether sign-in is waived; settings that cannot be read waive nothing, and the pages say what is wrong."""
    try:
        return console_settings().insecure
    except ConfigurationError:
        return False


class OwnMachineDoor:
    """Middleware for a console without sign-in: it answers on this machine's own addresses, whoever has started it.

    Another server than `streamlit run` listens where its own options say, which Streamlit's do not know.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on that has come in by loopback."""
        server = scope.get("server")
        if scope["type"] not in ("http", "websocket") or server is None or is_own_machine(server[0]):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        else:
            problem = exposure_problem(server[0], None, insecure=False) or ""
            await PlainTextResponse(problem, 403)(scope, receive, send)


class Door:
    """Middleware that serves nothing but the sign-in to whoever has not signed in."""

    def __init__(self, app: ASGIApp, sign_in: SignIn) -> None:
        self._app = app
        self._sign_in = sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or ask for sign-in; a websocket's handshake is refused."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        path, cookies = path_below_base(scope), HTTPConnection(scope).cookies
        is_signed_in = self._sign_in.claims_in(cookies) is not None
        if is_signed_in and path == "/" and _PLACE_COOKIE in cookies and scope["type"] == "http":
            await self._to_place(cookies)(scope, receive, send)
        elif is_signed_in or _is_open(scope, path):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        else:
            await self._refusal(scope, path)(scope, receive, send)

    def _refusal(self, scope: Scope, path: str) -> Response:
        headers = Headers(scope=scope)
        provider = path.removeprefix(SIGN_IN_PATH)
        if path.startswith(SIGN_IN_PATH) and provider in self._sign_in.providers:
            address = f"{self._sign_in.root}/auth/login?provider={encode_provider_token(provider)}"
            return RedirectResponse(address, 302, {"Cache-Control": "no-store"})
        if scope["method"] not in ("GET", "HEAD") or "text/html" not in headers.get("accept", ""):
            return PlainTextResponse("Sign in to this console first.", 401, {"Cache-Control": "no-store"})
        page = HTMLResponse(_PAGE.format(links=self._links()), 401, {"Cache-Control": "no-store"})
        query = scope.get("query_string", b"").decode("latin-1")
        place = quote(path + (f"?{query}" if query else ""), safe="")
        if len(place) <= _LONGEST_PLACE and path != "/":
            page.set_cookie(_PLACE_COOKIE, place, _PLACE_SECONDS, httponly=True, samesite="lax")
        return page

    def _links(self) -> str:
        links = []
        for provider in self._sign_in.providers:
            words = "Sign in" if provider == "default" else f"Sign in with {provider}"
            links.append(f'<a href="{escape(self._sign_in.root)}{SIGN_IN_PATH}{provider}">{words}</a>')
        return "".join(links)

    def _to_place(self, cookies: Mapping[str, str]) -> Response:
        """Back to the page that was asked for before the sign-in, below our own address whatever the cookie says."""
        place = unquote(cookies[_PLACE_COOKIE])
        is_path = place.startswith("/") and not place.startswith(("//", "/\\")) and place.isprintable()
        response = RedirectResponse(
            self._sign_in.root + (place if is_path else "/"), 302, {"Cache-Control": "no-store"}
        )
        response.delete_cookie(_PLACE_COOKIE)
        return response


def _is_open(scope: Scope, path: str) -> bool:
    if scope["type"] != "http":
        return False
    if path == "/metrics":
        return _is_asked_here(scope) or _has_key(scope)
    return path in _OPEN or path in _GATEWAY or path.startswith(_BELOW_GATEWAY)


def _has_key(scope: Scope) -> bool:
    """Whether a request brings a key, which the gateway then looks at, also where a proxy on this machine asks."""
    headers = Headers(scope=scope)
    if not any(name in headers for name in ("authorization", "x-api-key")):
        return False
    scope["client"] = None
    return True


def _is_asked_here(scope: Scope) -> bool:
    """Whether a request was made on this machine itself, and not passed on by a proxy on it."""
    headers, client = Headers(scope=scope), scope.get("client")
    host = parse_authority(headers.get("host", ""))
    try:
        is_here = client is not None and ip_address(client[0]).is_loopback
    except ValueError:
        return False
    return is_here and host is not None and is_loopback(host.host) and not any(name in headers for name in _FORWARDED)
