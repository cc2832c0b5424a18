"""Requests byte by byte, for headers that no client would send."""

import socket
from dataclasses import dataclass
from http.client import HTTPResponse

WEBSOCKET = [
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
]


@dataclass(frozen=True)
class RawReply:
    status: int
    headers: dict
    text: str


def raw_request(port, headers, *, method="GET", path="/", address="127.0.0.1"):
    """Send a request with exactly these headers; gives the reply."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
    with socket.create_connection((address, port), timeout=20) as connection:
        connection.sendall("\r\n".join(lines).encode("latin-1"))
        reply = HTTPResponse(connection, method=method)
        reply.begin()
        text = "" if reply.status == 101 else reply.read().decode()
        return RawReply(reply.status, dict(reply.getheaders()), text)


def raw_handshake(port, headers, *, path="/", address="127.0.0.1"):
    """Ask for a websocket with these headers and those that it takes; gives the reply."""
    return raw_request(port, [*headers, *WEBSOCKET], path=path, address=address)
