"""The conditions that somebody has to be told of, as they stand at one moment; asks no provider."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from router.api import DualModelRouter
from router.failures import durations
from router.failures.durations import DAY
from router.ports import Allowance
from router.store import Pace
from router.table.retirements import retirements, vanished_models
from router.types import PlannedTarget, Target, TaskConfig, TaskType

RETIREMENT_DAYS = 14
"""So many days ahead the end of a model is told."""

_LEAST_CALLS = 10
"""Calls within the hour: fewer are no pace from which the end of a day's allowance could be foretold."""


class AlertKind(StrEnum):
    """What can be told of."""

    TASK_DOWN = "task-down"  # no target of a task can be called
    LAST_TARGET = "last-target"  # a task rests on one
    RUNS_DRY = "runs-dry"  # a day's allowance ends before it refills, at this pace
    BILLED = "billed"  # a free request came back with a cost
    RETIREMENT = "retirement"  # a model of the table ends soon, or has vanished
    LOG = "log"  # the log cannot be written
    KEY_REFUSED = "key-refused"  # a provider refuses its key


KIND_WORDS = {
    AlertKind.TASK_DOWN: "No model left for a task",
    AlertKind.LAST_TARGET: "One model left for a task",
    AlertKind.RUNS_DRY: "A day's free quota will run out early",
    AlertKind.BILLED: "A free request had a cost",
    AlertKind.RETIREMENT: "A model ends within 14 days, or is gone",
    AlertKind.LOG: "The log cannot be written",
    AlertKind.KEY_REFUSED: "A key is refused",
}
"""Each in words for people."""

STOPS_WORK = frozenset({AlertKind.TASK_DOWN, AlertKind.BILLED, AlertKind.LOG, AlertKind.KEY_REFUSED})
"""Those that stand on every page."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One of them.

    Attributes:
        subject: of what: a task, a target, a provider; with the kind it tells one from another.
        message: a sentence for people.
    """

    kind: AlertKind
    subject: str
    message: str

    @property
    def key(self) -> str:
        """What there is one of."""
        return f"{self.kind}|{self.subject}"


def standing_conditions(router: DualModelRouter) -> list[Condition]:
    """All that stand now. Simulated providers are nobody's trouble: of theirs there are none."""
    if router.simulator is not None:
        return []
    plans = {task: router.plan(config=TaskConfig(task)) for task in TaskType}
    return [
        *(condition for task, plan in plans.items() if (condition := _of_task(router, task, plan)) is not None),
        *_of_cooldowns(router),
        *_of_allowances(router),
        *_of_models(router),
        *_of_log(router),
    ]


def _of_task(router: DualModelRouter, task: TaskType, plan: list[PlannedTarget]) -> Condition | None:
    label = router.table.tasks[task].label
    ready = [line for line in plan if line.kept and not line.last_resort]
    if not ready:
        return Condition(AlertKind.TASK_DOWN, task, f"{label}: no model is available.")
    if len(ready) == 1:
        name = _target_label(router, ready[0].target)
        return Condition(AlertKind.LAST_TARGET, task, f"{label}: only {name} is left.")
    return None


def _of_cooldowns(router: DualModelRouter) -> Iterator[Condition]:
    account_ids = {account.id for account in router.accounts.values()}
    for cooldown in router.failures():
        if cooldown.account not in account_ids:
            continue
        name = _target_label(router, Target(cooldown.provider, cooldown.model))
        if cooldown.outcome == "billed":
            words = f"A free request to {name} came back with a cost. It is off until somebody resets it on Health."
            yield Condition(AlertKind.BILLED, f"{cooldown.provider}:{cooldown.model}", words)
        elif cooldown.outcome == "unauthorized":
            label = _provider_label(router, cooldown.provider)
            yield Condition(AlertKind.KEY_REFUSED, cooldown.provider, f"{label} refuses its key.")


def _of_allowances(router: DualModelRouter) -> Iterator[Condition]:
    if router.store is None:
        return
    now = router.clock.time()
    paces = router.store.paces.read(now)
    for allowance in router.quotas():
        if allowance.span < DAY or allowance.unit != "requests":
            continue  # a minute's allowance is back before anybody could act
        account_paces = [
            pace for key, pace in paces.items() if key[0] == allowance.account and allowance.model in ("", key[1])
        ]
        dry = dry_at(allowance, sum(account_paces, Pace()), now)
        if dry is not None:
            whose = _target_label(router, Target(allowance.provider, allowance.model)) if allowance.model else (
                f"{_provider_label(router, allowance.provider)}'s free models"
            )  # fmt: skip
            words = (
                f"{whose}: {allowance.remaining:,} of {allowance.limit:,} requests are left. At this pace they end at "
                f"{durations.utc(dry):%H:%M} UTC, before they refill at {durations.utc(allowance.resets_at):%H:%M} UTC."
            )
            yield Condition(AlertKind.RUNS_DRY, f"{allowance.provider}:{allowance.model}", words)


def dry_at(allowance: Allowance, pace: Pace, now: float) -> float | None:
    """When nothing of a day's requests is left at this pace; None where they refill before, or are no pace yet."""
    if pace.calls_an_hour < _LEAST_CALLS or allowance.resets_at <= now:
        return None
    dry = now + allowance.remaining / (pace.calls_an_hour / 3_600.0)
    return dry if dry < allowance.resets_at else None


def _of_models(router: DualModelRouter) -> Iterator[Condition]:
    today = (durations.utc(router.clock.time()) or durations.utc(0.0)).date()  # type: ignore[union-attr]
    soon = today + timedelta(days=RETIREMENT_DAYS)
    for retirement in retirements(router.table, router.listings(), today):
        if retirement.on <= soon and retirement.target.provider in router.accounts:
            name = _target_label(router, retirement.target)
            words = f"{name} ends on {retirement.on.isoformat()}; {len(retirement.tasks)} tasks use it."
            yield Condition(AlertKind.RETIREMENT, str(retirement.target), words)
    yield from _of_vanished(router, today)


def _of_vanished(router: DualModelRouter, today: date) -> Iterator[Condition]:
    for model in vanished_models(router.table, router.listings(), today):
        if model.target.provider in router.accounts:
            words = f"{_target_label(router, model.target)} is not on its provider's list any more; "
            yield Condition(AlertKind.RETIREMENT, str(model.target), f"{words}{len(model.tasks)} tasks use it.")


def _of_log(router: DualModelRouter) -> Iterator[Condition]:
    error = None if router.store is None else router.store.log_error
    if error is not None and not error.writing:
        yield Condition(AlertKind.LOG, "log", f"The log cannot be written ({error.text}). Requests are still served.")


def _provider_label(router: DualModelRouter, provider: str) -> str:
    entry = router.table.providers.get(provider)
    return entry.label if entry is not None else provider


def _target_label(router: DualModelRouter, target: Target) -> str:
    return f"{_provider_label(router, target.provider)} {router.table.label(target)}"
