"""The connections under the server, for faults that no ASGI message can express."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any, TypeAlias

from uvicorn.protocols.http.h11_impl import H11Protocol

Ends: TypeAlias = tuple[tuple[str, int], tuple[str, int]]

TRANSPORTS: dict[Ends, asyncio.Transport] = {}
"""Open connections by both their ends, as an ASGI scope names them: server, then client."""


class KnownConnections(H11Protocol):
    """Uvicorn's protocol, with every open connection on record."""

    def connection_made(self, transport: Any) -> None:
        """Note the connection."""
        super().connection_made(transport)
        TRANSPORTS[_ends(transport)] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        TRANSPORTS.pop(_ends(self.transport), None)
        super().connection_lost(exc)


def _ends(transport: asyncio.Transport) -> Ends:
    server, client = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
    return tuple(server[:2]), tuple(client[:2])


def reset_connection(transport: asyncio.Transport) -> None:
    """Tear a connection down with a TCP reset: closing a socket that lingers for nothing sends one."""
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
