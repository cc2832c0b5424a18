"""The controls that Run and Compare have in common: task, prompt, settings, and what would be tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

import streamlit as st

from pages.components.answer.trace import split_reason
from pages.components.console import looks
from pages.components.console.examples import hint_of, offer_replaced, put_example
from pages.components.console.runtime import Runtime
from pages.components.console.targets import prompt_targets, target_name
from pages.components.prompt.requests import OVERRIDES, TASK_DEFAULT, TOOLS_FORM, Wanted, controls_from
from pages.components.prompt.samples import take_first_sample
from router.table.routes import RoutingTable
from router.types import PlannedTarget, TargetState, TaskType

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
    # Set at each run: a page that follows another with these pills would show none chosen, since what has not changed
    # is not sent to the browser again.
    st.session_state["task"] = st.session_state.get("task") or TaskType.REAL_TIME_CHAT
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
    hint = hint_of(table.tasks[task].example)
    st.text_area(
        "Prompt", key="prompt", height=76, placeholder=hint, persist_state="session", label_visibility="collapsed"
    )


def use_example(table: RoutingTable, task: TaskType) -> None:
    """Put the task's example into the prompt, with the schema or the picture that it is about."""
    structured = task is TaskType.STRUCTURED_OUTPUT
    schema = {"json": True, "schema": FOODS_SCHEMA} if structured else {}
    put_example({"prompt": table.tasks[task].example, **schema})
    if table.tasks[task].vision:
        take_first_sample()


def offer_example(table: RoutingTable, task: TaskType) -> None:
    """The task's example, one click away."""
    st.button(
        "Use the example",
        on_click=use_example,
        args=(table, task),
        icon=":material/lightbulb:",
        key="example",
        type="tertiary",
    )
    offer_replaced("prompt")


_PREFER = (
    "Speed and accuracy move their models to the front. Critical accuracy asks those for accuracy alone: it fails "
    "rather than be answered by a lesser one."
)


def choose_settings(running: Runtime, *, pins: bool = True) -> None:
    """What goes with the prompt, closed until it is wanted.

    Args:
        pins: whether a target can be pinned here.
    """
    with (
        st.popover("Settings", icon=":material/tune:", key="settings-button", type="tertiary"),
        st.container(key="settings"),
    ):
        _choose_route(running, pins=pins)
        left, right = st.columns(2, gap="medium")
        with left:
            st.text_area("System prompt", key="system", height=104, persist_state="session")
            _choose_numbers()
        with right:
            _choose_json()
        _choose_tools()


def _choose_route(running: Runtime, *, pins: bool) -> None:
    st.session_state.setdefault("override", TASK_DEFAULT)
    left, right = st.columns([3, 2], gap="medium")
    if "override" in st.session_state:
        st.session_state["override"] = st.session_state["override"]  # for the same reason as the task's
    left.segmented_control(
        "Prefer", list(OVERRIDES), key="override", required=True, persist_state="session", help=_PREFER
    )
    if pins:
        with right:
            _choose_target(running)


def _choose_json() -> None:
    words = "The answer is one JSON document, checked before it is shown."
    st.toggle("JSON", key="json", help=words, persist_state="session")
    words = "The answer is checked against it; what does not fit is named beside the answer."
    st.text_area(
        "JSON schema", key="schema", height=146, placeholder=SCHEMA_EXAMPLE, help=words, persist_state="session",
        on_change=_take_schema,
    )  # fmt: skip


def _take_schema() -> None:
    """A schema asks for JSON: the switch above it says so."""
    if st.session_state["schema"].strip():
        st.session_state["json"] = True


def _choose_tools() -> None:
    words = "Functions that the model may call. Each call is shown below its answer, with a field for its result."
    st.text_area("Tools", key="tools", height=76, placeholder=TOOLS_FORM, help=words, persist_state="session")


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
    options = ["", *running.router.accounts, *map(str, prompt_targets(running))]
    if (st.session_state.get("target") or "") not in options:
        options.append(st.session_state["target"])
    st.selectbox(
        "Model",
        options,
        key="target",
        format_func=lambda name: target_name(running, name) if name else "Automatic",
        persist_state="session",
    )


def settings_summary(running: Runtime, asked: Wanted) -> str:
    """The settings that are not as they come, in a line; empty where all are."""
    words = [
        asked.override.lower() if asked.override != TASK_DEFAULT else "",
        f"pinned to {target_name(running, asked.target)}" if asked.target else "",
        "system prompt" if asked.system.strip() else "",
        f"temperature {asked.temperature:g}" if asked.temperature is not None else "",
        f"at most {asked.max_tokens:,} tokens" if asked.max_tokens is not None else "",
        f"seed {asked.seed}" if asked.seed is not None else "",
        "JSON schema" if asked.schema.strip() else "JSON" if asked.as_json else "",
        "tools" if asked.tools.strip() else "",
    ]
    return " · ".join(filter(None, words))


def fill_controls(request: Mapping[str, Any], target: str = "") -> None:
    """Set the controls to an earlier request's values; call it before they are drawn."""
    for name, value in controls_from(request).items():
        st.session_state[name] = value
    if target:
        st.session_state["target"] = target


def show_route(running: Runtime, plan: Sequence[PlannedTarget], *, before: str = "", after: str = "") -> None:
    """Who would be asked next, in a sentence; behind it every model of the plan, and why some are passed over.

    Args:
        before, after: further sentences of the line.
    """
    living = [line for line in plan if line.state is not TargetState.RETIRED]
    retired = [line for line in plan if line not in living]
    steps, gone = ("".join(f"<li>{_step_html(running, line)}</li>" for line in lines) for lines in (living, retired))
    fold = f"<p>Retired, and passed over:</p><ul>{gone}</ul>" if gone else ""
    sentences = filter(None, (escape(before), _next_html(running, plan), escape(after)))
    st.html(f'<details class="route"><summary>{" ".join(sentences)}</summary><ol>{steps}</ol>{fold}</details>')


def _next_html(running: Runtime, plan: Sequence[PlannedTarget]) -> str:
    usable = [line for line in plan if line.kept]
    passed = [line for line in plan if not line.kept and line.state is not TargetState.RETIRED]
    if not usable:
        return f"<b>No model is available.</b> {escape(_back_words(passed))}"
    names = [_name_html(running, line) for line in usable]
    sentence = f"Next: {names[0]}" + (f", then {names[1]}" if len(names) > 1 else "")
    sentence += f" (+{len(names) - 2})" if len(names) > 2 else ""
    # Only who would have come first: that is what somebody wonders about.
    first = [line for line in passed if plan.index(line) < plan.index(usable[0])]
    return f"{sentence}.{_passed_html(running, first[0]) if first else ''}"


def _passed_html(running: Runtime, line: PlannedTarget) -> str:
    """Who would have come first, and until when it is passed over: a moment, which stays true while the page stands."""
    until = f" until {looks.time_of_day(line.until.timestamp())}" if line.until is not None else ""
    return f" {_name_html(running, line)} is passed over: {escape(looks.state_word(line.state))}{until}."


def _back_words(passed: Sequence[PlannedTarget]) -> str:
    """When the first of them is back."""
    moments = [line.until for line in passed if line.until is not None]
    if not moments:
        return "Health says why, and what can be done."
    left = (min(moments) - datetime.now(UTC)).total_seconds()
    return f"A model should be back in {looks.countdown(left)}."


def _step_html(running: Runtime, line: PlannedTarget) -> str:
    if line.kept:
        return _name_html(running, line)
    reason, words = split_reason(line.reason or str(line.state))
    why = f'<span title="{escape(words)}">{escape(reason)}</span>' if words else escape(reason)
    return f'<span class="gone">{_name_html(running, line)}</span> – {why}'


def _name_html(running: Runtime, line: PlannedTarget) -> str:
    table = running.router.table
    name = f'<span title="{escape(str(line.target))}">{escape(table.label(line.target))}</span>'
    return f"{looks.provider_html(line.provider, table)} {name}"
