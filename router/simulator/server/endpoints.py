"""The endpoints of one simulated provider: completions, its lists, and what OpenRouter says of a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import orjson
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from router.simulator.checks import Refused, check_key
from router.simulator.models import catalogue
from router.simulator.models.catalogue import Model
from router.simulator.providers import Providers, key_in
from router.simulator.server.performance import Performance
from router.simulator.speech import RecordingForm
from router.simulator.wire.odd import foreign_fields, usual_request
from router.simulator.wire.registry import WIRES

PREFIXES = {"groq": "/groq/openai/v1", "openrouter": "/openrouter/api/v1", "openai": "/openai/v1", "odd": "/odd/v9"}


async def unknown_url(request: Request, error: Exception) -> Response:
    """The reply where there is nothing, in the shape that both providers share."""
    assert isinstance(error, HTTPException)
    words = f"Unknown request URL: {request.method} {request.url.path}."
    fields = {"message": words, "type": "invalid_request_error", "code": "unknown_url"}
    return JSONResponse({"error": fields}, error.status_code)


async def _recording_form(request: Request) -> RecordingForm:
    """The form in a request, with the first file in it.

    Raises:
        HTTPException: the body is no such form.
    """
    async with request.form() as parts:
        fields = {name: value for name, value in parts.items() if isinstance(value, str)}
        file = next((value for value in parts.values() if isinstance(value, UploadFile)), None)
        if file is None:
            return RecordingForm(fields)
        return RecordingForm(fields, file.filename or "", await file.read())


class Endpoints:
    """One provider's endpoints over the providers' mind."""

    def __init__(self, providers: Providers, provider: str) -> None:
        self._providers = providers
        self._provider = provider
        self._wire = WIRES[provider]

    def routes(self) -> list[Route]:
        """All of them; those that only OpenRouter has stand in its handlers list."""
        prefix = PREFIXES[self._provider]
        if self._provider == "odd":
            odd = {"/catalog": self._models, "/me": self._odd_account}
            talk = Route(f"{prefix}/talk", self._chat, methods=["POST"])
            hear = Route(f"{prefix}/hear", self._transcribe, methods=["POST"])
            return [talk, hear, *(Route(prefix + path, handler) for path, handler in odd.items())]
        shared = [
            Route(f"{prefix}/chat/completions", self._chat, methods=["POST"]),
            Route(f"{prefix}/models", self._models),
        ]
        if self._provider != "openrouter":
            speech = Route(f"{prefix}/audio/transcriptions", self._transcribe, methods=["POST"])
            return [*shared, speech, Route(f"{prefix}/models/{{model:path}}", self._model)]
        # A model's id holds a slash, so what ends in more than the id has to be tried first.
        handlers = {
            "/models/count": self._count,
            "/models/user": self._own_models,
            "/models/{model:path}/endpoints": self._model_endpoints,
            "/model/{model:path}": self._model,
            "/key": self._key,
            "/auth/key": self._key,
            "/credits": self._credits,
            "/generation": self._generation,
        }
        return [*shared, *(Route(prefix + path, handler) for path, handler in handlers.items())]

    async def _chat(self, request: Request) -> Response:
        try:
            data = await request.body()
            body = orjson.loads(data)
        except (ClientDisconnect, orjson.JSONDecodeError):
            body = None
        if not isinstance(body, dict):
            return Performance(self._wire.refusal(400, "The body is no JSON object."), None)
        if self._provider == "odd":
            if foreign := foreign_fields(body):
                return Performance(
                    self._wire.refusal(422, f"Extra inputs are not permitted: {', '.join(foreign)}"), None
                )
            body = usual_request(body)
        seen_request = self._providers.saw(self._provider, body, dict(request.headers))
        return Performance(self._providers.reply(self._provider, seen_request, len(data)), seen_request)

    async def _transcribe(self, request: Request) -> Response:
        try:
            form = await _recording_form(request)
        except (ClientDisconnect, HTTPException):
            return Performance(self._wire.refusal(400, "request Content-Type isn't multipart/form-data"), None)
        if self._provider == "odd":  # whose form has names of its own
            form = replace(form, fields={**form.fields, "model": form.fields.get("engine", "")})
        if not form.fields.get("model"):
            return Performance(self._wire.refusal(400, "'model' : property 'model' is missing"), None)
        seen_request = self._providers.saw(self._provider, form.body, dict(request.headers))
        return Performance(self._providers.reply_to_recording(self._provider, seen_request, form), seen_request)

    # --- lists ---------------------------------------------------------------------------------------------------

    async def _models(self, request: Request) -> Response:
        refused = self._refusal(request) if self._provider != "openrouter" else None  # whose list is public
        return refused or self._faulty_list() or self._listed()

    async def _own_models(self, request: Request) -> Response:
        return self._refusal(request) or self._faulty_list() or self._listed()

    def _listed(self) -> Response:
        return JSONResponse(catalogue.listing(self._provider, self._providers.models(self._provider)))

    async def _count(self, request: Request) -> Response:
        return JSONResponse({"data": {"count": len(self._providers.models(self._provider))}})

    async def _model(self, request: Request) -> Response:
        if self._provider == "openrouter":
            return await self._about(request, lambda model: {"data": catalogue.entry_of("openrouter", model)})
        refused = self._refusal(request) or self._faulty_list()
        return refused or await self._about(request, lambda model: catalogue.entry_of(self._provider, model))

    async def _model_endpoints(self, request: Request) -> Response:
        return await self._about(request, lambda model: {"data": catalogue.endpoints_of(model)})

    async def _about(self, request: Request, describe: Callable[[Model], Mapping[str, object]]) -> Response:
        id = request.path_params["model"]
        for model in self._providers.models(self._provider):
            if model.id == id:
                return JSONResponse(describe(model))
        return await unknown_url(request, HTTPException(404))

    def _faulty_list(self) -> Response | None:
        """What reading the list meets, where a fault is set on it."""
        fault = self._providers.listing_fault(self._provider)
        return None if fault is None else Performance(fault, None)

    # --- what OpenRouter says of a key ---------------------------------------------------------------------------

    async def _key(self, request: Request) -> Response:
        return self._refusal(request) or JSONResponse(self._providers.key_info(key_in(request.headers)))

    async def _odd_account(self, request: Request) -> Response:
        key = key_in(request.headers)
        return self._refusal(request) or JSONResponse(self._providers.odd_account(key))

    async def _credits(self, request: Request) -> Response:
        if refused := self._refusal(request):
            return refused
        if "management" not in key_in(request.headers):
            words = "Only management keys can perform this operation"
            return JSONResponse(self._wire.error(403, words), 403)
        return JSONResponse({"data": {"total_credits": 0, "total_usage": 0}})

    async def _generation(self, request: Request) -> Response:
        if refused := self._refusal(request):
            return refused
        facts = self._providers.generation(request.query_params.get("id", ""), key_in(request.headers))
        if facts is None:
            return JSONResponse(self._wire.error(404, "Generation not found"), 404)
        return JSONResponse({"data": facts})

    def _refusal(self, request: Request) -> Response | None:
        try:
            check_key(self._wire, key_in(request.headers))
        except Refused as refused:
            return Performance(refused.script, None)
        return None
