"""Sign-in by OpenID Connect, as Streamlit's secrets set it up under `[auth]`: who is signed in, and what they may do.

Streamlit talks to the provider and signs the cookie; `door` keeps everything closed without one, and the store asks
`current_person` at every change.
"""

from __future__ import annotations

import json
import logging
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from pages.components.console.environment import console_settings
from router.errors import ChangeRefused, ConfigurationError
from router.hosts.allowed_hosts import canonical_host, is_loopback
from router.ports import Person

CALLBACK = "/oauth2callback"
"""Where Streamlit takes a provider's answer; the setting `redirect_uri` ends with it."""

_SHORTEST_SECRET = 32
_PLACE = "[auth] in Streamlit's secrets"
_PROVIDER_SETTINGS = ("client_id", "client_secret", "server_metadata_url")
_PROVIDER_NAME = re.compile(r"[A-Za-z0-9-]{1,40}")
_NOBODY = Person(may_change=False)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SignIn:
    """How people sign in.

    Attributes:
        root: the console's own address as browsers have it, without a slash at its end.
        providers: the providers' names; `default` is the one that stands in `[auth]` itself.
        secret: what cookies are signed with.
    """

    root: str
    providers: tuple[str, ...]
    secret: str

    def __repr__(self) -> str:
        return f"SignIn({self.root!r}, {self.providers!r})"

    @property
    def origin(self) -> str:
        """Scheme and host of `root`."""
        address = urlsplit(self.root)
        return f"{address.scheme}://{address.netloc}"

    def claims_in(self, cookies: Mapping[str, str]) -> Mapping[str, Any] | None:
        """What the provider has said of whoever a request's cookies belong to; None where nobody is signed in."""

        def signed_value(name: str) -> bytes | None:
            value = cookies.get(name)
            return None if value is None else decode_signed_value(self.secret, name, value)

        try:
            claims = json.loads(get_cookie_with_chunks(signed_value, USER_COOKIE_NAME) or b"null")
        except ValueError:
            return None
        if not isinstance(claims, dict) or claims.get("origin") != self.origin:
            return None  # signed for another console that has the same secret
        return claims if claims.get("is_logged_in") is True else None


@cache
def sign_in_settings() -> SignIn | None:
    """How people sign in, as the secrets were when the console started; None where they have no `[auth]`.

    Raises:
        ConfigurationError: a file of secrets that cannot be read, or a setting that is missing or unsafe.
    """
    _check_secret_files()
    section = st.secrets.to_dict().get("auth") if st.secrets.load_if_toml_exists() else None
    return None if section is None else parse_sign_in(section)


def _check_secret_files() -> None:
    """Streamlit takes a file that it cannot read for none, and with it the sign-in would be gone."""
    for file in map(Path, st.get_option("secrets.files")):
        if file.is_file():
            try:
                tomllib.loads(file.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                reason = "it is no UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
                raise ConfigurationError(f"{file.name}, Streamlit's secrets, cannot be read: {reason}") from None


def parse_sign_in(section: object) -> SignIn:
    """The settings under `[auth]`.

    Raises:
        ConfigurationError: one is missing or unsafe; says which, and what to write.
    """
    if not isinstance(section, Mapping):
        raise ConfigurationError(f"{_PLACE} is no section of settings")
    secret = section.get("cookie_secret")
    if not isinstance(secret, str) or len(secret) < _SHORTEST_SECRET or len(set(secret)) < 8:
        how = "python -c 'import secrets; print(secrets.token_hex(32))' makes one"
        raise ConfigurationError(f"cookie_secret in {_PLACE} needs {_SHORTEST_SECRET} random characters or more; {how}")
    return SignIn(_parse_root(section.get("redirect_uri")), _parse_providers(section), secret)


def _parse_root(redirect_uri: object) -> str:
    text = str(redirect_uri or "").replace("{port}", str(st.get_option("server.port")))
    try:
        address = urlsplit(text)
        host = canonical_host(address.hostname or "")
    except ValueError:
        address, host = urlsplit(""), None
    is_safe = address.scheme == "https" or (host is not None and is_loopback(host))
    if host is None or address.scheme not in ("http", "https") or not text.endswith(CALLBACK):
        example = f"https://console.example.com{CALLBACK}"
        raise ConfigurationError(f"redirect_uri in {_PLACE} has to be this console's address and {CALLBACK}: {example}")
    if not is_safe:
        raise ConfigurationError(f"redirect_uri in {_PLACE} needs https://, or anybody on the way can take the cookie")
    return text.removesuffix(CALLBACK)


def _parse_providers(section: Mapping[str, Any]) -> tuple[str, ...]:
    nested = {name: value for name, value in section.items() if isinstance(value, Mapping) and "client_id" in value}
    sections = {"default": section, **nested} if "client_id" in section or not nested else nested
    for name, settings in sections.items():
        missing = [setting for setting in _PROVIDER_SETTINGS if not settings.get(setting)]
        if missing:
            raise ConfigurationError(f"{_PLACE} lacks {', '.join(missing)} of the provider {name!r}")
        if not _PROVIDER_NAME.fullmatch(name):
            raise ConfigurationError(f"the provider {name!r} in {_PLACE} needs a name of letters, digits and hyphens")
    return tuple(sections)


def person_of(claims: Mapping[str, Any], operators: frozenset[str]) -> Person:
    """A signed-in person. Whose address the provider has not verified could have written an operator's there."""
    email = claims.get("email")
    is_verified = claims.get("email_verified", True) not in (False, "false")
    if isinstance(email, str) and email and is_verified:
        return Person(email, email.casefold() in operators)
    return Person(str(claims.get("preferred_username") or claims.get("sub") or "unknown"), may_change=False)


def current_person() -> Person:
    """Who uses the page whose script runs in this thread; without sign-in whoever is at this machine.

    Outside of a page's script it is the process itself, whose doing nobody has to sign for.
    """
    try:
        if sign_in_settings() is None:
            return Person()
        context = get_script_run_ctx(suppress_warning=True)
        if context is None:
            return Person()
        claims = context.user_info
        return person_of(claims, console_settings().operators) if claims.get("is_logged_in") else _NOBODY
    except ConfigurationError as error:
        _log.error("%s; nobody may change anything until that is mended", error)
        return _NOBODY


def may_change() -> bool:
    """Whether the page's person may change things; buttons that do are shut for everybody else."""
    return current_person().may_change


def require_operator() -> None:
    """For changes that do not pass the store.

    Raises:
        ChangeRefused: this person may look and run, and no more.
    """
    if not may_change():
        raise ChangeRefused


def say_refusal(error: Exception) -> bool:
    """Say a refused change in words, whichever page it came from; false for every other error."""
    if not isinstance(error, ChangeRefused):
        return False
    # The page may be drawn anew at once, which takes the box away; the toast outlasts that.
    st.toast(str(error), icon=":material/lock:")
    st.error(str(error), icon=":material/lock:")
    return True


def show_person() -> None:
    """The person's name in the sidebar, what they may do, and the way out; nothing without sign-in."""
    if sign_in_settings() is None:
        return
    claims, person = st.user.to_dict(), current_person()
    with st.sidebar.container(key="person"):
        st.text(str(claims.get("name") or person.address), help=person.address)
        if not person.may_change:
            st.caption("You may look and run; operators change things.")
        st.button("Sign out", key="sign-out", icon=":material/logout:", on_click=st.logout)


def stop_unless_signed_in() -> None:
    """End a page's script where nobody is signed in: a program may open a websocket without what browsers send."""
    if sign_in_settings() is not None and not st.user.get("is_logged_in"):
        st.error("You are not signed in any more; load the page again.", icon=":material/lock:")
        st.stop()
