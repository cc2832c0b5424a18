"""Two providers under a weather, over real sockets: `python -m benchmarks.weather_upstream PORT`.

The path says which history is played, when it began, and for whom:
`/HISTORY/BEGINNING/CONTENDER/PROVIDER/v1/chat/completions`, the beginning in seconds of the machine's monotonic clock.
`GET /HISTORY/BEGINNING/CONTENDER/calls` gives what each call of that contender met.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from benchmarks.weather import HISTORIES, LATENCY, REFUSAL_LATENCY, Fate

_BY_NAME = {history.name: history for history in HISTORIES}
TEXT = "Eat a banana and some oats two hours before the run, and drink a glass of water."
_FOR_EVER = 3_600.0


@dataclass
class _Caller:
    """What one contender has called in one history."""

    numbers: Counter[str] = field(default_factory=Counter)
    calls: list[tuple[float, str, str]] = field(default_factory=list)


_callers: dict[str, _Caller] = defaultdict(_Caller)


def _head(status: str, kind: str, length: int | None, *more: str) -> bytes:
    framing = "transfer-encoding: chunked" if length is None else f"content-length: {length}"
    return "\r\n".join([f"HTTP/1.1 {status}", f"content-type: {kind}", framing, *more, "", ""]).encode()


def _chunk(document: object) -> bytes:
    data = b"data: " + (document if isinstance(document, bytes) else json.dumps(document).encode()) + b"\n\n"
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def _piece(text: str, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return _chunk({"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]})


def _halves(streams: bool) -> tuple[bytes, bytes]:
    """A healthy reply's bytes, parted within its text."""
    middle = len(TEXT) // 2
    if streams:
        end = _piece("", "stop") + _chunk(b"[DONE]") + b"0\r\n\r\n"
        return _head("200 OK", "text/event-stream", None) + _piece(TEXT[:middle]), _piece(TEXT[middle:]) + end
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": TEXT}}
    usage = {"prompt_tokens": 12, "completion_tokens": 20, "total_tokens": 32}
    whole = {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": usage}
    body = json.dumps(whole).encode()
    data = _head("200 OK", "application/json", len(body)) + body
    return data[: -len(body) // 2], data[-len(body) // 2 :]


def _refusal(status: str, words: str, *headers: str) -> bytes:
    body = json.dumps({"error": {"message": words, "type": "internal_server_error"}}).encode()
    return _head(status, "application/json", len(body), *headers) + body


class _Provider(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._received = b""
        self._task: asyncio.Task[None] | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        size = int(length.group(1)) if length else 0
        if found and len(rest) >= size:
            self._received = rest[size:]
            path = head.split(b" ", 2)[1].decode()
            self._task = asyncio.get_running_loop().create_task(self._reply(path, rest[:size]))

    async def _reply(self, path: str, body: bytes) -> None:
        history, beginning, contender, *way = path.strip("/").split("/")
        caller = _callers[f"{history}/{beginning}/{contender}"]
        if way == ["calls"]:
            data = json.dumps(caller.calls).encode()
            self._transport.write(_head("200 OK", "application/json", len(data)) + data)
        elif way[-1] != "completions":
            self._transport.write(_refusal("404 Not Found", "nothing here"))
        else:
            document = json.loads(body)
            target = f"{way[0]}:{document['model']}"
            moment = time.monotonic() - float(beginning)
            fate = _BY_NAME[history].fate(target, moment, caller.numbers[target])
            caller.numbers[target] += 1
            caller.calls.append((moment, target, fate.kind))
            await _PLAYS[fate.kind](self._transport, fate, bool(document.get("stream")))


async def _answer(transport: asyncio.Transport, fate: Fate, streams: bool) -> None:
    first, second = _halves(streams)
    await asyncio.sleep(LATENCY)
    transport.write(first + second)


async def _error(transport: asyncio.Transport, fate: Fate, streams: bool) -> None:
    await asyncio.sleep(REFUSAL_LATENCY)
    transport.write(_refusal("503 Service Unavailable", "The service is over capacity; try again later"))


async def _limited(transport: asyncio.Transport, fate: Fate, streams: bool) -> None:
    """States the spell's end, or a second where single calls are refused."""
    await asyncio.sleep(REFUSAL_LATENCY)
    wait = fate.left if fate.left < 100.0 else 1.0
    transport.write(_refusal("429 Too Many Requests", "Rate limit reached", f"retry-after: {wait:.3f}"))


async def _reset(transport: asyncio.Transport, fate: Fate, streams: bool) -> None:
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _cut(transport: asyncio.Transport, fate: Fate, streams: bool) -> None:
    await asyncio.sleep(LATENCY / 2)
    transport.write(_halves(streams)[0])
    await asyncio.sleep(LATENCY / 2)
    transport.close()


async def _stall(transport: asyncio.Transport, fate: Fate, streams: bool) -> None:
    await asyncio.sleep(LATENCY)
    transport.write(_halves(streams)[0])
    await asyncio.sleep(_FOR_EVER)


_Play = Callable[[asyncio.Transport, Fate, bool], Awaitable[None]]
_PLAYS: dict[str, _Play] = {
    "": _answer,
    "error": _error,
    "limited": _limited,
    "reset": _reset,
    "cut": _cut,
    "stall": _stall,
}


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Provider, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
