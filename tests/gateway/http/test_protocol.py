"""What a connection may send to the gateway, byte by byte, and what becomes of one that sends something else."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress

import pytest

from router.gateway.http.protocol import LARGEST_HEAD, MOST_AHEAD, GatewayProtocol
from router.simulator import Fault
from tests.serving import HELLO, served_gateway, until
from tests.world import FIRST

pytestmark = pytest.mark.anyio


class HurriedProtocol(GatewayProtocol):
    """One that waits for a head next to no time."""

    head_seconds = 0.1


class Line:
    """A connection to a gateway, byte by byte."""

    def __init__(self, gateway, reader, writer):
        self._gateway = gateway
        self._reader = reader
        self._writer = writer

    def request(self, *, headers="", **fields):
        """The bytes of a request for an answer."""
        body = json.dumps({"model": "real-time-chat", "messages": HELLO} | fields).encode()
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self._gateway.key}\r\n"
        return f"{head}{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body

    async def send(self, data):
        self._writer.write(data)
        await self._writer.drain()

    async def reply(self):
        """One reply with a length: its status and its document."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].split()[0])
        return int(head.split()[1]), json.loads(await self._reader.readexactly(length))

    async def rest(self):
        """All that comes until the connection ends."""
        return await asyncio.wait_for(self._reader.read(), 10)

    def close(self):
        self._writer.close()


@asynccontextmanager
async def connected(gateway):
    """A connection to it, until the block is left."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(gateway.address.rpartition(":")[2]))
    try:
        yield Line(gateway, reader, writer)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


@asynccontextmanager
async def connected_to(world, **limits):
    """A connection to a gateway of those limits."""
    async with served_gateway(world, **limits) as gateway, connected(gateway) as line:
        yield line


@pytest.fixture
async def line(gateway):
    async with connected(gateway) as line:
        yield line


async def refusal_of(line, status):
    """The error's code in a reply with that status, after which the connection ends."""
    told, document = await line.reply()
    assert (told, await line.rest()) == (status, b"")
    return document["error"]["code"]


@pytest.mark.parametrize(
    "data",
    [
        b"this is no HTTP\r\n\r\n",
        b"GET http://evil.example/livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
        b"POST /v1/responses HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"POST /v1/responses HTTP/1.1\r\nHost: localhost\r\nContent-Length: -2\r\n\r\n{}",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_what_is_no_request_is_refused_in_the_form_of_every_error(line, data):
    await line.send(data)
    assert await refusal_of(line, 400) == "invalid_http"


async def test_a_head_beyond_all_measure_is_refused(line):
    await line.send(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * LARGEST_HEAD)
    assert await refusal_of(line, 431) == "headers_too_large"


async def test_a_head_that_does_not_end_is_refused_in_time(world):
    async with connected_to(world, protocol=HurriedProtocol) as line:
        await line.send(b"GET /livez HTTP/1.1\r\nHost: ")
        assert await refusal_of(line, 408) == "request_timeout"


async def test_a_head_that_does_not_end_is_refused_in_time_behind_an_answered_request_too(world):
    async with connected_to(world, protocol=HurriedProtocol) as line:
        await line.send(line.request() + b"GET /livez HTTP/1.1\r\nHost: ")
        assert (await line.reply())[0] == 200
        assert await refusal_of(line, 408) == "request_timeout"


async def test_a_connection_on_which_nothing_is_asked_ends_without_a_word(world):
    async with connected_to(world, protocol=HurriedProtocol) as line:
        assert await line.rest() == b""


async def test_an_answer_that_takes_longer_than_a_head_may_is_waited_for(world):
    world.simulator.set_fault(*FIRST, Fault("slow_start", seconds=0.3))
    async with connected_to(world, protocol=HurriedProtocol) as line:
        await line.send(line.request())
        assert (await line.reply())[0] == 200


@pytest.mark.parametrize("sent", [0, 10])
async def test_a_body_that_does_not_come_is_refused_in_time(world, sent):
    async with connected_to(world, body_seconds=0.1) as line:
        request = line.request()
        await line.send(request[: request.index(b"\r\n\r\n") + 4 + sent])
        assert await refusal_of(line, 408) == "request_timeout"


async def test_requests_sent_ahead_are_answered_in_their_order(line):
    first, second, third = (line.request(model=f"{name}+speed") for name in ("real-time-chat", "nowhere", "auto"))
    await line.send(first + second[:30])
    await line.send(second[30:] + third[:300])
    await line.send(third[300:])
    replies = [await line.reply() for _ in range(3)]
    assert [status for status, _ in replies] == [200, 404, 200]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("together", [False, True])
async def test_a_client_that_has_sent_ahead_and_goes_away_ends_the_call_upstream(gateway, line, stream, together):
    world = gateway.world
    world.simulator.set_fault(*FIRST, Fault("silent"))
    request = line.request(stream=stream)
    await line.send(request * 2 if together else request)
    await until(lambda: world.seen)
    if not together:
        await line.send(request)
    line.close()
    await until(lambda: world.seen[0].disconnected_at is not None, 0.3)
    await until(lambda: world.rows("SELECT status FROM requests")[0]["status"] == "cancelled")
    assert len(world.seen) == 1


async def test_a_client_that_sends_too_much_ahead_gets_its_answer_and_the_end_of_the_connection(gateway, line):
    gateway.world.simulator.set_fault(*FIRST, Fault("slow_start", seconds=0.2))
    await line.send(line.request())
    await until(lambda: gateway.world.seen)
    await line.send(line.request(messages=[{"role": "user", "content": "x" * MOST_AHEAD}]))
    assert (await line.reply())[0] == 200
    assert await line.rest() == b""
    assert len(gateway.world.seen) == 1


async def test_rubbish_behind_a_request_does_not_get_into_its_answer(line):
    await line.send(line.request(stream=True) + b"\x00 rubbish \r\n\r\n")
    answer = await line.rest()
    assert answer.count(b"HTTP/1.1 ") == 1 or answer.index(b"[DONE]") < answer.rindex(b"HTTP/1.1 400")


async def test_a_client_that_offers_another_protocol_is_answered_in_this_one(line):
    headers = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"
    for _ in range(2):
        await line.send(line.request(headers=headers))
        assert (await line.reply())[0] == 200


async def test_behind_another_server_that_loses_the_body_of_such_a_request_it_is_told_what_to_do(world):
    async with served_gateway(world, protocol="httptools") as gateway, connected(gateway) as line:
        await line.send(line.request(headers="Connection: Upgrade\r\nUpgrade: h2c\r\n"))
        assert await refusal_of(line, 400) == "unsupported_upgrade"


async def test_leave_to_send_a_body_is_given_where_it_is_asked_for(line):
    request = line.request(headers="Expect: 100-continue\r\n")
    end = request.index(b"\r\n\r\n") + 4
    await line.send(request[:end])
    assert b" 100 " in await line._reader.readuntil(b"\r\n\r\n")
    await line.send(request[end:])
    assert (await line.reply())[0] == 200


async def test_a_body_in_chunks_is_read(line):
    request = line.request()
    end = request.index(b"\r\n\r\n") + 4
    head = request[:end].replace(b"Content-Length: %d" % len(request[end:]), b"Transfer-Encoding: chunked")
    await line.send(head + b"5\r\n" + request[end : end + 5] + b"\r\n")
    await line.send(b"%x;ext=1\r\n" % len(request[end + 5 :]) + request[end + 5 :] + b"\r\n0\r\nTrailer: x\r\n\r\n")
    assert (await line.reply())[0] == 200


async def test_a_broken_chunk_is_a_refusal(line):
    head = line.request().partition(b"Content-Length")[0]
    await line.send(head + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"mod\r\nzz\r\n')
    assert await refusal_of(line, 400) == "invalid_http"
