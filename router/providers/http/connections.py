"""Connections to the providers: one transport for each event loop, made with its first call."""

from __future__ import annotations

import asyncio
import os
import ssl
import threading
import weakref
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from functools import lru_cache

import httpx

from router.workers import run_in_worker


class Clients:
    """One HTTP transport for each event loop that uses the router, closed when that loop ends.

    A client's connections cannot be used from another loop. So each loop gets its own, and an asynchronous generator
    that the loop closes on its way out (`loop.shutdown_asyncgens`) closes the client with it.

    Args:
        make: makes a loop's transport, which has to call `mark_sent`; aiohttp's if left out.
    """

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport] | None = None) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._of_loop: weakref.WeakKeyDictionary[
            asyncio.AbstractEventLoop, tuple[httpx.AsyncBaseTransport, AsyncGenerator[None, None]]
        ] = weakref.WeakKeyDictionary()
        self._opening: dict[asyncio.AbstractEventLoop, asyncio.Task[httpx.AsyncBaseTransport]] = {}

    async def get(self) -> httpx.AsyncBaseTransport:
        """The running loop's transport."""
        loop = asyncio.get_running_loop()
        entry = self._of_loop.get(loop)
        return entry[0] if entry is not None else await self._first_of(loop)

    async def _first_of(self, loop: asyncio.AbstractEventLoop) -> httpx.AsyncBaseTransport:
        """The loop's transport once it is made, by whoever comes first: it takes a tenth of a second."""
        with self._lock:
            opening = self._opening.get(loop)
            if opening is None:
                opening = self._opening[loop] = loop.create_task(self._open(loop))
        return await asyncio.shield(opening)

    async def _open(self, loop: asyncio.AbstractEventLoop) -> httpx.AsyncBaseTransport:
        try:
            client = self._make() if self._make is not None else _new_transport(await run_in_worker(_https_context))
            keeper = self._close_with_loop(loop, client)
            await anext(keeper)
            with self._lock:
                self._of_loop[loop] = (client, keeper)
        finally:
            with self._lock:
                self._opening.pop(loop, None)
        return client

    async def aclose(self) -> None:
        """Close the running loop's client; other loops close theirs when they end."""
        with self._lock:
            entry = self._of_loop.pop(asyncio.get_running_loop(), None)
        if entry is not None:
            await entry[1].aclose()

    async def _close_with_loop(
        self, loop: asyncio.AbstractEventLoop, client: httpx.AsyncBaseTransport
    ) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            with self._lock:  # the entry holds on to its loop, so it goes with it
                if (entry := self._of_loop.get(loop)) is not None and entry[0] is client:
                    del self._of_loop[loop]
            with suppress(Exception):  # it is of no use to anybody any more, whatever comes of closing it
                await client.aclose()


def _https_context() -> ssl.SSLContext | None:
    """What tells good certificates from bad ones, made in a thread: reading a machine's takes 30 ms, the libraries 50.

    None where that fails: within the first call it fails once more, and is that call's failure.
    """
    with suppress(Exception):
        # Loaded in this thread, so that it is not loaded in the event loop.
        import router.providers.http.aiohttp_transport  # noqa: F401

        return _context_of(*_certificate_places())
    return None


def _certificate_places() -> tuple[tuple[str, float], ...]:
    """What the environment says about certificates and keys, with the times of the last change.

    Raises:
        OSError: one of them is missing.
    """
    names = (os.environ.get(name, "") for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"))
    return tuple((name, os.stat(name).st_mtime) for name in names if name)


@lru_cache(maxsize=4)
def _context_of(*_: tuple[str, float]) -> ssl.SSLContext:
    return ssl.create_default_context()


def _new_transport(context: ssl.SSLContext | None) -> httpx.AsyncBaseTransport:
    from router.providers.http.aiohttp_transport import SessionTransport  # see there why not sooner

    return SessionTransport(context)
