"""The gateway alone: a server of its own, which ends gracefully."""

from __future__ import annotations

import gc
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import uvicorn
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from router.alerts import chosen_kinds, watch_of
from router.api import DualModelRouter
from router.errors import ConfigurationError
from router.gateway.app import Gateway
from router.gateway.errors import host_refusal
from router.gateway.http.protocol import GatewayProtocol
from router.gateway.keys import Keyring
from router.hosts.allowed_hosts import canonical_host, is_loopback
from router.hosts.host_guard import HostGuard
from router.settings import Settings

GRACE_SECONDS = 20
"""What requests under way have to come to their end, once the server is told to stop; new ones are refused at once."""

_KEEP_ALIVE_SECONDS = 75
"""A connection without a request is kept for longer than clients keep theirs: whoever closes first while the other
sends costs that request."""


class ServedGateway:
    """The gateway behind the check of host names, with the router's own beginning and end.

    Args:
        router: is closed when the server ends.
    """

    def __init__(self, router: DualModelRouter, settings: Settings) -> None:
        @asynccontextmanager
        async def lifespan(_: object) -> AsyncIterator[Mapping[str, object]]:
            watch = watch_of(router, settings)
            watch.start()
            try:
                async with router:
                    _spare_what_is_loaded()
                    yield {}
            finally:
                watch.stop()

        self._lifespan: ASGIApp = Router(lifespan=lifespan)
        gateway = Gateway(lambda: router, settings.cors_origins)
        self._guarded = HostGuard(gateway, settings.allowed_hosts, cors=settings.cors_origins, refusal_of=host_refusal)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or begin and end with the server."""
        app = self._lifespan if scope["type"] == "lifespan" else self._guarded
        await app(scope, receive, send)


def _spare_what_is_loaded() -> None:
    """Tell the collector that all there is by now stays: a pass over it would stop every stream for 50 ms."""
    gc.collect()
    gc.freeze()


def serve(settings: Settings, *, host: str, port: int) -> None:
    """Serve until the process is told to stop; says where.

    Raises:
        ConfigurationError: there is no router to serve, the address cannot be listened on, or others could reach it
            and no app has a key.
    """
    chosen_kinds(settings.text("ROUTER_ALERTS"))  # a setting that cannot be used is said before anything listens
    router = DualModelRouter.from_settings(settings)
    has_keys = Keyring().has_keys(router)
    if not has_keys and not _is_for_this_machine(host):
        raise ConfigurationError(
            f"--host {host} lets other machines in, and no app has a key yet; "
            "make one first: python -m router apps add NAME"
        )
    with _listening(host, port) as listening:
        address = listening.getsockname()
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]
        print(f"Gateway: http://{shown}:{address[1]}/v1", flush=True)  # noqa: T201
        if not has_keys:
            print("No app has a key yet; make one: python -m router apps add NAME", flush=True)  # noqa: T201
        server_of(ServedGateway(router, settings)).run([listening])


def server_of(app: ASGIApp) -> uvicorn.Server:
    """The server, as the gateway needs it."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=GatewayProtocol,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="on",
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
    )


def _is_for_this_machine(host: str) -> bool:
    name = canonical_host(host)
    return name is not None and is_loopback(name)


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens, so that whoever reads the printed address at once is not turned away."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigurationError(f"--host {host} is no address of this machine: {error.strerror}") from None
    try:
        if sys.platform != "win32":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(1024)
    except OSError as error:
        listening.close()
        raise ConfigurationError(f"{host} port {port} cannot be listened on: {error.strerror}") from None
    return listening
