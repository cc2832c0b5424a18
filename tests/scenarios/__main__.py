"""`make scenarios`: every scenario at full times (the shipped table's own), and a table of verdicts.

Each one has simulated providers, a router and a database of its own, so that they can be played side by side. Ends
with 1 where a verdict is wrong. `python -m tests.scenarios postgres` has the databases on a PostgreSQL server.
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
import tests.scenarios.lists_and_clocks
import tests.scenarios.odd_replies
import tests.scenarios.published
import tests.scenarios.replies  # noqa: F401 – each enters its scenarios
from router.simulator import Simulator
from tests.databases import DatabaseForTest, Databases, running_databases
from tests.scenarios.registry import SCENARIOS, Scenario
from tests.world import MODES, World

AT_ONCE = 8
"""More side by side would take processor time from each other, and it would count as the router's."""

PACE = 0.25
"""How long an answer takes, to the simulated providers' natural pace: a scenario's holds are not to end within one."""


@dataclass(frozen=True)
class ScenarioVerdict:
    """How one way of playing a scenario came out; `fault` is empty where all was right."""

    fault: str
    slowest: float
    calls: int
    notes: Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """One way of asking and one set of providers, under which every variant of a scenario is played."""

    scenario: Scenario
    mode: str
    plain: bool


@dataclass(frozen=True)
class Stage:
    """What the scenarios share: how many are played at once, and the server of their databases, if it is one."""

    turns: asyncio.Semaphore
    databases: Databases | None

    def make_database(self, folder: Path) -> DatabaseForTest | None:
        """A database for one scenario; None where it is to be a file."""
        return self.databases and DatabaseForTest("postgres", self.databases.make(), folder)


async def judged(cell: Cell, variant: Mapping[str, Any], stage: Stage) -> ScenarioVerdict:
    """Play it in a world of its own."""

    def make_world() -> World:
        database = stage.make_database(Path(folder))
        return World(simulator, Path(folder), scale=1.0, real=True, plain=cell.plain, database=database)

    async with stage.turns:
        simulator = Simulator(pace=PACE)
        with tempfile.TemporaryDirectory() as folder:
            # In a thread, as whatever waits: it would hold up everybody else's clock.
            await asyncio.to_thread(simulator.start)
            world = await asyncio.to_thread(make_world)
            fault = await _played(cell.scenario, world, cell.mode, variant)
            await asyncio.to_thread(simulator.stop)
            slowest = max((answer.seconds for answer in world.answers), default=0.0)
            return ScenarioVerdict(fault, slowest, len(world.seen), world.notes)


async def _played(one: Scenario, world: World, mode: str, variant: Mapping[str, Any]) -> str:
    try:
        try:
            await one.play(world, mode, **variant)
            await asyncio.to_thread(world.check_answers)
        finally:
            await world.aclose()
        await asyncio.to_thread(world.check_log)
    except Exception as error:  # noqa: BLE001 – whatever it is, it is this scenario's verdict
        where = traceback.extract_tb(error.__traceback__)[-1]
        fault = f"{Path(where.filename).name}:{where.lineno}: {where.line or ''} {error}".strip()
        return f"{fault} ({_came_of(world)})"
    return ""


def _came_of(world: World) -> str:
    """What each attempt for the last answer came to, for whoever wonders about a wrong verdict."""
    last = world.answers[-1] if world.answers else None
    attempts = (last.completion or last.error).attempts if last else ()
    return ", ".join(attempt.outcome for attempt in attempts) or "no attempt"


async def main(databases: Databases | None = None) -> int:
    """Play everything and print the table; gives the process's exit code.

    Args:
        databases: those of a server; left out, each scenario has a file.
    """
    began, stage = time.perf_counter(), Stage(asyncio.Semaphore(AT_ONCE), databases)
    verdicts: dict[Cell, list[ScenarioVerdict]] = {}
    for timed in (True, False):
        cells = cells_of([scenario for scenario in SCENARIOS if scenario.timed is timed])
        played = [[judged(cell, variant, stage) for variant in cell.scenario.variants] for cell in cells]
        results = await asyncio.gather(*(asyncio.gather(*ways) for ways in played))
        verdicts |= {cell: list(ways) for cell, ways in zip(cells, results, strict=True)}
    print_table(verdicts, plain=False)
    print("\nThe catalogue with a plain OpenAI server in Groq's place:")  # noqa: T201
    print_table(verdicts, plain=True)
    wrong = sum(bool(verdict.fault) for ways in verdicts.values() for verdict in ways)
    total = sum(map(len, verdicts.values()))
    print(f"{total - wrong} of {total} right, in {time.perf_counter() - began:.0f} s")  # noqa: T201
    return 1 if wrong else 0


def cells_of(scenarios: list[Scenario]) -> list[Cell]:
    """Every way to play them; those of the public catalogue with a plain OpenAI server too."""
    # The longest first, so that it does not run on alone at the end.
    ordered = sorted(scenarios, key=lambda scenario: scenario.id != "S15")
    return [
        Cell(scenario, mode, plain)
        for scenario in ordered
        for mode in MODES
        for plain in ((False, True) if scenario.id.startswith("S") else (False,))
    ]


def print_table(verdicts: Mapping[Cell, list[ScenarioVerdict]], *, plain: bool) -> None:
    """A row for each scenario, by both doors."""
    print(f"{'':4}{'complete':>9}{'stream':>9}{'seconds':>15}{'calls':>11}  scenario")  # noqa: T201
    for one in sorted(SCENARIOS, key=lambda one: (one.id[0] == "F", one.id)):
        both = [verdicts[cell] for mode in MODES if (cell := Cell(one, mode, plain)) in verdicts]
        if both:
            _print_row(one, both)


def _print_row(one: Scenario, both: list[list[ScenarioVerdict]]) -> None:
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
    if "postgres" in sys.argv[1:]:
        with running_databases() as databases:
            sys.exit(asyncio.run(main(databases)))
    sys.exit(asyncio.run(main()))
