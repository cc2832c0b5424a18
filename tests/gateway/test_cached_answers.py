"""The gateway marks an answer from the cache in headers and body, whole and streamed, by either API."""

import json

import pytest

from tests.gateway.test_answering import chunks_of, text_of
from tests.gateway.test_app import error_of
from tests.gateway.test_metrics import samples, total
from tests.serving import HELLO, data_lines
from tests.world import FIRST, World, name_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(simulator, tmp_path):
    """A router that gives answers again for an hour."""
    world = World(simulator, tmp_path, ROUTER_CACHE_SECONDS="3600")
    yield world
    await world.aclose()
    world.check_log()


def mark_of(response):
    return response.headers.get("x-router-cache"), response.headers.get("age")


async def test_a_whole_answer_from_the_cache_is_marked_and_took_no_tokens(gateway):
    first, second = [await gateway.chat(temperature=0) for _ in range(2)]
    assert (mark_of(first), mark_of(second)) == (("MISS", None), ("HIT", "0"))
    earlier, later = first.json(), second.json()
    assert later["choices"] == earlier["choices"]
    assert earlier["router"]["cache"] == {"status": "miss"}
    assert later["router"]["cache"]["request_id"] == earlier["router"]["request_id"]
    assert later["router"]["cache"]["saved_tokens"] == earlier["usage"]["total_tokens"]
    assert later["usage"]["total_tokens"] == 0
    assert second.headers["x-router-target"] == later["model"] == name_of(FIRST)
    assert len(gateway.world.seen) == 1


@pytest.mark.parametrize("on_restart", ["error", "hold"])
async def test_a_stream_from_the_cache_is_marked_and_holds_the_same_text(gateway, on_restart):
    ask = {"temperature": 0, "router": {"on_restart": on_restart}}
    whole = (await gateway.chat(**ask)).json()["choices"][0]["message"]["content"]
    response = await gateway.stream(**ask)
    assert mark_of(response) == ("HIT", "0")
    chunks = chunks_of(response)
    assert text_of(chunks) == whole
    assert {chunk["model"] for chunk in chunks} == {name_of(FIRST)}
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert chunks[-1]["router"]["cache"]["status"] == "hit"


async def test_responses_are_marked_in_the_same_way(gateway):
    ask = {"model": "real-time-chat", "input": "Train or rest?", "temperature": 0}
    first, second = [await gateway.client.post("/responses", json=ask) for _ in range(2)]
    assert second.json()["output"][0]["content"] == first.json()["output"][0]["content"]
    assert second.json()["router"]["cache"]["status"] == "hit"
    streamed = await gateway.client.post("/responses", json=ask | {"stream": True})
    assert mark_of(streamed) == ("HIT", "0")
    assert json.loads(data_lines(streamed.text)[-1])["response"]["router"]["cache"]["status"] == "hit"


async def test_an_answer_for_which_the_cache_was_not_looked_into_has_no_mark(gateway):
    for fields in ({}, {"temperature": 0, "router": {"cache_seconds": 0}}):
        response = await gateway.chat(**fields)
        assert mark_of(response) == (None, None)
        assert "cache" not in response.json()["router"]


async def test_an_app_is_not_given_what_another_one_was_answered_nor_after_its_key_went_to_somebody_else(gateway):
    assert mark_of(await gateway.chat(temperature=0))[0] == "MISS"
    other = gateway.client_with(gateway.add_app("other"))
    body = {"model": "real-time-chat", "messages": HELLO, "temperature": 0}
    assert mark_of(await other.post("/chat/completions", json=body))[0] == "MISS"
    assert gateway.world.router.store.apps.revoke("other", gateway.world.clock.time())
    successor = gateway.client_with(gateway.add_app("other"))
    assert mark_of(await successor.post("/chat/completions", json=body))[0] == "MISS"
    assert mark_of(await successor.post("/chat/completions", json=body))[0] == "HIT"
    for client in (other, successor):
        await client.aclose()


@pytest.mark.parametrize("seconds", [-1, "60", True, 1e9])
async def test_a_time_that_is_none_is_a_400(gateway, seconds):
    error = error_of(await gateway.chat(router={"cache_seconds": seconds}), 400)
    assert "cache_seconds" in error["message"]


async def test_metrics_count_an_answer_from_the_cache_as_a_request_and_as_no_attempt(gateway):
    for _ in range(3):
        await gateway.chat(temperature=0)
    found = await samples(gateway)
    assert total(found, "router_requests_total", outcome="succeeded") == 3
    assert total(found, "router_attempts_total", outcome="succeeded") == 1
    assert total(found, "router_answered_from_cache_total", provider=FIRST[0]) == 2
    assert total(found, "router_request_duration_seconds_count") == 1
