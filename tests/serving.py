"""A gateway on a real socket over a world's router, in the test's own event loop, and an HTTP client for it."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import asynccontextmanager

import httpx
import uvicorn

from router.gateway.app import Gateway
from router.gateway.errors import host_refusal
from router.gateway.http.protocol import GatewayProtocol
from router.gateway.keys import new_key
from router.hosts.cors_origins import NO_ORIGINS
from router.hosts.host_guard import HostGuard

HELLO = [{"role": "user", "content": "What should I eat before a run?"}]


class ServedGateway:
    """A running gateway.

    Attributes:
        key: the key of an app named `tests`, without limits.
        client: sends that key with each request; its base URL ends in `/v1`.
    """

    def __init__(self, world, address):
        self.world = world
        self.address = address
        self.base_url = f"{address}/v1"
        self.key = self.add_app("tests")
        self.client = self.client_with(self.key)

    def add_app(self, name, **limits):
        """Another app; gives its key."""
        secret, key = new_key(name, self.world.clock.time(), **limits)
        assert self.world.router.store.apps.add(key)
        return secret

    def client_with(self, key, **headers):
        """A client that sends this key, or none."""
        authorization = {"authorization": f"Bearer {key}"} if key else {}
        return httpx.AsyncClient(base_url=self.base_url, headers=authorization | headers, timeout=30.0)

    async def chat(self, model="real-time-chat", messages=HELLO, **fields):
        """One request for a whole answer; gives the HTTP response."""
        return await self.client.post("/chat/completions", json={"model": model, "messages": messages, **fields})

    async def stream(self, model="real-time-chat", messages=HELLO, **fields):
        """One streamed request; gives the response, read to its end or to where it broke off."""
        return await self.chat(model, messages, stream=True, **fields)


@asynccontextmanager
async def served_gateway(world, cors=NO_ORIGINS, *, protocol=GatewayProtocol, **limits):
    """A gateway over the world's router on a free port, until the block is left."""
    gateway = Gateway(lambda: world.router, cors, **limits)
    async with served(HostGuard(gateway, cors=cors, refusal_of=host_refusal), protocol) as address:
        gateway = ServedGateway(world, address)
        yield gateway
        await gateway.client.aclose()


@asynccontextmanager
async def served(app, protocol=GatewayProtocol):
    """Any ASGI app on a free port, until the block is left; gives its address."""
    server = uvicorn.Server(
        uvicorn.Config(app, http=protocol, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    )
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        running = asyncio.create_task(_run(server, listening))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


async def _run(server, listening):
    # Not `serve`, which would take the test process's signals.
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup(sockets=[listening])
    await server.main_loop()
    await server.shutdown(sockets=[listening])


def data_lines(text):
    """The data of a stream's events, without what is around them."""
    return [line.removeprefix("data: ") for line in text.split("\n") if line.startswith("data: ")]


async def until(condition, seconds=5.0):
    """Until it holds; fails the test where it does not within so many seconds."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it never came to be so"
        await asyncio.sleep(0.002)
