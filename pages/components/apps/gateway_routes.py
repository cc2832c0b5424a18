"""The gateway under the console's own address: the same routes as `python -m router serve` has, on the same router."""

from __future__ import annotations

import logging

from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from pages.components.console.environment import console_settings, path_below_base
from pages.components.console.runtime import runtime
from router.api import DualModelRouter
from router.errors import ConfigurationError
from router.gateway.app import Gateway
from router.hosts.cors_origins import NO_ORIGINS, CorsOrigins

_log = logging.getLogger(__name__)


class ConsoleGateway:
    """The gateway as an ASGI app; made with the first request, so that a console without keys starts all the same."""

    def __init__(self) -> None:
        self._gateway: Gateway | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if self._gateway is None:
            self._gateway = Gateway(_current_router, cors_origins())
        # The mount has left the whole path in place.
        await self._gateway({**scope, "path": path_below_base(scope), "root_path": ""}, receive, send)


def _current_router() -> DualModelRouter:
    """The console's router of this moment: it is replaced when a key is saved on Setup."""
    return runtime().router


def cors_origins() -> CorsOrigins:
    """The origins that are listed; none where the settings cannot be read, which the pages say."""
    try:
        return console_settings().cors_origins
    except ConfigurationError as error:
        _log.error("%s; no foreign page may call the gateway", error)
        return NO_ORIGINS


_GATEWAY = ConsoleGateway()

GATEWAY_ROUTES: list[BaseRoute] = [
    Mount("/v1", app=_GATEWAY),
    *(
        Route(path, endpoint=_GATEWAY)
        for path in (
            "/chat/completions",
            "/responses",
            "/models",
            "/models/{name:path}",
            "/livez",
            "/readyz",
            "/metrics",
        )
    ),
]
"""For the launcher; people write the base address with `/v1` and without."""
