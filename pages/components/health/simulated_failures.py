"""Failures of simulated models, made on purpose: the way around them, its reasons and resets, tried without a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from pages.components.console import looks
from pages.components.console.access.sign_in import may_change, require_operator
from pages.components.console.notes import ask_for_redrawing, leave_note, redraw_where_asked
from pages.components.console.runtime import Runtime
from pages.components.console.targets import living_targets
from pages.components.health.target_test import offer_test
from router.simulator import EVERY, Fault, SetFault
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
    redraw_where_asked()
    simulator = running.router.simulator
    if simulator is None:
        return
    failing = unmet_failures(running)
    with st.expander("Make a simulated model fail", icon=":material/bolt:", key="simulated-failures"):
        _offer_failure(running)
        if not failing:  # else it says itself, just below, what there is to do
            st.caption(
                "On the simulated providers alone. The next prompt on Run meets it and is answered by the next model; "
                "this page then says who was passed over, why and until when."
            )
    for one in failing:
        _show_failing(running, one)


def _offer_failure(running: Runtime) -> None:
    options = [*map(str, living_targets(running)), *running.router.accounts]
    if st.session_state.get("failing-model") not in options:
        st.session_state["failing-model"] = _next_target(running, options)
    model, failure, button = st.columns([4, 3, 2.4], vertical_alignment="center")
    model.selectbox(
        "Model", options, key="failing-model", label_visibility="collapsed",
        format_func=lambda name: _target_words(running, name),
    )  # fmt: skip
    failure.selectbox(
        "Failure", FAILURES, key="failing-how", label_visibility="collapsed",
        format_func=lambda way: way.name.capitalize(),
    )  # fmt: skip
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


def _wire_of(running: Runtime, provider: str) -> str:
    """What the simulator calls a provider."""
    entry = running.router.table.providers[provider]
    return entry.simulated_by or entry.dialect


def _show_failing(running: Runtime, failing: SetFault) -> None:
    """One failure that nobody has met, how long it lasts, how to meet it, and its end; once met it has a card."""
    whose, name = _provider_of(running, failing), _name_of(running, failing)
    left = "" if failing.seconds_left is None else f", {looks.span(failing.seconds_left)} left"
    target = _target_to_test(running, whose, failing.model)
    how = "ask something on [Run](./)" if target is None else "press Test, or ask something on [Run](./)"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"failing-{name}"):
        words = looks.plain(f"{_target_words(running, name)}: {_way_words(failing)}{left}")
        st.markdown(f":material/bolt: **Simulated failure.** {words}. Not met yet: {how}.", width="stretch")
        if target is not None:
            offer_test(running, target, f"meet-{name}")
        st.button(
            "End failure", key=f"end-{name}", icon=":material/healing:", on_click=end_failures,
            args=(running, [failing]), disabled=not may_change(), help="The model answers again.",
        )  # fmt: skip


def _way_words(failing: SetFault) -> str:
    return next((way.name for way in FAILURES if way.fault == failing.fault), failing.fault.replace("_", " "))


def unmet_failures(running: Runtime) -> list[SetFault]:
    """The failures that were made and that no request has met: no cooldown tells of them yet."""
    simulator = running.router.simulator
    faults = () if simulator is None else simulator.faults()
    return [failing for failing in faults if not _is_met(running, _provider_of(running, failing), failing)]


def failing_words(running: Runtime, failing: SetFault) -> str:
    """What is made to fail, in words."""
    return _target_words(running, _name_of(running, failing))


def is_set_to_fail(running: Runtime, target: Target) -> bool:
    """Whether the next request to a target meets a failure that was made."""
    return bool(failures_behind(running, target.provider, target.model))


def seconds_left(failures: Sequence[SetFault]) -> float | None:
    """How long the longest of some failures lasts; None where one has no end."""
    left = [failing.seconds_left for failing in failures]
    return None if None in left else max(one for one in left if one is not None)


def _is_met(running: Runtime, provider: str, failing: SetFault) -> bool:
    """Whether a request has met a failure: what failed is remembered, with the account that it failed for."""
    account = running.router.accounts.get(provider)
    return account is not None and any(
        cooldown.account == account.id and failing.model in (EVERY, cooldown.model)
        for cooldown in running.router.failures()
    )


def _target_to_test(running: Runtime, provider: str, model: str) -> Target | None:
    """Whom a test request is sent to that meets a failure: the model, or the first of a provider that fails whole."""
    targets = [target for target in living_targets(running) if target.provider == provider]
    return next((target for target in targets if model in (EVERY, target.model)), None)


def _provider_of(running: Runtime, failing: SetFault) -> str:
    names = [name for name in running.router.accounts if _wire_of(running, name) == failing.provider]
    return next(iter(names), failing.provider)


def _name_of(running: Runtime, failing: SetFault) -> str:
    whose = _provider_of(running, failing)
    return whose if failing.model == EVERY else f"{whose}:{failing.model}"


def failures_behind(running: Runtime, provider: str | None = None, model: str | None = None) -> list[SetFault]:
    """The simulated failures that would make a provider or a model fail again after a reset.

    Args:
        provider: None for all of them.
        model: None for any of the provider's.
    """
    simulator = running.router.simulator
    return [
        failing
        for failing in (() if simulator is None else simulator.faults())
        if provider is None or (failing.provider == _wire_of(running, provider) and _is_met_by(failing, model))
    ]


def _is_met_by(failing: SetFault, model: str | None) -> bool:
    return model is None or failing.model in (EVERY, model)


def end_failures(running: Runtime, failures: Sequence[SetFault]) -> None:
    """End simulated failures, and forget what failed because of them: the one without the other mends nothing."""
    require_operator()
    simulator = running.router.simulator
    assert simulator is not None, "the button is there on simulated providers alone"
    names = []
    for failing in failures:
        simulator.clear_faults(failing.provider, failing.model)
        names.append(_target_words(running, _name_of(running, failing)))
        for provider in (name for name in running.router.accounts if _wire_of(running, name) == failing.provider):
            running.router.reset_failures(provider, None if failing.model == EVERY else failing.model)
    ask_for_redrawing()
    leave_note(f"Failure over and cooldowns reset: {looks.plain('; '.join(names))}. The next request tries again.")
