"""The gateway under the console's own address: the console's router, its own keys, and the pages beside it closed."""

import time

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from pages.components.apps.gateway_routes import GATEWAY_ROUTES
from pages.components.console.access.security import guarded_by_host
from pages.components.console.runtime import runtime
from router.gateway.keys import new_key
from tests.pages.conftest import environment as environment
from tests.serving import HELLO, served

pytestmark = pytest.mark.anyio
ORIGIN = {"origin": "https://app.example.com"}


@pytest.fixture
async def console(environment):
    """The console's server without its pages; gives its address."""
    environment.setenv("ROUTER_CORS_ORIGINS", ORIGIN["origin"])
    async with served(Starlette(routes=GATEWAY_ROUTES, middleware=[Middleware(guarded_by_host)])) as address:
        yield address


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/chat/completions/", "/chat/completions"])
async def test_a_program_is_answered_by_the_consoles_router(console, path):
    secret, key = new_key("website", time.time())
    assert runtime().store.apps.add(key)
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {secret}"}, timeout=30) as client:
        response = await client.post(console + path, json={"model": "auto", "messages": HELLO})
        listed = await client.get(f"{console}/models/auto")
    request_id = response.json()["router"]["request_id"]
    assert runtime().store.flush()
    assert runtime().store.statistics.request(request_id).row["app"] == "website"
    assert listed.json()["id"] == "auto"


async def test_nothing_is_told_without_a_key_but_whether_it_is_well(console):
    async with httpx.AsyncClient() as client:
        answers = [(await client.get(console + path)).status_code for path in ("/v1/models", "/livez", "/readyz")]
    assert answers == [401, 200, 200]


async def test_a_foreign_name_is_refused_in_the_form_of_what_was_asked_for(console):
    async with httpx.AsyncClient(headers={"host": "evil.example"}) as client:
        api, page = [await client.get(console + path) for path in ("/v1/models", "/history")]
    assert (api.status_code, api.json()["error"]["code"]) == (403, "host_not_allowed")
    assert (page.status_code, "ROUTER_ALLOWED_HOSTS" in page.text) == (403, True)
    assert page.headers["content-type"].startswith("text/plain")


async def test_a_listed_origin_may_call_the_gateway_and_nothing_else(console):
    async with httpx.AsyncClient(headers=ORIGIN) as client:
        answers = [(await client.get(console + path)).status_code for path in ("/v1/models", "/", "/livez")]
    assert answers == [401, 403, 403]
