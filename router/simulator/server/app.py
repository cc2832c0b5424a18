"""The providers' HTTP: both wires, and the control under `/_simulator`, as an ASGI app."""

from __future__ import annotations

import asyncio
import time

import orjson
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope
from starlette.types import Send as AsgiSend

from router.allowed_hosts import LOOPBACK_ONLY, AllowedHosts
from router.host_guard import HostGuard
from router.simulator.models import catalogue
from router.simulator.providers import Providers, SeenRequest, key_in
from router.simulator.server.control import CONTROL, control_routes
from router.simulator.server.transports import TRANSPORTS, reset_connection
from router.simulator.wire.checks import Refused, check_key
from router.simulator.wire.script import Close, Pause, Raw, Reset, Script, Send, SendAgain, Start, Step
from router.simulator.wire.wires import WIRES

PREFIXES = {"groq": "/groq/openai/v1", "openrouter": "/openrouter/api/v1"}

__all__ = ["CONTROL", "PREFIXES", "create_app"]


def create_app(providers: Providers | None = None, *, allowed_hosts: AllowedHosts = LOOPBACK_ONLY) -> Starlette:
    """The app over `providers`; over healthy ones where none are given.

    Args:
        allowed_hosts: the host names under which it answers.
    """
    served = Providers() if providers is None else providers
    routes = [route for provider in WIRES for route in _provider_routes(served, provider)]
    return Starlette(
        routes=routes + control_routes(served),
        middleware=[Middleware(_Marked), Middleware(HostGuard, allowed=allowed_hosts)],
        exception_handlers={HTTPException: _nowhere},
    )


class _Marked:
    """Every reply says that it is simulated."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        async def mark(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-simulated-provider"] = "true"
            await send(message)

        await self._app(scope, receive, mark)


async def _nowhere(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words = f"Unknown request URL: {request.method} {request.url.path}."
    fields = {"message": words, "type": "invalid_request_error", "code": "unknown_url"}
    return JSONResponse({"error": fields}, error.status_code)


def _provider_routes(providers: Providers, provider: str) -> list[Route]:
    prefix, wire = PREFIXES[provider], WIRES[provider]

    async def chat(request: Request) -> Response:
        try:
            data = await request.body()
            body = orjson.loads(data)
        except (ClientDisconnect, orjson.JSONDecodeError):
            body = None
        if not isinstance(body, dict):
            return Performance(wire.refusal(400, "The body is no JSON object."), None)
        seen = providers.saw(provider, body, dict(request.headers))
        return Performance(providers.reply(provider, seen, len(data)), seen)

    async def models(request: Request) -> Response:
        if provider == "groq" and (refused := _refusal(provider, request)):
            return refused
        if (fault := providers.listing_fault(provider)) is not None:
            return Performance(fault, None)
        served = providers.models(provider)
        wanted = request.path_params.get("model")
        if wanted is None:
            return JSONResponse(catalogue.listing(provider, served))
        found = [catalogue.entry_of(provider, model) for model in served if model.id == wanted]
        return JSONResponse(found[0]) if found else await _nowhere(request, HTTPException(404))

    async def key(request: Request) -> Response:
        return _refusal(provider, request) or JSONResponse(providers.key_info(key_in(request.headers)))

    routes = [Route(f"{prefix}/chat/completions", chat, methods=["POST"]), Route(f"{prefix}/models", models)]
    if provider == "groq":
        return [*routes, Route(f"{prefix}/models/{{model:path}}", models)]
    return [*routes, Route(f"{prefix}/key", key), Route(f"{prefix}/auth/key", key)]


def _refusal(provider: str, request: Request) -> Response | None:
    try:
        check_key(WIRES[provider], key_in(request.headers))
    except Refused as refused:
        return Performance(refused.script, None)
    return None


class Performance(Response):
    """Plays a script over the connection, and notes when the caller hangs up."""

    def __init__(self, script: Script, seen: SeenRequest | None) -> None:
        self._script = script
        self._seen = seen

    async def __call__(self, scope: Scope, receive: Receive, send: AsgiSend) -> None:
        """Play it."""
        playing = asyncio.ensure_future(self._play(scope, send))
        gone = asyncio.ensure_future(_hung_up(receive))
        try:
            await asyncio.wait({playing, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not playing.done() and self._seen is not None:
                self._seen.disconnected_at = time.monotonic()
        finally:
            for task in (playing, gone):
                task.cancel()
            await asyncio.gather(playing, gone, return_exceptions=True)

    async def _play(self, scope: Scope, send: AsgiSend) -> None:
        started = False
        for step in self._script:
            if isinstance(step, Reset | Close | Raw):
                _break(scope, step)
                return
            await _perform(step, send)
            started = started or isinstance(step, Start)
        if self._seen is not None:
            self._seen.finished = True  # ahead of the last byte, so that who has it finds this true
        if started:
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _perform(step: Step, send: AsgiSend) -> None:
    if isinstance(step, Start):
        headers = [(name.encode(), value.encode()) for name, value in step.headers.items()]
        await send({"type": "http.response.start", "status": step.status, "headers": headers})
    elif isinstance(step, Send):
        await send({"type": "http.response.body", "body": step.data, "more_body": True})
    elif isinstance(step, Pause) and step.seconds > 0:
        await asyncio.sleep(step.seconds)
    while isinstance(step, SendAgain):
        for inner in step.steps:
            await _perform(inner, send)


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _break(scope: Scope, step: Reset | Close | Raw) -> None:
    transport = TRANSPORTS.get((tuple(scope["server"]), tuple(scope["client"])))
    if transport is None:
        return
    if isinstance(step, Reset):
        reset_connection(transport)
        return
    if isinstance(step, Raw):
        transport.write(step.data)
    transport.close()
