"""Who may ask the gateway, where to, and how it says what is wrong."""

import asyncio

import pytest

from router.hosts.cors_origins import parse_cors_origins
from router.simulator import Fault
from tests.raw_http import raw_handshake, raw_request
from tests.serving import served_gateway

pytestmark = pytest.mark.anyio


def error_of(response, status):
    """The error object of a response with that status; its form is OpenAI's."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-request-id"]
    error = response.json()["error"]
    assert {*error} >= {"message", "type", "param", "code"}
    assert isinstance(error["code"], str)
    return error


@pytest.mark.parametrize(
    "path", ["/v1/chat/completions", "/v1/chat/completions/", "/chat/completions", "//v1//chat/completions"]
)
async def test_the_base_address_is_written_with_and_without_v1_and_a_slash_behind(gateway, path):
    body = {"model": "auto", "messages": [{"role": "user", "content": "hi"}]}
    response = await gateway.client.post(gateway.address + path, json=body)
    assert response.json()["choices"][0]["message"]["content"]


@pytest.mark.parametrize("path", ["/nowhere", "/embeddings", "/completions", "/", ""])
async def test_an_unknown_address_is_a_404_that_lists_what_there_is(gateway, path):
    error = error_of(await gateway.client.post(gateway.base_url + path, json={}), 404)
    assert "/v1/chat/completions" in error["message"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/completions", "set your client to chat"),
        ("/embeddings", "no free model makes embeddings"),
        ("/responses/resp_1", "the whole conversation"),
        ("/messages", "a client of OpenAI's"),
    ],
)
async def test_whoever_asks_another_api_is_told_what_to_do(gateway, path, words):
    assert words in error_of(await gateway.client.post(path, json={}), 404)["message"]


async def test_an_unknown_address_is_named_as_it_was_asked_for(gateway):
    error = error_of(await gateway.client.get(f"{gateway.base_url}/v1/models"), 404)
    assert "no /v1/v1/models here" in error["message"]


async def test_a_method_that_is_not_for_an_address_is_told_which_are(gateway):
    response = await gateway.client.get("/chat/completions")
    assert "POST" in error_of(response, 405)["message"]
    assert response.headers["allow"] == "POST, OPTIONS"


async def test_head_is_answered_as_get_without_a_body(gateway):
    response = await gateway.client.head("/models")
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("path", ["/models", "/models/auto", "/router/usage", "/router/quotas", "/router/failures"])
async def test_nothing_is_told_without_a_key(gateway, path):
    async with gateway.client_with(None) as stranger:
        error = error_of(await stranger.get(path), 401)
    assert error["code"] == "invalid_api_key"


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
async def test_whether_it_is_well_is_told_without_a_key(gateway, path):
    async with gateway.client_with(None) as stranger:
        assert (await stranger.get(gateway.address + path)).status_code == 200


async def test_a_gateway_whose_keys_are_all_refused_is_not_ready_and_says_for_which_tasks(gateway):
    for provider in ("groq", "openrouter"):
        gateway.world.simulator.set_fault(provider, "*", Fault("unauthorized"))
    await gateway.chat(router={"deadline": 2})
    response = await gateway.client.get(f"{gateway.address}/readyz")
    assert response.status_code == 503
    assert response.json()["tasks"]["real-time-chat"] is False


async def test_a_preflight_needs_no_key_and_gets_no_leave_where_no_origin_is_listed(gateway):
    async with gateway.client_with(None) as stranger:
        response = await stranger.options("/chat/completions")
    assert response.status_code == 204
    assert not [name for name in response.headers if name.startswith("access-control")]


async def test_a_listed_origin_is_told_what_it_asked_for_and_another_is_refused(world):
    asked = {"access-control-request-headers": "authorization,content-type,x-stainless-os"}
    async with served_gateway(world, parse_cors_origins("https://app.example.com")) as gateway:
        listed = await gateway.client.options(
            "/chat/completions", headers=asked | {"origin": "https://app.example.com"}
        )
        foreign = await gateway.client.options("/chat/completions", headers=asked | {"origin": "https://example.com"})
        read = await gateway.client.get("/models", headers={"origin": "https://app.example.com"})
    assert listed.headers["access-control-allow-headers"] == asked["access-control-request-headers"]
    assert listed.headers["access-control-allow-origin"] == "https://app.example.com"
    assert "x-request-id" in read.headers["access-control-expose-headers"]
    assert foreign.status_code == 403


async def test_another_host_name_is_refused_before_any_key_is_looked_at(gateway):
    response = await gateway.client.get("/models", headers={"host": "evil.example"})
    error = error_of(response, 403)
    assert error["code"] == "host_not_allowed"
    assert "ROUTER_ALLOWED_HOSTS" in error["message"]


async def test_a_target_with_a_host_of_its_own_is_refused(gateway):
    port = int(gateway.address.rpartition(":")[2])
    reply = await asyncio.to_thread(raw_request, port, [("Host", "localhost")], path="http://evil.example/livez")
    assert reply.status == 400


async def test_a_websocket_is_refused_without_an_error_in_the_log(gateway, caplog):
    port = int(gateway.address.rpartition(":")[2])
    host = [("Host", f"127.0.0.1:{port}")]
    reply = await asyncio.to_thread(raw_handshake, port, host, path="/v1/responses")
    assert (reply.status, caplog.text) == (403, "")
