"""A request answered, whatever API it came by: whole, or piece by piece, and ended with its client.

An API is an `ApiForm`: how its bodies are read and its answers written. Everything between the two is here, so that a
further API is a translation and nothing else.

The head of a streamed reply is held until there is something to send, so that whatever fails before has its honest
status. A reply that is silent for `KEEP_ALIVE_SECONDS` is begun with a comment, since proxies on the way would end it:
from then on its failures are told within it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from router.api import DualModelRouter
from router.engine.stream import Stream
from router.errors import AllTargetsFailed, DeadlineExceeded, RouterClosed, RouterError
from router.gateway.bodies import GatewayCall, OnRestart
from router.gateway.errors import (
    LIMIT_OUTCOMES,
    OUT_OF_PLAY,
    SERVER_ERROR,
    GatewayError,
    of_router_error,
    unfit_request,
)
from router.gateway.http.exchange import ClientGone, Header, HttpExchange
from router.gateway.http.streamed_reply import StreamedReply
from router.ports import Cooldown
from router.types import (
    Attempt,
    AttemptOutcome,
    AttemptStarted,
    CacheHit,
    CacheUse,
    Completed,
    Completion,
    Delta,
    Event,
    PlannedTarget,
    Reasoning,
    Restart,
    TargetState,
    ToolCall,
)


class EventWriter(Protocol):
    """Writes the parts of one stream in its API's form."""

    def opening(self) -> bytes:
        """What comes ahead of the first piece."""
        ...

    def reasoning(self, text: str) -> bytes:
        """A piece of the model's reasoning."""
        ...

    def text(self, text: str) -> bytes:
        """A piece of the answer."""
        ...

    def tool_calls(self, calls: Sequence[ToolCall], first: int) -> bytes:
        """Calls to tools, whole; the first of them is number `first` of the answer's."""
        ...

    def restart(self, target: str) -> bytes:
        """What was sent is void, and `target` answers from the start."""
        ...

    def closing(self, completion: Completion) -> bytes:
        """The end of a whole answer."""
        ...

    def failure(self, error: GatewayError) -> bytes:
        """The end of an answer that is not whole."""
        ...


@dataclass(frozen=True, slots=True)
class ApiForm:
    """One API: how its requests are read and its answers written.

    Attributes:
        read_call: a body's request; its arguments are the body, its nulls left out,
            the router, and the name of the app. Raises
            `GatewayError` or `ValueError`.
        document: a whole answer as JSON.
        writer: the writer of a stream; its arguments are the call, the request's ULID, and who answers.
    """

    read_call: Callable[[Mapping[str, Any], DualModelRouter, str], GatewayCall]
    document: Callable[[Completion, GatewayCall], dict[str, Any]]
    writer: Callable[[GatewayCall, str, str], EventWriter]


def failed_answer(error: RouterError, call: GatewayCall, router: DualModelRouter) -> GatewayError:
    """What the router raised, as the caller is told of it."""
    if not isinstance(error, AllTargetsFailed):
        return of_router_error(error, router.clock.time())
    if _ends_at_limit(error, call):
        return _limit_too_low(error, call)
    plan = router.plan(config=call.config, messages=call.messages, **call.options)
    if all(attempt.outcome is AttemptOutcome.SKIPPED for attempt in error.attempts) and _fits_nobody(plan):
        return unfit_request(error, [line for line in plan if line.state is TargetState.UNFIT])
    return of_router_error(error, router.clock.time(), is_dry=_is_out_of_allowance(plan, router))


def _ends_at_limit(error: AllTargetsFailed, call: GatewayCall) -> bool:
    """Whether the caller's own limit left no room for an answer: a model that thinks first may use it up so, and JSON
    and calls of tools are no good when cut off.

    Some models do not say that they were cut off, so what cut answers look like counts beside the one that did.
    """
    outcomes = {attempt.outcome for attempt in error.attempts} - {AttemptOutcome.SKIPPED}
    return "max_tokens" in call.options and AttemptOutcome.LENGTH in outcomes and outcomes <= _CUT_OFF


_CUT_OFF = frozenset(
    {
        AttemptOutcome.LENGTH,
        AttemptOutcome.JSON_VALIDATE_FAILED,
        AttemptOutcome.TOOL_USE_FAILED,
        AttemptOutcome.EMPTY,
        AttemptOutcome.INVALID_JSON,
        AttemptOutcome.INVALID_TOOL_CALL,
    }
)


def _limit_too_low(error: AllTargetsFailed, call: GatewayCall) -> GatewayError:
    name = call.names.get("max_tokens", "max_tokens")
    message = (
        f"{name} is {call.options['max_tokens']}, and no model came to an answer within it; raise it or leave it out."
    )
    return GatewayError(
        400,
        message,
        code="output_limit_reached",
        param=name,
        attempts=error.attempts,
        request_id=error.request_id,
    )


def _fits_nobody(plan: Sequence[PlannedTarget]) -> bool:
    """Whether no target can do what is asked, on whatever day: no wait would help, and another request would."""
    return any(line.state is TargetState.UNFIT for line in plan) and all(line.state in OUT_OF_PLAY for line in plan)


def _is_out_of_allowance(plan: Sequence[PlannedTarget], router: DualModelRouter) -> bool:
    """Whether every target that a request could go to has given all it may give for now."""
    lines = [line for line in plan if line.state not in OUT_OF_PLAY]
    cooldowns = router.failures()
    return bool(lines) and all(_is_dry(line, cooldowns) for line in lines)


def _is_dry(line: PlannedTarget, cooldowns: Sequence[Cooldown]) -> bool:
    if line.state is TargetState.NO_ALLOWANCE:
        return True
    standing = [
        cooldown.outcome
        for cooldown in cooldowns
        if cooldown.provider == line.provider and (cooldown.scope != "target" or cooldown.model == line.model)
    ]
    return line.state is TargetState.COOLING and bool(standing) and all(word in LIMIT_OUTCOMES for word in standing)


# --- whole ------------------------------------------------------------------------------------------------------


async def reply_whole(exchange: HttpExchange, form: ApiForm, call: GatewayCall, router: DualModelRouter) -> None:
    """Answer with one JSON object.

    Raises:
        RouterError, ValueError: as `DualModelRouter.complete`.
        ClientGone: the client went away; the call upstream has ended.
    """
    completion = await _complete(exchange, call, router)
    headers = [*request_headers(completion.request_id), _target_header(f"{completion.provider}:{completion.model}")]
    headers += cache_headers(completion.cache)
    await exchange.reply(200, orjson.dumps(form.document(completion, call)), headers)


async def _complete(exchange: HttpExchange, call: GatewayCall, router: DualModelRouter) -> Completion:
    task = asyncio.current_task()
    assert task is not None, "a request is answered in a task"
    gone = False

    async def leave_with_client() -> None:
        nonlocal gone
        await exchange.until_gone()
        gone = True
        task.cancel()

    watching = asyncio.create_task(leave_with_client())
    try:
        return await router.complete(config=call.config, messages=call.messages, **call.options)
    except asyncio.CancelledError:
        # Ours, unless the server is ending at the same moment.
        if gone and task.uncancel() == 0:
            raise ClientGone from None
        raise
    finally:
        watching.cancel()


def request_headers(request_id: str | None) -> list[Header]:
    """The request's id, under which it stands in the log."""
    return [] if request_id is None else [(b"x-request-id", request_id.encode())]


def _target_header(target: str) -> Header:
    return b"x-router-target", target.encode("ascii", "replace")


def cache_headers(use: CacheUse | None) -> list[Header]:
    """Whether the answer is from the cache, and how old it is; nothing where the cache was not looked into."""
    if use is None:
        return []
    status = (b"x-router-cache", use.status.value.upper().encode())
    return [status, (b"age", str(int(use.age)).encode())] if use.is_hit else [status]


# --- piece by piece ---------------------------------------------------------------------------------------------


async def reply_streamed(exchange: HttpExchange, form: ApiForm, call: GatewayCall, router: DualModelRouter) -> None:
    """Answer piece by piece.

    Raises:
        RouterError, ValueError: as `DualModelRouter.stream`, as long as nothing was sent.
        ClientGone: the client went away; the call upstream has ended.
    """
    async with router.stream(config=call.config, messages=call.messages, **call.options) as stream:
        watching = asyncio.create_task(_cancel_with_client(exchange, stream))
        reply = _StreamedReply(exchange, form, call, stream)
        try:
            await reply.send_all(router)
        finally:
            watching.cancel()


async def _cancel_with_client(exchange: HttpExchange, stream: Stream) -> None:
    await exchange.until_gone()
    stream.cancel()


class _StreamedReply:
    """One reply on its way."""

    def __init__(self, exchange: HttpExchange, form: ApiForm, call: GatewayCall, stream: Stream) -> None:
        self._form = form
        self._call = call
        self._stream = stream
        self._reply = StreamedReply(exchange, self._head)
        self._target = ""
        self._writer: EventWriter | None = None
        self._holds = call.on_restart is OnRestart.HOLD
        self._is_void = False
        self._reasoning: list[str] = []
        self._has_reasoned = False

    def _head(self) -> list[Header]:
        headers = request_headers(self._stream.request_id)
        if self._writer is None:
            return headers
        return [*headers, _target_header(self._target), *cache_headers(self._stream.cache)]

    async def send_all(self, router: DualModelRouter) -> None:
        """Send what the router gives until the answer is whole, or told to be none.

        Raises:
            RouterError, ValueError, ClientGone: as `reply_streamed`.
        """
        async with self._reply:
            try:
                async for event in self._stream:
                    self._take_event(event)
                    if self._reply.is_full:
                        await self._reply.emptied()
            except RouterError as error:
                if not self._reply.has_begun:
                    raise
                self._fail(self._failure(error, router))
            except _BrokenOff as broken:
                self._fail(broken.error)
            if self._stream.completion is None and not self._reply.is_closing:
                raise ClientGone

    def _failure(self, error: RouterError, router: DualModelRouter) -> GatewayError:
        """What the caller is told of a failure that no status can tell any more."""
        if self._writer is None or isinstance(error, DeadlineExceeded | RouterClosed):
            return failed_answer(error, self._call, router)
        return _interrupted(self._target, error)

    def _take_event(self, event: Event) -> None:
        if isinstance(event, Delta):
            if not self._holds:
                writer = self._opened()
                self._send_reasoning(writer)
                self._reply.write(writer.text(event.text))
        elif isinstance(event, Reasoning):
            self._reasoning.append(event.text)
        elif isinstance(event, AttemptStarted | CacheHit):
            self._use_target(f"{event.provider}:{event.model}")
        elif isinstance(event, Restart):
            self._restart()
        elif isinstance(event, Completed):
            self._complete(event.completion)

    def _send_reasoning(self, writer: EventWriter) -> None:
        """The reasoning so far. It is held until the answer begins: a target may fail while it thinks, and the head of
        the reply, once it is sent, could tell nobody so.
        """
        if self._reasoning:
            self._reply.write(writer.reasoning("".join(self._reasoning)))
            self._reasoning.clear()
            self._has_reasoned = True

    def _use_target(self, target: str) -> None:
        self._target = target
        self._reasoning.clear()  # of the target before
        self._mark_restart()

    def _mark_restart(self) -> None:
        """Say that what was sent is void, where it is; the same target may be the one that answers anew."""
        if self._is_void and self._writer is not None:
            self._reply.write(self._writer.restart(self._target))
            self._has_reasoned = False
        self._is_void = False

    def _opened(self) -> EventWriter:
        """The writer, once what comes ahead of the next piece is written."""
        self._mark_restart()
        if self._writer is None:
            self._writer = self._form.writer(self._call, self._stream.request_id or "", self._target)
            self._reply.write(self._writer.opening())
        return self._writer

    def _restart(self) -> None:
        """What was sent is void, if anything was; who answers anew is in the next event, if it is another target."""
        self._is_void = self._writer is not None
        if self._is_void and self._call.on_restart is not OnRestart.MARK:
            raise _BrokenOff(_interrupted(self._target))

    def _complete(self, completion: Completion) -> None:
        is_new = self._writer is None
        if is_new:
            self._target = f"{completion.provider}:{completion.model}"
        writer = self._opened()
        if completion.reasoning and not self._has_reasoned:
            self._reasoning = [completion.reasoning]  # where its end alone told that it was some
        self._send_reasoning(writer)
        if is_new and completion.text:
            self._reply.write(writer.text(completion.text))
        if completion.tool_calls:
            self._reply.write(writer.tool_calls(completion.tool_calls, 0))
        self._reply.write(writer.closing(completion))
        self._reply.close()

    def _fail(self, error: GatewayError) -> None:
        # Nothing was written yet where the reply was begun by a comment alone.
        writer = self._writer or self._form.writer(self._call, self._stream.request_id or "", self._target)
        self._reply.write(writer.failure(error))
        self._reply.close()


class _BrokenOff(Exception):
    """The answer broke off after pieces of it were sent, and nothing that follows would belong to them."""

    def __init__(self, error: GatewayError) -> None:
        super().__init__(str(error))
        self.error = error


def _interrupted(target: str, error: RouterError | None = None) -> GatewayError:
    message = f"{target} broke off in the middle of its answer: what was sent is not whole. Send the request again."
    attempts: Sequence[Attempt] = getattr(error, "attempts", ())
    return GatewayError(503, message, code="stream_interrupted", kind=SERVER_ERROR, attempts=attempts)
