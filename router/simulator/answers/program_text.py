"""A training program in words: the weeks and sessions that were asked for, and what a follow-up wants changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import cycle, islice
from typing import Any

from router.simulator.answers.prompts import ORDINALS, TABLE, number_before, program_for

_WEEKS, _MOST_WEEKS, _DAYS, _MOST_DAYS = 4, 12, 3, 6
_SESSIONS = "(?:days|sessions|times|workouts|runs)"
_LESS = re.compile(r"\b(shorter|easier|lighter|less|fewer|gentler|simpler)\b", re.IGNORECASE)
_MORE = re.compile(r"\b(longer|harder|heavier|more|tougher)\b", re.IGNORECASE)


def program_facts(request: str, change: str = "") -> dict[str, Any]:
    """A program of as many weeks and sessions as `request` asks for.

    Args:
        change: what a later message wants otherwise: other numbers, one session or all of them shorter or longer.
    """
    weeks = number_before("weeks?", change, number_before("weeks?", request, _WEEKS, _MOST_WEEKS), _MOST_WEEKS)
    days = number_before(_SESSIONS, change, number_before(_SESSIONS, request, _DAYS, _MOST_DAYS), _MOST_DAYS)
    program = program_for(request)
    steps = _steps(change, days)
    plan = "\n\n".join(_week(number, weeks, program, steps) for number in range(1, weeks + 1))
    return {**program, "weeks": weeks, "days": days, "plan": plan, "changed": _changed(steps)}


def _steps(change: str, days: int) -> list[int]:
    """For each session how many steps it is made longer, or shorter where the number is below zero."""
    step = -1 if _LESS.search(change) else 1 if _MORE.search(change) else 0
    named = {number for word, number in ORDINALS.items() if re.search(rf"\b{word}\b", change, re.IGNORECASE)}
    named |= {int(number) for number in re.findall(r"\b(?:day|session)s? (\d)\b", change, re.IGNORECASE)}
    return [step if not named or day in named else 0 for day in range(1, days + 1)]


def _changed(steps: list[int]) -> str:
    """What is different now, in a sentence."""
    days = [day for day, step in enumerate(steps, start=1) if step]
    way = "shorter" if min(steps) < 0 else "longer"
    if not days:
        return "The plan again, with the numbers you asked for."
    if len(days) == len(steps):
        return f"Every session is {way} now; the weeks keep their order."
    names = " and ".join(f"Session {day}" for day in days)
    return f"{names} {'is' if len(days) == 1 else 'are'} {way} now; the others stay as they were."


def _week(number: int, weeks: int, program: Mapping[str, Any], steps: list[int]) -> str:
    phases = TABLE["phases"]
    turn = len(phases) - 1 if number == weeks else (number - 1) % len(phases)
    phase, above = phases[turn], f", a step above week {number - len(phases)}" if number > len(phases) else ""
    lines = []
    for day, (session, step) in enumerate(zip(islice(cycle(program["sessions"]), len(steps)), steps, strict=True), 1):
        minutes = phase["minutes"] + 10 * step
        sizes = {"sets": max(phase["sets"] + step, 1), "size": minutes, "long": minutes * 2}
        lines.append(f"| {day} | {', '.join(session).format(**sizes)} | {program['efforts'][turn]} |")
    head = [f"### Week {number} – {phase['name']}{above}", "", "| session | what | effort |", "|---|---|---|"]
    return "\n".join([*head, *lines])
