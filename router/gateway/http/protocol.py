"""HTTP as the gateway speaks it: Uvicorn's protocol, with bounds to what a connection may send before it is answered.

What Uvicorn leaves open: a head may take for ever and be of any size; a refusal is plain text, and is written into the
middle of a reply that is on its way; and a client that sends its next request ahead of the reply is not seen to go
away, since reading pauses until that reply is whole.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any, ClassVar

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from router.gateway.errors import GatewayError, bad_request

LARGEST_HEAD = 64 * 2**10
"""Bytes of a request's line and headers; browsers and proxies keep to a few thousand."""

MOST_AHEAD = 64 * 2**10
"""Bytes of further requests that are kept while a reply is on its way. Hardly a client sends any; one that sends more
sees the connection end with that reply, and sends them again."""


class GatewayProtocol(HttpToolsProtocol):
    """One connection.

    Attributes:
        head_seconds: what a request's head may take, from the connection's beginning or the head's first byte on.
    """

    head_seconds: ClassVar[float] = 30.0

    _answered: RequestResponseCycle | None = None
    """The request whose turn it is; Uvicorn's own `cycle` is the last one that was read."""
    _awaits_head = True
    _has_begun_head = False
    _head_bytes = 0
    _fed = b""
    _ahead = b""
    _ignores_more = False
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request, for a while."""
        super().connection_made(transport)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the request whose turn it is that nobody is there to be answered: Uvicorn tells the last one alone."""
        self._stop_head_timer()
        if self._is_answering and self._answered is not None:
            self._answered.disconnected = True
            self._answered.message_event.set()
        super().connection_lost(exc)

    @property
    def _is_answering(self) -> bool:
        return self._answered is not None and not self._answered.response_complete

    # --- reading -----------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Read on, within bounds; what belongs to a later request waits for its turn, and reading never pauses."""
        if self._ignores_more:
            return
        if self._is_answering and not self._reads_body():
            self._keep_ahead(data)
            return
        self._feed(data)
        if self._is_answering or self.transport.is_closing():
            self._stop_head_timer()
            return
        self._head_bytes += len(data) if self._awaits_head else 0
        self._watch_head()

    def _feed(self, data: bytes) -> None:
        self._fed = data
        super().data_received(data)
        self._fed = b""

    def _reads_body(self) -> bool:
        """Whether what comes next is more of the body of the request whose turn it is."""
        return self._answered is self.cycle and self.cycle.more_body

    def _keep_ahead(self, data: bytes) -> None:
        self._ahead += data
        if len(self._ahead) > MOST_AHEAD and self._answered is not None:
            self._ahead, self._ignores_more, self._answered.keep_alive = b"", True, False

    def on_message_begin(self) -> None:
        """A request's first bytes are there."""
        super().on_message_begin()
        self._has_begun_head = True

    def on_headers_complete(self) -> None:
        """Begin to answer, or refuse a target with a host of its own in it, of which the guard sees the path alone."""
        self._awaits_head, self._has_begun_head, self._head_bytes = False, False, 0
        if not self.url.startswith((b"/", b"*")):
            self.send_400_response("This server is no proxy: ask it for a path.")
            return
        if not self._offers_another_protocol:
            super().on_headers_complete()
            self._see_more()

    @property
    def _offers_another_protocol(self) -> bool:
        return bool(self.parser.should_upgrade()) and not self._should_upgrade()

    def _unsupported_upgrade_warning(self) -> None:
        """Read a request as though it offered no other protocol.

        Java's client offers HTTP/2 with each request, and the parser takes the body behind such a head for something
        of that protocol.
        """
        if self.transport.is_closing():
            return  # it was refused for another reason
        error = sys.exception()
        assert isinstance(error, httptools.HttpParserUpgrade), "it is called where that is handled"
        body = self._fed[error.args[0] :]
        head = [self.parser.get_method() + b" " + self.url + b" HTTP/1.1"]
        head += [name + b": " + value for name, value in self.headers if name not in (b"upgrade", b"connection")]
        self.parser = httptools.HttpRequestParser(self)
        self._feed(b"\r\n".join([*head, b"", b""]) + body)

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        super().on_body(body)
        self._see_more()

    def _see_more(self) -> None:
        """Read on where a later request came in one packet with this one: a client that goes away is to be seen."""
        if self._answered is not self.cycle:
            self.flow.resume_reading()

    def on_message_complete(self) -> None:
        """A request is read."""
        if not self._offers_another_protocol:
            super().on_message_complete()
            self._awaits_head = True

    # --- answering ---------------------------------------------------------------------------------------------------

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """The next request's turn."""
        super().on_response_complete()
        if self.transport.is_closing():
            return
        if self._ahead and (not self._is_answering or self._reads_body()):
            data, self._ahead = self._ahead, b""
            self.data_received(data)
        elif (self.cycle.more_body or self._has_begun_head) and not self._is_answering:
            # It was answered before it was read, or the next has begun: what is left has to come some time.
            self._watch_head()

    # --- refusing ----------------------------------------------------------------------------------------------------

    def _watch_head(self) -> None:
        if self._head_bytes > LARGEST_HEAD:
            message = f"The request's line and headers are longer than {LARGEST_HEAD // 2**10} KiB."
            self._refuse(GatewayError(431, message, code="headers_too_large"))
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_seconds, self._end_waiting)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _end_waiting(self) -> None:
        self._head_timer = None
        if self._has_begun_head:
            message = f"The request's headers were not whole after {self.head_seconds:g} seconds."
            self._refuse(GatewayError(408, message, code="request_timeout"))
        else:
            self.transport.close()  # nobody has asked anything

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(bad_request(msg, code="invalid_http"))

    def _refuse(self, error: GatewayError) -> None:
        """Answer without a request, and end the connection; nothing is said in the middle of another reply."""
        if self._answered is None or self._answered.response_complete or not self._answered.response_started:
            body = error.body()
            self.transport.write(
                STATUS_LINE[error.status]
                + b"content-type: application/json\r\nconnection: close\r\n"
                + b"content-length: %d\r\n\r\n" % len(body)
                + body
            )
        self.transport.close()
