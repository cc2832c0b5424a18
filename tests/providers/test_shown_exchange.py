"""What is shown of a call: everything but what must not be seen."""

import json
import shlex

import pytest

from router.providers.http.transport import KEPT_OF_A_REPLY
from router.providers.shown_exchange import shown
from router.simulator import Fault
from router.types import Target
from tests.world import CHAT, FIRST, HELLO

pytestmark = pytest.mark.anyio


async def exchange_of(world, messages=HELLO, **options):
    async with world.router.stream(config=CHAT, messages=messages, **options) as stream:
        async for _ in stream:
            pass
    target, call = stream.exchanges[-1]
    return shown(target, call, world.router.accounts[target.provider])


async def test_a_call_is_shown_as_it_went_out_and_came_back_without_the_key(world):
    exchange = await exchange_of(world)
    assert exchange.target == Target(*FIRST)
    assert exchange.request_headers["authorization"] == "•••"
    assert json.loads(exchange.request) == world.seen[-1].body
    assert exchange.status == 200
    assert "data: [DONE]" in exchange.reply
    assert exchange.reply_bytes >= len(exchange.reply)
    assert world.environment["GROQ_API_KEY"] not in repr(exchange)


async def test_the_curl_line_makes_the_same_call_with_the_key_from_the_environment(world):
    exchange = await exchange_of(world, [{"role": "user", "content": 'it\'s $5 `now` "ok"?'}])
    words = shlex.split(exchange.curl.replace("\\\n", ""))
    assert exchange.url in words
    assert "Authorization: Bearer $GROQ_API_KEY" in words
    assert json.loads(words[words.index("-d") + 1]) == world.seen[-1].body


async def test_a_long_reply_is_kept_only_at_its_beginning(world):
    world.simulator.set_fault(*FIRST, Fault("big_event", size=300_000))
    exchange = await exchange_of(world)
    assert exchange.reply_bytes > 300_000
    assert len(exchange.reply) <= KEPT_OF_A_REPLY


async def test_a_key_that_the_end_of_what_is_kept_cuts_in_two_is_masked(world):
    key = world.environment["GROQ_API_KEY"].removeprefix("gsk_")
    world.environment["GROQ_API_KEY"] = key  # of no provider's form, so that it is known by itself alone
    await world.router.aclose()
    world.router = world.new_router()
    body = "x" * (KEPT_OF_A_REPLY - len(key) + 3) + key + "x" * 99
    world.simulator.set_fault(*FIRST, Fault("script", steps=[{"status": 200}, {"bytes": body}]))
    async with world.router.stream(config=CHAT, messages=HELLO) as stream:
        async for _ in stream:
            pass
    target, call = next((target, call) for target, call in stream.exchanges if target == Target(*FIRST))
    assert call.received.endswith(key[:-3].encode())
    assert shown(target, call, world.router.accounts["groq"]).reply.endswith("x•••")


@pytest.mark.parametrize(
    "body", ["[" * 60_000, '{"a": "\\ud83d"}', '{"a": NaN}', "9" * 5_000, "\0", '{"\\udc00": 1}'], ids=range(6)
)
async def test_any_reply_can_be_shown(world, body):
    world.simulator.set_fault(*FIRST, Fault("script", steps=[{"status": 200}, {"bytes": body}]))
    async with world.router.stream(config=CHAT, messages=HELLO) as stream:
        async for _ in stream:
            pass
    target, call = next((target, call) for target, call in stream.exchanges if target == Target(*FIRST))
    assert shown(target, call, world.router.accounts["groq"]).reply.encode()
