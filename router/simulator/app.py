"""The providers' HTTP: both wires and the control under `/_simulator`, as an ASGI app."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope
from starlette.types import Send as AsgiSend

from router.simulator import catalogue
from router.simulator.faults import FAULTS, Fault
from router.simulator.providers import EVERY, Providers, SeenRequest
from router.simulator.script import Close, Pause, Reset, Script, Send, Start
from router.simulator.transports import TRANSPORTS, reset_connection
from router.simulator.wires import WIRES

PREFIXES = {"groq": "/groq/openai/v1", "openrouter": "/openrouter/api/v1"}
CONTROL = "/_simulator"
_MARK = {"x-simulated-provider": "true"}


def create_app(providers: Providers) -> Starlette:
    """The app over `providers`."""
    routes = [route for provider in WIRES for route in _provider_routes(providers, provider)]
    return Starlette(routes=routes + _control_routes(providers))


def _provider_routes(providers: Providers, provider: str) -> list[Route]:
    prefix = PREFIXES[provider]

    async def chat(request: Request) -> Response:
        try:
            body = await request.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return JSONResponse(WIRES[provider].error(400, "the body is no JSON object"), 400, _MARK)
        seen = providers.saw(provider, body, dict(request.headers))
        return Performance(providers.reply(provider, seen, len(await request.body())), seen)

    async def models(request: Request) -> Response:
        key = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if provider == "groq" and (refusal := providers.unauthorized(provider, key)):
            return Performance(refusal, None)
        return JSONResponse(catalogue.listing(provider, providers.models(provider)), headers=_MARK)

    async def key(request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        refusal = providers.unauthorized(provider, token)
        return Performance(refusal, None) if refusal else JSONResponse(providers.key_info(token), headers=_MARK)

    routes = [Route(f"{prefix}/chat/completions", chat, methods=["POST"]), Route(f"{prefix}/models", models)]
    return routes + ([Route(f"{prefix}/key", key)] if provider == "openrouter" else [])


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
            if isinstance(step, Start):
                started = True
                headers = [(name.encode(), value.encode()) for name, value in {**_MARK, **step.headers}.items()]
                await send({"type": "http.response.start", "status": step.status, "headers": headers})
            elif isinstance(step, Send):
                await send({"type": "http.response.body", "body": step.data, "more_body": True})
            elif isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
            elif isinstance(step, Reset | Close):
                _break(scope, hard=isinstance(step, Reset))
                return
        if started:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        if self._seen is not None:
            self._seen.finished = True


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _break(scope: Scope, *, hard: bool) -> None:
    transport = TRANSPORTS.get(tuple(scope["client"]))
    if transport is None:
        return
    if hard:
        reset_connection(transport)
    else:
        transport.close()


# --- control -----------------------------------------------------------------------------------------------------

_Handler = Callable[[Request], Awaitable[Response]]


def _control_routes(providers: Providers) -> list[Route]:
    async def get_faults(request: Request) -> Response:
        known = {name: (maker.__doc__ or "").strip() for name, maker in FAULTS.items()}
        return JSONResponse({"set": providers.faults(), "known": known})

    async def put_fault(request: Request) -> Response:
        body = await _object(request)
        provider, name = str(body.pop("provider", "")), str(body.pop("fault", ""))
        model, times = str(body.pop("model", EVERY)), body.pop("times", None)
        providers.set_fault(provider, model, Fault(name, times=times, **body))
        return JSONResponse({"set": providers.faults()})

    async def delete_faults(request: Request) -> Response:
        providers.clear_faults(request.query_params.get("provider"), request.query_params.get("model"))
        return JSONResponse({"set": providers.faults()})

    async def get_requests(request: Request) -> Response:
        return JSONResponse({"requests": [_shown(seen) for seen in providers.requests]})

    async def put_models(request: Request) -> Response:
        body = await _object(request)
        providers.set_models(request.path_params["provider"], body.get("models"))
        return JSONResponse({"models": len(providers.models(request.path_params["provider"]))})

    return [
        Route(f"{CONTROL}/faults", get_faults, methods=["GET"]),
        Route(f"{CONTROL}/faults", _refusing(put_fault), methods=["PUT"]),
        Route(f"{CONTROL}/faults", delete_faults, methods=["DELETE"]),
        Route(f"{CONTROL}/requests", get_requests, methods=["GET"]),
        Route(f"{CONTROL}/models/{{provider}}", _refusing(put_models), methods=["PUT"]),
    ]


def _refusing(handler: _Handler) -> _Handler:
    """Bad input is answered with what was wrong."""

    async def handle(request: Request) -> Response:
        try:
            return await handler(request)
        except (ValueError, TypeError, KeyError) as error:
            return JSONResponse({"error": str(error)}, 400)

    return handle


async def _object(request: Request) -> dict[str, Any]:
    body = await request.json()
    if not isinstance(body, dict):
        raise ValueError("the body has to be a JSON object")
    return body


def _shown(seen: SeenRequest) -> dict[str, Any]:
    return {
        "id": seen.id,
        "provider": seen.provider,
        "model": seen.model,
        "stream": bool(seen.body.get("stream")),
        "finished": seen.finished,
        "disconnected_after": None if seen.disconnected_at is None else seen.disconnected_at - seen.at,
    }
