"""What a provider says without spending quota: its list of models, and what it knows of the key."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from router.failures.outcomes import Kind, Signal
from router.providers.http.transport import Endpoint, send
from router.providers.replies import ProviderFailure, error_signal, read_json
from router.table.dialects import PLAIN, Dialect

SECONDS = 20.0
"""The whole call: these answers are not waited for by anybody."""


async def fetch(
    transport: httpx.AsyncBaseTransport, endpoint: Endpoint, secrets: tuple[str, ...], dialect: Dialect = PLAIN
) -> Any:
    """The JSON at an endpoint.

    Raises:
        ProviderFailure: it cannot be reached, refuses, or answers with something else.
    """
    try:
        async with asyncio.timeout(SECONDS), send(transport, endpoint, None, connect=5.0) as reading:
            body = await reading.body()
    except TimeoutError:
        raise ProviderFailure(Signal(Kind.SLOW)) from None
    if reading.status != 200:
        raise ProviderFailure(error_signal(reading.status, reading.headers, body, None, secrets, dialect))
    data = read_json(body)
    if data is None:
        raise ProviderFailure(Signal(Kind.MALFORMED, http_status=200, message="the reply is no JSON"))
    return data
