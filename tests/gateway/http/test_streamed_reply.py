"""A streamed reply's way out, on a real socket: gathered pieces, comments in silence, a head that is held."""

import asyncio

import httpx
import pytest

from router.gateway.http.exchange import HttpExchange
from router.gateway.http.streamed_reply import StreamedReply
from tests.serving import served, until

pytestmark = pytest.mark.anyio
SILENCE = 0.05


def app_of(work):
    """An ASGI app whose reply is what `work` does with an reply."""

    async def app(scope, receive, send):
        exchange = HttpExchange(scope, receive, send)
        await exchange.read_body()
        async with StreamedReply(exchange, lambda: [(b"x-router-target", b"known")], SILENCE) as reply:
            await work(reply)
            reply.close()

    return app


async def test_silence_is_filled_with_comments_and_ends_with_the_first_piece():
    async def work(reply):
        await until(lambda: reply.has_begun)
        reply.write(b"data: piece\n\n")

    async with served(app_of(work)) as address, httpx.AsyncClient() as client:
        text = (await client.get(address)).text
    assert text.startswith(": keep-alive\n\n")
    assert text.endswith("data: piece\n\n")


async def test_the_head_is_held_until_the_first_piece():
    begun = asyncio.Event()

    async def work(reply):
        assert not reply.has_begun
        await begun.wait()
        reply.write(b"data: piece\n\n")

    async with served(app_of(work)) as address, httpx.AsyncClient() as client:
        asking = asyncio.create_task(client.get(address))
        await asyncio.sleep(0)
        assert not asking.done()
        begun.set()
        assert (await asking).headers["x-router-target"] == "known"


async def test_a_slow_client_makes_the_writer_wait_and_loses_nothing():
    pieces = [b"data: %d %s\n\n" % (number, b"x" * 1_000) for number in range(2_000)]

    async def work(reply):
        for piece in pieces:
            reply.write(piece)
            if reply.is_full:
                await reply.emptied()

    async with served(app_of(work)) as address, httpx.AsyncClient() as client:
        assert (await client.get(address)).content == b"".join(pieces)
