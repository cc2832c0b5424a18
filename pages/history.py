"""History: every request, counted, filtered and searched; one opens beside the list and can be sent again."""

from __future__ import annotations

import time
from collections.abc import Callable, Container
from dataclasses import replace
from datetime import date, datetime, timedelta
from datetime import time as time_of_day

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.console import looks
from pages.components.console.access.sign_in import may_change
from pages.components.console.dialog_answers import offer_answers
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime, runtime_or_stop
from pages.components.log import filters
from pages.components.log.export import export_link
from pages.components.log.failure_words import FAILURES, failure_words
from pages.components.log.filter_choice import FilterChoice
from pages.components.log.nothing_found import show_nothing
from pages.components.log.request_count import count_words, hidden_words
from pages.components.log.request_list import show_list
from pages.components.log.request_view import show_request, show_title
from pages.components.run.keep_case import offer_case_of
from router.store import COUNT_LIMIT, RequestDetail, RequestRow, Selection
from router.types import Target

PAGE = 40  # requests on a page
REFRESH_SECONDS = 3.0
QUESTION_SECONDS = 30.0
"""So long a question that was just opened is left alone by what comes in."""

_ASKED = "history-asked"

OWN = ("q", "status", "outcome", "tried")
"""What chooses here beside the filters that Usage has too, by its name in the address."""


# --- what is meant ---------------------------------------------------------------------------------------------------


def choose_selection(running: Runtime) -> tuple[FilterChoice, Selection]:
    """The filters that Usage has too, and with them the ending, what failed, and words to search for.

    All of it stands in the address.
    """
    choice = filters.choose(running, "history", exact=True, own=OWN)
    words, status, failure = st.container(key="history-words").columns([4, 1, 1.3])
    text = _choice_words(words)
    ending = _one_of(status, "status", "Status", list(looks.STATUSES), _status_option)
    outcome = _one_of(failure, "outcome", "What an attempt failed of", FAILURES, _failure_option)
    tried = _tried_target(running) if outcome else None
    if tried is not None:
        label = looks.plain(running.router.table.label(tried))
        who = f"{looks.provider_text(tried.provider, running.router.table)} {label}"
        st.button(
            f"{_failure_option(outcome)} on {who}", key="any-target", icon=":material/close:", type="tertiary",
            help="Show these failures on any model.", on_click=_set_address, kwargs={"tried": None},
        )  # fmt: skip
    return choice, Selection(choice.filters, ending or None, text, outcome or None, tried)


def _choice_words(place: DeltaGenerator) -> str:
    value = _follow_address("q")
    text = place.text_input(
        "Search", key="history-q", placeholder="Search prompts and answers", label_visibility="collapsed",
        icon=":material/search:", help=None if value else "Words, the last one as a beginning; phrases in quotes.",
    )  # fmt: skip
    _keep_in_address("q", text)
    return text


def _one_of(place: DeltaGenerator, name: str, title: str, options: list[str], words: Callable[[str], str]) -> str:
    """A choice that stands in the address; nothing is any of them."""
    _follow_address(name, options)
    chosen = place.selectbox(
        title, ["", *options], key=f"history-{name}", label_visibility="collapsed", format_func=words
    )
    _keep_in_address(name, chosen)
    return chosen


def _status_option(status: str) -> str:
    return looks.status_word(status).capitalize() if status else "Status: any"


def _failure_option(outcome: str) -> str:
    return failure_words(outcome) if outcome else "Failure: any or none"


def _tried_target(running: Runtime) -> Target | None:
    """The target whose attempt is meant, as the address has it."""
    try:
        target = Target.parse(st.query_params.get("tried", ""))
    except ValueError:
        return None
    return target if target.provider in running.router.table.providers else None


def _follow_address(name: str, options: Container[str] | None = None) -> str:
    """Let the address decide where it is new: a link, a bookmark, or a step back in the browser."""
    value = st.query_params.get(name, "")
    if options is not None and value not in options:
        value = ""
    if st.session_state.get(f"history-seen-{name}") != value or f"history-{name}" not in st.session_state:
        st.session_state[f"history-{name}"] = st.session_state[f"history-seen-{name}"] = value
    return value


def _keep_in_address(name: str, value: str) -> None:
    if value != st.query_params.get(name, ""):
        _set_address(**{name: value})
    st.session_state[f"history-seen-{name}"] = value


def _set_address(**values: str | None) -> None:
    """Put values into the address; None and nothing take one out."""
    for name, value in values.items():
        if value:
            st.query_params[name] = value
        elif name in st.query_params:
            del st.query_params[name]


def from_the_newest() -> None:
    """Another selection begins at its newest request, and closes what it may not hold."""
    shown = st.query_params.get("request")
    parameters = {
        name: value for name, value in st.query_params.to_dict().items() if name not in ("before", "place", "request")
    }
    before, was_shown = st.session_state.get("history-said", (parameters, shown))
    if before != parameters:
        # A link to another request brings its own selection with it.
        _set_address(before=None, place=None, **({"request": None} if shown == was_shown else {}))
    st.session_state["history-said"] = parameters, st.query_params.get("request")


# --- the list --------------------------------------------------------------------------------------------------------


def show_paging(rows: list[RequestRow], more: bool) -> None:
    """Where in the list one is; on to older requests, and back to the newest."""
    first = first_place()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if rows and first and (more or first > 1):
            st.markdown(f":small[{first:,} – {first + len(rows) - 1:,}]", width="content")
        if "before" in st.query_params:
            newest = {"before": None, "place": None}
            st.button("Newest", key="newest", icon=":material/first_page:", on_click=_set_address, kwargs=newest)
        if more:
            older = {"before": rows[-1].id, "place": str(first + len(rows)) if first else None}
            st.button("Older", key="older", icon=":material/navigate_next:", on_click=_set_address, kwargs=older)


def first_place() -> int:
    """Which of all the first one shown is, from 1; 0 where an address leads into the list and does not say it."""
    if "before" not in st.query_params:
        return 1
    place = st.query_params.get("place", "")
    return int(place) if place.isdecimal() and len(place) < 10 else 0


# --- one request -----------------------------------------------------------------------------------------------------


def show_opened(running: Runtime, request_id: str) -> None:
    """The request that the address names, and what can be done with it."""
    detail = running.store.statistics.request(request_id)
    if detail is None:
        st.info("There is no request with this id here. It may have been made on another machine, or be deleted.")
        st.button("Close", key="close", on_click=_set_address, kwargs={"request": None})
        return
    with st.container(horizontal=True, vertical_alignment="top"):
        with st.container(width="stretch"):
            show_title(running, detail)
        st.button("Close", key="close", icon=":material/close:", type="tertiary", on_click=_set_address,
                  kwargs={"request": None}, shortcut="Escape")  # fmt: skip
    _show_actions(running, detail)
    show_request(running, detail)


def _show_actions(running: Runtime, detail: RequestDetail) -> None:
    """What can be done with it in a row: asking again first; what ends something last, and quiet."""
    request_id, kept = detail.row["id"], detail.request is not None
    can_ask = kept and "recording" not in (detail.request or {})  # a recording is not kept, so nobody can be sent it
    with st.container(horizontal=True, gap="small"):
        if st.button("Edit and run", key="again", disabled=not can_ask):
            st.switch_page("run.py", query_params={"again": request_id})
        for name, label in _other_providers(running, detail):
            if st.button(f"Edit and run on {label}", key=f"on-{name}", disabled=not can_ask):
                st.switch_page("run.py", query_params={"again": request_id, "on": name})
        if st.button("Compare", key="compare", disabled=not can_ask):
            st.switch_page("compare.py", query_params={"again": request_id})
        offer_case_of(running, request_id)
        if st.button("Delete texts", key="delete-one", icon=":material/delete:", type="tertiary",
                     disabled=not kept or not may_change()):  # fmt: skip
            _note_question()
            confirm_delete(running, request_id)


def _other_providers(running: Runtime, detail: RequestDetail) -> list[tuple[str, str]]:
    """The providers that did not answer it and can be called."""
    table = running.router.table
    return [(name, table.providers[name].label) for name in running.router.accounts if name != detail.row["provider"]]


@st.dialog("Delete the texts of this request")
def confirm_delete(running: Runtime, request_id: str) -> None:
    """Ask once, and name what will happen."""
    st.write(
        "Its prompt and its answer are deleted from the log and are no longer searchable. Its figures and its "
        "routing stay. This cannot be undone."
    )
    offer_answers("Delete", "confirm-delete", _delete_one, (running, request_id))


def _delete_one(running: Runtime, request_id: str) -> None:
    done = running.store.history.delete_content(request_id)
    leave_note("The texts are deleted." if done else "The log cannot be written now; nothing was deleted.")


# --- all of them -----------------------------------------------------------------------------------------------------


def show_tools(running: Runtime, selection: Selection, rows: list[RequestRow]) -> None:
    """How many there are, and what is left out unasked; export them; follow what comes in; delete texts by age."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="history-tools"):
        is_all = len(rows) <= PAGE and "before" not in st.query_params
        count, hidden = count_words(running, selection, rows if is_all else None), hidden_words(running, selection)
        st.markdown(f"{count} · {hidden} not shown" if hidden else count, width="content")
        if hidden:
            st.button("Show all", key="show-all", icon=":material/visibility:", type="tertiary",
                      on_click=filters.change_address, args=("history",), kwargs={"purpose": "all"})  # fmt: skip
        if rows:
            _offer_export(selection)
        st.toggle("Auto-refresh", key="history-refresh", persist_state="session",
                  help="New requests appear by themselves while this page is open.")  # fmt: skip
        # What deletes stands at the far end, away from what is pressed often.
        if st.button("Delete old texts", key="delete-old", icon=":material/delete_sweep:", type="tertiary",
                     disabled=not may_change()):  # fmt: skip
            _note_question()
            confirm_delete_old(running)


def _offer_export(selection: Selection) -> None:
    """One place to take what is listed away from, in the form that it is wanted in."""
    csv, json = (export_link(selection, kind) for kind in ("csv", "json"))
    with st.popover("Export", icon=":material/download:", key="export", type="tertiary"):
        st.html(f'<p class="links"><a href="{csv}" download>CSV</a> for a spreadsheet</p>'
                f'<p class="links"><a href="{json}" download>JSON</a> for a program</p>')  # fmt: skip
        st.caption("Every request that the filters choose, with its texts.")


def follow_newest(running: Runtime, selection: Selection) -> None:
    """Draw the page anew when the newest request is another one, or has come to its end."""
    if not st.session_state.get("history-refresh") or "before" in st.query_params:
        return
    shown = _newest_of(running, selection)

    @st.fragment(run_every=REFRESH_SECONDS)
    def watch() -> None:
        is_asking = time.monotonic() - st.session_state.get(_ASKED, -QUESTION_SECONDS) < QUESTION_SECONDS
        # A page that is drawn anew closes its dialogs: a question may be answered first.
        if not is_asking and _newest_of(running, selection) != shown:
            st.rerun()

    watch()


def _newest_of(running: Runtime, selection: Selection) -> tuple[str, str] | None:
    """The newest request, and whether it has ended; `end` is left out, since what comes next is behind it."""
    to_come = replace(selection, filters=replace(selection.filters, end=None))
    rows = running.store.history.page(to_come, limit=1)
    return (rows[0].id, rows[0].row["status"]) if rows else None


def _note_question() -> None:
    st.session_state[_ASKED] = time.monotonic()


@st.dialog("Delete old texts")
def confirm_delete_old(running: Runtime) -> None:
    """Ask for the day, once, and name what will happen."""
    today = datetime.now(looks.zone()).date()
    day = st.date_input(
        "Delete all texts from before", today - timedelta(days=30), max_value=today, key="delete-before"
    )
    count = running.store.history.count_contents_before(_beginning_of(day))
    if count:
        whose = f"{COUNT_LIMIT:,}+ requests" if count > COUNT_LIMIT else looks.counted(count, "request")
        st.write(
            f"The prompts and answers of **{whose}** before this day are deleted from the log, whatever the filters "
            "say, and are no longer searchable. Figures and routing stay. This cannot be undone."
        )
    else:
        st.write("No texts are kept from before this day.")
    offer_answers("Delete", "confirm-delete-old", _delete_old, (running, day), disabled=not count)


def _beginning_of(day: date) -> float:
    return datetime.combine(day, time_of_day(), looks.zone()).timestamp()


def _delete_old(running: Runtime, day: date) -> None:
    day = st.session_state.get("delete-before") or day
    count = running.store.history.delete_contents_before(_beginning_of(day))
    leave_note(f"The texts of {count:,} {'request is' if count == 1 else 'requests are'} deleted.")


running = runtime_or_stop()
st.title("History", anchor=False)
choice, selection = choose_selection(running)
from_the_newest()
opened = st.query_params.get("request")
rows = running.store.history.page(selection, before=st.query_params.get("before"), limit=PAGE + 1)
show_tools(running, selection, rows)
follow_newest(running, selection)
with st.container(key="history-split"):
    left, right = st.columns([2, 3], gap="medium") if opened else (st.container(), st.empty())
with left, st.container(key="beside" if opened else "alone", gap="small"):
    if rows:
        show_list(running, rows[:PAGE], opened, lambda request_id: _set_address(request=request_id))
        show_paging(rows[:PAGE], len(rows) > PAGE)
    else:
        show_nothing(running, choice, selection, OWN)
        show_paging(rows, more=False)
if opened:
    with right:
        show_opened(running, opened)
