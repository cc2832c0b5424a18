"""One provider looked at: its key, its address, the way to it and its clock, by calls that cost no quota."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

from router.doctor.findings import Finding, Verdict
from router.errors import ConfigurationError
from router.failures.outcomes import Kind, Signal, classify, describe
from router.providers.account_calls import SECONDS
from router.providers.accounts import Account, configured_account, missing_settings
from router.providers.http.connections import Clients
from router.providers.http.proxies import find_proxy
from router.providers.http.transport import Endpoint, send
from router.providers.replies import ProviderFailure, error_signal
from router.settings import Settings
from router.table.routes import ProviderEntry, RoutingTable

MOST_AHEAD = 5.0
"""Seconds that two clocks may be apart unremarked; a reply's date is in whole seconds, and the way takes some."""

FAR_AHEAD = 300.0
"""Seconds from which on a clock does harm: certificates seem expired, and every allowance refills at a wrong time."""


@dataclass(frozen=True, slots=True)
class _CheckReply:
    """What a call came to: a status with headers, or a failure.

    Attributes:
        seconds: that it took.
        received_at: seconds since the epoch, by this machine's clock.
    """

    status: int | None
    headers: Mapping[str, str]
    failure: ProviderFailure | None
    seconds: float
    received_at: float


def key_findings(table: RoutingTable, settings: Settings) -> tuple[list[Finding], list[Account]]:
    """What is wrong with the keys as they stand in the settings, and the accounts that can be asked."""
    findings, accounts = [], []
    for name, entry in table.entries.items():
        try:
            account = configured_account(name, entry, settings, table.foreign_keys(name))
        except ConfigurationError as error:
            findings.append(Finding(f"key of {name}", Verdict.FAULT, f"{error}.", "mend it in .env, or on Setup"))
            continue
        if account is not None:
            accounts.append(account)
        elif (finding := _missing(name, entry, settings, is_offer=name in table.offers)) is not None:
            findings.append(finding)
    return findings, accounts


def _missing(name: str, entry: ProviderEntry, settings: Settings, *, is_offer: bool) -> Finding | None:
    """A provider that lacks its key or a part of its address; None for one that nobody has asked for."""
    has_key = bool(entry.key_env and settings.text(entry.key_env))
    if is_offer and not has_key:
        return None
    lacking = missing_settings(entry, settings) if has_key or not entry.key_env else [entry.key_env]
    verdict = Verdict.FAULT if has_key else Verdict.NOTE
    page = f"; keys are at {entry.key_page}" if entry.key_page else ""
    advice = f"set {' and '.join(lacking)} in .env, or on Setup{page}"
    return Finding(f"key of {name}", verdict, f"{' and '.join(lacking)} not set: {entry.label} is not asked.", advice)


async def account_findings(account: Account) -> list[Finding]:
    """All of one account: the proxy on the way to it, its address, its key, its clock."""
    proxy = await _proxy_finding(account)
    if proxy is not None and proxy.verdict is Verdict.FAULT:
        return [proxy]
    replies = await _free_replies(account)
    findings = [] if proxy is None else [proxy]
    if not replies:
        words = "was not asked: this provider tells nothing for free."
        return [*findings, Finding(f"key of {account.name}", Verdict.NOTE, words, "try it on Setup: one request")]
    unreached = next((reply for reply in replies.values() if reply.status is None), None)
    if unreached is not None:
        return [*findings, _unreached(account, unreached)]
    findings += [_address_finding(account, replies), *_key_finding(account, replies)]
    clock = _clock_finding(account, next(iter(replies.values())))
    return findings if clock is None else [*findings, clock]


async def _free_replies(account: Account) -> dict[str, _CheckReply]:
    """What its free addresses answer, by what they are."""
    places = {"account": account.key_info, "list": account.models}
    clients = Clients()
    try:
        transport = await clients.get()
        return {
            name: await _reply_of(account, transport, endpoint)
            for name, endpoint in places.items()
            if endpoint is not None
        }
    finally:
        await clients.aclose()


async def _reply_of(account: Account, transport: httpx.AsyncBaseTransport, endpoint: Endpoint) -> _CheckReply:
    began = time.monotonic()
    status, headers, failure = None, {}, None
    try:
        async with asyncio.timeout(SECONDS), send(transport, endpoint, None, connect=5.0) as reading:
            status, headers = reading.status, reading.headers
            body = await reading.body()
            if status != 200:
                signal = error_signal(status, headers, body, None, account.secrets, account.dialect)
                failure = ProviderFailure(signal)
    except TimeoutError:
        failure = ProviderFailure(Signal(Kind.SLOW))
    except ProviderFailure as error:
        failure = error
    return _CheckReply(status, headers, failure, time.monotonic() - began, time.time())


# --- the way there ---------------------------------------------------------------------------------------------------


async def _proxy_finding(account: Account) -> Finding | None:
    subject = f"proxy to {account.name}"
    try:
        proxy = await asyncio.to_thread(find_proxy, httpx.URL(account.base_url))
    except httpx.ProxyError as error:
        advice = "it looks like http://proxy.example.com:3128; NO_PROXY lists hosts that need none"
        return Finding(subject, Verdict.FAULT, f"{error}.", advice)
    if proxy is None:
        return None
    return Finding(subject, Verdict.NOTE, f"Calls go by the proxy {proxy.url.host}:{proxy.url.port or 80}.")


def _unreached(account: Account, reply: _CheckReply) -> Finding:
    words = _words_of(reply)
    setting = account.entry.base_url_env
    advice = "look at this machine's network, name server and proxy (HTTPS_PROXY)"
    advice += f", and at {setting}" if setting else ""
    return Finding(f"address of {account.name}", Verdict.FAULT, f"{account.base_url}: {words}.", advice)


def _address_finding(account: Account, replies: Mapping[str, _CheckReply]) -> Finding:
    subject = f"address of {account.name}"
    listing = replies.get("list")
    milliseconds = min(reply.seconds for reply in replies.values()) * 1000
    if listing is None or listing.status == 200 or listing.status in (401, 403):
        return Finding(subject, Verdict.GOOD, f"{account.base_url} answers in {milliseconds:.0f} ms.")
    setting = account.entry.base_url_env
    if listing.status == 404:
        advice = f"look at {setting}: it ends as {account.entry.base_url} does" if setting else "look at its base_url"
        return Finding(subject, Verdict.FAULT, f"{account.base_url} has no list of models (404).", advice)
    words = f"{account.base_url} lists no models: {_words_of(listing)}."
    return Finding(subject, Verdict.WARNING, words, "wait; look at the provider's status page if it stays so")


def _words_of(reply: _CheckReply) -> str:
    signal = Signal(Kind.LOST) if reply.failure is None else reply.failure.signal
    return describe(classify(signal), signal).rstrip(".")


# --- the key -----------------------------------------------------------------------------------------------------


def _key_finding(account: Account, replies: Mapping[str, _CheckReply]) -> list[Finding]:
    subject, entry = f"key of {account.name}", account.entry
    if account.key is None:
        return []
    reply = replies.get("account") or (None if account.dialect.models.is_public else replies.get("list"))
    if reply is None:
        words = "was not tried: nothing that is free asks for it."
        return [Finding(subject, Verdict.NOTE, words, "try it on Setup: it takes one request")]
    if reply.status == 200:
        return [Finding(subject, Verdict.GOOD, f"{entry.label} accepts {account.key.hint}.")]
    if reply.status in (401, 402, 403):
        page = f" at {entry.key_page}" if entry.key_page else ""
        advice = f"make another{page}, and put it into {entry.key_env}"
        return [Finding(subject, Verdict.FAULT, f"{account.key.hint}: {_words_of(reply)}.", advice)]
    return [Finding(subject, Verdict.WARNING, f"could not be tried: {_words_of(reply)}.", "try again in a minute")]


# --- the clock ---------------------------------------------------------------------------------------------------


def _clock_finding(account: Account, reply: _CheckReply) -> Finding | None:
    try:
        provider_time = parsedate_to_datetime(reply.headers["date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        return None
    # The date was written at some time of the call.
    ahead = reply.received_at - reply.seconds / 2 - provider_time
    side = "ahead of" if ahead > 0 else "behind"
    words = f"This machine is {abs(ahead):.0f} s {side} {account.entry.label}."
    if abs(ahead) <= MOST_AHEAD:
        return Finding("clock", Verdict.GOOD, f"It agrees with {account.entry.label}.")
    verdict = Verdict.FAULT if abs(ahead) >= FAR_AHEAD else Verdict.WARNING
    return Finding("clock", verdict, words, "have the machine's time set by NTP (timedatectl set-ntp true)")
