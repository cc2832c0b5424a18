"""Who is called: a provider's entry in the table joined with what the environment says of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from secrets import token_hex
from typing import NoReturn, Protocol

import httpx

from router.errors import ConfigurationError
from router.failures.memory import CalledTarget
from router.providers.http.transport import Endpoint
from router.settings import Secret, Settings
from router.table.dialects import Dialect
from router.table.routes import ProviderEntry, RoutingTable

TITLE = "Dual-router console"


@dataclass(frozen=True)
class Account:
    """One provider that can be called.

    Attributes:
        name: its name in the table.
        key: its key, or None where it takes none.
        simulated: whether the simulated providers stand in for it.
    """

    name: str
    entry: ProviderEntry
    base_url: str
    key: Secret | None = field(repr=False)
    app_url: str | None = None
    simulated: bool = False

    @cached_property
    def id(self) -> str:
        """Provider, base URL and key fingerprint: what failure memory, quota and catalogue are kept by."""
        return f"{self.name}|{self.base_url}|{self.key.fingerprint if self.key else 'no-key'}"

    @cached_property
    def dialect(self) -> Dialect:
        """The wire it speaks."""
        return self.entry.wire

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown; made anew each time, so that it is not in the account's `vars`."""
        return (self.key.reveal(),) if self.key else ()

    @cached_property
    def chat(self) -> Endpoint:
        """Where completions are asked for."""
        return self._at(self.dialect.chat)

    @cached_property
    def transcription(self) -> Endpoint | None:
        """Where recordings are written down; None where they are not."""
        form = self.dialect.transcription
        return None if form is None else self._at(form.at)

    @cached_property
    def models(self) -> Endpoint | None:
        """Where its models are listed, which costs no quota; None where they are not."""
        return None if self.dialect.models.at is None else self._at(self.dialect.models.at)

    @cached_property
    def key_info(self) -> Endpoint | None:
        """Where it tells of the key and its allowance; None where it does not."""
        return None if self.dialect.account is None else self._at(self.dialect.account.at)

    def _at(self, path: str) -> Endpoint:
        return Endpoint(endpoint_url(self.base_url, path), httpx.Headers(self._headers()))

    def called_target(self, model: str) -> CalledTarget:
        """One of its models, as the failure memory knows it."""
        target = self._called_targets.get(model)
        if target is None:
            free = self.entry.is_free(model)
            target = CalledTarget(self.id, self.name, model, free, free and self.entry.counts_calls)
            self._called_targets[model] = target
        return target

    @cached_property
    def _called_targets(self) -> dict[str, CalledTarget]:
        return {}

    def __reduce__(self) -> NoReturn:
        raise TypeError("an account holds a key and is not pickled")

    def _headers(self) -> dict[str, str]:
        # Compressed events would be held back until a block is full.
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity", "User-Agent": "dual-router/1"}
        values = {"app_title": TITLE, "app_url": self.app_url, "key": self.key.reveal() if self.key else None}
        further = {**self.dialect.headers, self.dialect.key_header: self.dialect.key_form}
        return headers | {name: text for name, form in further.items() if (text := _filled(form, values)) is not None}


def _filled(form: str, values: Mapping[str, str | None]) -> str | None:
    """A header's value with its placeholders filled; None where one of them has no value."""
    names = re.findall(r"{([^{}]*)}", form)
    if any(values.get(name) is None for name in names):
        return None
    return re.sub(r"{([^{}]*)}", lambda match: values[match[1]] or "", form)


def configured_accounts(table: RoutingTable, settings: Settings) -> dict[str, Account]:
    """The providers that have what they need, in the table's order, those that it has off behind the others.

    Raises:
        ConfigurationError: none has; names the variables that would give one its key.
    """
    accounts = {
        name: account
        for name, entry in table.entries.items()
        if (account := configured_account(name, entry, settings, table.foreign_keys(name))) is not None
    }
    if not accounts:
        names = [entry.key_env for entry in table.providers.values() if entry.key_env]
        offered_labels = ", ".join(entry.label for entry in table.offers.values())
        raise ConfigurationError(
            f"no key: set {' or '.join(names)} in the environment or in .env (one is enough"
            f"{f'; {offered_labels} are in the table too, each with its own' if offered_labels else ''}); "
            "ROUTER_MODE=simulated works without any"
        )
    return accounts


def configured_account(
    name: str, entry: ProviderEntry, settings: Settings, foreign_keys: Mapping[str, str] | None = None
) -> Account | None:
    """The account of one provider by what the environment says of it; None where it lacks what it needs.

    Args:
        foreign_keys: how other providers' keys begin, as `RoutingTable.foreign_keys` has it.

    Raises:
        ConfigurationError: the key cannot be sent, or the base URL is none.
    """
    key = settings.secret(entry.key_env, foreign_keys) if entry.key_env else None
    if (entry.key_env and key is None) or missing_settings(entry, settings):
        return None
    parts = {part: settings.text(variable) for part, variable in entry.url_parts.items()}
    default = re.sub(r"{([^{}]*)}", lambda match: _url_part(entry, match[1], parts[match[1]]), entry.base_url)
    base_url = settings.url(entry.base_url_env or f"base_url of {name}", default)
    return Account(name, entry, base_url, key, settings.app_url)


def ready_providers(table: RoutingTable, settings: Settings) -> list[str]:
    """The providers that have what they need; none where simulated ones serve.

    Raises:
        ConfigurationError: a key that cannot be sent, or an address that is none.
    """
    return [
        name for name, entry in table.entries.items() if configured_account(name, entry, settings, None) is not None
    ]


def missing_settings(entry: ProviderEntry, settings: Settings) -> list[str]:
    """The variables, beside that of its key, that a provider needs and that are not set."""
    has_address = bool(entry.base_url_env and settings.text(entry.base_url_env))
    if entry.needs_address and not has_address:
        return [entry.base_url_env or ""]
    # Another address than the entry's holds what it needs itself.
    return [] if has_address else [variable for variable in entry.url_parts.values() if not settings.text(variable)]


def _url_part(entry: ProviderEntry, part: str, value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._~-]{1,200}", value):
        raise ConfigurationError(
            f"{entry.url_parts[part]} cannot be a part of {entry.label}'s address: letters, digits and . _ ~ - can"
        )
    return value


def endpoint_url(base_url: str, path: str) -> httpx.URL:
    """The address of `path` below a base URL, which may end in a slash and may bring a query along.

    Args:
        path: begins with a slash.
    """
    base = httpx.URL(base_url)
    # The raw path holds the query, which some gateways tell their versions and accounts apart by.
    raw_path, _, query = base.raw_path.partition(b"?")
    below, _, further = path.encode("ascii").partition(b"?")
    whole = b"&".join(part for part in (further, query) if part)
    return base.copy_with(raw_path=raw_path.rstrip(b"/") + below + (b"?" + whole if whole else b""))


class SimulatedProviders(Protocol):
    """Where the simulated providers listen, by the name of their wire."""

    @property
    def wires(self) -> Collection[str]:
        """The names of the wires that they speak."""
        ...

    def url_of(self, dialect: str) -> str:
        """The base URL that speaks `dialect`."""
        ...


def simulated_accounts(
    table: RoutingTable, simulator: SimulatedProviders, token: str | None = None
) -> dict[str, Account]:
    """Every provider of the table that the simulator can stand in for; those that the table has off stay off.

    Args:
        token: ends the key. Another one each time, where it is left out: simulated providers begin with whole
            allowances, so what a log says of calls to those of an earlier start, perhaps at the same port, must not
            count.
    """
    key = Secret(f"simulated-key-{token or token_hex(8)}")
    return {
        name: Account(name, entry, simulator.url_of(entry.simulated_by or entry.dialect), key, simulated=True)
        for name, entry in table.providers.items()
        if (entry.simulated_by or entry.dialect) in simulator.wires
    }
