"""The two lanes of a comparison: who they are, what they would use of the free quota, and how they are drawn."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.console import looks
from pages.components.console.announcements import announce_end, note_awaited
from pages.components.console.runtime import Runtime
from pages.components.prompt.answers import show_answer
from pages.components.prompt.controls import prompt_targets, target_name
from pages.components.prompt.requests import Wanted, kept_lines
from pages.components.prompt.run_records import RunRecord, find_run
from pages.components.prompt.run_view import (
    TICK,
    RunPanel,
    follow_panels,
    make_lane_places,
    panel_or_stored,
    stop_run,
    trace_of_record,
)
from pages.components.prompt.trace import length_of, show_trace
from router.comparison.trials import Lane
from router.types import Completion, Target

SIDES = ("left", "right")


def choose_lanes(
    running: Runtime,
    asked: Callable[[], Wanted],
    *,
    prefix: str = "",
    only: Callable[[Target], bool] = lambda target: True,
) -> tuple[str, str]:
    """Two targets, or providers that answer with what they have for the task; the task's two to begin with.

    Args:
        asked: what would be sent: the model that a provider would answer it with stands above its name.
        prefix: goes before the controls' keys.
        only: whether a target is offered.
    """
    keys = [f"{prefix}{side}_lane" for side in SIDES]
    options = [*running.router.accounts, *map(str, filter(only, prompt_targets(running)))]
    # With one provider its models begin: itself and its first model would be one model compared with itself.
    first = 0 if len(running.router.accounts) > 1 else 1
    for place, key in enumerate(keys, start=first):
        if st.session_state.get(key) not in options:
            st.session_state[key] = options[min(place, len(options) - 1)]
    labels = st.session_state[f"{prefix}lane_labels"] = lane_labels(running, asked, prefix=prefix)
    for key, label, column in zip(keys, labels, st.columns(2, gap="medium"), strict=True):
        column.selectbox(
            label,
            options,
            key=key,
            format_func=lambda name: _option_name(running, name),
            persist_state="session",
        )
    return st.session_state[keys[0]], st.session_state[keys[1]]


def _option_name(running: Runtime, name: str) -> str:
    """`Groq Qwen3.8-27b`, or for a provider that it answers with what it has for the task.

    Not with which model that is: a browser goes on showing the name under which an option was chosen.
    """
    words = target_name(running, name)
    return f"{words}: task default" if name in running.router.table.providers else words


def lane_labels(running: Runtime, asked: Callable[[], Wanted], *, prefix: str = "") -> list[str]:
    """`Left model`, and where a provider is chosen with the model that it would answer with now."""
    return [_lane_label(running, side, asked, name=str(st.session_state[f"{prefix}{side}_lane"])) for side in SIDES]


def _lane_label(running: Runtime, side: str, asked: Callable[[], Wanted], *, name: str) -> str:
    label, table = f"{side.capitalize()} model", running.router.table
    if name not in table.providers:
        return label
    try:
        target = _target_of(running, replace(asked(), target=name))
    except ValueError:
        return label  # what is wrong with it is said where it would be sent
    return f"{label}: {looks.plain(table.label(target))}"


def draw_again_if_moved(running: Runtime, asked: Callable[[], Wanted], *, prefix: str = "") -> None:
    """Run the page once more where an answer that has ended changed who is next: the names were drawn before it."""
    if st.session_state.get(f"{prefix}lane_labels") != lane_labels(running, asked, prefix=prefix):
        st.rerun()


def bring_lanes_back(records: Sequence[RunRecord | None], *, prefix: str = "") -> None:
    """Set the two lanes to those of earlier runs; `choose_lanes` replaces what is not offered any more."""
    for side, record in zip(SIDES, records, strict=False):
        if record is not None and record.target is not None and len(records) == len(SIDES):
            st.session_state[f"{prefix}{side}_lane"] = str(record.target)


def lanes_of(running: Runtime, asked: Wanted, names: Sequence[str], *, fallback: bool) -> list[Lane]:
    """The lanes for a prompt: for a provider the target that it would be answered by now.

    Raises:
        ValueError: a provider has no model for the task; the settings are wrong.
    """
    targets = tuple(line.target for line in kept_lines(asked.plan(running.router))) if fallback else ()
    return [Lane(_target_of(running, replace(asked, target=name)), targets) for name in names]


def _target_of(running: Runtime, asked: Wanted) -> Target:
    plan = asked.plan(running.router)
    return next((line.target for line in plan if line.kept), plan[0].target)


def start_lanes(running: Runtime, asked: Wanted, names: Sequence[str], *, fallback: bool, blind: bool) -> None:
    """Start both lanes at once, and put their ids into the address.

    Raises:
        ValueError: something is missing or wrong; says what.
    """
    lanes = lanes_of(running, asked, names, fallback=fallback)
    if blind:
        random.shuffle(lanes)
    request = replace(asked, target="").request(running.router, purpose="compare")
    address = {
        side: running.portal.start(**request | lane.options()).id for side, lane in zip(SIDES, lanes, strict=True)
    }
    # At once: each change of the address is a step in the browser's history.
    st.query_params.from_dict(address | ({"blind": "1"} if blind else {}))


def current_lanes() -> tuple[str, str] | None:
    """The ids of the two runs that the address names."""
    left, right = (st.query_params.get(side, "") for side in SIDES)
    return (left, right) if left and right else None


def show_lanes(running: Runtime, ids: Sequence[str]) -> None:
    """Both lanes side by side, growing at the same time."""
    columns = st.columns(2, gap="medium")
    panels: list[RunPanel] = []
    traces: list[DeltaGenerator] = []
    stops: dict[str, Any] = {}
    for side, column, run_id in zip(SIDES, columns, ids, strict=True):
        with column:
            record = find_run(running, run_id)
            _show_heading(running, record)
            stops[run_id] = st.empty()
            places = make_lane_places(f"lane_{side}")
            traces.append(places.trace)
            if record is not None and record.going:
                stops[run_id].button(
                    f"Stop {side}",
                    on_click=stop_run,
                    args=(running, run_id),
                    key=f"stop_{side}",
                    icon=":material/stop:",
                )
            target = record.target if record is not None else None
            panel = panel_or_stored(running, record, places, titled=target)
            panels += [] if panel is None else [panel]
    if panels:
        follow_panels(panels, lambda: _clear_stops(panels, stops))
    _draw_on_one_scale(running, ids, traces)


def show_blind_lanes(running: Runtime, ids: Sequence[str]) -> bool:
    """Both answers and nothing else, once both are there; gives whether there is anything to vote on.

    Not earlier: who is the first to answer, and how it flows, would tell who it is.
    """
    place = st.empty()
    records = [find_run(running, run_id) for run_id in ids]
    _wait_behind_curtain(running, [record for record in records if record is not None and record.going], place)
    place.empty()
    completions = completions_of(running, ids)
    if len(completions) < len(ids):
        return False
    announce_end(ids[0], "succeeded")
    for side, column, completion in zip(SIDES, st.columns(2, gap="medium"), completions, strict=True):
        with column:
            st.header(side.capitalize(), anchor=False)
            with st.container(key=f"lane_{side}"):
                show_answer(completion.text, as_json=completion.parsed is not None)
    return True


def _wait_behind_curtain(running: Runtime, records: Sequence[RunRecord], place: DeltaGenerator) -> None:
    """Say that both are awaited, and no more, until they have ended."""
    if not records:
        return
    began = time.monotonic()
    with place.container():
        words = st.empty()
        st.html('<div class="pending" aria-hidden="true"><i></i><i></i><i></i></div>')
        st.button("Stop both", on_click=_stop_all, args=(running, records), key="stop_both", icon=":material/stop:")
    for record in records:
        assert record.live is not None, "only what is in memory goes on"
        note_awaited(record.id)
        while not record.live.done.wait(TICK):
            # Only where something is drawn can the page be left or Stop be heard.
            words.caption(f"Both are answering · {time.monotonic() - began:.0f}{looks.THIN}s")


def _stop_all(running: Runtime, records: Sequence[RunRecord]) -> None:
    for record in records:
        stop_run(running, record.id)


def _draw_on_one_scale(running: Runtime, ids: Sequence[str], traces: Sequence[DeltaGenerator]) -> None:
    """Both traces again: a bar of half the length is half the time, in whichever lane."""
    lines = [trace_of_record(record) if (record := find_run(running, run_id)) else [] for run_id in ids]
    whole = max(map(length_of, lines))
    for place, lane in zip(traces, lines, strict=True):
        if lane:
            with place.container():
                show_trace(lane, running.router.table, whole_ms=whole)


def _clear_stops(panels: Sequence[RunPanel], stops: dict[str, Any]) -> None:
    for panel in panels:
        if panel.live.done.is_set() and (place := stops.pop(panel.live.id, None)) is not None:
            place.empty()


def _show_heading(running: Runtime, record: RunRecord | None) -> None:
    """A lane's model, as its heading."""
    target = record.target if record is not None else None
    if target is None:
        st.header("Unknown model", anchor=False)
        return
    table = running.router.table
    st.header(f"{looks.provider_text(target.provider, table)} {looks.plain(table.label(target))}", anchor=False)


def completions_of(running: Runtime, ids: Sequence[str]) -> list[Completion]:
    """The lanes' answers that this process still has; two once both are there."""
    records = [find_run(running, run_id) for run_id in ids]
    return [record.completion for record in records if record is not None and record.completion is not None]


def show_compared(running: Runtime, ids: tuple[str, str]) -> None:
    """Both lanes, and above them, in room that is kept for it, which of them was faster."""
    with st.container(key="faster"):
        place = st.empty()
    with place:
        show_faster(running, ids)
    show_lanes(running, ids)
    with place:
        show_faster(running, ids)


def show_faster(running: Runtime, ids: Sequence[str]) -> None:
    """Which lane was faster, by the router's own figures, once both have answered."""
    completions = completions_of(running, ids)
    if len(completions) < len(SIDES):
        return
    names = _short_names(running, completions)
    first, total = ([getattr(one, name) for one in completions] for name in ("ttft_ms", "latency_ms"))
    st.markdown(f"**{looks.plain(faster_words(names, first, total))}**")


def _short_names(running: Runtime, completions: Sequence[Completion]) -> list[str]:
    """What tells two answers apart: their providers, or their models where one provider gave both."""
    table = running.router.table
    providers = [table.providers[completion.provider].label for completion in completions]
    if len(set(providers)) == len(providers):
        return providers
    labels = [table.label(Target(completion.provider, completion.requested_model)) for completion in completions]
    return labels if len(set(labels)) == len(labels) else ["The left one", "The right one"]


def faster_words(names: Sequence[str], first_ms: Sequence[float | None], total_ms: Sequence[float | None]) -> str:
    """`Groq was 6.7× faster to the first token and 2.1× faster to the whole answer.`; nothing of times not known.

    Args:
        first_ms, total_ms: milliseconds, in the order of the names.
    """
    goals = (("the first token", first_ms), ("the whole answer", total_ms))
    leads = [(goal, *_lead_of(names, times)) for goal, times in goals if all(times)]
    if len(leads) == len(goals) and leads[0][1] == leads[1][1]:
        (first, name, factor), (second, _, last) = leads
        if not name:
            return f"Both were as fast to {first} and to {second}."
        return f"{name} was {factor} faster to {first} and {last} faster to {second}."
    return " ".join(
        f"{name} was {factor} faster to {goal}." if name else f"Both were as fast to {goal}."
        for goal, name, factor in leads
    )


def _lead_of(names: Sequence[str], times: Sequence[float | None]) -> tuple[str, str]:
    """Who was faster, and how much, as in `6.7×`; no name where both were as fast."""
    left, right = (time or 1.0 for time in times)
    name, factor = (names[0], right / left) if left < right else (names[1], left / right)
    return ("", "") if factor < 1.05 else (name, f"{looks.two_digits(factor)}×")
