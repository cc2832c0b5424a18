"""Lines of a plan as they stand now: who cools down, who is a last resort, and when the first may be called again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from router.failures import durations
from router.failures.memory import CooldownVerdict, TargetStanding, until_text
from router.types import PlannedTarget, TargetState

_PROBE_MAY_TAKE = 1.0
"""Seconds until a target that somebody else is trying is looked at again."""


class LinesOnDemand:
    """Lines that are worked out one after the other when they are first asked for, and then known."""

    def __init__(self, known: list[PlannedTarget], following: Iterator[PlannedTarget]) -> None:
        self._known = known
        self._following = following

    def __iter__(self) -> Iterator[PlannedTarget]:
        yield from self._known
        for line in self._following:
            self._known.append(line)
            yield line


def cooling_line(line: PlannedTarget, standing: TargetStanding) -> PlannedTarget:
    """The line of a target that cools down, or that may be probed; as it is where nothing stands against it."""
    cooldown = standing.cooldown
    if cooldown is None:
        return line
    if standing.verdict is CooldownVerdict.PROBE:
        return replace(line, state=TargetState.HALF_OPEN)
    if standing.is_probed:
        reason = f"another request is trying it ({cooldown.reason})"
        return replace(line, kept=False, state=TargetState.HALF_OPEN, reason=reason)
    summary, mark, words = cooldown.reason.partition(": ")  # the provider's words, which may be a paragraph, go last
    reason = f"{summary}, {until_text(cooldown.until)}{mark}{words}"
    return replace(line, kept=False, state=TargetState.COOLING, reason=reason, until=durations.utc(cooldown.until))


def with_last_resorts(plan: list[PlannedTarget]) -> list[PlannedTarget]:
    """Where nobody better is left, targets that are merely sick are tried all the same, the one due soonest first."""
    if any(line.kept for line in plan):
        return plan
    resorts = sorted((line for line in plan if line.last_resort), key=_due_at)
    return [line for line in plan if not line.last_resort] + [replace(line, kept=True) for line in resorts]


def _due_at(line: PlannedTarget) -> float:
    return 0.0 if line.until is None else line.until.timestamp()


def only_first(plan: list[PlannedTarget]) -> Iterator[PlannedTarget]:
    """With `fallback=False`: what comes after the first kept target is left out."""
    has_one = False
    for line in plan:
        left_out = has_one and line.kept
        yield replace(line, kept=False, state=TargetState.LEFT_OUT, reason="fallback is off") if left_out else line
        has_one = has_one or line.kept


def soonest_end(plan: Iterable[PlannedTarget], now: float) -> float | None:
    """In how many seconds a first target of a plan may be called again; None where no time is known."""
    ends = [line.until.timestamp() - now for line in plan if line.until is not None]
    ends += [_PROBE_MAY_TAKE for line in plan if line.state is TargetState.HALF_OPEN and line.until is None]
    return max(min(ends), 0.0) if ends else None
