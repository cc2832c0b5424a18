"""The controls that Run and Compare have in common: task, prompt, settings, and what would be tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.prompt.requests import CONTROLS, OVERRIDES, Wanted, controls_from
from router.table.routes import RoutingTable
from router.types import PlannedTarget, Target, TaskType

FOODS_SCHEMA = """{
  "type": "object",
  "properties": {
    "foods": {
      "type": "array",
      "items": {
        "type": "object",
        "properties": {
          "name": {"type": "string"},
          "quantity": {"type": "number"},
          "unit": {"type": "string"}
        },
        "required": ["name", "quantity", "unit"]
      }
    }
  },
  "required": ["foods"]
}"""
"""What the example of the task for structured output asks for."""

SCHEMA_EXAMPLE = '{"type": "object", "properties": {"kcal": {"type": "number"}}, "required": ["kcal"]}'


def choose_task(table: RoutingTable) -> TaskType:
    """The eight tasks; the first where none is chosen."""
    st.session_state.setdefault("task", TaskType.REAL_TIME_CHAT)
    chosen = st.pills(
        "Task",
        list(TaskType),
        key="task",
        format_func=lambda task: f"{looks.TASK_ICONS[task]} {table.tasks[task].label}",
        required=True,
        label_visibility="collapsed",
        persist_state="session",
        on_change=take_task_format,
    )
    return chosen or TaskType.REAL_TIME_CHAT


def take_task_format() -> None:
    """The task for structured output asks for JSON by itself; another task takes that back, but no person's choice."""
    state = st.session_state
    if state["task"] == TaskType.STRUCTURED_OUTPUT:
        state["json-by-task"] = not state.get("json")
        state["json"] = True
    elif state.pop("json-by-task", False):
        state["json"] = False
        if state.get("schema") == FOODS_SCHEMA:
            state["schema"] = ""


def write_prompt(table: RoutingTable, task: TaskType) -> None:
    """The prompt."""
    example = table.tasks[task].example
    st.text_area("Prompt", key="prompt", height=110, placeholder=example, persist_state="session")


def use_example(text: str, task: TaskType) -> None:
    """Put the task's example into the prompt, with the schema that it is about."""
    st.session_state["prompt"] = text
    if task is TaskType.STRUCTURED_OUTPUT:
        st.session_state["json"], st.session_state["schema"] = True, FOODS_SCHEMA


def offer_example(table: RoutingTable, task: TaskType) -> None:
    """The task's example, one click away."""
    st.button(
        "Use the example",
        on_click=use_example,
        args=(table.tasks[task].example, task),
        icon=":material/lightbulb:",
        key="example",
        type="tertiary",
    )


def choose_settings(running: Runtime, *, pins: bool = True) -> None:
    """What goes with the prompt, closed until it is wanted.

    Args:
        pins: whether a target can be pinned here.
    """
    with st.expander("Settings", icon=":material/tune:", key="settings"):
        _choose_route(running, pins=pins)
        left, right = st.columns(2, gap="medium")
        with left:
            st.text_area("System prompt", key="system", height=104, persist_state="session")
            _choose_numbers()
        with right:
            _choose_json()


def _choose_route(running: Runtime, *, pins: bool) -> None:
    st.session_state.setdefault("override", "None")
    left, right = st.columns(2, gap="medium")
    left.segmented_control("Override", list(OVERRIDES), key="override", required=True, persist_state="session")
    if pins:
        with right:
            _choose_target(running)


def _choose_json() -> None:
    words = "The answer is one JSON document, checked before it is shown."
    st.toggle("JSON", key="json", help=words, persist_state="session")
    words = "The answer is checked against it; what does not fit is named beside the answer."
    st.text_area(
        "JSON schema", key="schema", height=146, placeholder=SCHEMA_EXAMPLE, help=words, persist_state="session"
    )


def _choose_numbers() -> None:
    temperature, tokens, seed = st.columns(3)
    temperature.number_input(
        "Temperature", 0.0, 2.0, None, 0.1, key="temperature", placeholder="default", persist_state="session"
    )
    tokens.number_input(
        "Output limit", 1, 200_000, None, 100, key="max_tokens", placeholder="tokens", persist_state="session"
    )
    seed.number_input("Seed", 0, 2**31 - 1, None, 1, key="seed", placeholder="none", persist_state="session")


def _choose_target(running: Runtime) -> None:
    options = ["", *running.router.accounts, *map(str, living_targets(running))]
    if (st.session_state.get("target") or "") not in options:
        options.append(st.session_state["target"])
    st.selectbox(
        "Target",
        options,
        key="target",
        format_func=lambda name: target_name(running, name) if name else "As the routing table says",
        persist_state="session",
    )


def living_targets(running: Runtime) -> list[Target]:
    """The table's models that are there, of the providers that can be called."""
    today = datetime.now(UTC).date()
    models = running.router.table.models
    found = [Target.parse(name) for name, entry in models.items() if not entry.retired_on(today)]
    return [target for target in found if target.provider in running.router.accounts]


def target_name(running: Runtime, name: str) -> str:
    """`Groq` or `Groq gpt-oss-120b`, for a provider or a target."""
    table = running.router.table
    if name in table.providers:
        return table.providers[name].label
    target = Target.parse(name)
    entry = table.providers.get(target.provider)
    return f"{entry.label if entry else target.provider} {table.label(target)}"


def settings_summary(asked: Wanted) -> str:
    """The settings that are not as they come, in a line; empty where all are."""
    said = [
        asked.override.lower() if asked.override != "None" else "",
        f"pinned to {asked.target}" if asked.target else "",
        "system prompt" if asked.system.strip() else "",
        f"temperature {asked.temperature:g}" if asked.temperature is not None else "",
        f"at most {asked.max_tokens:,} tokens" if asked.max_tokens is not None else "",
        f"seed {asked.seed}" if asked.seed is not None else "",
        "JSON schema" if asked.schema.strip() else "JSON" if asked.as_json else "",
    ]
    return " · ".join(filter(None, said))


def fill_controls(request: Mapping[str, Any], target: str = "") -> None:
    """Set the controls to an earlier request's values; call it before they are drawn."""
    for name, value in controls_from(request).items():
        st.session_state[name] = value
    if target:
        st.session_state["target"] = target


def clear_controls() -> None:
    """Set the controls back, except for the task."""
    for name in CONTROLS[1:]:
        st.session_state.pop(name, None)


def show_route(running: Runtime, plan: Sequence[PlannedTarget]) -> None:
    """The models in the order in which they would be tried; those that are gone struck out before their successors."""
    st.html(f'<div class="route">{_route_words(running, plan)}</div>')


def _route_words(running: Runtime, plan: Sequence[PlannedTarget]) -> str:
    if not any(line.kept for line in plan):
        steps = "; ".join(f"{_step_html(running, line)}: {escape(line.reason)}" for line in plan if line.reason)
        return f"<b>Nobody would be tried.</b> {steps}"
    return f"Would try: {' → '.join(_step_html(running, line) for line in _telling_lines(plan))}"


def _telling_lines(plan: Sequence[PlannedTarget]) -> Sequence[PlannedTarget]:
    """Up to the third target that would be tried."""
    position = [index for index, line in enumerate(plan) if line.kept][:3]
    return plan[: position[-1] + 1] if position else plan


def _step_html(running: Runtime, line: PlannedTarget) -> str:
    table = running.router.table
    colour = looks.provider_colour(line.provider, list(table.providers))
    entry = table.providers.get(line.provider)
    provider = escape(entry.label if entry else line.provider)
    gone = "" if line.kept else ' class="gone"'
    why = f' <small title="{escape(line.reason)}">({escape(line.state)})</small>' if not line.kept else ""
    name = f'{provider} <span title="{escape(str(line.target))}">{escape(table.label(line.target))}</span>'
    return f'<span style="color:{colour}"><span{gone}>{name}</span></span>{why}'
