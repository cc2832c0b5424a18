"""The two lanes of a comparison: who they are, what they would use of the free quota, and how they are drawn."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.answer.answers import copy_html, show_answer
from pages.components.answer.trace import TraceLine, length_of, show_trace
from pages.components.compare.lane_times import bars_html, time_of, verdict_words
from pages.components.console import looks
from pages.components.console.announcements import announce_end, note_awaited
from pages.components.console.runtime import Runtime
from pages.components.console.targets import prompt_targets, target_name
from pages.components.prompt.requests import Wanted, kept_lines
from pages.components.run.keep_case import offer_case
from pages.components.run.run_records import RunRecord, find_run
from pages.components.run.run_view import (
    TICK,
    RunPanel,
    follow_panels,
    make_lane_places,
    panel_or_stored,
    stop_run,
    trace_of_record,
)
from router.comparison.trials import Lane
from router.types import Completion, Target

SIDES = ("left", "right")

BLIND_NAMES = {"left": "Answer A", "right": "Answer B"}
"""What the sides are called while nobody may know whose they are."""

_LANE_NAMES = {"left": "Left model", "right": "Right model"}
_BLIND_LANE_NAMES = {"left": "First model", "right": "Second model"}

ANSWERED = looks.status_word("succeeded")
"""What a trace says of a call that answered."""

_STOP_WIDTH = 96  # pixels: the button with its word


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
    """`Left model`, and where a provider is chosen with the model that it would answer with now.

    With names hidden they are the first and the second: the sides are shuffled, and no label may tell of a side.
    """
    return [_lane_label(running, side, asked, name=str(st.session_state[f"{prefix}{side}_lane"])) for side in SIDES]


def _lane_label(running: Runtime, side: str, asked: Callable[[], Wanted], *, name: str) -> str:
    names = _BLIND_LANE_NAMES if names_are_hidden() else _LANE_NAMES
    label, table = names[side], running.router.table
    if name not in table.providers:
        return label
    try:
        target = _target_of(running, replace(asked(), target=name))
    except ValueError:
        return label  # what is wrong with it is said where it would be sent
    return f"{label}: {looks.plain(table.label(target))}"


def names_are_hidden() -> bool:
    """Whether the next comparison hides who answers, or the one that is shown does."""
    return bool(st.session_state.get("blind")) or "blind" in st.query_params


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


def show_lanes(running: Runtime, ids: Sequence[str], beside: Callable[[], None]) -> None:
    """Both lanes side by side, growing at the same time.

    Args:
        beside: called with every look, for what grows above them.
    """
    columns = st.columns(2, gap="medium")
    panels: list[RunPanel] = []
    traces: list[DeltaGenerator] = []
    stops: dict[str, Any] = {}
    for side, column, run_id in zip(SIDES, columns, ids, strict=True):
        with column, st.container(gap="xsmall"):
            record = find_run(running, run_id)
            stops[run_id] = _show_heading(running, record, side)
            places = make_lane_places(f"lane_{side}")
            traces.append(places.trace)
            target = record.target if record is not None else None
            panel = panel_or_stored(running, record, places, titled=target)
            panels += [] if panel is None else [panel]

    def draw_beside() -> None:
        _clear_stops(panels, stops)
        beside()

    if panels:
        follow_panels(panels, draw_beside)
    _draw_feet(running, ids, traces)


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
    st.caption("The sides are shuffled. Who answered, and how fast, is shown after your vote.")
    for side, column, completion in zip(SIDES, st.columns(2, gap="medium"), completions, strict=True):
        with column:
            st.header(BLIND_NAMES[side], anchor=False)
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


def _draw_feet(running: Runtime, ids: Sequence[str], feet: Sequence[DeltaGenerator]) -> None:
    """Both traces again, and what can be done with each answer.

    On one scale: a bar of half the length is half the time, in whichever lane. Where each lane made one call, and it
    answered, the bars above tell all of it.
    """
    records = [find_run(running, run_id) for run_id in ids]
    lines = [trace_of_record(record) if record is not None else [] for record in records]
    whole = max(map(length_of, lines))
    is_told = all(map(_is_plain, lines))
    for side, record, lane, foot in zip(SIDES, records, lines, feet, strict=True):
        with foot.container(gap="xsmall"):
            if lane and not is_told:
                show_trace(lane, running.router.table, whole_ms=whole)
            if record is not None:
                _offer_actions(running, record, side)


def _offer_actions(running: Runtime, record: RunRecord, side: str) -> None:
    if record.text:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"actions_{side}"):
            st.html(f'<div class="actions">{copy_html(record.id)}</div>', width="content")
            offer_case(running, record)


def _is_plain(lines: Sequence[TraceLine]) -> bool:
    """Whether a trace is one call that answered."""
    return len(lines) == 1 and lines[0].what == ANSWERED and lines[0].latency_ms is not None


def _clear_stops(panels: Sequence[RunPanel], stops: dict[str, Any]) -> None:
    for panel in panels:
        if panel.live.done.is_set() and (place := stops.pop(panel.live.id, None)) is not None:
            place.empty()


def _show_heading(running: Runtime, record: RunRecord | None, side: str) -> DeltaGenerator:
    """A lane's model, as its heading; gives the place of Stop beside it, whose room stays."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"head_{side}"):
        st.header(_heading_words(running, record), anchor=False)
        with st.container(width=_STOP_WIDTH, key=f"stop_room_{side}"):
            stop = st.empty()
    if record is not None and record.going:
        stop.button("Stop", on_click=stop_run, args=(running, record.id), key=f"stop_{side}", icon=":material/stop:")
    return stop


def _heading_words(running: Runtime, record: RunRecord | None) -> str:
    target = record.target if record is not None else None
    if target is None:
        return "Unknown model"
    table = running.router.table
    return f"{looks.provider_text(target.provider, table)} {looks.plain(table.label(target))}"


def completions_of(running: Runtime, ids: Sequence[str]) -> list[Completion]:
    """The lanes' answers that this process still has; two once both are there."""
    records = [find_run(running, run_id) for run_id in ids]
    return [record.completion for record in records if record is not None and record.completion is not None]


def show_compared(running: Runtime, ids: tuple[str, str]) -> None:
    """Both lanes, and above them, in room that is kept for it, which was faster and how long each took."""
    with st.container(key="faster", gap="xsmall"):
        with st.container(key="faster-words"):
            words = st.empty()
        bars = st.empty()
    times = TimesView(running, ids, words, bars)
    times.draw()
    show_lanes(running, ids, times.draw)
    times.draw()


class TimesView:
    """Who was faster, and both bars of time, as they are now.

    Args:
        words, bars: where they are drawn.
    """

    def __init__(self, running: Runtime, ids: Sequence[str], words: DeltaGenerator, bars: DeltaGenerator) -> None:
        self._running = running
        self._ids = ids
        self._places = (words, bars)
        self._drawn = ("", "")

    def draw(self) -> None:
        """Bring them up to date; what has not changed is not sent again."""
        table = self._running.router.table
        times = [time_of(find_run(self._running, run_id)) for run_id in self._ids]
        now = (verdict_words(table, times), bars_html(table, times))
        (words, bars), (old_words, old_bars) = self._places, self._drawn
        if now[0] != old_words:
            words.markdown(f"**{looks.plain(now[0])}**")
        if now[1] != old_bars:
            bars.html(now[1])
        self._drawn = now
