"""Bytes on real sockets that are no HTTP, or not the HTTP that was asked for."""

import asyncio
import gc
import gzip
import json
import select
import socket
import ssl
import traceback
from contextlib import asynccontextmanager

import httpx
import pytest

from router import AllTargetsFailed
from router.providers.http.connections import Clients
from router.providers.http.transport import Endpoint, send
from router.providers.key_check import try_key
from router.providers.replies import ProviderFailure
from router.settings import Settings
from tests.world import FIRST, MODES, World, name_of

pytestmark = pytest.mark.anyio

ORGANIZATION = b"org_01secret"
KEY = b"{key}"
"""Stands for the key that the request brought: some gateways send it back."""
QUOTED = ORGANIZATION + b" for " + KEY
OK = b"HTTP/1.1 200 OK\r\n"

HEADS = {
    "no status": b"HTTP/1.1 twohundred " + QUOTED + b"\r\n\r\n",
    "a status too large": b"HTTP/1.1 99999 OK " + QUOTED + b"\r\n\r\n",
    "another protocol": b"SSH-2.0-" + QUOTED + b"\r\n",
    "words": b"Go away, " + QUOTED + b"\n",
    "an empty line": b"\r\n\r\n" + QUOTED,
    "a head that ends early": OK + b"x-told: " + QUOTED,
    "a header of 9,000 bytes": OK + b"x-told: " + QUOTED + b"x" * 9_000 + b"\r\n\r\n{}",
    "a header name of 9,000 bytes": OK + QUOTED.replace(b" ", b"-") + b"x" * 9_000 + b": 1\r\n\r\n{}",
    "a header without a colon": OK + b"no colon " + QUOTED + b"\r\n\r\n{}",
    "a header with a NUL": OK + b"x-told: \0" + QUOTED + b"\r\n\r\n{}",
    "a length in words": OK + b"content-length: many " + QUOTED + b"\r\n\r\n{}",
    "a length below nothing": OK + b"content-length: -1\r\nx-told: " + QUOTED + b"\r\n\r\n{}",
    "two lengths": OK + b"content-length: 2\r\ncontent-length: 3\r\nx-told: " + QUOTED + b"\r\n\r\n{}",
    "a length beyond the body": OK + b"content-length: 999\r\n\r\n" + QUOTED,
    "no chunk at once": OK + b"transfer-encoding: chunked\r\n\r\nzz " + QUOTED + b"\r\n",
    "NULs": b"\0" * 64 + QUOTED + b"\0" * 64,
    "a TLS alert": b"\x15\x03\x01\x00\x02\x02\x0a",
    "nothing": b"",
}
TAILS = {
    "a size in words": b"zz " + QUOTED + b"\r\n",
    "a size below nothing": b"-1\r\n" + QUOTED,
    "a size beyond everything": b"F" * 40 + b"\r\n" + QUOTED,
    "NULs": b"\0" * 64 + QUOTED,
    "a chunk without an end": b"2\r\nabcd" + QUOTED,
    "an extension of 9,000 bytes": b"5;x=" + QUOTED.replace(b" ", b"") + b"x" * 9_000 + b"\x01\r\n",
    "the end of the connection": b"",
    "a second status line": OK + b"\r\n" + QUOTED,
}


@asynccontextmanager
async def serving(*pieces):
    """A server that answers every request with these bytes, each read by itself; gives its base URL."""

    async def answer(reader, writer):
        try:
            head = await reader.read(1)
            if head != b"\x16":  # which begins TLS, where a server that awaits HTTP sees a bad request at once
                head += await reader.readuntil(b"\r\n\r\n")
            key = next((line for line in head.split(b"\r\n") if line.lower().startswith(b"authorization")), b"")
            for piece in pieces:
                writer.write(piece.replace(KEY, key.rpartition(b" ")[2]))
                await writer.drain()
                await asyncio.sleep(0.05 if len(pieces) > 1 else 0)
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()


@pytest.fixture
async def quiet(caplog, capfd):
    """Neither the event loop nor any library has a word to say, at any level, that holds what must not be seen."""
    caplog.set_level("DEBUG")
    troubles = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: troubles.append(context))
    yield
    await asyncio.sleep(0)
    gc.collect()
    loop.set_exception_handler(None)
    assert troubles == []
    assert capfd.readouterr() == ("", "")
    assert "Traceback" not in caplog.text
    assert "org_01" not in caplog.text
    assert "gsk_test_" not in caplog.text


@asynccontextmanager
async def world_at(base, simulator, folder):
    """A router whose first provider is at `base`."""
    world = World(simulator, folder, GROQ_BASE_URL=base)
    try:
        yield world
        for row in (*world.rows("SELECT * FROM requests"), *world.rows("SELECT * FROM attempts")):
            clean(world, str(row))
        clean(world, str(world.router.failures()))
    finally:
        await world.aclose()


def clean(world, text):
    assert "org_01" not in text
    assert world.environment["GROQ_API_KEY"] not in text


async def answered_elsewhere(world, mode, outcomes):
    """The other provider has answered, and whoever failed cools down."""
    answer = await world.ask(mode)
    assert answer.error is None, answer.error
    assert answer.completion.provider == "openrouter"
    failed = [attempt for attempt in answer.completion.attempts if attempt.outcome not in ("skipped", "succeeded")]
    assert failed
    assert {attempt.outcome for attempt in failed} <= outcomes
    clean(world, str(answer.completion.attempts))
    assert {cooldown.provider for cooldown in world.router.failures()} == {"groq"}
    return answer


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("head", HEADS)
async def test_a_head_that_is_no_http_is_answered_by_the_other_provider(head, mode, simulator, tmp_path, quiet):
    async with serving(HEADS[head]) as base, world_at(base, simulator, tmp_path) as world:
        answer = await answered_elsewhere(world, mode, {"connection_lost", "cut", "malformed", "unknown"})
        assert "restart" not in answer.kinds
        await world.router.refresh_catalogue()


@pytest.mark.parametrize("tail", TAILS)
async def test_bytes_that_are_no_chunk_after_the_first_text_restart_with_the_other_provider(
    tail, simulator, tmp_path, quiet
):
    event = b'data: {"choices": [{"delta": {"content": "Half an answer"}}]}\n\n'
    head = OK + b"content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    pieces = head + b"%x\r\n%b\r\n" % (len(event), event), TAILS[tail]
    async with serving(*pieces) as base, world_at(base, simulator, tmp_path) as world:
        answer = await answered_elsewhere(world, "stream", {"cut"})
        assert answer.kinds.count("restart") == 1
        assert "Half an answer" not in answer.text


@pytest.mark.parametrize("mode", MODES)
async def test_a_refusal_whose_body_breaks_off_counts_by_its_status_and_headers(mode, simulator, tmp_path, quiet):
    head = b"HTTP/1.1 429 Too Many\r\nretry-after: 77\r\ntransfer-encoding: chunked\r\n\r\n"
    async with serving(head, b"zz " + QUOTED) as base, world_at(base, simulator, tmp_path) as world:
        await answered_elsewhere(world, mode, {"rate_limited"})
        cooldown = world.router.failures()[0]
        assert cooldown.until - cooldown.since == pytest.approx(77.0)


@pytest.mark.parametrize("mode", MODES)
async def test_tls_on_a_plain_port_never_leaves_and_says_why(mode, simulator, tmp_path, quiet):
    async with serving(b"HTTP/1.1 400 Bad Request\r\n\r\n") as base:
        secure = base.replace("http:", "https:")
        async with world_at(secure, simulator, tmp_path) as world:
            answer = await answered_elsewhere(world, mode, {"not_sent"})
            assert "TLS failed" in str(answer.completion.attempts)


async def test_where_nobody_else_is_left_the_error_is_clean_to_its_last_cause(simulator, tmp_path, quiet):
    async with serving(HEADS["no status"]) as base, world_at(base, simulator, tmp_path) as world:
        error = (await world.ask(targets=[name_of(FIRST)], deadline=6.0)).error
        assert isinstance(error, AllTargetsFailed)
        clean(world, "".join(traceback.format_exception(error)))


async def test_a_key_is_tried_at_an_address_that_speaks_no_http(simulator, tmp_path, quiet):
    async with serving(HEADS["no status"]) as base, world_at(base, simulator, tmp_path) as world:
        entry = world.router.table.providers["groq"]
        verdict = await try_key("groq", entry, Settings.from_env(world.environment))
        assert not verdict.accepted
        assert "no valid HTTP" in verdict.words
        clean(world, verdict.words)


async def test_a_body_that_is_packed_unasked_is_not_unpacked():
    packed = gzip.compress(gzip.compress(json.dumps({"data": []}).encode()))
    head = OK + b"content-encoding: gzip, gzip\r\ncontent-length: %d\r\n\r\n" % len(packed)
    async with serving(head + packed) as base:
        with pytest.raises(ProviderFailure, match="compressed"):
            await _read(base)


async def test_a_body_that_says_it_is_not_packed_is_read():
    async with serving(OK + b"content-encoding: Identity\r\ncontent-length: 2\r\n\r\n[]") as base:
        assert await _read(base) == b"[]"


@pytest.mark.parametrize("coding", [b"chunked\r\n connection: close", b"gzip, chunked", b"chunky"])
async def test_a_body_in_an_unknown_transfer_coding_is_not_taken_for_text(coding):
    reply = OK + b"transfer-encoding: " + coding + b"\r\nconnection: close\r\n\r\n2\r\n[]\r\n0\r\n\r\n"
    async with serving(reply) as base:
        with pytest.raises(ProviderFailure):
            await _read(base)


async def test_a_chunked_body_is_read_however_its_coding_is_written():
    async with serving(OK + b"Transfer-Encoding: Chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n") as base:
        assert await _read(base) == b"[]"


async def test_one_connection_serves_many_replies():
    connections = []

    async def answer(reader, writer):
        connections.append(writer)
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(OK + b"content-length: 2\r\n\r\n[]")
        except EOFError:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    clients = Clients()
    endpoint = Endpoint(httpx.URL(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"), httpx.Headers())
    for _ in range(20):
        async with send(await clients.get(), endpoint, None, 5.0) as reading:
            assert await reading.body() == b"[]"
    assert len(connections) == 1
    await clients.aclose()
    server.close()


async def _read(base):
    clients = Clients()
    try:
        async with send(await clients.get(), Endpoint(httpx.URL(base), httpx.Headers()), None, 5.0) as reading:
            return await reading.body()
    finally:
        await clients.aclose()


@pytest.mark.filterwarnings("ignore:Sending a large body")
async def test_closing_ends_in_time_where_a_peer_takes_nothing_of_what_is_sent():
    """Nobody accepts what waits at this socket, so that the system's buffers fill and stay full."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        clients = Clients()

        async def call():
            async with send(await clients.get(), Endpoint(httpx.URL(url), httpx.Headers()), bytes(30_000_000), 5.0):
                pass

        calling = asyncio.create_task(call())
        while not is_called(deaf):  # noqa: ASYNC110 – the system connects it, and tells nobody
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)  # until what is sent waits
        async with asyncio.timeout(10):
            await clients.aclose()
            with pytest.raises(ProviderFailure):
                await calling


def is_called(listening):
    return bool(select.select([listening], [], [], 0)[0])


async def test_certificates_that_cannot_be_read_are_a_failed_call(tmp_path, monkeypatch):
    # OpenSSL's own variable: where its key log cannot be written, no context can be made.
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "missing" / "keys"))
    with pytest.raises(OSError, match="missing"):
        ssl.create_default_context()
    with pytest.raises(ProviderFailure, match="No such file or directory"):
        await _read("http://127.0.0.1:9/")
