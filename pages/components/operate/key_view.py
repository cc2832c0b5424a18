"""Keys on a page: where each comes from, and whether this console may write them."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from ipaddress import ip_address

import streamlit as st
from dotenv import dotenv_values

from pages.components.console.runtime import console_settings, rebuild, secrets
from router.env_file import set_values
from router.errors import ConfigurationError
from router.providers.key_check import KeyVerdict, try_key
from router.settings import Settings, env_file
from router.table.routes import ProviderEntry


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where a variable's value comes from; `locked` where what is written to the file would not count."""

    words: str
    locked: bool


def source_of(name: str) -> KeySource | None:
    """Who sets a variable; None where nobody does."""
    environment, secret = os.environ.get(name, ""), secrets().get(name)
    if secret and environment in ("", secret):
        return KeySource("from Streamlit's secrets", True)
    if environment:
        return KeySource("from the process's environment", True)
    if dotenv_values(env_file(), encoding="utf-8").get(name):
        return KeySource(f"from {env_file().name}", False)
    return None


def writable() -> bool:
    """Whether the console listens on loopback alone: nobody else can then reach the page that writes keys."""
    address = str(st.get_option("server.address") or "")
    if address == "localhost":
        return True
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def with_key(settings: Settings, name: str, key: str) -> Settings:
    """The settings as they would be with another key."""
    return Settings.from_env({**settings.values, name: key})


def hear(name: str, entry: ProviderEntry, key: str) -> KeyVerdict:
    """What a provider says of a key; of the one that is set where `key` is empty."""
    settings = console_settings()
    if key and entry.key_env:
        settings = with_key(settings, entry.key_env, key)
    try:
        return asyncio.run(try_key(name, entry, settings))
    except ConfigurationError as error:
        return KeyVerdict(False, f"{error}.")


def save(values: dict[str, str]) -> str:
    """Write variables to the file and use them at once; gives what went wrong, or nothing."""
    if not writable():
        return "This console can be reached from other machines, so it writes no keys."
    try:
        set_values(env_file(), values)
        rebuild()
    except (ValueError, ConfigurationError) as error:
        return f"{error}."
    except OSError as error:
        return f"{env_file()} cannot be written ({error.strerror}); nothing was changed."
    return ""
