"""A person's log as a list on a page: a head for each day, and each entry to be opened, deleted and brought back."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

import streamlit as st

from pages.components.coach.entries import NOT_WRITTEN, PATHS, QUICK_ENTRY, show_line
from pages.components.console import looks
from pages.components.console.dialog_answers import offer_answers
from pages.components.console.files import offer_files
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime
from router.store import Entry

_GONE = "entry-deleted"
"""The page on which something was deleted last, and the entries that it was."""

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
        _offer_undo(running, here)
        if latest:
            _offer_for_all(running, latest, kinds, here)
    if not latest:
        words = "Nothing here yet. What you add above is kept here."
        st.caption("It is kept here once it is ready." if coming else words)
        return
    now = time.time()
    with st.container(gap=None, key="entries"):
        for day, entries in groupby(latest, key=lambda entry: looks.day_words(entry.at, now)):
            st.html(f'<div class="list-day">{day}</div>')
            for entry in entries:
                _show_row(running, entry, here)


def _offer_for_all(running: Runtime, latest: Sequence[Entry], kinds: Sequence[str], here: str) -> None:
    with st.popover("Export all", icon=":material/download:", type="tertiary", key="export-all"):
        offer_files(
            "entries" if not kinds else "-".join(kinds) + "s",
            lambda: [_row_of(one) for one in latest],
            lambda: _as_json(latest),
        )
    st.button(
        "Delete all", key="delete-all", on_click=_confirm_all, args=(running, tuple(kinds), here),
        icon=":material/delete_sweep:", type="tertiary",
    )  # fmt: skip


def _offer_undo(running: Runtime, here: str) -> None:
    """Bring back what was deleted last; it is offered until another page shows its list."""
    page, entries = st.session_state.get(_GONE, (here, ()))
    if page != here:
        del st.session_state[_GONE]
    elif entries:
        st.button("Undo delete", key="undo-delete", icon=":material/undo:", type="tertiary",
                  on_click=_bring_back, args=(running, entries))  # fmt: skip


def _bring_back(running: Runtime, entries: Sequence[Entry]) -> None:
    if not all(running.store.entries.put(entry) for entry in entries):
        leave_note(NOT_WRITTEN)
        return
    st.session_state.pop(_GONE, None)
    first = entries[0].summary or entries[0].entry
    leave_note(
        looks.plain(
            f"Back in your log: {first if len(entries) == 1 else kinds_text(one.kind for one in entries)}"[:120]
        )
    )


def _show_row(running: Runtime, entry: Entry, here: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"entry-{entry.id}"):
        with st.container(width="stretch"):
            show_line(running, entry, dated=False)
        st.button(
            "Open", key=f"open-{entry.id}", on_click=open_entry, args=(entry, here), icon=":material/open_in_new:",
            type="tertiary", help="Open it, to look at it or to correct it",
        )  # fmt: skip
        st.button(
            "Delete", key=f"delete-{entry.id}", on_click=delete_entry, args=(running, entry, here),
            icon=":material/delete:", type="tertiary", help="Delete this entry",
        )  # fmt: skip


def open_entry(entry: Entry, here: str) -> None:
    """Show an entry, on the page for its kind."""
    st.session_state["goto"] = (PATHS.get(entry.kind, QUICK_ENTRY), entry.id)
    if PATHS.get(entry.kind, QUICK_ENTRY) == here:
        st.session_state.pop("goto")
        st.query_params.from_dict({"entry": entry.id})


def follow_entry() -> None:
    """Go where an entry of another page's kind was opened; close what was open where all were deleted."""
    if st.session_state.pop("deleted-all", False):
        st.query_params.clear()
    if (goto := st.session_state.pop("goto", None)) is not None:
        st.switch_page(goto[0], query_params={"entry": goto[1]})


def delete_entry(running: Runtime, entry: Entry, here: str) -> None:
    """Delete one entry, and close it where it is open; `here` may bring it back."""
    if not running.store.entries.delete(entry.id):
        leave_note(NOT_WRITTEN)
        return
    st.session_state[_GONE] = here, (entry,)
    if st.query_params.get("entry") == entry.id:
        st.query_params.clear()
    leave_note(looks.plain(f"Deleted: {entry.summary or entry.entry}"[:120]))


_PLURALS = {"activity": "activities"}
_MADE_ELSEWHERE = {"program", "goal"}
_MOST_BROUGHT_BACK = 10_000
"""More entries than a person writes in years; so many are held in memory until the page is left."""


def kinds_text(kinds: Iterable[str]) -> str:
    """`2 meals, 1 program and 1 goal`, the most numerous first; `nothing` for none."""
    counts = Counter(map(str, kinds)).most_common()
    words = [f"{count} {kind if count == 1 else _PLURALS.get(kind, f'{kind}s')}" for kind, count in counts]
    return " and ".join([", ".join(words[:-1]), *words[-1:]][len(words) < 2 :]) or "nothing"


@st.dialog("Delete all entries")
def _confirm_all(running: Runtime, kinds: tuple[str, ...], here: str) -> None:
    """Ask once, and name what will happen."""
    entries = running.store.entries.latest(_MOST_BROUGHT_BACK, kinds=kinds)
    named = kinds_text(entry.kind for entry in entries)
    st.write(
        f"This deletes {named} from this console's database. Undo delete brings them back until you "
        "leave this page. The requests behind them stay in History, where their texts can be deleted too."
    )
    if {entry.kind for entry in entries} & _MADE_ELSEWHERE and not kinds:
        st.write("What was made on other pages, as programs and the goal, is among them.")
    offer_answers("Delete all", "confirm-delete-all", _delete_all, (running, kinds, here))


def _delete_all(running: Runtime, kinds: tuple[str, ...], here: str) -> None:
    entries = running.store.entries.latest(_MOST_BROUGHT_BACK, kinds=kinds)
    count = running.store.entries.delete_all(kinds)
    if count:
        st.session_state[_GONE] = here, tuple(entries)
    leave_note(f"{count} deleted." if count else NOT_WRITTEN)
    st.session_state["deleted-all"] = True  # within a dialog's callback the address stays as it is: see `follow_entry`


def _row_of(entry: Entry) -> dict[str, object]:
    when = datetime.fromtimestamp(entry.at, looks.zone()).isoformat(timespec="minutes")
    names = ("kind", "summary", "figures", "entry")
    return {"at": when} | {name: getattr(entry, name) for name in names} | {"simulated": entry.simulated}


def _as_json(entries: Sequence[Entry]) -> str:
    return f"[{','.join(entry.data for entry in entries)}]"
