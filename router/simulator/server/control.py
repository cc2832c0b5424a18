"""The control under `/_simulator`: faults, models and what was seen, over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from router.simulator.faults.faults import FAULTS, Fault, parameters_of
from router.simulator.providers import EVERY, Providers, SeenRequest

CONTROL = "/_simulator"
_MOST_LEVELS = 64
"""Of objects and lists within each other; what is deeper could be neither shown nor listed again."""
_Handler = Callable[[Request], Awaitable[Response]]


class Control:
    """`faults` (GET, PUT, DELETE), `requests` (GET) and `models/{provider}` (PUT)."""

    def __init__(self, providers: Providers) -> None:
        self._providers = providers

    def routes(self) -> list[Route]:
        """All of them; bad input is answered with what was wrong."""
        return [
            Route(f"{CONTROL}/faults", self._get_faults, methods=["GET"]),
            Route(f"{CONTROL}/faults", _refusing(self._put_fault), methods=["PUT"]),
            Route(f"{CONTROL}/faults", _refusing(self._delete_faults), methods=["DELETE"]),
            Route(f"{CONTROL}/requests", self._get_requests, methods=["GET"]),
            Route(f"{CONTROL}/models/{{provider}}", _refusing(self._put_models), methods=["PUT"]),
        ]

    async def _get_faults(self, request: Request) -> Response:
        parameters = {
            name: {key: parameter.wanted for key, parameter in parameters_of(name).items()} for name in FAULTS
        }
        return JSONResponse({"set": self._set_faults(), "known": dict(FAULTS), "parameters": parameters})

    async def _put_fault(self, request: Request) -> Response:
        body = await _read_object(request)
        provider, name = _take_text(body, "provider"), _take_text(body, "fault")
        model = _take_text(body, "model") if "model" in body else EVERY
        self._providers.set_fault(provider, model, Fault(name, **body))
        return JSONResponse({"set": self._set_faults()})

    async def _delete_faults(self, request: Request) -> Response:
        self._providers.clear_faults(request.query_params.get("provider"), request.query_params.get("model"))
        return JSONResponse({"set": self._set_faults()})

    def _set_faults(self) -> list[dict[str, Any]]:
        return [asdict(entry) for entry in self._providers.faults()]

    async def _get_requests(self, request: Request) -> Response:
        return JSONResponse({"requests": [_shown_request(seen_request) for seen_request in self._providers.requests]})

    async def _put_models(self, request: Request) -> Response:
        body, provider = await _read_object(request), request.path_params["provider"]
        entries = body.get("models")
        if entries is not None and not isinstance(entries, list):
            raise ValueError("'models' has to be a list as in /models, or null for the shipped ones")
        self._providers.set_models(provider, entries)
        return JSONResponse({"models": len(self._providers.models(provider))})


def _refusing(handler: _Handler) -> _Handler:
    """Bad input is answered with what was wrong."""

    async def handle(request: Request) -> Response:
        try:
            return await handler(request)
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, 400)

    return handle


async def _read_object(request: Request) -> dict[str, Any]:
    # orjson, since the standard library's reader ends a body of many brackets with a RecursionError.
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise ValueError(f"the body is no JSON that can be read here: {error}") from None
    if not isinstance(body, dict):
        raise ValueError("the body has to be a JSON object")
    if _is_deeper(body, _MOST_LEVELS):
        raise ValueError(f"the body is nested more than {_MOST_LEVELS} levels deep")
    return body


def _is_deeper(document: Any, levels: int) -> bool:
    """Whether a document has more levels; looked through level by level, since recursion would end in an error."""
    inner = [document]
    for _ in range(levels + 1):
        containers = [value for value in inner if isinstance(value, dict | list)]
        inner = [item for value in containers for item in (value.values() if isinstance(value, dict) else value)]
        if not containers:
            return False
    return True


def _take_text(body: dict[str, Any], name: str) -> str:
    value = body.pop(name, None)
    if not isinstance(value, str):
        raise ValueError(f"{name!r} has to be given, as a text")
    return value


def _shown_request(seen_request: SeenRequest) -> dict[str, Any]:
    return {
        "id": seen_request.id,
        "provider": seen_request.provider,
        "model": seen_request.model,
        "stream": seen_request.streams,
        "finished": seen_request.finished,
        "disconnected_after": None
        if seen_request.disconnected_at is None
        else seen_request.disconnected_at - seen_request.at,
    }
