"""The proxy that this machine's environment names for an address: `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`.

aiohttp could read them itself (`trust_env`), but reads `.netrc` too: an entry for the provider's host, or the `default`
one, would then stand beside the provider's key, and aiohttp refuses to send a request with two credentials.
"""

from __future__ import annotations

import asyncio
import base64
from urllib.request import getproxies, proxy_bypass

import httpx


class EnvironmentProxies:
    """The environment's proxies, each looked up once for a host."""

    def __init__(self) -> None:
        self._has_any = bool(getproxies())
        self._by_host: dict[tuple[str, str], httpx.Proxy | None] = {}

    async def proxy_for(self, url: httpx.URL) -> httpx.Proxy | None:
        """The proxy for an address; None where it is called directly.

        Raises:
            httpx.ProxyError: what the environment names is no address of a proxy.
        """
        if not self._has_any:
            return None
        key = url.scheme, url.host
        if key not in self._by_host:
            # In a thread, since macOS asks its network settings, and those may ask a name server.
            self._by_host[key] = await asyncio.to_thread(find_proxy, url)
        return self._by_host[key]


def find_proxy(url: httpx.URL) -> httpx.Proxy | None:
    """Look an address's proxy up in the environment as it is now.

    Raises:
        httpx.ProxyError: what it names is no address of a proxy; the message does not hold it.
    """
    address = getproxies().get(url.scheme)
    if not address or proxy_bypass(url.host):
        return None
    # curl and most other programs take `proxy:3128` too.
    address = address if "://" in address else f"http://{address}"
    proxy = _parse(address)
    if proxy is None:  # raised out here: an exception's context is read too, and that one's text holds the address
        raise httpx.ProxyError(f"{url.scheme.upper()}_PROXY names no proxy")
    return proxy


def _parse(address: str) -> httpx.Proxy | None:
    try:
        proxy = httpx.Proxy(address)
    except (httpx.InvalidURL, ValueError):
        return None
    if proxy.auth is None:
        return proxy
    # As a header: aiohttp's own argument for it warns at each call. Under this name, aiohttp makes it the request's
    # Proxy-Authorization or the tunnel's, as the address needs; under that one it would be lost without TLS.
    pair = base64.b64encode(":".join(proxy.auth).encode()).decode()
    return httpx.Proxy(proxy.url, headers={"Authorization": f"Basic {pair}"})
