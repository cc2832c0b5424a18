"""What a speed run comes to: medians, spread, the factor between two providers with its interval, and words for it."""

from __future__ import annotations

import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from router.comparison.speed_prompts import PromptSet, TaskPrompts
from router.store.console.speed_runs import SpeedStep
from router.table.routes import RoutingTable
from router.types import TaskType

RESAMPLES = 2_000
"""How often the bootstrap draws."""

FEWEST = 6
"""Fewer values than these on either side give no 95 % interval.

The median of n values lies outside of all of them in 2 · ½ⁿ of the cases: from six on that is less than 5 %, so only
then even the widest interval that the values allow holds it often enough.
"""


@dataclass(frozen=True, slots=True)
class Spread:
    """Times of one task on one provider, in milliseconds, of those that succeeded.

    Attributes:
        count, failed: how many steps succeeded and failed.
        lower, upper: the quartiles; of fewer times than `FEWEST` the shortest and the longest.
    """

    model: str
    count: int
    failed: int
    median: float | None = None
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, slots=True)
class Factor:
    """How many times longer the second provider took: the ratio of the medians, and its 95 % interval where known."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def inverse(self) -> Factor:
        """... how many times longer the first took."""
        bounds = (None, None) if self.low is None or self.high is None else (1 / self.high, 1 / self.low)
        return Factor(1 / self.value, *bounds)

    @property
    def certain(self) -> bool:
        """Whether the interval leaves no doubt which one is faster."""
        return self.low is not None and self.high is not None and (self.low > 1.0 or self.high < 1.0)


@dataclass(frozen=True, slots=True)
class SpeedRow:
    """One task of the table.

    Attributes:
        spreads: by provider.
        factor: of the two fastest, the one that stands second in the table to the first; None where there are no two.
        sides: those two, in the table's order.
    """

    entry: TaskPrompts
    spreads: Mapping[str, Spread]
    factor: Factor | None
    sides: tuple[str, ...] = ()


def make_table(steps: Sequence[SpeedStep], prompts: PromptSet, providers: Sequence[str]) -> list[SpeedRow]:
    """The table of a run, as far as it has come: a row for each task of the set.

    Args:
        providers: those that were measured; the two fastest at a task are held against each other.
    """
    return [
        _make_row(entry, providers, [step for step in steps if step.task == task])
        for task, entry in prompts.tasks.items()
    ]


def _make_row(entry: TaskPrompts, providers: Sequence[str], steps: Sequence[SpeedStep]) -> SpeedRow:
    values = {name: _measured_times(entry, [step for step in steps if step.provider == name]) for name in providers}
    spreads = {name: _spread_of([step for step in steps if step.provider == name], values[name]) for name in providers}
    measured = [name for name in providers if values[name]]
    fastest = sorted(measured, key=lambda name: statistics.median(values[name]))[:2]
    sides = tuple(name for name in providers if name in fastest)
    factor = factor_of(values[sides[0]], values[sides[1]]) if len(sides) == 2 else None
    return SpeedRow(entry, spreads, factor, sides)


def _measured_times(entry: TaskPrompts, steps: Sequence[SpeedStep]) -> tuple[float, ...]:
    times = [step.ttft_ms if entry.measure == "first token" else step.latency_ms for step in steps
             if step.status == "succeeded"]  # fmt: skip
    return tuple(value for value in times if value is not None)


def _spread_of(steps: Sequence[SpeedStep], values: Sequence[float]) -> Spread:
    model = steps[0].model if steps else ""
    failed = sum(step.status == "failed" for step in steps)
    if not values:
        return Spread(model, 0, failed)
    median = statistics.median(values)
    if len(values) < FEWEST:
        return Spread(model, len(values), failed, median=median, lower=min(values), upper=max(values))
    lower, _, upper = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(model, len(values), failed, median=median, lower=lower, upper=upper)


@lru_cache(maxsize=256)
def factor_of(first: tuple[float, ...], second: tuple[float, ...]) -> Factor:
    """The ratio of two medians, second to first, with the percentile bootstrap's 95 % interval.

    Each side is drawn anew from its own values, with replacement; the draws are seeded, so a table says the same twice.
    """
    value = statistics.median(second) / statistics.median(first)
    if min(len(first), len(second)) < FEWEST:
        return Factor(value)
    chance = random.Random(1)
    ratios = sorted(_median(second, chance) / _median(first, chance) for _ in range(RESAMPLES))
    return Factor(value, ratios[int(RESAMPLES * 0.025)], ratios[int(RESAMPLES * 0.975) - 1])


def _median(values: Sequence[float], chance: random.Random) -> float:
    return statistics.median(chance.choices(values, k=len(values)))


# --- in words ------------------------------------------------------------------------------------------------------


def conclusion(rows: Sequence[SpeedRow], table: RoutingTable) -> str:
    """What a table says about the routing table, in a few sentences."""
    certain = [row for row in rows if row.factor is not None and row.factor.certain]
    measured = [row for row in rows if row.factor is not None]
    if not measured:
        return "No task has times on two providers yet, so this says nothing about the routing table."
    against = [row for row in certain if _listed_first(row, table) not in (None, _faster(row))]
    first = _counted(certain, measured, table)
    if not certain:
        return f"{first} So it says nothing about the routing table."
    if not against:
        return f"{first} Where it is certain, the routing table tries the faster one first."
    names = "; ".join(_against(row, table) for row in against)
    return (
        f"{first} The routing table tries the slower one first for {names}. On speed alone that order would change; "
        "how good the answers are was not measured."
    )


def _counted(certain: Sequence[SpeedRow], measured: Sequence[SpeedRow], table: RoutingTable) -> str:
    wins: dict[str, int] = {}
    for row in certain:
        wins[_faster(row)] = wins.get(_faster(row), 0) + 1
    parts = [f"{table.providers[name].label} is faster in {count}" for name, count in wins.items()]
    unclear = len(measured) - len(certain)
    few = sum(row.factor is not None and row.factor.low is None for row in measured)
    close = unclear - few
    parts += [f"{close} {'is' if close == 1 else 'are'} too close to call"] if close else []
    parts += (
        [f"{few} {'was' if few == 1 else 'were'} asked too few times to tell ({FEWEST} are the least)"] if few else []
    )
    whom = "both providers" if len(measured[0].spreads) == 2 else "two providers or more"
    return f"Of {len(measured)} tasks measured on {whom}, {' and '.join(parts)}."


def _faster(row: SpeedRow) -> str:
    first, second = row.sides
    assert row.factor is not None, "only rows with a factor are asked"
    return first if row.factor.value > 1.0 else second


def _listed_first(row: SpeedRow, table: RoutingTable) -> str | None:
    chain = table.tasks[TaskType(row.entry.task)].chain
    return chain[0].provider if chain else None


def _against(row: SpeedRow, table: RoutingTable) -> str:
    assert row.factor is not None, "only rows with a factor are asked"
    times = max(row.factor.value, 1.0 / row.factor.value)
    label = table.tasks[row.entry.task].label.lower()
    return f"{label} ({table.providers[_faster(row)].label} is {times:.1f} times faster)"
