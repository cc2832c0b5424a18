"""What this console is set up with: the process's environment, `.env`, and Streamlit's secrets."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import streamlit as st
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Scope

from router.environment.env_file import read_env_file
from router.errors import ConfigurationError
from router.settings import Settings, env_file


def secrets() -> Mapping[str, str]:
    """Streamlit's secrets, as far as they are plain texts; none where there is no such file.

    Raises:
        ConfigurationError: the file is no UTF-8 text, which Streamlit itself does not expect.
    """
    try:
        if not st.secrets.load_if_toml_exists():
            return {}
    except UnicodeDecodeError:
        raise ConfigurationError(".streamlit/secrets.toml is no UTF-8 text; save it as UTF-8") from None
    return {name: value for name, value in st.secrets.to_dict().items() if isinstance(value, str)}


def console_settings() -> Settings:
    """The settings: the process's environment over `.env` over Streamlit's secrets.

    Raises:
        ConfigurationError: a value that cannot be used.
    """
    return Settings.from_env(beneath=secrets())


@dataclass(frozen=True, slots=True)
class ValueSource:
    """Where a variable's value comes from; `locked` where what is written to the file would not count."""

    words: str
    locked: bool

    def line(self, name: str, value: str) -> str:
        """What somebody writes there to set a variable to a value."""
        return f'{name} = "{value}"' if self.words == _IN_SECRETS else f"{name}={value}"

    @property
    def place(self) -> str:
        """Where that is, after `set this`."""
        return "in `.streamlit/secrets.toml`" if self.words == _IN_SECRETS else "where it is started"


_IN_SECRETS = "from Streamlit's secrets"


def source_of(name: str) -> ValueSource | None:
    """Who sets a variable; None where nobody does."""
    environment, secret = os.environ.get(name, ""), secrets().get(name)
    if secret and environment in ("", secret):
        return ValueSource(_IN_SECRETS, True)
    if environment:
        return ValueSource("from the process's environment", True)
    try:
        in_file = read_env_file(env_file()).get(name)
    except ConfigurationError:
        return None  # what the settings themselves say of it stands on the page
    return ValueSource(f"from {env_file().name}", False) if in_file else None


def is_fixed(name: str) -> bool:
    """Whether a variable is set where this console cannot change it."""
    source = source_of(name)
    return source is not None and source.locked


def base_path() -> str:
    """The path that the console stands below, such as `/console`; empty where it has a name of its own."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def path_below_base(scope: Scope) -> str:
    """A request's path as it is without `base_path`; one that is not below it stays as it is."""
    path, base = str(scope["path"]), base_path()
    is_below = bool(base) and (path == base or path.startswith(f"{base}/"))
    return (path.removeprefix(base) or "/") if is_below else path


def routes_below_base(routes: Iterable[BaseRoute]) -> list[BaseRoute]:
    """The routes where the console stands: Streamlit moves its own, and serves a page in the place of ours."""
    base = base_path()
    return [_moved_route(route, base) for route in routes]


def _moved_route(route: BaseRoute, base: str) -> BaseRoute:
    if isinstance(route, Mount):
        return Mount(base + route.path, app=route.app)
    assert isinstance(route, Route), "the console has no other routes"
    return Route(base + route.path, endpoint=route.endpoint)
