"""A person's log on a page: made of results, listed, opened, deleted, told to the coach."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

import streamlit as st
from ulid import ULID

from pages.components.coach.fact_words import adds_figures, facts_text
from pages.components.console import looks
from pages.components.console.dialog_answers import offer_answers
from pages.components.console.files import offer_files
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime
from router.services import Day, DayEntry, Meal, Program, QuickEntry
from router.store import Entry

ICONS = {
    "meal": ":material/restaurant:",
    "workout": ":material/fitness_center:",
    "activity": ":material/directions_run:",
    "measurement": ":material/monitor_weight:",
    "note": ":material/sticky_note_2:",
    "question": ":material/help:",
    "program": ":material/event_note:",
}
"""A kind of entry, as a picture."""

NOT_WRITTEN = "The database cannot be written now; nothing was changed."

PATHS = {"meal": "meals.py", "program": "programs.py"}
"""The page on which a kind of entry is opened; all others on Quick entry."""

DAY_SECONDS = 86_400.0

_STYLE = """
<style>
.st-key-entries > * { border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent); padding: .15rem 0; }
@media (max-width: 640px) {
  .st-key-entries [data-testid="stHorizontalBlock"] { flex-wrap: nowrap; gap: .25rem; }
  .st-key-entries button { min-width: 2.5rem; }
  .st-key-entries button [data-testid="stMarkdownContainer"] { position: absolute; width: 1px; height: 1px;
    overflow: hidden; clip-path: inset(50%); }
}
</style>
"""
"""A line an entry; on a narrow screen its buttons are their pictures, and a screen reader still has their words."""


# --- results as entries ----------------------------------------------------------------------------------------------


def entry_of_meal(meal: Meal, entry_id: str | None = None, at: float | None = None) -> Entry:
    """A meal as the log keeps it."""
    sums = meal.totals
    figures = f"{sums.kcal:.0f} kcal, {sums.protein:.0f} g protein" if meal.items else ""
    return _entry_of("meal", meal.entry, meal.title or meal.entry[:200], figures, meal, entry_id, at)


def entry_of_line(line: QuickEntry, entry_id: str | None = None) -> Entry:
    """A quick entry as the log keeps it."""
    figures, at = facts_text(line.facts), line.at.timestamp()
    return _entry_of(line.category, line.entry, line.summary, figures, line, entry_id, at)


def entry_of_program(program: Program, entry_id: str | None = None, at: float | None = None) -> Entry:
    """A program as the log keeps it."""
    request = program.request
    weeks, sessions = looks.counted(len(program.weeks), "week"), looks.counted(request.days, "session")
    figures = f"{weeks}, {sessions} a week"
    return _entry_of("program", request.goal, request.goal, figures, program, entry_id, at)


def _entry_of(
    kind: str, words: str, summary: str, figures: str, result: Meal | QuickEntry | Program, entry_id: str | None,
    at: float | None,
) -> Entry:  # fmt: skip
    return Entry(
        id=entry_id or str(ULID()), at=time.time() if at is None else at, kind=kind, entry=words, summary=summary,
        figures=figures, data=result.model_dump_json(), simulated=result.simulated,
    )  # fmt: skip


# --- the coach's view ------------------------------------------------------------------------------------------------


def day_of(running: Runtime, goal: str, age: int | None) -> Day:
    """What the coach is told: the goal, and what was logged since yesterday's midnight, oldest first."""
    return Day(goal=goal.strip()[:600], age=age, entries=tuple(_telling_entry(entry) for entry in day_entries(running)))


def day_entries(running: Runtime) -> list[Entry]:
    """The entries of today and yesterday in the operator's zone, oldest first, programs and questions left out."""
    midnight = datetime.now(looks.zone()).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    kinds = [kind for kind in ICONS if kind not in ("program", "question")]
    return running.store.entries.latest(30, kinds=kinds, since=midnight - DAY_SECONDS)[::-1]


def _telling_entry(entry: Entry) -> DayEntry:
    when = datetime.fromtimestamp(entry.at, looks.zone()).strftime("%Y-%m-%d %H:%M")
    summary, figures = entry.summary or entry.entry, entry.figures
    return DayEntry(
        when=when, category=entry.kind, summary=summary[:600], figures=figures[:600], entry=entry.entry[:2_000]
    )  # fmt: skip


# --- the list --------------------------------------------------------------------------------------------------------


def show_entries(running: Runtime, kinds: Sequence[str] = (), *, title: str, here: str, coming: bool = False) -> None:
    """The latest entries with what can be done to them.

    Args:
        kinds: only these; all if left out.
        here: this page's file, on which entries of `kinds` are opened.
        coming: whether one is being made.
    """
    latest = running.store.entries.latest(50, kinds=kinds)
    st.html(_STYLE)
    with st.container(horizontal=True, vertical_alignment="center", key="entries-head"):
        st.header(title)
        if latest:
            _offer_for_all(running, latest, kinds)
    if not latest:
        words = "Nothing here yet. What you add above is kept here."
        st.caption("It is kept here once it is ready." if coming else words)
        return
    with st.container(gap=None, key="entries"):
        for entry in latest:
            _show_row(running, entry, here)


def _offer_for_all(running: Runtime, latest: Sequence[Entry], kinds: Sequence[str]) -> None:
    with st.popover("Export all", icon=":material/download:", type="tertiary", key="export-all"):
        offer_files(
            "entries" if not kinds else "-".join(kinds) + "s",
            lambda: [_row_of(one) for one in latest],
            lambda: _as_json(latest),
        )
    st.button(
        "Delete all", key="delete-all", on_click=_confirm_all, args=(running, tuple(kinds)),
        icon=":material/delete_sweep:", type="tertiary",
    )  # fmt: skip


def _show_row(running: Runtime, entry: Entry, here: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"entry-{entry.id}"):
        with st.container(width="stretch"):
            show_line(running, entry)
        st.button(
            "Open", key=f"open-{entry.id}", on_click=open_entry, args=(entry, here), icon=":material/open_in_new:",
            type="tertiary", help="Open it, to look at it or to correct it",
        )  # fmt: skip
        st.button(
            "Delete", key=f"delete-{entry.id}", on_click=delete_entry, args=(running, entry),
            icon=":material/delete:", type="tertiary", help="Delete this entry",
        )  # fmt: skip


def show_line(running: Runtime, *equal: Entry) -> None:
    """An entry in one line: what it is, the figures that its words do not have, and when it was.

    Args:
        equal: the entry; several that differ in nothing but their time share the line.
    """
    entry, now = equal[0], time.time()
    summary, when = entry.summary or entry.entry, ", ".join(looks.list_time(one.at, now) for one in equal)
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


def open_entry(entry: Entry, here: str) -> None:
    """Show an entry, on the page for its kind."""
    st.session_state["goto"] = (PATHS.get(entry.kind, "quick_entry.py"), entry.id)
    if PATHS.get(entry.kind, "quick_entry.py") == here:
        st.session_state.pop("goto")
        st.query_params.from_dict({"entry": entry.id})


def follow_entry() -> None:
    """Go where an entry of another page's kind was opened; close what was open where all were deleted."""
    if st.session_state.pop("deleted-all", False):
        st.query_params.clear()
    if (goto := st.session_state.pop("goto", None)) is not None:
        st.switch_page(goto[0], query_params={"entry": goto[1]})


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


def delete_entry(running: Runtime, entry: Entry) -> None:
    """Delete one entry, and close it where it is open."""
    if not running.store.entries.delete(entry.id):
        leave_note(NOT_WRITTEN)
        return
    if st.query_params.get("entry") == entry.id:
        st.query_params.clear()
    leave_note(looks.plain(f"Deleted: {entry.summary or entry.entry}"[:120]))


@st.dialog("Delete all entries")
def _confirm_all(running: Runtime, kinds: tuple[str, ...]) -> None:
    """Ask once, and name what will happen."""
    count = running.store.entries.count(kinds)
    name = "entry" if not kinds else kinds[0]
    subject = f"the only {name}" if count == 1 else f"all {count} {'entries' if not kinds else f'{name}s'}"
    st.write(
        f"This deletes {subject} from this console's database. They cannot be brought back; export them first. "
        "The requests behind them stay in History, where their texts can be deleted too."
    )
    offer_answers("Delete all", "confirm-delete-all", _delete_all, (running, kinds))


def _delete_all(running: Runtime, kinds: tuple[str, ...]) -> None:
    count = running.store.entries.delete_all(kinds)
    leave_note(f"{count} deleted." if count else NOT_WRITTEN)
    st.session_state["deleted-all"] = True  # within a dialog's callback the address stays as it is: see `follow_entry`


def _row_of(entry: Entry) -> dict[str, object]:
    when = datetime.fromtimestamp(entry.at, looks.zone()).isoformat(timespec="minutes")
    names = ("kind", "summary", "figures", "entry")
    return {"at": when} | {name: getattr(entry, name) for name in names} | {"simulated": entry.simulated}


def _as_json(entries: Sequence[Entry]) -> str:
    return f"[{','.join(entry.data for entry in entries)}]"
