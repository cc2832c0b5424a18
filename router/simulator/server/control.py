"""The control under `/_simulator`: faults, models and what was seen, over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from router.simulator.faults.faults import FAULTS, Fault, parameters_of
from router.simulator.providers import EVERY, Providers, SeenRequest

CONTROL = "/_simulator"
_Handler = Callable[[Request], Awaitable[Response]]


def control_routes(providers: Providers) -> list[Route]:
    """`faults` (GET, PUT, DELETE), `requests` (GET) and `models/{provider}` (PUT)."""

    async def get_faults(request: Request) -> Response:
        parameters = {name: {key: one.wanted for key, one in parameters_of(name).items()} for name in FAULTS}
        return JSONResponse({"set": providers.faults(), "known": dict(FAULTS), "parameters": parameters})

    async def put_fault(request: Request) -> Response:
        body = await _object(request)
        provider, name = _text(body, "provider"), _text(body, "fault")
        model = _text(body, "model") if "model" in body else EVERY
        providers.set_fault(provider, model, Fault(name, **body))
        return JSONResponse({"set": providers.faults()})

    async def delete_faults(request: Request) -> Response:
        providers.clear_faults(request.query_params.get("provider"), request.query_params.get("model"))
        return JSONResponse({"set": providers.faults()})

    async def get_requests(request: Request) -> Response:
        return JSONResponse({"requests": [_shown(seen) for seen in providers.requests]})

    async def put_models(request: Request) -> Response:
        body, provider = await _object(request), request.path_params["provider"]
        entries = body.get("models")
        if entries is not None and not isinstance(entries, list):
            raise ValueError("'models' has to be a list as in /models, or null for the shipped ones")
        providers.set_models(provider, entries)
        return JSONResponse({"models": len(providers.models(provider))})

    return [
        Route(f"{CONTROL}/faults", get_faults, methods=["GET"]),
        Route(f"{CONTROL}/faults", _refusing(put_fault), methods=["PUT"]),
        Route(f"{CONTROL}/faults", _refusing(delete_faults), methods=["DELETE"]),
        Route(f"{CONTROL}/requests", get_requests, methods=["GET"]),
        Route(f"{CONTROL}/models/{{provider}}", _refusing(put_models), methods=["PUT"]),
    ]


def _refusing(handler: _Handler) -> _Handler:
    """Bad input is answered with what was wrong."""

    async def handle(request: Request) -> Response:
        try:
            return await handler(request)
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, 400)

    return handle


async def _object(request: Request) -> dict[str, Any]:
    body = await request.json()
    if not isinstance(body, dict):
        raise ValueError("the body has to be a JSON object")
    return body


def _text(body: dict[str, Any], name: str) -> str:
    value = body.pop(name, None)
    if not isinstance(value, str):
        raise ValueError(f"{name!r} has to be given, as a text")
    return value


def _shown(seen: SeenRequest) -> dict[str, Any]:
    return {
        "id": seen.id,
        "provider": seen.provider,
        "model": seen.model,
        "stream": bool(seen.body.get("stream")),
        "finished": seen.finished,
        "disconnected_after": None if seen.disconnected_at is None else seen.disconnected_at - seen.at,
    }
