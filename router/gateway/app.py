"""The gateway as an ASGI app: who may ask, what for, and how a failure is told.

`Gateway` has a table of its addresses. Every path is answered with and without `/v1` in front and a slash behind:
people write the base address in either way, and clients put the rest behind it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, ParamSpec, TypeVar

import orjson
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose
from ulid import ULID

from router.api import DualModelRouter
from router.errors import AllTargetsFailed, ConfigurationError, RouterError
from router.gateway import operating
from router.gateway.answering import ApiForm, failed_answer, reply_streamed, reply_whole, request_headers
from router.gateway.bodies import LARGE_BODY, read_object, with_client_retries
from router.gateway.chat.replies import ChatChunks, chat_document
from router.gateway.chat.requests import read_chat_call
from router.gateway.errors import SERVER_ERROR, GatewayError, of_router_error
from router.gateway.field_names import ROUTER_FIELDS, of_value_error
from router.gateway.http.cors import cors_headers
from router.gateway.http.exchange import BODY_SECONDS, ClientGone, Header, HttpExchange
from router.gateway.keys import Keyring, check_task, take_request
from router.gateway.model_names import model_document, model_list
from router.gateway.repeats import Repeats, request_mark
from router.gateway.responses.events import ResponseEvents
from router.gateway.responses.replies import response_document
from router.gateway.responses.requests import read_responses_call
from router.hosts.cors_origins import NO_ORIGINS, CorsOrigins
from router.ports import AppKey
from router.redaction import place_of
from router.workers import run_in_worker

_log = logging.getLogger("router.gateway")

_P = ParamSpec("_P")
_T = TypeVar("_T")

CHAT = ApiForm(read_chat_call, chat_document, ChatChunks)
"""`/v1/chat/completions`."""

RESPONSES = ApiForm(read_responses_call, response_document, ResponseEvents)
"""`/v1/responses`."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One authorised request on its way through the gateway.

    Attributes:
        path: without `/v1` and the slash at its end.
    """

    exchange: HttpExchange
    router: DualModelRouter
    key: AppKey
    path: str


class Gateway:
    """The ASGI app over one router.

    Args:
        router_of: gives the router; the console's may be replaced while the process goes on. Raises
            `ConfigurationError` where there is none.
        cors: the origins whose pages may call it.
        body_seconds: what a request's body may take, besides what its size allows.
    """

    def __init__(
        self,
        router_of: Callable[[], DualModelRouter],
        cors: CorsOrigins = NO_ORIGINS,
        *,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._router_of = router_of
        self._cors = cors
        self._body_seconds = body_seconds
        self._keyring = Keyring()
        self._repeats = Repeats()
        self._open = {"/livez": self._live, "/readyz": self._ready, "/metrics": self._metrics}
        self._endpoints: dict[str, dict[str, Callable[[Visit], Awaitable[None]]]] = {
            "/chat/completions": {"POST": lambda visit: self._answer(visit, CHAT)},
            "/responses": {"POST": lambda visit: self._answer(visit, RESPONSES)},
            "/models": {"GET": self._models},
            "/router/plan": {"POST": self._plan},
            "/router/usage": {"GET": self._usage},
            "/router/quotas": {"GET": self._quotas},
            "/router/failures": {"GET": self._failures},
            "/router/failures/reset": {"POST": self._reset},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a websocket is refused, and the server's own messages are not for it."""
        if scope["type"] == "websocket":
            # Anybody may knock, without a key: it must not cost the log a stack trace each time.
            await WebSocketClose()(scope, receive, send)
            return
        if scope["type"] != "http":
            raise RuntimeError(f"the gateway answers HTTP alone, and this is {scope['type']}")
        extra = cors_headers(scope, self._cors)
        exchange = HttpExchange(scope, receive, send, extra=extra, body_seconds=self._body_seconds)
        try:
            await self._serve(exchange)
        except ClientGone:
            return
        except GatewayError as error:
            await _refuse(exchange, error)
        except ConfigurationError as error:
            # What is to be mended is the operator's to know, and stands in the log of the server.
            _log.error("a request could not be answered: %s", error)
            message = "This gateway is not set up to answer; its operator finds the reason in its log."
            await _refuse(exchange, GatewayError(503, message, code="not_configured", kind=SERVER_ERROR, wait=30.0))
        except Exception as error:  # noqa: BLE001 – whatever it is, the client gets a reply it can read
            _log.error("a request met a fault of the gateway's own: %s", place_of(error))
            if exchange.has_begun:
                return  # the server breaks the connection off, which every client takes for a failure
            await _refuse(exchange, of_router_error(error, 0.0))

    async def _serve(self, exchange: HttpExchange) -> None:
        path = _bare_path(exchange.scope["path"])
        if exchange.method == "OPTIONS":
            await exchange.reply(204, b"", [(b"allow", b"GET, HEAD, POST, OPTIONS")])
        elif path in self._open:
            _check_method(exchange, ("GET",))
            await self._open[path](exchange)
        else:
            router = self._router_of()
            key = self._keyring.key_of(exchange, router)
            await self._endpoint_of(path, exchange)(Visit(exchange, router, key, path))

    def _endpoint_of(self, path: str, exchange: HttpExchange) -> Callable[[Visit], Awaitable[None]]:
        methods = self._endpoints.get(path)
        if methods is None and path.startswith("/models/"):
            methods = {"GET": self._model}
        if methods is None:
            raise _unknown_path(exchange.scope["path"], self._endpoints)
        _check_method(exchange, tuple(methods))
        return methods[_plain_method(exchange)]

    # --- without a key -------------------------------------------------------------------------------------------

    async def _live(self, exchange: HttpExchange) -> None:
        await exchange.reply(200, b'{"status":"alive"}')

    async def _ready(self, exchange: HttpExchange) -> None:
        document = operating.readiness(self._router_of())
        await exchange.reply(200 if document["ready"] else 503, orjson.dumps(document))

    async def _metrics(self, exchange: HttpExchange) -> None:
        router = self._router_of()
        if not _is_from_here(exchange.scope):
            self._keyring.key_of(exchange, router)
        # Loaded when somebody first asks: Prometheus' library would be a tenth of the time until the gateway answers.
        from router.gateway.metrics import METRICS_TYPE, metrics_text

        text = await asyncio.to_thread(metrics_text, router)
        await exchange.reply(200, text, kind=METRICS_TYPE)

    # --- with one --------------------------------------------------------------------------------------------------

    async def _answer(self, visit: Visit, form: ApiForm) -> None:
        """A request for an answer, by either API."""
        router = visit.router
        data = await visit.exchange.read_body()
        mark = await _read_beside(data, request_mark, visit.key, visit.path, data)
        failure = self._repeats.standing_failure(mark, router)
        if failure is not None:
            raise failure
        names = ROUTER_FIELDS
        try:
            body = await _read_beside(data, read_object, data)
            call = await _read_beside(data, form.read_call, body, router, visit.key.name)
            names = call.names
            call = with_client_retries(call, visit.exchange)
            check_task(visit.key, call.config.type)
            await take_request(visit.key, router)
            reply = reply_streamed if call.stream else reply_whole
            await reply(visit.exchange, form, call, router)
        except ValueError as error:
            raise of_value_error(error, names) from None
        except RouterError as error:
            failure = failed_answer(error, call, router)
            if isinstance(error, AllTargetsFailed):
                self._repeats.remember(mark, error, failure, router)
            raise failure from None

    async def _models(self, visit: Visit) -> None:
        await _reply_json(visit, model_list(visit.router, visit.key.tasks))

    async def _model(self, visit: Visit) -> None:
        await _reply_json(visit, model_document(visit.path.removeprefix("/models/"), visit.router))

    async def _plan(self, visit: Visit) -> None:
        data = await visit.exchange.read_body()
        try:
            document = operating.plan_document(data, visit.router, visit.key.name)
        except ValueError as error:
            raise of_value_error(error) from None
        await _reply_json(visit, document)

    async def _usage(self, visit: Visit) -> None:
        await _reply_json(visit, visit.router.get_usage_stats())

    async def _quotas(self, visit: Visit) -> None:
        await _reply_json(visit, operating.quotas_document(visit.router))

    async def _failures(self, visit: Visit) -> None:
        await _reply_json(visit, operating.failures_document(visit.router))

    async def _reset(self, visit: Visit) -> None:
        data = await visit.exchange.read_body()
        try:
            document = operating.reset_failures(data, visit.router, visit.key.name)
        except ValueError as error:
            raise of_value_error(error) from None
        self._repeats.forget_all()
        await _reply_json(visit, document)


async def _read_beside(data: bytes, read: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """What a function reads in a body: beside the event loop where the body is large."""
    return await run_in_worker(read, *args, **kwargs) if len(data) > LARGE_BODY else read(*args, **kwargs)


async def _reply_json(visit: Visit, document: dict[str, Any]) -> None:
    await visit.exchange.reply(200, orjson.dumps(document), _new_id())


async def _refuse(exchange: HttpExchange, error: GatewayError) -> None:
    await exchange.refuse(error, request_headers(error.request_id) or _new_id())


def _new_id() -> list[Header]:
    """An id for a reply that has no row in the log."""
    return request_headers(str(ULID()))


def _bare_path(path: str) -> str:
    # A base address with a slash behind it and a path with one in front make two.
    bare = "/" + "/".join(part for part in path.split("/") if part)
    return bare.removeprefix("/v1") if bare.startswith("/v1/") else bare


def _plain_method(exchange: HttpExchange) -> str:
    """HEAD is GET without the body, which the server leaves out."""
    return "GET" if exchange.method == "HEAD" else exchange.method


def _check_method(exchange: HttpExchange, allowed: tuple[str, ...]) -> None:
    if _plain_method(exchange) not in allowed:
        names = ", ".join((*allowed, "HEAD", "OPTIONS") if "GET" in allowed else (*allowed, "OPTIONS"))
        message = f"{exchange.method} is not for this address; it takes {names}."
        raise GatewayError(405, message, code="method_not_allowed", headers=[(b"allow", names.encode())])


def _unknown_path(path: str, known: object) -> GatewayError:
    shown = path if len(path) <= 80 else f"{path[:80]}…"
    there = ", ".join(f"/v1{name}" for name in known) if isinstance(known, dict) else ""
    instead = next((f" {words}" for start, words in _INSTEAD.items() if _bare_path(path).startswith(start)), "")
    return GatewayError(404, f"There is no {shown or '/'} here;{instead} there are {there}.", code="unknown_url")


_INSTEAD = {
    "/completions": "this older API is not served, so set your client to chat (LlamaIndex: is_chat_model=True);",
    "/responses/": "no response is stored, so send the whole conversation with each request;",
    "/embeddings": "no free model makes embeddings, so take them from elsewhere;",
    "/messages": "this is Anthropic's API, so use a client of OpenAI's;",
}
"""What clients ask for that is not there, by how the address begins, and what their users can do."""


def _is_from_here(scope: Scope) -> bool:
    """Whether the request comes from this machine itself."""
    client = scope.get("client")
    try:
        return client is not None and ip_address(client[0]).is_loopback
    except ValueError:
        return False
