"""Health: which tasks are served, what cools down and why, what is left, what retires, and the resets."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from pages.components.console import looks
from pages.components.console.access.sign_in import may_change
from pages.components.console.dialog_answers import offer_answers
from pages.components.console.notes import note_redrawn, redraw_where_asked, show_notes
from pages.components.console.runtime import Runtime, runtime_or_stop
from pages.components.evaluate.leaving_models import show_leaving
from pages.components.health.cooldown_view import RESET_MEANS, reset_cooldowns, show_cooldowns
from pages.components.health.quota_view import refill_simulated, show_quotas, silent_words
from pages.components.health.simulated_failures import (
    failing_words,
    failures_behind,
    show_simulated_failures,
    unmet_failures,
)
from pages.components.health.task_grid import TICK, show_detail, show_tasks
from pages.components.health.task_states import (
    Plans,
    is_whole,
    narrowed_tasks,
    plan_tasks,
    single_tasks,
    soonest_return,
    stood_in_tasks,
    unserved_tasks,
    untested_tasks,
)
from pages.components.setup.alert_view import show_alerts
from router.ports import Cooldown
from router.store.database.times import epoch_of
from router.table.retirements import retirements
from router.types import TargetState, TaskType

RETRY = TargetState.HALF_OPEN

# --- now -----------------------------------------------------------------------------------------------------------


@st.fragment(run_every=TICK)
def show_now(running: Runtime) -> None:
    """Whether every task is served, what cools down, and what serves each task, counting down."""
    redraw_where_asked()
    show_notes()
    cooldowns, now, plans = running.router.failures(), time.time(), plan_tasks(running.router)
    follow_menu(cooldowns, now)
    with st.container(key="health-now"):
        show_headline(running, plans, cooldowns, now)
        show_cooling(running, cooldowns, now)
        show_tasks(running, plans, cooldowns, now)


_DRAWN, _ASKED = "health-drawn", "health-asked"
_QUESTION_SECONDS = 30.0
"""So long a question that was just opened is left alone: a page that is drawn anew closes it."""


def note_drawn(running: Runtime) -> None:
    """The whole page is being drawn, with its menu: remember what that has counted."""
    st.session_state[_DRAWN] = _menu_counts(running.router.failures(), time.time())


def follow_menu(cooldowns: Sequence[Cooldown], now: float) -> None:
    """Draw the whole page where its menu says another number than there is by now, after a test for one."""
    counts = _menu_counts(cooldowns, now)
    is_asking = time.monotonic() - st.session_state.get(_ASKED, -_QUESTION_SECONDS) < _QUESTION_SECONDS
    if st.session_state.get(_DRAWN, counts) != counts and not is_asking:
        st.rerun()


def _menu_counts(cooldowns: Sequence[Cooldown], now: float) -> tuple[int, int]:
    """How many cool down, and how many are to be tried again."""
    over = sum(cooldown.until is not None and cooldown.until <= now for cooldown in cooldowns)
    return len(cooldowns) - over, over


def show_headline(running: Runtime, plans: Plans, cooldowns: Sequence[Cooldown], now: float) -> None:
    """Whether every task is served, in a sentence: neither cooldowns nor keys alone tell that."""
    unserved, untested = unserved_tasks(plans), untested_tasks(plans)
    if not unserved and not untested:
        _show_served(running, plans)
        return
    served = len(plans) - len(unserved) - len(untested)
    words = f"**{served} of {len(plans)} tasks are served.**" if served else "**No task is served.**"
    words += _unserved_words(running, plans, unserved, now) + _untested_words(untested) + _set_words(running)
    (st.warning if served or untested else st.error)(words, icon=":material/error:")


def _show_served(running: Runtime, plans: Plans) -> None:
    """That all tasks are served, and what is not as it should be all the same: green is for nothing of that."""
    by = {
        "by a stand-in": stood_in_tasks(plans),
        "by one provider only": narrowed_tasks(plans),
        "by one model only": single_tasks(plans),
    }
    parts = [f"{_task_names(running, tasks)} {how}" for how, tasks in by.items() if tasks]
    if not parts and not is_whole(plans):
        parts = ["though a fallback is out for now"]
    words = f"**All {len(plans)} tasks are served.**"
    if parts:
        words = f"{words.removesuffix('.**')}**, {', '.join(parts)}."
    words += _set_words(running)
    if is_whole(plans) and not unmet_failures(running):
        st.success(words, icon=":material/check_circle:")
    else:
        st.warning(words, icon=":material/warning:")


def _task_names(running: Runtime, tasks: Sequence[TaskType]) -> str:
    """A few tasks by their names, more by their number."""
    if len(tasks) > 2:
        return f"{len(tasks)} of them"
    return looks.plain(" and ".join(running.router.table.tasks[task].label for task in tasks))


def _set_words(running: Runtime) -> str:
    """Which failures were made and wait for a request: the tasks are served until one comes."""
    names = [failing_words(running, failing) for failing in unmet_failures(running)]
    return f" A failure is set for {looks.plain('; '.join(names))}, not met yet." if names else ""


def _unserved_words(running: Runtime, plans: Plans, unserved: Sequence[TaskType], now: float) -> str:
    """For which tasks there is no model, and when there should be."""
    if not unserved:
        return ""
    names, returns = [running.router.table.tasks[task].label for task in unserved], soonest_return(plans)
    which = "" if len(unserved) == len(plans) else f" for: {looks.plain(', '.join(names))}"
    back = "" if returns is None else f" A model should be back in {looks.countdown(returns - now)}."
    return f" No model is available{which}.{back}"


def _untested_words(untested: Sequence[TaskType]) -> str:
    """What is to be expected of models whose time is up."""
    if not untested:
        return ""
    verb = "waits" if len(untested) == 1 else "wait"
    return f" {len(untested)} {verb} for a retry: the next request, or a test below, shows whether the models are back."


def show_cooling(running: Runtime, cooldowns: Sequence[Cooldown], now: float) -> None:
    """What cools down, each with its test and its reset; with more than one, a reset for a provider and for all."""
    if not cooldowns:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.header(_cooling_words(cooldowns, now), width="stretch", anchor=False)
        for provider, count in Counter(cooldown.provider for cooldown in cooldowns).items():
            if 1 < count < len(cooldowns):
                _ask_button(f"Reset {running.router.table.providers[provider].label}", f"reset-{provider}", provider)
        if len(cooldowns) > 1:
            _ask_button("Reset all", "reset-all", "all")
    show_cooldowns(running, cooldowns, now)


def _cooling_words(cooldowns: Sequence[Cooldown], now: float) -> str:
    """How many models cool down; how many cooldowns there are, where one of them is a provider's or a free pool's."""
    count = len(cooldowns)
    over = sum(cooldown.until is not None and cooldown.until <= now for cooldown in cooldowns)
    is_by_model, retry = all(cooldown.scope == "target" for cooldown in cooldowns), looks.state_word(RETRY)
    if over == count and is_by_model:
        return f"{_count_models(count)} {retry}"
    words = f"{_count_models(count)} cooling down" if is_by_model else looks.counted(count, "cooldown")
    return f"{words}, {over} of them {retry}" if over else words


def _ask_button(label: str, key: str, scope: str) -> None:
    """A button whose effect is asked about first, in a dialog of the page (this fragment would close its own)."""
    if st.button(label, key=key, icon=":material/restart_alt:"):
        st.session_state["asked-reset"], st.session_state[_ASKED] = scope, time.monotonic()
        st.rerun()


@st.dialog("Reset failures", on_dismiss="rerun")
def confirm_reset(running: Runtime, scope: str) -> None:
    """Ask once, and name what will happen."""
    provider = None if scope == "all" else scope
    cooldowns = [cooldown for cooldown in running.router.failures() if provider in (None, cooldown.provider)]
    whose = "all providers" if provider is None else running.router.table.providers[provider].label
    st.markdown(
        f"**{len(cooldowns)} {'cooldown' if len(cooldowns) == 1 else 'cooldowns'} of {whose}** will be forgotten. "
        f"{RESET_MEANS}"
    )
    if failures := failures_behind(running, provider):
        st.markdown(f"It also ends {looks.counted(len(failures), 'simulated failure')}.")
    st.caption("It cannot be undone: why and how long they were passed over stays in the log only.")
    offer_answers("Reset", "confirm-reset", reset_cooldowns, (running, provider), disabled=not may_change())


# --- what is left, and what comes to an end ------------------------------------------------------------------------


@st.fragment(run_every=5.0)
def show_allowances(running: Runtime) -> None:
    """Every allowance that is known; simulated ones can be refilled."""
    redraw_where_asked()
    with st.container(horizontal=True, vertical_alignment="center", key="quota-head"):
        st.header("Free quota", width="stretch", anchor=False)
        if running.router.simulator is not None:
            st.button(
                "Refill simulated quota", key="refill", icon=":material/restart_alt:", on_click=refill_simulated,
                args=(running,), disabled=not may_change(),
                help="All simulated quota back to full, and all cooldowns over.",
            )  # fmt: skip
    allowances, now = running.router.quotas(), time.time()
    if not allowances:
        st.caption("Not known yet: providers state it in their replies. Send a prompt on the Run page.")
        return
    show_quotas(allowances, running.store.paces.read(now), running.router.table, now)
    if words := silent_words(running, allowances):
        st.caption(f"{words} Providers state it in their replies.")


def _count_models(count: int) -> str:
    return "1 model" if count == 1 else f"{count:,} models"


def show_catalogue(running: Runtime) -> None:
    """How old the providers' model lists are, and what they announce."""
    table, now, listings = running.router.table, time.time(), running.router.listings()
    with st.container(horizontal=True, vertical_alignment="center", key="lists-head"):
        st.header("Model lists", width="stretch", anchor=False)
        if st.button("Refresh", key="read-lists", icon=":material/sync:", help="Reads them anew; costs no quota."):
            with st.spinner("Reading the providers' lists …"):
                running.portal.call(running.router.refresh_catalogue)
            st.rerun()
    for name in running.router.accounts:
        listing = listings.get(name)
        age = (
            f"{_count_models(len(listing.models))}, read {looks.ago(listing.fetched_at, now)}"
            if listing
            else "not read yet"
        )
        st.markdown(f"{looks.provider_text(name, table)} {age}")
    _show_retirements(running)


def _show_retirements(running: Runtime) -> None:
    """What the providers' lists and the table say will end."""
    table, listings = running.router.table, running.router.listings()
    ends = retirements(table, listings, datetime.now(UTC).date())
    if not ends:
        st.caption("No retirements announced.")
    for end in ends:
        days = (end.on - datetime.now(UTC).date()).days
        tasks = ", ".join(table.task(task).label for task in end.tasks)
        st.markdown(
            f":material/event_busy: {looks.provider_text(end.target.provider, table)} "
            f"**{looks.plain(table.label(end.target))}** retires {end.on:%d %b %Y}, {_in_days(days)}  \n"
            f":small[in {looks.plain(tasks)}]"
        )


def _in_days(days: int) -> str:
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")


def show_resets(running: Runtime) -> None:
    """Every reset that was made; nothing before the first."""
    events = running.store.statistics.events(20, kind="reset")
    if not events:
        return
    with st.expander(f"Resets (latest {len(events)})", icon=":material/history:"):
        for event in events:
            subject = event["model"] or {"free": "every free model", "provider": "the whole provider"}[event["detail"]]
            name = looks.provider_text(event["provider"], running.router.table)
            st.markdown(f":small[{looks.clock_time(epoch_of(event['at']))}] {name} {looks.plain(subject)}")


running = runtime_or_stop()
note_redrawn()
note_drawn(running)
st.title("Health", anchor=False)
show_alerts(running)
show_now(running)
show_leaving(running)
show_simulated_failures(running)
left, right = st.columns([3, 2], gap="large")
with left:
    show_allowances(running)
with right:
    show_catalogue(running)
    show_resets(running)
reset = st.session_state.pop("asked-reset", None)
task, provider = st.query_params.get("task"), st.query_params.get("provider")
if reset is not None:
    confirm_reset(running, reset)
elif task in list(TaskType) and provider in running.router.table.providers:
    show_detail(running, TaskType(task), provider)
