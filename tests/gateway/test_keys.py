"""Keys at the gateway's door: who is let in, for what, how often, and until when."""

import pytest

from router.gateway.keys import changed_key
from tests.gateway.test_app import error_of

pytestmark = pytest.mark.anyio


async def test_a_key_is_taken_as_a_bearer_and_as_x_api_key(gateway):
    for headers in ({"authorization": f"bearer {gateway.key}"}, {"x-api-key": gateway.key}):
        async with gateway.client_with(None, **headers) as client:
            assert (await client.get("/models")).status_code == 200


async def test_a_placeholder_in_one_header_does_not_hide_the_key_in_the_other(gateway):
    async with gateway.client_with("sk-placeholder", **{"x-api-key": gateway.key}) as client:
        assert (await client.get("/models")).status_code == 200


@pytest.mark.parametrize("key", ["drk_" + "x" * 32, "x" * 5_000, "drk_ä"])
async def test_a_key_that_is_none_is_a_401_and_is_not_repeated_in_the_reply(gateway, key):
    async with gateway.client_with(None, authorization=f"Bearer {key}".encode()) as client:
        response = await client.get("/models")
    assert error_of(response, 401)["code"] == "invalid_api_key"
    assert key not in response.text


async def test_a_revoked_key_is_refused_from_the_next_request_on(gateway):
    key = gateway.add_app("website")
    async with gateway.client_with(key) as client:
        assert (await client.get("/models")).status_code == 200
        gateway.world.router.store.apps.revoke("website", gateway.world.clock.time())
        assert "revoked" in error_of(await client.get("/models"), 401)["message"]


async def test_other_limits_and_tasks_of_a_key_hold_from_the_next_request_on(gateway):
    key = gateway.add_app("website", per_minute=1)
    body = {"model": "quick-categorization", "messages": [{"role": "user", "content": "hi"}]}
    async with gateway.client_with(key) as client:
        assert (await client.post("/chat/completions", json=body)).status_code == 200
        error_of(await client.post("/chat/completions", json=body), 429)
        change_app(gateway, "website", per_minute=2)
        assert (await client.post("/chat/completions", json=body)).status_code == 200
        error_of(await client.post("/chat/completions", json=body), 429)
        change_app(gateway, "website", tasks=["vision"])
        assert error_of(await client.post("/chat/completions", json=body), 403)["code"] == "model_not_allowed"


def change_app(gateway, name, **terms):
    """Give an app's key other terms; those left out are none."""
    apps, now = gateway.world.router.store.apps, gateway.world.clock.time()
    (key,) = [key for key in apps.load() if key.name == name]
    assert apps.update(changed_key(key, now, **dict.fromkeys(("per_minute", "per_day", "tasks", "expires_at")) | terms))


async def test_an_expired_key_is_refused_and_told_since_when(gateway):
    key = gateway.add_app("website", expires_at=gateway.world.clock.time() + 60)
    gateway.world.clock.turn(61)
    async with gateway.client_with(key) as client:
        assert "expired" in error_of(await client.get("/models"), 401)["message"]


async def test_a_key_for_some_tasks_is_refused_for_others_and_lists_its_own_alone(gateway):
    key = gateway.add_app("website", tasks=["quick-categorization"])
    body = {"messages": [{"role": "user", "content": "hi"}]}
    async with gateway.client_with(key) as client:
        refused = await client.post("/chat/completions", json=body | {"model": "vision"})
        allowed = await client.post("/chat/completions", json=body | {"model": "quick-categorization"})
        listed = {model["id"] for model in (await client.get("/models")).json()["data"]}
    assert error_of(refused, 403)["code"] == "model_not_allowed"
    assert allowed.status_code == 200
    assert "vision" not in listed
    assert gateway.world.rows("SELECT count(*) AS n FROM requests")[0]["n"] == 1


async def test_a_limit_that_is_reached_is_a_429_with_its_wait_and_calls_nobody(gateway):
    key = gateway.add_app("website", per_minute=2)
    body = {"model": "auto", "messages": [{"role": "user", "content": "hi"}]}
    async with gateway.client_with(key) as client:
        responses = [await client.post("/chat/completions", json=body) for _ in range(3)]
    assert [response.status_code for response in responses][:2] == [200, 200]
    error = error_of(responses[2], 429)
    assert error["type"] == "rate_limit_error"
    assert 1 <= int(responses[2].headers["retry-after"]) <= 60
    assert 1 <= int(responses[2].headers["retry-after-ms"]) <= 60_000
    assert responses[2].headers["x-should-retry"] == "false"
    assert len(gateway.world.seen) == 2


async def test_a_malformed_request_takes_nothing_of_a_limit(gateway):
    key = gateway.add_app("website", per_minute=1)
    async with gateway.client_with(key) as client:
        for body in ({"model": "nothing", "messages": []}, {"model": "auto", "messages": []}, {"model": "auto"}):
            await client.post("/chat/completions", json=body)
        body = {"model": "auto", "messages": [{"role": "user", "content": "hi"}]}
        assert (await client.post("/chat/completions", json=body)).status_code == 200


async def test_the_last_use_and_all_uses_of_a_key_without_limits_are_counted(gateway):
    await gateway.chat()
    gateway.world.router.store.flush()
    key = gateway.world.router.store.apps.usage(gateway.world.clock.time())[0]
    assert (key.name, key.used) == ("tests", 1)
    assert key.last_used_at == pytest.approx(gateway.world.clock.time(), abs=5)
