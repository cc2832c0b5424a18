"""The environment, read once into frozen settings that are passed down.

Nothing else in the router looks at the process's environment, so two routers with different settings can live in
one process. Keys are wrapped in `Secret`, which shows itself to nobody but the wire.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NoReturn, SupportsIndex

from router.environment.env_file import read_env_file
from router.environment.setting_paths import parse_path
from router.environment.setting_values import (
    bare_text,
    parse_base_url,
    parse_key,
    parse_page_address,
    shown_value,
    unquoted_text,
)
from router.errors import ConfigurationError
from router.hosts.allowed_hosts import LOOPBACK_ONLY, AllowedHosts, parse_allowed_hosts
from router.hosts.cors_origins import NO_ORIGINS, CorsOrigins, parse_cors_origins
from router.redaction import redact
from router.types.cache_use import LONGEST_CACHE_SECONDS

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
    """A key that prints as a mask and is never written down; `reveal()` gives it to the wire."""

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

    # `dataclasses.asdict` and `copy.deepcopy` reach these; without them they would go by `__reduce_ex__` below.
    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __getstate__(self) -> NoReturn:
        raise TypeError("a key is not pickled: it would stand in a file or a message as it is")

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        self.__getstate__()


_ADDRESS = re.compile(r"[^@*]+@[^@*]+")
"""An e-mail address as far as it matters here: a name and a host, and no sign for "all of them"."""


class SettingValues(Mapping[str, str]):
    """The variables that settings were read from. Keys are among them, so it shows their names alone.

    Args:
        values: what they hold; the mapping is not copied.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<{len(self)} variables>"

    def __copy__(self) -> SettingValues:
        return self

    def __deepcopy__(self, memo: object) -> SettingValues:
        return self

    def __getstate__(self) -> NoReturn:
        raise TypeError("settings are not pickled: the keys among them would stand in a file as they are")

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        self.__getstate__()


@dataclass(frozen=True)
class Settings:
    """What the environment says; `Settings.from_env` builds it.

    What holds a secret is no field of its own: it stays in `values`, which shows and pickles none.

    Attributes:
        values: the variables themselves.
        mode: `ROUTER_MODE`.
        routes: the routing table's path.
        providers: the folder with files of further providers.
        log_content: whether prompts and answers are kept.
        cache_seconds: how old an earlier answer may be that is given again; 0 gives none.
        app_url: the address that providers are told of the app, in ASCII, or None.
        simulator_port: where simulated providers listen; 0 takes a free port.
        allowed_hosts: the host names under which the console, the gateway, and the simulated providers alone, answer.
        cors_origins: the foreign origins whose pages may call the gateway.
        operators: the e-mail addresses, in lower case, that may change things where people sign in.
        insecure: whether the console may listen beyond this machine with nobody signed in.
    """

    values: Mapping[str, str] = field(repr=False)
    mode: Mode = Mode.AUTO
    routes: Path = SHIPPED_ROUTES
    providers: Path = PROJECT / "data" / "providers"
    log_content: bool = True
    cache_seconds: float = 0.0
    app_url: str | None = None
    simulator_port: int = 0
    allowed_hosts: AllowedHosts = LOOPBACK_ONLY
    cors_origins: CorsOrigins = NO_ORIGINS
    operators: frozenset[str] = frozenset()
    insecure: bool = False

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
            ConfigurationError: a file that cannot be read, or a value that cannot be used; names the variable, what it
                holds unless that is secret, and what it may be.
        """
        values = dict(environment) if environment is not None else _process_environment(env_file, beneath or {})
        return cls(
            values=SettingValues(values),
            mode=_mode(values),
            routes=_file(values, "ROUTER_ROUTES") or SHIPPED_ROUTES,
            providers=_file(values, "ROUTER_PROVIDERS") or PROJECT / "data" / "providers",
            log_content=_flag(values, "ROUTER_LOG_CONTENT", default=True),
            cache_seconds=_seconds(values, "ROUTER_CACHE_SECONDS", LONGEST_CACHE_SECONDS),
            app_url=_app_url(values),
            simulator_port=_port(values, "ROUTER_SIMULATOR_PORT"),
            allowed_hosts=_allowed_hosts(values),
            cors_origins=_cors_origins(values),
            operators=_operators(values),
            insecure=_flag(values, "ROUTER_INSECURE", default=False),
        )

    @property
    def database_url(self) -> str:
        """`ROUTER_DATABASE_URL`, which may hold a password."""
        return unquoted_text(self.values.get("ROUTER_DATABASE_URL") or "") or "sqlite:///data/router.db"

    @property
    def alert_url(self) -> str | None:
        """`ROUTER_ALERT_URL`, which may hold a token; None where it is unset.

        Raises:
            ConfigurationError: it is no http(s) address; the message does not hold it.
        """
        text = self.text("ROUTER_ALERT_URL")
        if text and not re.fullmatch(r"https?://[!-~]+", text):
            raise ConfigurationError("ROUTER_ALERT_URL is no address; it begins with https:// and has no blanks")
        return text or None

    def secret(self, name: str, foreign: Mapping[str, str] | None = None) -> Secret | None:
        """The key in variable `name`, or None where it is unset or blank.

        Quotes, `Bearer`, and the variable's own name in front of it are taken off.

        Args:
            foreign: beginnings of other providers' keys, each with the variable that such a key belongs in.

        Raises:
            ConfigurationError: no key, or another provider's; the message does not hold it.
        """
        key = parse_key(name, self.values.get(name) or "", foreign)
        return Secret(key) if key else None

    def text(self, name: str) -> str:
        """What stands in variable `name`, without blanks and quotes around it; empty where it is unset."""
        return bare_text(self.values.get(name) or "")

    def url(self, name: str, default: str) -> str:
        """The base URL in variable `name`, in ASCII and without a trailing slash.

        Raises:
            ConfigurationError: it is no http(s) address, or one with a user, a query or a fragment.
        """
        return parse_base_url(name, bare_text(self.values.get(name) or "") or default, default)


def env_file() -> Path:
    """The file with settings: `.env`, or the one that `ROUTER_ENV_FILE` in the process's environment names.

    Raises:
        ConfigurationError: what it names is no path.
    """
    return _file(os.environ, "ROUTER_ENV_FILE") or PROJECT / ".env"


def _file(values: Mapping[str, str], name: str) -> Path | None:
    """The file that a setting names; a relative one starts at the project."""
    text = unquoted_text(values.get(name) or "")
    return parse_path(name, text, PROJECT) if text else None


def _process_environment(file: Path | None, beneath: Mapping[str, str]) -> dict[str, str]:
    lower = dict(beneath) | read_env_file(file or env_file())
    # A variable that is set to nothing hides nothing.
    return lower | {name: value for name, value in os.environ.items() if value or name not in lower}


def _mode(values: Mapping[str, str]) -> Mode:
    text = bare_text(values.get("ROUTER_MODE") or "").lower() or "auto"
    try:
        return Mode(text)
    except ValueError:
        words = f"ROUTER_MODE={shown_value(text)} is unknown; it is one of: {', '.join(Mode)}"
        raise ConfigurationError(words) from None


def _flag(values: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = bare_text(values.get(name) or "").lower()
    if not text:
        return default
    if text not in {"0", "1", "true", "false", "yes", "no"}:
        raise ConfigurationError(f"{name}={shown_value(text)} is neither 1 nor 0")
    return text in {"1", "true", "yes"}


def _seconds(values: Mapping[str, str], name: str, most: float) -> float:
    text = bare_text(values.get(name) or "") or "0"
    # Whole seconds alone, and longer ones refused unread: `int` refuses some thousand digits with an error of its own.
    if not (text.isascii() and text.isdecimal()) or len(text) > 12 or int(text) > most:
        raise ConfigurationError(
            f"{name}={shown_value(text)} is no number of seconds; it is a whole one from 0 (off) to {most:.0f}"
        )
    return float(text)


def _app_url(values: Mapping[str, str]) -> str | None:
    for name in ("APP_URL", "NEXT_PUBLIC_APP_URL"):
        if (address := parse_page_address(name, values.get(name) or "")) is not None:
            return address
    return None


def _port(values: Mapping[str, str], name: str) -> int:
    text = bare_text(values.get(name) or "") or "0"
    # Longer ones are refused unread: `int` refuses some thousand digits with an error of its own.
    if not text.isdecimal() or len(text) > 5 or int(text) > 65535:
        raise ConfigurationError(
            f"{name}={shown_value(text)} is no port; it is a number from 0 (any free one) to 65535"
        )
    return int(text)


def _allowed_hosts(values: Mapping[str, str]) -> AllowedHosts:
    try:
        return parse_allowed_hosts(bare_text(values.get("ROUTER_ALLOWED_HOSTS") or ""))
    except ValueError as error:
        raise ConfigurationError(f"ROUTER_ALLOWED_HOSTS cannot be used: {redact(str(error))}") from None


def _cors_origins(values: Mapping[str, str]) -> CorsOrigins:
    try:
        return parse_cors_origins(bare_text(values.get("ROUTER_CORS_ORIGINS") or ""))
    except ValueError as error:
        raise ConfigurationError(f"ROUTER_CORS_ORIGINS cannot be used: {redact(str(error))}") from None


def _operators(values: Mapping[str, str]) -> frozenset[str]:
    entries = re.split(r"[,;\s]+", bare_text(values.get("ROUTER_OPERATORS") or ""))
    addresses = {entry.casefold() for entry in entries if entry}
    for address in sorted(addresses):
        if not _ADDRESS.fullmatch(address):
            raise ConfigurationError(
                f"ROUTER_OPERATORS cannot be used: {shown_value(address)} is no e-mail address; "
                "list whole addresses, separated by commas, such as ada@example.com, ben@example.com"
            )
    return frozenset(addresses)
