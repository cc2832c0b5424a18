"""Keys on a page: where each comes from, and whether this console may write them."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address
from urllib.parse import urlsplit

import streamlit as st

from pages.components.console.access.sign_in import may_change, require_operator
from pages.components.console.environment import console_settings, is_fixed
from pages.components.console.runtime import note_change, rebuild, runtime
from router.environment.env_file import set_values
from router.environment.setting_values import parse_key
from router.errors import ConfigurationError
from router.providers.key_check import KeyVerdict, try_key
from router.settings import Settings, env_file
from router.table.operator_files import load_table
from router.table.routes import ProviderEntry

SETTINGS_SAVED = "settings saved"
"""The event of it, with the variables' names."""


def is_writable() -> bool:
    """Whether this person may write keys, and the console listens on loopback: no other machine can then reach it."""
    if not may_change():
        return False
    address = str(st.get_option("server.address") or "")
    if address == "localhost":
        return True
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def is_locked(name: str) -> bool:
    """Whether this person may not write a variable here, or what is written would not count."""
    return not is_writable() or is_fixed(name)


def with_key(settings: Settings, name: str, key: str) -> Settings:
    """The settings as they would be with another key."""
    return Settings.from_env({**settings.values, name: key})


def ask_about_key(name: str, entry: ProviderEntry, key: str) -> KeyVerdict:
    """What a provider says of a key; of the one that is set where `key` is empty."""
    try:
        settings = console_settings()
        if key and entry.key_env:
            settings = with_key(settings, entry.key_env, bare_value(entry.key_env, key))
        return ask_provider(name, entry, settings)
    except ConfigurationError as error:
        return KeyVerdict(False, f"{error}.")


def ask_provider(name: str, entry: ProviderEntry, settings: Settings) -> KeyVerdict:
    """What a provider says of the key that settings hold for it, in words for people.

    Raises:
        ConfigurationError: the key cannot be sent, or the base URL is none.
    """
    verdict = asyncio.run(try_key(name, entry, settings))
    words = verdict.words
    for technical, plain in _PLAINER.items():
        words = words.replace(technical, plain)
    return KeyVerdict(verdict.accepted, words)


def host_of(name: str, entry: ProviderEntry, settings: Settings) -> str:
    """The host that a test of a key asks; the provider's name where the settings have no address that can be used."""
    try:
        address = settings.url(entry.base_url_env or f"base_url of {name}", entry.base_url)
    except ConfigurationError:
        return entry.label
    return urlsplit(address).hostname or entry.label


_PLAINER = {
    "did not answer: no connection to the provider": "cannot be reached from this machine",
    "the host's name cannot be resolved": "its name is not found, so there may be no internet connection",
}
"""What the log says of a provider that nobody reaches, in words for somebody who has only pasted a key."""


def use_words() -> str:
    """From when on what was just saved is used: a key waits for as long as simulated providers are asked for."""
    if not runtime().simulated:
        return "used from now on"
    until = "the steps on Keys are done" if is_fixed("ROUTER_MODE") else "you switch to Live on Keys"
    return f"not used yet: simulated providers serve until {until}"


def save_key(values: dict[str, str]) -> str:
    """Write variables to the file and use them at once; gives what went wrong, or nothing.

    Raises:
        ChangeRefused: whoever is signed in may change nothing.
    """
    require_operator()
    if not is_writable():
        return "This console can be reached from other machines, so it writes no keys."
    try:
        set_values(env_file(), {name: bare_value(name, value) for name, value in values.items()})
    except (ValueError, ConfigurationError) as error:
        return f"{error}."
    except OSError as error:
        return f"{env_file()} cannot be written ({error.strerror}); nothing was changed."
    try:
        rebuild()
    except (ConfigurationError, OSError) as error:
        return f"{env_file()} is written, but the console goes on with the settings before: {error}."
    finally:
        note_change(SETTINGS_SAVED, detail=", ".join(values))
    return ""


def is_savable(entry: ProviderEntry, pasted: str) -> bool:
    """Whether a pasted text can be this provider's key at all; another provider's, or half a sentence, never is."""
    if not entry.key_env or not is_writable():
        return False
    try:
        return bool(bare_value(entry.key_env, pasted))
    except ConfigurationError:
        return False


def bare_value(name: str, text: str) -> str:
    """A pasted value as it belongs in the file: without quotes, `Bearer` or its own name in front.

    Raises:
        ConfigurationError: another provider's key, or no key at all.
    """
    settings = console_settings()
    table = load_table(settings.routes, settings.providers)
    owner = next((owner for owner, entry in table.entries.items() if entry.key_env == name), None)
    return parse_key(name, text, table.foreign_keys(owner) if owner else None)
