"""The providers' HTTP: both wires, and the control under `/_simulator`, as an ASGI app."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from router.hosts.allowed_hosts import LOOPBACK_ONLY, AllowedHosts
from router.hosts.host_guard import HostGuard
from router.simulator.providers import Providers
from router.simulator.server.control import CONTROL, Control
from router.simulator.server.endpoints import PREFIXES, Endpoints, unknown_url

__all__ = ["CONTROL", "PREFIXES", "create_app"]


def create_app(providers: Providers | None = None, *, allowed_hosts: AllowedHosts = LOOPBACK_ONLY) -> Starlette:
    """The app over `providers`; over healthy ones where none are given.

    Args:
        allowed_hosts: the host names under which it answers.
    """
    served = Providers() if providers is None else providers
    routes = [route for provider in PREFIXES for route in Endpoints(served, provider).routes()]
    return Starlette(
        routes=routes + Control(served).routes(),
        # The mark is outermost, so that a refusal of the guard's bears it too.
        middleware=[Middleware(_MarkedReplies), Middleware(HostGuard, allowed=allowed_hosts)],
        exception_handlers={HTTPException: unknown_url},
    )


class _MarkedReplies:
    """Every reply says that it is simulated."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def mark(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-simulated-provider"] = "true"
            await send(message)

        await self._app(scope, receive, mark)
