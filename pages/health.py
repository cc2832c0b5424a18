"""Health: what serves each task now, what is held and why, and the button that forgets it."""

from __future__ import annotations

import time
from html import escape

import streamlit as st

from pages.components import looks
from pages.components.runtime import Runtime, runtime_or_stop
from router.ports import Hold
from router.types import PlannedTarget, TargetState, TaskConfig, TaskType

SCOPES = {"target": "this model", "free": "every free model of the account", "provider": "the whole provider"}


def reset(running: Runtime, provider: str | None = None, model: str | None = None) -> None:
    """Forget what failed."""
    count = running.router.reset_failures(provider, model)
    st.toast(f"{count} {'hold is' if count == 1 else 'holds are'} gone; the next request tries again.")


@st.dialog("Reset all failures")
def confirm_reset(running: Runtime, count: int) -> None:
    """Ask once, and name what will happen."""
    st.write(
        f"All {count} holds are forgotten, for every process on this database. The next request calls those targets "
        "again; one that is still down costs that request a few seconds, and a limit that still stands one call."
    )
    if st.button("Reset all", type="primary", on_click=reset, args=(running,), key="confirm-reset-all"):
        st.rerun()


def show_tasks(running: Runtime) -> None:
    """For each task and provider: what would be used now, or why nothing would."""
    names = list(running.router.table.providers)
    head = "".join(f"<th>{escape(running.router.table.providers[name].label)}</th>" for name in names)
    rows = "".join(_task_row(running, task, names) for task in TaskType)
    head = f"<thead><tr><th>Task</th><th>Serves now</th>{head}</tr></thead>"
    st.html(f'<table class="grid">{head}<tbody>{rows}</tbody></table>')


def _task_row(running: Runtime, task: TaskType, names: list[str]) -> str:
    plan = running.router.plan(config=TaskConfig(task))
    first = next((line for line in plan if line.kept), None)
    serves = "<b>nothing</b>" if first is None else f"<b>{_label(running, first)}</b>"
    living = sum(line.kept for line in plan)
    only = "<br><small>the only living target</small>" if living == 1 else ""
    cells = "".join(_labelled(running, name, _cell(running, plan, name)) for name in names)
    name = escape(running.router.table.tasks[task].label)
    return f'<tr><th>{name}</th><td data-label="Serves now">{serves}{only}</td>{cells}</tr>'


def _labelled(running: Runtime, provider: str, cell: str) -> str:
    """A cell that names its column where the table is too narrow for columns."""
    return f'<td data-label="{escape(running.router.table.providers[provider].label)}">{cell}</td>'


def _label(running: Runtime, line: PlannedTarget) -> str:
    colour = looks.provider_colour(line.provider, list(running.router.table.providers))
    name = escape(running.router.table.label(line.target))
    return f'<span style="color:{colour}" title="{escape(str(line.target))}">{name}</span>'


def _cell(running: Runtime, plan: list[PlannedTarget], provider: str) -> str:
    """The provider's best line: what would be used, else the one whose reason tells most."""
    own = [line for line in plan if line.provider == provider]
    line = next((line for line in own if line.kept), None)
    line = line or next((line for line in own if line.state is not TargetState.RETIRED), own[0] if own else None)
    if line is None:
        return "–"
    why = f"<br><small>{escape(line.reason)}</small>" if line.reason else ""
    return f"{escape(line.state)}: {_label(running, line)}{why}"


@st.fragment(run_every=2.0)
def show_holds(running: Runtime) -> None:
    """What is held, counting down, with its reset."""
    holds, now = running.router.failures(), time.time()
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    left.subheader("Held now")
    if not holds:
        st.success(
            "Nothing is held: every target with a key is used as the table says.", icon=":material/check_circle:"
        )
        return
    right.button(
        "Reset all", key="reset-all", on_click=confirm_reset, args=(running, len(holds)), icon=":material/restart_alt:",
        width="stretch",
    )  # fmt: skip
    for hold in holds:
        _show_hold(running, hold, now)


def _show_hold(running: Runtime, hold: Hold, now: float) -> None:
    table = running.router.table
    entry = table.providers.get(hold.provider)
    with st.container(border=True):
        what, when, button = st.columns([5, 2, 1], vertical_alignment="center")
        name = (
            f"{entry.label if entry else hold.provider}: {hold.model if hold.scope == 'target' else SCOPES[hold.scope]}"
        )
        what.markdown(f"**{name}**")
        what.text(hold.reason)
        when.markdown(_left(hold, now))
        when.caption(f"since {looks.clock_time(hold.since)}, {looks.ago(hold.since, now)}")
        own = hold.model if hold.scope == "target" else None
        button.button("Reset", key=f"reset-{hash(hold.key)}", on_click=reset, args=(running, hold.provider, own))


def _left(hold: Hold, now: float) -> str:
    if hold.until is None:
        return ":material/pan_tool: until somebody resets it"
    if hold.until <= now:
        return ":material/help: half-open: the next request tries it"
    return f":material/timer: {looks.span(hold.until - now)} left"


running = runtime_or_stop()
st.title("Health")
show_holds(running)
st.subheader("What serves each task")
show_tasks(running)
st.caption(
    "A target that failed is held: it is passed over until its time is up, then one request tries it. A reset forgets "
    "that at once."
)
