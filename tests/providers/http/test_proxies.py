"""Calls through the proxy that the environment names, on real sockets."""

import asyncio
import base64
from contextlib import asynccontextmanager

import httpx
import pytest

from router.providers.http.connections import Clients
from router.providers.http.proxies import find_proxy
from router.providers.http.transport import Endpoint, send
from router.providers.replies import ProviderFailure

pytestmark = pytest.mark.anyio
URL = "http://provider.example/v1/models"


@asynccontextmanager
async def proxy():
    """A proxy that answers everything itself; gives its port, and the heads of the requests that came."""
    heads = []

    async def answer(reader, writer):
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heads


async def call(url=URL):
    clients = Clients()
    try:
        endpoint = Endpoint(httpx.URL(url), httpx.Headers({"Authorization": "Bearer the-key"}))
        async with send(await clients.get(), endpoint, None, 5.0) as reading:
            return await reading.body()
    finally:
        await clients.aclose()


@pytest.fixture
def environment(monkeypatch):
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    "entry", ["default login me password hunter2", "machine provider.example login me password hunter2"]
)
async def test_a_netrc_entry_stands_beside_no_key(environment, tmp_path, entry):
    (tmp_path / "netrc").write_text(entry + "\n")
    environment.setenv("NETRC", str(tmp_path / "netrc"))
    async with proxy() as (port, heads):
        environment.setenv("http_proxy", f"http://127.0.0.1:{port}")
        assert await call() == b"{}"
    assert heads[0].startswith(f"GET {URL} HTTP/1.1\r\n")
    assert "bearer the-key" in heads[0].lower()
    assert heads[0].lower().count("authorization:") == 1


async def test_a_proxys_own_user_goes_to_the_proxy_alone(environment):
    async with proxy() as (port, heads):
        environment.setenv("http_proxy", f"http://me:p%40ss@127.0.0.1:{port}")
        await call()
    assert f"proxy-authorization: basic {base64.b64encode(b'me:p@ss').decode()}".lower() in heads[0].lower()
    assert "bearer the-key" in heads[0].lower()


async def test_a_tunnels_proxy_is_given_its_user_and_not_the_providers_key(environment):
    async with proxy() as (port, heads):
        environment.setenv("https_proxy", f"http://me:secret@127.0.0.1:{port}")
        with pytest.raises(ProviderFailure):  # it opens no tunnel
            await call("https://provider.example/v1/models")
    assert heads[0].startswith("CONNECT provider.example:443 ")
    assert "proxy-authorization: basic" in heads[0].lower()
    assert "the-key" not in heads[0]


async def test_a_host_in_no_proxy_is_called_directly(environment):
    async with proxy() as (port, heads), proxy() as (direct, direct_heads):
        environment.setenv("http_proxy", f"http://127.0.0.1:{port}")
        environment.setenv("no_proxy", "127.0.0.1")
        await call(f"http://127.0.0.1:{direct}/models")
    assert (heads, len(direct_heads)) == ([], 1)


async def test_requests_side_by_side_each_take_their_own_way(environment):
    async with proxy() as (port, heads), proxy() as (direct, direct_heads):
        environment.setenv("http_proxy", f"http://127.0.0.1:{port}")
        environment.setenv("no_proxy", "127.0.0.1")
        clients = Clients()
        urls = [URL, f"http://127.0.0.1:{direct}/models"] * 10

        async def one_of_many(url):
            endpoint = Endpoint(httpx.URL(url), httpx.Headers({}))
            async with send(await clients.get(), endpoint, None, 5.0) as reading:
                return await reading.body()

        await asyncio.gather(*map(one_of_many, urls))
        await clients.aclose()
    assert {head.split()[1] for head in heads} == {URL}
    assert {head.split()[1] for head in direct_heads} == {"/models"}
    assert len(heads) == len(direct_heads) == 10


async def test_a_proxy_without_a_scheme_is_an_http_one(environment):
    environment.setenv("https_proxy", "proxy.example:3128")
    assert str(find_proxy(httpx.URL("https://provider.example")).url) == "http://proxy.example:3128"


@pytest.mark.parametrize("address", ["http://me:hunter2@proxy:port", "nothing://me:hunter2@proxy"])
async def test_what_is_no_proxy_is_a_failed_call_that_shows_no_password(environment, address):
    environment.setenv("http_proxy", address)
    with pytest.raises(ProviderFailure) as failed:
        await call()
    assert "proxy" in failed.value.signal.message
    assert "hunter2" not in failed.value.signal.message
