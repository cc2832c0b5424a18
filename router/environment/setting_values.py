"""What stands in a setting, read as it was meant: keys as people paste them, addresses as they copy them.

A text that a name, quotes or blanks came along with is taken without them, since docker's `--env-file`, YAML and the
clipboard leave them in. What cannot be used is refused in words that name the setting and hold no secret.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

import httpx

from router.errors import ConfigurationError
from router.hosts.allowed_hosts import canonical_host
from router.redaction import MASK, redact

LONGEST_KEY = 1_000
"""Characters: more is a file or a page that was pasted whole, and servers refuse headers of some thousands."""

_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "„": "“", "‘": "’", "«": "»"}
_ASSIGNMENT = re.compile(r"(?:export\s+|set\s+)?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\s*[=:]\s*(.*)", re.DOTALL)
_SCHEME = re.compile(r"(?:authorization\s*:\s*)?bearer\b\s*:?\s*(.*)", re.IGNORECASE | re.DOTALL)
_USER = re.compile(r"[^/\\]*@")


def unquoted_text(text: str) -> str:
    """A value without the blanks and quotes around it."""
    bare = text.strip()
    if len(bare) >= 2 and _QUOTES.get(bare[0]) == bare[-1]:
        return unquoted_text(bare[1:-1])
    return bare


def bare_text(text: str) -> str:
    """A value without blanks and quotes around it, and without the characters that nobody sees."""
    # Category Cf: zero-width blanks, marks of direction, the byte order mark. A web page's copy button brings them.
    return unquoted_text("".join(character for character in text if unicodedata.category(character) != "Cf"))


def shown_value(value: str) -> str:
    """A setting's value for an error text: without a user's password, a query and any key."""
    scheme, mark, inner = value.partition("://")
    inner = inner if mark else value
    inner = MASK + inner[inner.rindex("@") :] if "@" in inner else inner
    inner = inner.partition("?")[0] + f"?{MASK}" if "?" in inner else inner
    # A `repr`, so that blanks and characters that nobody sees are seen.
    return repr(redact(f"{scheme}://{inner}" if mark else inner, limit=200))


# --- keys ----------------------------------------------------------------------------------------------------------


def parse_key(name: str, text: str, foreign: Mapping[str, str] | None = None) -> str:
    """The key in a setting; empty where there is none.

    Args:
        name: the setting's name.
        foreign: beginnings that other providers' keys have, each with the setting that such a key belongs in.

    Raises:
        ConfigurationError: no key, or another provider's; the message does not hold it.
    """
    key = _unwrapped(name, text)
    if len(key) > LONGEST_KEY or not key.isascii() or not all("!" <= character <= "~" for character in key):
        raise ConfigurationError(
            f"{name} holds characters that no key has; paste it again without blanks or quotes, on one line"
        )
    if re.search("[\"'`]", key):
        raise ConfigurationError(f"{name} holds a quote that has no partner; paste the key again without it")
    for beginning, setting in (foreign or {}).items():
        if key.startswith(beginning):
            raise ConfigurationError(f"{name} holds a key that begins like those of {setting}; it belongs there")
    return key


def _unwrapped(name: str, text: str) -> str:
    """A key without what came along with it, in whatever order that is wrapped around it."""
    bare = bare_text(bare_text(text).rstrip(",;"))
    if match := _ASSIGNMENT.fullmatch(bare):
        if match[1] != name:
            raise ConfigurationError(f"{name} holds a line that sets {match[1]}; paste the key alone, into its field")
        return _unwrapped(name, match[2])
    if match := _SCHEME.fullmatch(bare):
        return _unwrapped(name, match[1])
    return bare if bare == text else _unwrapped(name, bare)


# --- addresses -------------------------------------------------------------------------------------------------------


def parse_base_url(name: str, text: str, example: str) -> str:
    """A provider's base URL in ASCII, without a trailing slash.

    Args:
        example: what one looks like, for the message.

    Raises:
        ConfigurationError: no http(s) address, or one with parts that a base URL has not; names them.
    """
    value = bare_text(text)
    parts = _http_parts(name, value, f"a base URL looks like {example}")
    if parts.username is not None or parts.password is not None:
        # A request carries one Authorization header, and the provider's key stands in it.
        raise ConfigurationError(
            f"{name}={shown_value(value)} holds a user name or a password, which cannot be sent beside a key; take "
            f"them out (a proxy on this machine can add them)"
        )
    if parts.query or parts.fragment or value.endswith(("?", "#")):
        raise ConfigurationError(f"{name}={shown_value(value)} ends in a query or a fragment; a base URL has neither")
    if parts.path.rstrip("/").endswith("/chat/completions"):
        raise ConfigurationError(f"{name}={shown_value(value)} has /chat/completions at its end, which is added to it")
    return _in_ascii(name, value).rstrip("/")


def parse_page_address(name: str, text: str) -> str | None:
    """A page's address as a `Referer` may hold it: in ASCII, without user and fragment; None in an empty text.

    Raises:
        ConfigurationError: no http(s) address.
    """
    value = bare_text(text)
    if not value:
        return None
    parts = _http_parts(name, value, "it looks like https://app.example.com")
    # RFC 9110, 10.1.3: a Referer holds neither.
    bare = parts._replace(netloc=_USER.sub("", parts.netloc), fragment="")
    return _in_ascii(name, bare.geturl())


def _http_parts(name: str, value: str, advice: str) -> SplitResult:
    """An http(s) address in its parts, all of which are well-formed."""
    # `urlsplit` takes line ends out silently, and browsers read a backslash as a slash.
    if re.search(r"[\s\\\x00-\x1f\x7f]", value):
        raise ConfigurationError(f"{name}={shown_value(value)} holds a blank or a backslash; {advice}")
    try:
        parts = urlsplit(value)
    except ValueError:
        raise ConfigurationError(f"{name}={shown_value(value)} is no http(s) address; {advice}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(f"{name}={shown_value(value)} is no http(s) address; {advice}")
    if not _has_usable_port(parts):
        raise ConfigurationError(f"{name}={shown_value(value)} has a port that is no number from 1 to 65535")
    return parts


def _has_usable_port(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False


def _in_ascii(name: str, value: str) -> str:
    """The address with its host in IDNA and the other letters in percent signs, as a header and the wire take it."""
    try:
        url = httpx.URL(value)
        text = str(url)
        is_host = canonical_host(url.raw_host.decode("ascii")) is not None
    except (httpx.InvalidURL, ValueError):
        is_host, text = False, ""
    if not is_host:
        raise ConfigurationError(f"{name}={shown_value(value)} has no host name that can be asked")
    return text
