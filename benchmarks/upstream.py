"""A provider that costs nothing to wait for: the fixed replies that the benchmarks are answered with.

Runs in its own process (`python benchmarks/upstream.py PORT`). `/fast/…` answers, `/down/…` gives a 503; with
`"stream": true` in the body it sends as many chunks as the message's text says (`"chunks=1000"`), and a JSON document
of as many items (`"items=1000"`).
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from functools import cache


def _completion(text: str) -> bytes:
    message = {"role": "assistant", "content": text}
    document = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": "openai/gpt-oss-120b",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 12, "completion_tokens": 4, "total_tokens": 16},
    }
    return json.dumps(document).encode()


@cache
def _items(count: int) -> bytes:
    items = [{"name": f"rolled oats {number}", "grams": number / 2, "note": None} for number in range(count)]
    return _completion(json.dumps({"items": items}))


_PLAIN = _completion("A short answer.")
_DOWN = json.dumps({"error": {"message": "down", "type": "internal_server_error"}}).encode()


def _event(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    document = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "openai/gpt-oss-120b",
        "choices": [choice],
    }
    return b"data: " + json.dumps(document).encode() + b"\n\n"


def _response(status: str, kind: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


class _Provider(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        size = int(length.group(1)) if length else 0
        if found and len(rest) >= size:
            self._received = rest[size:]
            self._answer(head, rest[:size])

    def _answer(self, head: bytes, body: bytes) -> None:
        if b"/down/" in head.split(b"\r\n", 1)[0]:
            self._transport.write(_response("503 Service Unavailable", "application/json", _DOWN))
        elif b'"stream":true' in body.replace(b": ", b":"):
            self._stream(int(re.search(rb"chunks=(\d+)", body).group(1)))
        elif found := re.search(rb"items=(\d+)", body):
            self._transport.write(_response("200 OK", "application/json", _items(int(found[1]))))
        else:
            self._transport.write(_response("200 OK", "application/json", _PLAIN))

    def _stream(self, count: int) -> None:
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        tail = _chunk(_event({}, "stop")) + _chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n"
        # Two by turns: some clients give up on a model that says the same again and again.
        both = _chunk(_event({"content": "word "})) + _chunk(_event({"content": "more "}))
        self._transport.write(head + both * (count // 2) + tail)


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Provider, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
