"""The examination: everything in order, each by itself, so that one fault hides no other."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence, Set

from router.api import DualModelRouter
from router.doctor.findings import Finding, Verdict
from router.doctor.machine_checks import database_finding, disk_finding
from router.doctor.provider_checks import account_findings, key_findings
from router.doctor.task_checks import task_findings
from router.errors import ConfigurationError
from router.providers.accounts import Account
from router.settings import Mode, Settings
from router.table.operator_files import load_table
from router.table.routes import RoutingTable


async def examine(environment: Mapping[str, str] | None = None) -> list[Finding]:
    """Look at everything; no call costs quota.

    Args:
        environment: instead of the process's own with `.env` beneath it.
    """
    try:
        settings = Settings.from_env(environment)
    except ConfigurationError as error:
        return [Finding("settings", Verdict.FAULT, f"{error}.", "mend it in .env or the environment")]
    findings = [Finding("settings", Verdict.GOOD, f"They can be read; ROUTER_MODE is {settings.mode}.")]
    try:
        table = load_table(settings.routes, settings.providers)
    except ConfigurationError as error:
        findings.append(Finding("routing table", Verdict.FAULT, f"{error}.", "mend the file, or unset ROUTER_ROUTES"))
        return [*findings, *_machine_findings(settings)]
    words = f"{settings.routes} has {len(table.tasks)} tasks and {len(table.models)} models."
    findings.append(Finding("routing table", Verdict.GOOD, words))
    provider_findings, accounts = await _provider_findings(table, settings)
    findings += [*provider_findings, *_machine_findings(settings)]
    if not accounts and settings.mode is not Mode.SIMULATED:
        return findings
    unusable = {account.name for account in accounts if _has_fault_of(account, provider_findings)}
    return [*findings, *await _table_findings(settings, unusable)]


def _has_fault_of(account: Account, findings: Sequence[Finding]) -> bool:
    return any(
        finding.verdict is Verdict.FAULT and finding.subject.endswith(f" {account.name}") for finding in findings
    )


async def _provider_findings(table: RoutingTable, settings: Settings) -> tuple[list[Finding], list[Account]]:
    if settings.mode is Mode.SIMULATED:
        words = "ROUTER_MODE is simulated: nothing leaves this machine, and answers are invented."
        return [Finding("keys", Verdict.NOTE, words, "unset ROUTER_MODE for real answers")], []
    findings, accounts = key_findings(table, settings)
    if not accounts:
        words = "No provider can be asked: the console invents answers, and library and gateway refuse to start."
        findings.insert(0, Finding("keys", Verdict.FAULT, words, "set a key in .env, or on Setup"))
    groups = await asyncio.gather(*(account_findings(account) for account in accounts))
    return [*findings, *_each_once([finding for group in groups for finding in group])], accounts


def _each_once(findings: Sequence[Finding]) -> list[Finding]:
    """With one good word on the clock at the most: whoever differs stands for itself."""
    good = [finding for finding in findings if finding.subject == "clock" and finding.verdict is Verdict.GOOD]
    return [finding for finding in findings if finding not in good or finding is good[0]]


def _machine_findings(settings: Settings) -> list[Finding]:
    finding, store = database_finding(settings)
    if store is None:
        return [finding]
    path = store.path
    store.close()
    return [finding] if path is None else [finding, disk_finding(path.parent)]  # a server's disk is not ours to see


async def _table_findings(settings: Settings, unusable: Set[str]) -> list[Finding]:
    """Who serves which task; nothing where the router cannot be built, for which a reason stands above."""
    try:
        router = DualModelRouter.from_settings(settings)
    except ConfigurationError:
        return []
    async with router:
        return await task_findings(router, unusable)
