"""The grid of tasks and providers on Health: a chip for each state; behind each cell every target with its reason."""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st

from pages.components.console import looks
from pages.components.console.access.sign_in import may_change
from pages.components.console.notes import redraw_where_asked, show_notes
from pages.components.console.runtime import Runtime
from pages.components.health.cooldown_view import RESET_MEANS, cooldown_of, offer_reset, time_left
from pages.components.health.quota_view import refill_simulated
from pages.components.health.reasons import show_reason
from pages.components.health.simulated_failures import is_set_to_fail
from pages.components.health.target_test import offer_test, show_test
from pages.components.health.task_states import (
    Plans,
    by_urgency,
    count_ready,
    is_ready,
    keyless_providers,
    telling_line,
)
from router.ports import Cooldown
from router.types import PlannedTarget, SpeechTask, TargetState, TaskConfig, TaskType

TICK = 1.0
"""Seconds between looks at what cools down: countdowns are to the second."""


def show_tasks(running: Runtime, plans: Plans, cooldowns: Sequence[Cooldown], now: float) -> None:
    """For each task and provider: what would be used now, or why nothing would; a click tells more."""
    table = running.router.table
    st.header("Tasks", anchor=False)
    if missing := keyless_providers(plans):
        names = looks.plain(" and ".join(table.providers[name].label for name in missing))
        verb = "has no key. With one on" if len(missing) == 1 else "have no keys. With them on"
        st.caption(f"{names} {verb} [Setup](./setup) every task has more models to fall back on.")
    with st.container(key="health-grid", gap=None):
        _show_heads(running)
        for task in by_urgency(plans):
            name, *cells = st.columns([4, *(5 for _ in table.providers)], vertical_alignment="center")
            name.markdown(_task_text(running, task, plans[task]))
            for place, provider in zip(cells, table.providers, strict=True):
                with place:
                    _show_cell(
                        running, task, telling_line(plans[task], provider), provider, plans[task], cooldowns, now
                    )
        _show_speech(running, now)


def _show_heads(running: Runtime) -> None:
    """What the marks mean, and each column's provider; on a narrow screen the cells name it themselves."""
    table = running.router.table
    with st.container(key="health-heads"):
        legend, *heads = st.columns([4, *(5 for _ in table.providers)], vertical_alignment="center")
    legend.caption(f"{_mark_text(TargetState.SERVING)} {TargetState.SERVING} · **bold** is asked first")
    for head, provider in zip(heads, table.providers, strict=True):
        head.markdown(looks.provider_text(provider, table))


def _mark_text(state: TargetState) -> str:
    """A state for a cell: what serves is no more than its icon, so that what does not stands out."""
    return f":green[{looks.STATE_ICONS[state]}]" if state is TargetState.SERVING else looks.state_chip(state)


def _line_mark(running: Runtime, line: PlannedTarget) -> str:
    """A line's state; of one that serves until a failure that was made is met, that this is so."""
    if line.state is TargetState.SERVING and is_set_to_fail(running, line.target):
        return f":{looks.STATE_COLOURS[TargetState.COOLING]}-badge[:material/bolt: failure set, not met yet]"
    return _mark_text(line.state)


def _show_speech(running: Runtime, now: float) -> None:
    """A row more for recordings: at each provider the model that would write one down, or why none would."""
    plan, table = running.router.plan_transcription(), running.router.table
    if not plan:
        return
    first = next((line for line in plan if is_ready(line)), None)
    name, *cells = st.columns([4, *(5 for _ in table.providers)], vertical_alignment="center")
    label = looks.plain(table.task(SpeechTask.TRANSCRIPTION).label)
    name.markdown(f"{looks.TASK_ICONS[SpeechTask.TRANSCRIPTION]} **{label}**  \n:small[recordings, beside the tasks]")
    for place, provider in zip(cells, table.providers, strict=True):
        line = telling_line(plan, provider)
        if line is not None:
            model = looks.plain(table.label(line.target))
            place.markdown(
                f"{looks.provider_text(provider, table)} {_line_mark(running, line)} "
                f"{'**' + model + '**' if line == first else model}{left_text(line, None, now)}"
            )


def _task_text(running: Runtime, task: TaskType, plan: Sequence[PlannedTarget]) -> str:
    name = f"{looks.TASK_ICONS[task]} **{looks.plain(running.router.table.tasks[task].label)}**"
    match count_ready(plan):
        case 0 if any(line.state is TargetState.HALF_OPEN for line in plan):
            return f"{name}  \n:small[:material/help: waits for a retry]"
        case 0:
            return f"{name}  \n:small[:red[:material/error: no model available]]"
        case 1:
            return f"{name}  \n:small[:material/warning: 1 model left]"
        case _:
            return name


def _show_cell(
    running: Runtime,
    task: TaskType,
    line: PlannedTarget | None,
    provider: str,
    plan: Sequence[PlannedTarget],
    cooldowns: Sequence[Cooldown],
    now: float,
) -> None:
    name, key = looks.provider_text(provider, running.router.table), f"cell-{task}-{provider}"
    if line is None:
        st.button(f"{name} not in this task's chain", key=key, type="tertiary", disabled=True)
        return
    first = next((target for target in plan if is_ready(target)), None)
    model = looks.plain(running.router.table.label(line.target))
    cooldown = cooldown_of(line, cooldowns)
    left = left_text(line, cooldown, now) + _passed_over_text(running, line, plan, now)
    label = f"{name} {_line_mark(running, line)} {'**' + model + '**' if line == first else model}{left}"
    if st.button(label, key=key, type="tertiary"):
        st.query_params["task"], st.query_params["provider"] = task.value, provider
        st.rerun()


def _passed_over_text(running: Runtime, line: PlannedTarget, plan: Sequence[PlannedTarget], now: float) -> str:
    """Whom a provider's model serves in place of: the first ahead of it that is out for now, and how many more."""
    ahead = [
        other
        for other in plan[: plan.index(line)]
        if other.provider == line.provider and other.state in (TargetState.COOLING, TargetState.NO_ALLOWANCE)
    ]
    if not ahead:
        return ""
    model, until = looks.plain(running.router.table.label(ahead[0].target)), ahead[0].until
    back = "" if until is None else f", {looks.span(until.timestamp() - now)} left"
    more = f" +{len(ahead) - 1}" if ahead[1:] else ""
    return f" :small[:gray[in place of {model}{more}{back}]]"


def left_text(line: PlannedTarget, cooldown: Cooldown | None, now: float) -> str:
    """Until when a target is passed over, for its cell: of a cooldown and of a used-up allowance alike."""
    if is_ready(line) or line.state is TargetState.HALF_OPEN:  # whose chip says that it is ready to retry
        return ""
    if cooldown is not None:
        return f" {_short_left(cooldown, now)}"
    return "" if line.until is None else f" :material/timer: {looks.span(line.until.timestamp() - now)}"


def _short_left(cooldown: Cooldown, now: float) -> str:
    """The time that is left, as short as a cell needs it."""
    ends = cooldown.until
    return time_left(cooldown, now) if ends is None or ends <= now else f":material/timer: {looks.span(ends - now)}"


# --- behind a cell -------------------------------------------------------------------------------------------------


def _forget_detail() -> None:
    for name in ("task", "provider"):
        st.query_params.pop(name, None)


@st.dialog("Models of this task", position="right", width="medium", on_dismiss=_forget_detail)
def show_detail(running: Runtime, task: TaskType, provider: str) -> None:
    """Every target of a task at a provider: whether it would be used now, and if not why, since when, until when."""
    table = running.router.table
    st.markdown(f"{looks.TASK_ICONS[task]} **{table.tasks[task].label}** at {looks.provider_text(provider, table)}")
    _show_targets(running, task, provider)


@st.fragment(run_every=TICK)
def _show_targets(running: Runtime, task: TaskType, provider: str) -> None:
    redraw_where_asked()
    show_notes()
    cooldowns, now = running.router.failures(), time.time()
    plan = running.router.plan(config=TaskConfig(task))
    lines = [line for line in plan if line.provider == provider]
    # What is gone for good is the last that one looks for.
    lines.sort(key=lambda line: line.state is TargetState.RETIRED)
    behind = [cooldown_of(line, cooldowns) for line in lines]
    for position, (line, cooldown) in enumerate(zip(lines, behind, strict=True)):
        with st.container(border=True):
            _show_target(running, line, cooldown, now, position)
    if running.router.simulator is not None and any(line.state is TargetState.NO_ALLOWANCE for line in lines):
        st.button(
            "Refill simulated quota", key="detail-refill", icon=":material/restart_alt:", on_click=refill_simulated,
            args=(running,), disabled=not may_change(),
        )  # fmt: skip
    if any(behind):
        st.caption(RESET_MEANS)  # without a button that resets, nobody has asked


def _show_target(running: Runtime, line: PlannedTarget, cooldown: Cooldown | None, now: float, position: int) -> None:
    model = looks.plain(running.router.table.label(line.target))
    set_to_fail = line.state is TargetState.SERVING and is_set_to_fail(running, line.target)
    mark = _line_mark(running, line) if set_to_fail else looks.state_chip(line.state)
    st.markdown(f"{mark} **{model}**  \n:small[`{line.model}`]")
    _show_why(line, cooldown, now)
    show_test(running, line.target)
    # At the right: at the left one lay under the pointer that had opened this, and a double click sent a request.
    with st.container(horizontal=True, gap="small", horizontal_alignment="right"):
        if line.state in looks.CALLABLE:
            offer_test(running, line.target, f"detail-test-{position}")
        if cooldown is not None:
            model_id = cooldown.model if cooldown.scope == "target" else None
            offer_reset(running, line.provider, model_id, f"detail-reset-{position}")


def _show_why(line: PlannedTarget, cooldown: Cooldown | None, now: float) -> None:
    if cooldown is not None:
        show_reason(cooldown.reason)
        st.markdown(f"{time_left(cooldown, now)}  \n:small[since {looks.clock_time(cooldown.since)}]")
        return
    if line.reason:
        st.text(line.reason)
    if line.until is not None:
        back = line.until.timestamp()
        st.markdown(
            f":material/timer: {looks.countdown(back - now)} left  \n:small[until {looks.short_time(back, now)}]"
        )
    if line.state is TargetState.NO_ALLOWANCE:
        st.caption(
            "It comes back by itself; until then the next models answer. A reset cannot refill what a provider counts: "
            "another provider's key on [Setup](./setup) gives more."
        )
