"""Failures of simulated models, made on purpose: the way around them, its reasons and resets, tried without a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from pages.components.console import looks
from pages.components.console.access.sign_in import may_change, require_operator
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime
from pages.components.prompt.controls import living_targets
from router.simulator import EVERY, Fault, SetFault, Simulator
from router.types import AttemptOutcome, Target, TaskConfig, TaskType

MINUTES = 10
"""How long a failure lasts: time enough to look at it, and nobody has to remember to end it."""

TICK = 5.0
"""Seconds between looks at how long each failure still lasts."""


@dataclass(frozen=True, slots=True)
class SimulatedFailure:
    """A way to fail: what the router will call it, the simulator's fault and its parameters."""

    outcome: AttemptOutcome
    fault: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What every page calls it."""
        return looks.status_word(self.outcome)

    def as_fault(self) -> Fault:
        """The fault, which ends by itself."""
        return Fault(self.fault, for_seconds=MINUTES * 60.0, **self.parameters)


FAILURES = (
    SimulatedFailure(AttemptOutcome.RATE_LIMITED, "rate_limited", {"kind": "RPD", "retry_after": MINUTES * 60}),
    SimulatedFailure(AttemptOutcome.SERVER_ERROR, "server_error", {"status": 503}),
    SimulatedFailure(AttemptOutcome.NO_FIRST_TOKEN, "silent", {"seconds": 60.0}),
    SimulatedFailure(AttemptOutcome.CUT, "cut", {"fraction": 0.5}),
    SimulatedFailure(AttemptOutcome.GONE, "gone"),
)
"""What a model can be made to do, the likeliest in life first."""


@st.fragment(run_every=TICK)
def show_simulated_failures(running: Runtime) -> None:
    """Where a simulated model is made to fail, and what fails so far; nothing where real providers serve."""
    simulator = running.router.simulator
    if simulator is None:
        return
    with st.expander("Make a simulated model fail", icon=":material/bolt:", key="simulated-failures"):
        st.caption(
            f"For {MINUTES} minutes, on the simulated providers alone. Then ask something on Run: the answer comes "
            "from the next model, and this page says which one was passed over, why and until when."
        )
        _offer_failure(running)
    for failing in simulator.faults():
        _show_failing(running, simulator, failing)


def _offer_failure(running: Runtime) -> None:
    options = [*map(str, living_targets(running)), *running.router.accounts]
    if st.session_state.get("failing-model") not in options:
        st.session_state["failing-model"] = _next_target(running, options)
    model, failure, button = st.columns([4, 3, 2.4], vertical_alignment="bottom")
    model.selectbox("Model", options, key="failing-model", format_func=lambda name: _target_words(running, name))
    failure.selectbox("Failure", FAILURES, key="failing-how", format_func=lambda way: way.name.capitalize())
    button.button(
        f"Fail for {MINUTES} minutes", key="fail", on_click=_begin_failure, args=(running,), disabled=not may_change(),
        icon=":material/bolt:", width="stretch",
    )  # fmt: skip


def _next_target(running: Runtime, options: list[str]) -> str:
    """The model that the next prompt on Run would be answered by: its failure is seen at once."""
    plan = running.router.plan(config=TaskConfig(TaskType.REAL_TIME_CHAT))
    return next((str(line.target) for line in plan if line.kept and str(line.target) in options), options[0])


def _target_words(running: Runtime, name: str) -> str:
    table = running.router.table
    if name in table.providers:
        return f"{table.providers[name].label}, all models"
    target = Target.parse(name)
    return f"{table.providers[target.provider].label} {table.label(target)}"


def _begin_failure(running: Runtime) -> None:
    require_operator()
    name, way = st.session_state["failing-model"], st.session_state["failing-how"]
    provider, _, model = name.partition(":")
    assert running.router.simulator is not None, "the button is there on simulated providers alone"
    running.router.simulator.set_fault(_wire_of(running, provider), model or EVERY, way.as_fault())
    leave_note(
        f"{_target_words(running, name)} fails for {MINUTES} minutes: {way.name}. Ask something on Run, then look here."
    )


def _wire_of(running: Runtime, provider: str) -> str:
    """What the simulator calls a provider."""
    entry = running.router.table.providers[provider]
    return entry.simulated_by or entry.dialect


def _show_failing(running: Runtime, simulator: Simulator, failing: SetFault) -> None:
    """One failure that was made, how long it lasts, and its end."""
    names = [name for name in running.router.accounts if _wire_of(running, name) == failing.provider]
    whose = next(iter(names), failing.provider)
    name = whose if failing.model == EVERY else f"{whose}:{failing.model}"
    how = next((way.name for way in FAILURES if way.fault == failing.fault), failing.fault.replace("_", " "))
    left = "" if failing.seconds_left is None else f", {looks.countdown(failing.seconds_left)} left"
    with st.container(horizontal=True, vertical_alignment="center", key=f"failing-{name}"):
        words = looks.plain(f"{_target_words(running, name)}: {how}{left}")
        st.markdown(f":material/bolt: **Simulated failure.** {words}", width="stretch")
        st.button(
            "End failure", key=f"end-{name}", icon=":material/healing:", on_click=_end_failure,
            args=(running, simulator, failing), disabled=not may_change(),
        )  # fmt: skip


def _end_failure(running: Runtime, simulator: Simulator, failing: SetFault) -> None:
    require_operator()
    simulator.clear_faults(failing.provider, failing.model)
    leave_note("The failure is over. What the router remembers of it cools down by itself, or is reset here.")
