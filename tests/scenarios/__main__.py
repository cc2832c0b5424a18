"""`make scenarios`: every scenario at full times (the shipped table's own), and a table of verdicts.

Each one has simulated providers, a router and a database of its own, so that they can be played side by side. Ends
with 1 where a verdict is wrong.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tests.scenarios.free_tiers
import tests.scenarios.published  # noqa: F401 – both enter their scenarios
from router.simulator import Simulator
from tests.scenarios.registry import SCENARIOS, Scenario
from tests.world import MODES, World

AT_ONCE = 16
"""More side by side would take processor time from each other, and it would count as the router's."""

PACE = 0.25
"""How long an answer takes, to the simulated providers' natural pace: a scenario's holds are not to end within one."""


@dataclass(frozen=True)
class Verdict:
    """How one way of playing a scenario came out; `fault` is empty where all was right."""

    fault: str
    slowest: float
    calls: int
    notes: Mapping[str, Any]


async def judged(one: Scenario, variant: Mapping[str, Any], mode: str, turns: asyncio.Semaphore) -> Verdict:
    """Play it in a world of its own."""
    async with turns:
        with tempfile.TemporaryDirectory() as folder, Simulator(pace=PACE) as simulator:
            # In a thread: opening a database would hold up everybody else's clock.
            world = await asyncio.to_thread(World, simulator, Path(folder), scale=1.0, real=True)
            fault = await _played(one, world, mode, variant)
            slowest = max((answer.seconds for answer in world.answers), default=0.0)
            return Verdict(fault, slowest, len(world.seen), world.notes)


async def _played(one: Scenario, world: World, mode: str, variant: Mapping[str, Any]) -> str:
    try:
        try:
            await one.play(world, mode, **variant)
            world.check_answers()
        finally:
            await world.aclose()
        world.check_log()
    except Exception as error:  # noqa: BLE001 – whatever it is, it is this scenario's verdict
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{Path(where.filename).name}:{where.lineno}: {where.line or ''} {error}".strip()
    return ""


async def main() -> int:
    """Play everything and print the table; gives the process's exit code."""
    began, turns = time.perf_counter(), asyncio.Semaphore(AT_ONCE)
    verdicts: dict[tuple[str, str], list[Verdict]] = {}
    for timed in (True, False):
        # The longest first, so that it does not run on alone at the end.
        ones = sorted((one for one in SCENARIOS if one.timed is timed), key=lambda one: one.id != "S15")
        keys = [(one, mode) for one in ones for mode in MODES]
        played = [[judged(one, variant, mode, turns) for variant in one.variants] for one, mode in keys]
        results = await asyncio.gather(*(asyncio.gather(*ways) for ways in played))
        verdicts |= {(one.says, mode): list(ways) for (one, mode), ways in zip(keys, results, strict=True)}
    print(f"{'':4}{'complete':>9}{'stream':>9}{'seconds':>15}{'calls':>11}  scenario")  # noqa: T201
    for one in sorted(SCENARIOS, key=lambda one: (one.id[0] == "F", one.id)):
        _print_row(one, [verdicts[one.says, mode] for mode in MODES])
    wrong = sum(bool(verdict.fault) for ways in verdicts.values() for verdict in ways)
    total = sum(map(len, verdicts.values()))
    print(f"{total - wrong} of {total} right, in {time.perf_counter() - began:.0f} s")  # noqa: T201
    return 1 if wrong else 0


def _print_row(one: Scenario, both: list[list[Verdict]]) -> None:
    words = ["right" if not any(verdict.fault for verdict in played) else "WRONG" for played in both]
    seconds = " / ".join(f"{max(verdict.slowest for verdict in played):.1f}" for played in both)
    calls = " / ".join(str(max(verdict.calls for verdict in played)) for played in both)
    ways = f" ({len(one.variants)} ways)" if len(one.variants) > 1 else ""
    print(f"{one.id:4}{words[0]:>9}{words[1]:>9}{seconds:>15}{calls:>11}  {one.says}{ways}")  # noqa: T201
    for mode, played in zip(MODES, both, strict=True):
        for verdict in played:
            notes = "; ".join(f"{name}: {value}" for name, value in verdict.notes.items())
            if notes or verdict.fault:
                print(f"{'':50}{mode}: {verdict.fault or notes}")  # noqa: T201


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
