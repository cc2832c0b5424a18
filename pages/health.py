"""Health: what serves each task, what is held and why, what is left, what retires, and the resets."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

import streamlit as st

from pages.components.console import looks
from pages.components.console.notes import show_notes
from pages.components.console.runtime import Runtime, runtime_or_stop
from pages.components.operate.cooldown_view import cooldown_of, reset_cooldowns, show_cooldown, time_left
from pages.components.operate.quota_view import show_quotas
from router.ports import Cooldown
from router.store.database.times import epoch_of
from router.table.retirements import retirements
from router.types import PlannedTarget, TargetState, TaskConfig, TaskType

TICK = 1.0  # seconds between looks at what is held: countdowns are to the second

RESET_MEANS = (
    "A reset forgets what failed, at once and in every process on this database. The next request calls the target "
    "again: if it is still down, that request loses a few seconds; if a limit still stands, it loses one call."
)


# --- held now ------------------------------------------------------------------------------------------------------


@st.fragment(run_every=TICK)
def show_now(running: Runtime) -> None:
    """What is held and what serves each task, counting down."""
    show_notes()
    cooldowns, now = running.router.failures(), time.time()
    plans = {task: running.router.plan(config=TaskConfig(task)) for task in TaskType}
    show_headline(running, plans)
    show_cooldowns(running, cooldowns, now)
    show_tasks(running, plans, cooldowns, now)


def show_headline(running: Runtime, plans: Mapping[TaskType, list[PlannedTarget]]) -> None:
    """Whether every task is served: neither cooldowns nor keys alone tell that."""
    table = running.router.table
    unserved = [table.tasks[task].label for task, plan in plans.items() if not any(line.kept for line in plan)]
    if not unserved:
        st.success(f"All {len(plans)} tasks are served.", icon=":material/check_circle:")
        return
    served = len(plans) - len(unserved)
    names = looks.plain(", ".join(unserved))
    words = f"**{served} of {len(plans)} tasks are served.** No model is available for: {names}."
    (st.warning if served else st.error)(words, icon=":material/error:")


def show_cooldowns(running: Runtime, cooldowns: list[Cooldown], now: float) -> None:
    """What is held, each with its reset; with more than one, a reset for a provider and for all."""
    if not cooldowns:
        st.caption("No model is cooling down.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        models = "1 model is" if len(cooldowns) == 1 else f"{len(cooldowns)} models are"
        st.subheader(f"{models} cooling down", width="stretch")
        for provider, count in Counter(cooldown.provider for cooldown in cooldowns).items():
            if 1 < count < len(cooldowns):
                _ask_button(f"Reset {running.router.table.providers[provider].label}", f"reset-{provider}", provider)
        if len(cooldowns) > 1:
            _ask_button("Reset all", "reset-all", "all")
    for cooldown in cooldowns:
        show_cooldown(running, cooldown, now, "-".join(cooldown.key))


def _ask_button(label: str, key: str, scope: str) -> None:
    """A button whose effect is asked about first, in a dialog of the page (this fragment would close its own)."""
    if st.button(label, key=key, icon=":material/restart_alt:"):
        st.session_state["asked-reset"] = scope
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
    st.caption("It cannot be undone: why and for how long they were held stays in the log only.")
    if st.button("Reset", type="primary", key="confirm-reset", on_click=reset_cooldowns, args=(running, provider)):
        st.rerun()


# --- tasks ---------------------------------------------------------------------------------------------------------


def show_tasks(
    running: Runtime, plans: Mapping[TaskType, list[PlannedTarget]], cooldowns: list[Cooldown], now: float
) -> None:
    """For each task and provider: what would be used now, or why nothing would; a click tells more."""
    table = running.router.table
    st.subheader("What serves each task")
    with st.container(key="health-grid", gap=None):
        for task, plan in plans.items():
            name, *cells = st.columns([4, *(5 for _ in table.providers)], vertical_alignment="center")
            name.markdown(_task_text(running, task, plan))
            for place, provider in zip(cells, table.providers, strict=True):
                with place:
                    _show_cell(running, task, provider, plan, cooldowns, now)


def _task_text(running: Runtime, task: TaskType, plan: list[PlannedTarget]) -> str:
    living = sum(line.kept for line in plan)
    name = f"{looks.TASK_ICONS[task]} **{looks.plain(running.router.table.tasks[task].label)}**"
    if living == 0:
        return f"{name}  \n:small[:material/error: nothing serves it now]"
    return name if living > 1 else f"{name}  \n:small[:material/warning: 1 model left]"


def _show_cell(
    running: Runtime, task: TaskType, provider: str, plan: list[PlannedTarget], cooldowns: list[Cooldown], now: float
) -> None:
    line = _telling_line(plan, provider)
    name = looks.provider_text(provider, running.router.table)
    if line is None:
        st.button(f"{name} – not in this task's chain", key=f"cell-{task}-{provider}", type="tertiary", disabled=True)
        return
    first = next((one for one in plan if one.kept), None)
    model = looks.plain(running.router.table.label(line.target))
    words = f"{looks.state_text(line.state)} {'**' + model + '**' if line == first else model}"
    cooldown = cooldown_of(line, cooldowns)
    left = f" · {time_left(cooldown, now)}" if cooldown is not None and not line.kept else ""
    if st.button(f"{name} {words}{left}", key=f"cell-{task}-{provider}", type="tertiary"):
        st.query_params["task"], st.query_params["provider"] = task.value, provider
        st.rerun()


def _telling_line(plan: list[PlannedTarget], provider: str) -> PlannedTarget | None:
    """The provider's best line: what would be used, else the one whose reason tells most."""
    own = [line for line in plan if line.provider == provider]
    line = next((line for line in own if line.kept), None)
    return line or next((line for line in own if line.state is not TargetState.RETIRED), own[0] if own else None)


def _forget_detail() -> None:
    for name in ("task", "provider"):
        st.query_params.pop(name, None)


@st.dialog("Targets of this task", position="right", width="medium", on_dismiss=_forget_detail)
def show_detail(running: Runtime, task: TaskType, provider: str) -> None:
    """Every target of a task at a provider: whether it would be used now, and if not why, since when, until when."""
    table = running.router.table
    st.markdown(f"{looks.TASK_ICONS[task]} **{table.tasks[task].label}** at {looks.provider_text(provider, table)}")
    _detail_lines(running, task, provider)
    st.caption(RESET_MEANS)


@st.fragment(run_every=TICK)
def _detail_lines(running: Runtime, task: TaskType, provider: str) -> None:
    show_notes()
    cooldowns, now = running.router.failures(), time.time()
    plan = running.router.plan(config=TaskConfig(task))
    for position, line in enumerate(line for line in plan if line.provider == provider):
        with st.container(border=True):
            model = looks.plain(running.router.table.label(line.target))
            st.markdown(f"{looks.state_text(line.state)} · **{model}**  \n:small[`{line.model}`]")
            cooldown = cooldown_of(line, cooldowns)
            _show_why(line, cooldown, now)
            if cooldown is not None:
                own = cooldown.model if cooldown.scope == "target" else None
                st.button(
                    "Reset", key=f"detail-reset-{position}", on_click=reset_cooldowns, args=(running, provider, own)
                )


def _show_why(line: PlannedTarget, cooldown: Cooldown | None, now: float) -> None:
    if cooldown is not None:
        st.text(cooldown.reason)
        st.markdown(f"{time_left(cooldown, now)}  \n:small[since {looks.clock_time(cooldown.since)}]")
    elif line.reason:
        st.text(line.reason)
    if line.until is not None and cooldown is None:
        st.markdown(f":material/timer: {looks.countdown(line.until.timestamp() - now)} left")


# --- what is left, and what comes to an end ------------------------------------------------------------------------


@st.fragment(run_every=5.0)
def show_allowances(running: Runtime) -> None:
    """Every allowance that is known."""
    st.subheader("Free allowances")
    allowances, now = running.router.quotas(), time.time()
    if not allowances:
        st.caption("Nothing is known yet: providers tell with their first replies. Send a prompt on the Run page.")
        return
    show_quotas(allowances, running.store.paces.read(now), running.router.table, now)


def _count_models(count: int) -> str:
    return "1 model" if count == 1 else f"{count:,} models"


def show_catalogue(running: Runtime) -> None:
    """How old the providers' lists are, and what they and the table say will end."""
    table, now, found = running.router.table, time.time(), running.router.listings()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader("Catalogue", width="stretch")
        if st.button("Read the lists now", key="read-lists", icon=":material/sync:", help="Costs no quota."):
            with st.spinner("Reading the providers' lists …"):
                running.portal.call(running.router.refresh_catalogue)
            st.rerun()
    for name in running.router.accounts:
        listing = found.get(name)
        age = (
            f"{_count_models(len(listing.models))}, read {looks.ago(listing.fetched_at, now)}"
            if listing
            else "not read yet"
        )
        st.markdown(f"{looks.provider_text(name, table)} {age}")
    ends = retirements(table, found, datetime.now(UTC).date())
    if not ends:
        st.caption("No model of the table has an announced end.")
    for end in ends:
        days = (end.on - datetime.now(UTC).date()).days
        tasks = ", ".join(table.tasks[task].label for task in end.tasks)
        st.markdown(
            f":material/event_busy: {looks.provider_text(end.target.provider, table)} "
            f"**{looks.plain(table.label(end.target))}** retires {end.on:%d %b %Y}, in {days} days  \n"
            f":small[in {looks.plain(tasks)}]"
        )


def show_resets(running: Runtime) -> None:
    """Every reset that was made."""
    events = running.store.statistics.events(20, kind="reset")
    with st.expander(f"Resets ({len(events)} latest)" if events else "Resets: none yet", icon=":material/history:"):
        for event in events:
            what = event["model"] or {"free": "every free model", "provider": "the whole provider"}[event["detail"]]
            name = looks.provider_text(event["provider"], running.router.table)
            st.markdown(f":small[{looks.clock_time(epoch_of(event['at']))}] {name} {looks.plain(what)}")


running = runtime_or_stop()
st.title("Health")
show_now(running)
left, right = st.columns([3, 2], gap="large")
with left:
    show_allowances(running)
with right:
    show_catalogue(running)
    show_resets(running)
asked = st.session_state.pop("asked-reset", None)
task, provider = st.query_params.get("task"), st.query_params.get("provider")
if asked is not None:
    confirm_reset(running, asked)
elif task in list(TaskType) and provider in running.router.table.providers:
    show_detail(running, TaskType(task), provider)
