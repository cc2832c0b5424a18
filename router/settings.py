"""The environment, read once into frozen settings that are passed down.

Nothing else in the router looks at the process's environment, so two routers with different settings can live in
one process. Keys are wrapped in `Secret`, which shows itself to nobody but the wire.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from router.allowed_hosts import LOOPBACK_ONLY, AllowedHosts, parse_allowed_hosts
from router.errors import ConfigurationError

PROJECT = Path(__file__).resolve().parent.parent
"""The folder that holds `app.py` and `router/`; relative paths in settings start here."""

SHIPPED_ROUTES = Path(__file__).resolve().parent / "table" / "routes.toml"
"""The routing table that comes with the router."""


class Mode(StrEnum):
    """What `ROUTER_MODE` may say."""

    AUTO = "auto"
    LIVE = "live"
    SIMULATED = "simulated"


class Secret:
    """A key that prints as a mask; `reveal()` gives it to the wire."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The key itself."""
        return self._value

    @property
    def hint(self) -> str:
        """Enough to tell two keys apart by eye: the last four characters of a long one."""
        return f"…{self._value[-4:]}" if len(self._value) >= 16 else "…"

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits that identify the key in the database without giving it away."""
        return hashlib.sha256(self._value.encode()).hexdigest()[:12]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret('…')"


@dataclass(frozen=True)
class Settings:
    """What the environment says; `Settings.from_env` builds it.

    Attributes:
        values: the variables themselves, kept out of `repr` since keys are among them.
        mode: `ROUTER_MODE`.
        routes: the routing table's path.
        database_url: `ROUTER_DATABASE_URL` as written.
        log_content: whether prompts and answers are kept.
        app_url: the address sent to OpenRouter as `HTTP-Referer`, or None.
        simulator_port: where simulated providers listen; 0 takes a free port.
        allowed_hosts: the host names under which the console, and the simulated providers alone, answer.
    """

    values: Mapping[str, str] = field(repr=False)
    mode: Mode = Mode.AUTO
    routes: Path = SHIPPED_ROUTES
    database_url: str = "sqlite:///data/router.db"
    log_content: bool = True
    app_url: str | None = None
    simulator_port: int = 0
    allowed_hosts: AllowedHosts = LOOPBACK_ONLY

    @classmethod
    def from_env(
        cls,
        environment: Mapping[str, str] | None = None,
        *,
        env_file: Path | None = None,
        beneath: Mapping[str, str] | None = None,
    ) -> Settings:
        """Read `environment`, or the process's own with `.env` beneath it.

        Args:
            env_file: another file than `.env`.
            beneath: values that both win over, such as those of a secrets store.

        Raises:
            ConfigurationError: a value that cannot be used; names the variable, its value and what it may be.
        """
        values = dict(environment) if environment is not None else _process_environment(env_file, beneath or {})
        return cls(
            values=values,
            mode=_mode(values),
            routes=_routes(values),
            database_url=values.get("ROUTER_DATABASE_URL") or "sqlite:///data/router.db",
            log_content=_flag(values, "ROUTER_LOG_CONTENT", default=True),
            app_url=values.get("APP_URL") or values.get("NEXT_PUBLIC_APP_URL") or None,
            simulator_port=_port(values, "ROUTER_SIMULATOR_PORT"),
            allowed_hosts=_allowed_hosts(values),
        )

    def secret(self, name: str) -> Secret | None:
        """The key in variable `name`, or None where it is unset or blank.

        Raises:
            ConfigurationError: the value cannot be sent in an HTTP header; the message does not hold it.
        """
        value = self.values.get(name, "").strip()
        if not value:
            return None
        if not value.isascii() or any(character.isspace() or not character.isprintable() for character in value):
            raise ConfigurationError(
                f"{name} holds characters that no key has; paste it again without blanks or quotes"
            )
        return Secret(value)

    def url(self, name: str, default: str) -> str:
        """The base URL in variable `name`, without a trailing slash.

        Raises:
            ConfigurationError: it is no http(s) address.
        """
        value = (self.values.get(name) or default).strip().rstrip("/")
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigurationError(f"{name}={value!r} is no http(s) address; a base URL looks like {default}")
        return value


def env_file() -> Path:
    """The file with settings: `.env`, or the one that `ROUTER_ENV_FILE` in the process's environment names."""
    named = os.environ.get("ROUTER_ENV_FILE")
    return PROJECT / Path(named).expanduser() if named else PROJECT / ".env"


def _process_environment(file: Path | None, beneath: Mapping[str, str]) -> dict[str, str]:
    found = dotenv_values(file or env_file(), encoding="utf-8")
    kept = dict(beneath) | {name: value for name, value in found.items() if value is not None}
    # A variable that is set to nothing hides nothing.
    return kept | {name: value for name, value in os.environ.items() if value or name not in kept}


def _mode(values: Mapping[str, str]) -> Mode:
    text = (values.get("ROUTER_MODE") or "auto").strip().lower()
    try:
        return Mode(text)
    except ValueError:
        raise ConfigurationError(f"ROUTER_MODE={text!r} is unknown; it is one of: {', '.join(Mode)}") from None


def _routes(values: Mapping[str, str]) -> Path:
    text = values.get("ROUTER_ROUTES")
    return PROJECT / Path(text).expanduser() if text else SHIPPED_ROUTES


def _flag(values: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = (values.get(name) or "").strip().lower()
    if not text:
        return default
    if text not in {"0", "1", "true", "false", "yes", "no"}:
        raise ConfigurationError(f"{name}={text!r} is neither 1 nor 0")
    return text in {"1", "true", "yes"}


def _port(values: Mapping[str, str], name: str) -> int:
    text = (values.get(name) or "0").strip()
    if not text.isdecimal() or int(text) > 65535:
        raise ConfigurationError(f"{name}={text!r} is no port; it is a number from 0 (any free one) to 65535")
    return int(text)


def _allowed_hosts(values: Mapping[str, str]) -> AllowedHosts:
    try:
        return parse_allowed_hosts(values.get("ROUTER_ALLOWED_HOSTS") or "")
    except ValueError as error:
        raise ConfigurationError(f"ROUTER_ALLOWED_HOSTS cannot be used: {error}") from None
