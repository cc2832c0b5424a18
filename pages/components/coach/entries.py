"""A person's log: its entries made of results, kept, told to the coach, and one of them in a line."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from datetime import datetime

import streamlit as st
from ulid import ULID

from pages.components.coach.fact_words import adds_figures, facts_text
from pages.components.console import looks
from pages.components.console.runtime import Runtime
from router.services import Day, DayEntry, FoodItem, Meal, Program, QuickEntry
from router.store import Entry

ICONS = {
    "meal": ":material/restaurant:",
    "workout": ":material/fitness_center:",
    "activity": ":material/directions_run:",
    "measurement": ":material/monitor_weight:",
    "note": ":material/sticky_note_2:",
    "question": ":material/help:",
    "program": ":material/event_note:",
    "goal": ":material/flag:",
}
"""A kind of entry, as a picture."""

PATHS = {"meal": "meals.py", "program": "programs.py", "goal": "coach.py"}
"""The page on which a kind of entry is opened; all others on Quick entry."""

QUICK_ENTRY = "quick_entry.py"

NOT_WRITTEN = "The database cannot be written now; nothing was changed."

DAY_SECONDS = 86_400.0


# --- results as entries ----------------------------------------------------------------------------------------------


def shown_kcal(items: Iterable[FoodItem]) -> int:
    """The energy of foods in whole kilocalories: the sum of their rows as they are shown, or it would not add up."""
    return sum(round(item.kcal) for item in items)


def missing_text(meals: Sequence[Meal]) -> str:
    """What sums of meals leave out, which is said wherever they are told: `2 foods missing`."""
    missing = sum(len(meal.missing) for meal in meals)
    return f"{looks.counted(missing, 'food')} missing" if missing else ""


def entry_of_meal(meal: Meal, entry_id: str | None = None, at: float | None = None) -> Entry:
    """A meal as the log keeps it."""
    sums = f"{shown_kcal(meal.items)} kcal, {meal.totals.protein:.0f} g protein"
    figures = ", ".join(filter(None, [sums, missing_text([meal])])) if meal.items else ""
    return _entry_of("meal", meal.entry, meal.title or meal.entry[:200], figures, meal, entry_id, at)


def entry_of_line(line: QuickEntry, entry_id: str | None = None) -> Entry:
    """A quick entry as the log keeps it."""
    figures, at = facts_text(line.facts), line.at.timestamp()
    return _entry_of(line.category, line.entry, line.summary, figures, line, entry_id, at)


def entry_of_program(program: Program, entry_id: str | None = None, at: float | None = None) -> Entry:
    """A program as the log keeps it."""
    request = program.request
    weeks, sessions = looks.counted(len(program.weeks), "week"), looks.counted(request.days, "session")
    figures = f"{request.level}, {weeks}, {sessions} a week"
    return _entry_of("program", request.goal, request.goal, figures, program, entry_id, at)


def _entry_of(
    kind: str, words: str, summary: str, figures: str, result: Meal | QuickEntry | Program, entry_id: str | None,
    at: float | None,
) -> Entry:  # fmt: skip
    return Entry(
        id=entry_id or str(ULID()), at=time.time() if at is None else at, kind=kind, entry=words, summary=summary,
        figures=figures, data=result.model_dump_json(), simulated=result.simulated,
    )  # fmt: skip


def is_line(entry: Entry) -> bool:
    """Whether an entry holds a line as Quick entry has filed it, and no foods and no program."""
    return "facts" in json.loads(entry.data)


# --- the coach's view ------------------------------------------------------------------------------------------------


def day_of(running: Runtime, goal: str, age: int | None) -> Day:
    """What the coach is told: the goal, and what was logged since yesterday's midnight, oldest first."""
    now = datetime.now(looks.zone()).strftime("%Y-%m-%d %H:%M")
    entries = tuple(_telling_entry(entry) for entry in day_entries(running))
    return Day(now=now, goal=goal.strip()[:600], age=age, entries=entries)


GOAL = "goal"
"""The id and the kind of the entry that a person's goal is: there is one."""


def kept_goal(running: Runtime) -> str:
    """The goal that was written last; empty where there is none."""
    entry = running.store.entries.get(GOAL)
    return "" if entry is None else entry.entry


def keep_goal(running: Runtime, goal: str) -> bool:
    """Keep a goal in place of the one before; an empty one takes it away. False where it could not be written."""
    words, entries = goal.strip(), running.store.entries
    if not words:
        return entries.get(GOAL) is None or entries.delete(GOAL)
    return entries.put(
        Entry(id=GOAL, at=time.time(), kind=GOAL, entry=words, summary=words, figures="",
              data=json.dumps({"goal": words}, ensure_ascii=False), simulated=False)
    )  # fmt: skip


def day_entries(running: Runtime) -> list[Entry]:
    """The entries of today and yesterday in the operator's zone, oldest first; no programs, questions and goal."""
    kinds = [kind for kind in ICONS if kind not in ("program", "question", "goal")]
    return running.store.entries.latest(30, kinds=kinds, since=_midnight() - DAY_SECONDS)[::-1]


def meals_of_today(running: Runtime) -> list[Entry]:
    """The meals since the operator's midnight."""
    return running.store.entries.latest(30, kinds=("meal",), since=_midnight())


def _midnight() -> float:
    return datetime.now(looks.zone()).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def _telling_entry(entry: Entry) -> DayEntry:
    when = datetime.fromtimestamp(entry.at, looks.zone()).strftime("%Y-%m-%d %H:%M")
    summary, figures = entry.summary or entry.entry, entry.figures
    return DayEntry(
        when=when, category=entry.kind, summary=summary[:600], figures=figures[:600], entry=entry.entry[:2_000]
    )  # fmt: skip


# --- one of them -----------------------------------------------------------------------------------------------------


def show_line(running: Runtime, *equal: Entry, dated: bool = True) -> None:
    """An entry in one line: what it is, the figures that its words do not have, and when it was.

    Args:
        equal: the entry; several that differ in nothing but their time share the line.
        dated: whether the day goes with the time; it need not where it stands above.
    """
    entry, now = equal[0], time.time()
    summary = entry.summary or entry.entry
    when = ", ".join(looks.list_time(one.at, now) if dated else looks.time_of_day(one.at)[:5] for one in equal)
    # Where everything is simulated, the band on top says so for all.
    marked = "simulated" if entry.simulated and not running.simulated else ""
    details = [entry.figures if adds_figures(entry.figures, summary) else "", when, marked]
    shown_details = looks.plain(" · ".join(part for part in details if part))
    st.markdown(f"{ICONS.get(entry.kind, '')} {looks.plain(summary)} :small[· {shown_details}]")


def equal_entries(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The entries in their order, those that say the same together at the first one's place."""
    groups: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.kind, entry.summary or entry.entry, entry.figures), []).append(entry)
    return list(groups.values())


def keep_entry(running: Runtime, entry: Entry) -> None:
    """Keep an entry; from any thread.

    Raises:
        ValueError: the database cannot be written.
    """
    if not running.store.entries.put(entry):
        raise ValueError(
            "The database cannot be written now, so this was not kept. Free some space or mend the file, then send it "
            "again."
        )


def correct_entry(running: Runtime, entry: Entry) -> None:
    """Keep an entry that was corrected in its table, or say that this was not possible."""
    if not running.store.entries.put(entry):
        st.error(NOT_WRITTEN, icon=":material/save:")
