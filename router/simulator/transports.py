"""The connections under the server, for faults that no ASGI message can express."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

TRANSPORTS: dict[tuple[str, int], asyncio.Transport] = {}
"""Open connections by the caller's address and port."""


class KnownConnections(H11Protocol):
    """Uvicorn's protocol, with every open connection on record."""

    def connection_made(self, transport: Any) -> None:
        """Note the connection."""
        super().connection_made(transport)
        TRANSPORTS[tuple(transport.get_extra_info("peername")[:2])] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        TRANSPORTS.pop(tuple(self.transport.get_extra_info("peername")[:2]), None)
        super().connection_lost(exc)


def reset_connection(transport: asyncio.Transport) -> None:
    """Tear a connection down with a TCP reset: closing a socket that lingers for nothing sends one."""
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
