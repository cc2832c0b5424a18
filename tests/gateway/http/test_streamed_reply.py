"""A streamed reply's way out, on a real socket: gathered pieces, comments in silence, a head that is held."""

import asyncio

import httpx
import pytest

from router.gateway.http.exchange import HttpExchange
from router.gateway.http.streamed_reply import Outlet
from tests.serving import served, until

pytestmark = pytest.mark.anyio
SILENCE = 0.05


def app_of(work):
    """An ASGI app whose reply is what `work` does with an outlet."""

    async def app(scope, receive, send):
        exchange = HttpExchange(scope, receive, send)
        await exchange.read_body()
        async with Outlet(exchange, lambda: [(b"x-router-target", b"known")], SILENCE) as outlet:
            await work(outlet)
            outlet.close()

    return app


async def test_silence_is_filled_with_comments_and_ends_with_the_first_piece():
    async def work(outlet):
        await until(lambda: outlet.has_begun)
        outlet.write(b"data: piece\n\n")

    async with served(app_of(work)) as address, httpx.AsyncClient() as client:
        text = (await client.get(address)).text
    assert text.startswith(": keep-alive\n\n")
    assert text.endswith("data: piece\n\n")


async def test_the_head_is_held_until_the_first_piece():
    begun = asyncio.Event()

    async def work(outlet):
        assert not outlet.has_begun
        await begun.wait()
        outlet.write(b"data: piece\n\n")

    async with served(app_of(work)) as address, httpx.AsyncClient() as client:
        asking = asyncio.create_task(client.get(address))
        await asyncio.sleep(0)
        assert not asking.done()
        begun.set()
        assert (await asking).headers["x-router-target"] == "known"


async def test_a_slow_client_makes_the_writer_wait_and_loses_nothing():
    pieces = [b"data: %d %s\n\n" % (number, b"x" * 1_000) for number in range(2_000)]

    async def work(outlet):
        for piece in pieces:
            outlet.write(piece)
            if outlet.is_full:
                await outlet.emptied()

    async with served(app_of(work)) as address, httpx.AsyncClient() as client:
        assert (await client.get(address)).content == b"".join(pieces)
