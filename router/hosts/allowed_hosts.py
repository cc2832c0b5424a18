"""The names under which a server of ours answers, and the address that a request came to.

A browser runs any page's script against any name, and whoever owns a name may point it at 127.0.0.1 (DNS rebinding):
such a page is then of the same origin as the server. What it cannot change is the name that its requests carry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address, ip_address, ip_network

_LOOPBACK_NETWORKS = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_AUTHORITY = re.compile(r"(\[[^\]]*\]|[^:\[\]]+)(?::([0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class Authority:
    """A host, and the port where one is written.

    Attributes:
        host: as `canonical_host` has it.
    """

    host: str
    port: int | None


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The hosts under which a server answers; a host is `in` it in its canonical form.

    Loopback's are among them always: nobody else can point those anywhere, and a health check on the machine itself
    uses them whatever the server's public name is.

    Attributes:
        names: the further ones, canonical.
    """

    names: frozenset[str] = frozenset()

    def __contains__(self, host: str) -> bool:
        return host in self.names or is_loopback(host)


LOOPBACK_ONLY = AllowedHosts()
"""This machine's own names alone."""


@lru_cache(256)  # a server asks it with each request, nearly always of the same few names
def is_loopback(host: str) -> bool:
    """Whether a canonical host is this machine itself: `localhost`, 127.0.0.0/8, `::1`.

    `0.0.0.0` is not, although it leads here: a browser lets any site ask it. Nor are the names below `localhost`,
    which some resolvers ask the network for.
    """
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    return any(address in network for network in _LOOPBACK_NETWORKS)


def canonical_host(text: str) -> str | None:
    """A host in lower case, without the root's dot and without brackets, or None where it is no host at all."""
    is_bracketed = text.startswith("[") and text.endswith("]")
    bare = text[1:-1] if is_bracketed else text
    if is_bracketed or ":" in bare:
        return _canonical_ipv6(bare)
    name = bare.lower().removesuffix(".")
    return name if _NAME.fullmatch(name) else None


def _canonical_ipv6(text: str) -> str | None:
    try:
        address = IPv6Address(text)
    except AddressValueError:
        return None
    # A zone names a network card of the machine that wrote it, and means nothing on this one.
    return None if address.scope_id else address.compressed


@lru_cache(256)
def parse_authority(text: str) -> Authority | None:
    """A `Host` header or an origin without its scheme; None where it is malformed, a user's name in it included."""
    match = _AUTHORITY.fullmatch(text)
    host = canonical_host(match[1]) if match else None
    if match is None or host is None:
        return None
    port = int(match[2]) if match[2] else None
    return None if port is not None and port > 65535 else Authority(host, port)


def parse_allowed_hosts(text: str) -> AllowedHosts:
    """Host names from a setting, separated by commas or blanks.

    Raises:
        ValueError: an entry that is no host name; says which, and what to write.
    """
    return AllowedHosts(frozenset(_allowed_host(entry) for entry in re.split(r"[,\s]+", text) if entry))


def _allowed_host(entry: str) -> str:
    # A server that answers to every name answers to an attacker's, so there is no word for "all".
    if "*" in entry:
        raise ValueError(f"{entry!r} would let a foreign page in under a name of its own; list each host name")
    host = canonical_host(entry)
    if host is None:
        raise ValueError(
            f"{entry!r} is no host name; write it without scheme, port and path, like console.example.com "
            "(a name with other letters than a to z in its xn-- form)"
        )
    if host in ("0.0.0.0", "::"):
        raise ValueError(f"{entry!r} says where a server listens and is no name for it; list the names it is called by")
    return host
