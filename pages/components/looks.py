"""How things are named, coloured and written: the one list of words, colours and figures for all pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from html import escape
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from router.types import TargetState, TaskType

THIN = "\u2009"
"""A thin space, between a figure and its unit."""

_LIGHT = ("#B93D08", "#4338CA", "#0F766E", "#A21CAF", "#4D7C0F", "#0369A1")
_DARK = ("#FDBA74", "#A5B4FC", "#5EEAD4", "#F0ABFC", "#BEF264", "#7DD3FC")
FAILURE = {"light": "#C81E1E", "dark": "#FCA5A5"}
"""Red, for failures alone."""

TASK_ICONS = {
    TaskType.REAL_TIME_CHAT: ":material/chat:",
    TaskType.QUICK_CATEGORIZATION: ":material/label:",
    TaskType.COMPLEX_REASONING: ":material/psychology:",
    TaskType.VISION: ":material/image_search:",
    TaskType.STRUCTURED_OUTPUT: ":material/data_object:",
    TaskType.PROGRAM_GENERATION: ":material/event_note:",
    TaskType.STREAMING_FEEDBACK: ":material/stream:",
    TaskType.VERIFICATION: ":material/fact_check:",
}

STATE_ICONS = {
    TargetState.SERVING: ":material/check_circle:",
    TargetState.HELD: ":material/pause_circle:",
    TargetState.HALF_OPEN: ":material/help:",
    TargetState.RETIRED: ":material/history:",
    TargetState.NO_KEY: ":material/key_off:",
    TargetState.NO_ALLOWANCE: ":material/hourglass_empty:",
    TargetState.NOT_FREE: ":material/payments:",
    TargetState.UNFIT: ":material/block:",
    TargetState.LEFT_OUT: ":material/filter_alt:",
    TargetState.FAILED: ":material/error:",
}


def ground() -> str:
    """`light` or `dark`, as the operator's browser shows the page."""
    return "dark" if st.context.theme.type == "dark" else "light"


def provider_colour(provider: str, providers: Sequence[str]) -> str:
    """A provider's colour, by its place in the table; at least 4.5 : 1 against the ground."""
    palette = _DARK if ground() == "dark" else _LIGHT
    position = list(providers).index(provider) if provider in providers else len(palette) - 1
    return palette[position % len(palette)]


def two_digits(value: float) -> str:
    """A figure for a glance: two significant digits, and no more than are needed from 100 on."""
    if value == 0:
        return "0"
    if abs(value) >= 10:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 1 else f"{value:.1f}"


def seconds(milliseconds: float | None) -> str:
    """Milliseconds as seconds for a glance: `0.42 s`; a dash for None."""
    return "–" if milliseconds is None else f"{two_digits(milliseconds / 1000)}{THIN}s"


def per_second(tokens: float | None) -> str:
    """Tokens per second for a glance: `187 tok/s`."""
    return "–" if tokens is None else f"{tokens:,.0f}{THIN}tok/s"


def zone() -> tzinfo:
    """The operator's time zone; UTC where the browser does not tell."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def clock_time(epoch: float) -> str:
    """A moment in the operator's zone: `24 Nov 2026, 09:31:07`."""
    return datetime.fromtimestamp(epoch, zone()).strftime("%d %b %Y, %H:%M:%S")


def span(length: float) -> str:
    """A length of time for a glance: `12 s`, `4 min`, `3 h`, `2 d`."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if length >= 2 * size:
            return f"{length / size:.0f}{THIN}{unit}"
    return f"{max(length, 0):.0f}{THIN}s"


def ago(epoch: float, now: float) -> str:
    """How long ago: `12 s ago`."""
    return f"{span(now - epoch)} ago"


def figures(items: Sequence[tuple[str, str, str]]) -> None:
    """A quiet line of figures: (name, value, exact value on hover)."""
    cells = "".join(
        f'<div class="figure"><dt>{escape(name)}</dt><dd title="{escape(exact)}">{escape(value)}</dd></div>'
        for name, value, exact in items
    )
    st.html(f'<dl class="figures">{cells}</dl>')


STYLE = """
<style>
.figures { display: flex; flex-wrap: wrap; gap: .25rem 1.75rem; margin: 0; }
.figure dt { font-size: .75rem; opacity: .7; }
.figure dd { margin: 0; font-size: 1.05rem; font-variant-numeric: tabular-nums; font-weight: 600; }
.trace { width: 100%; border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
.trace td { padding: .3rem .5rem .3rem 0; vertical-align: top; border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent); }
.trace .what { white-space: nowrap; font-weight: 600; }
.trace .why { opacity: .8; overflow-wrap: anywhere; }
.trace .bar { min-width: 5rem; width: 30%; }
.trace .bar i { display: block; height: .55rem; margin-top: .35rem; border-radius: 2px; }
.band { padding: .3rem .75rem; border-radius: .4rem; font-size: .875rem; border: 1px solid color-mix(in srgb, currentColor 25%, transparent);
  background: repeating-linear-gradient(135deg, color-mix(in srgb, currentColor 7%, transparent) 0 6px, transparent 6px 14px); }
.chip { font-weight: 600; }
.route { font-size: .875rem; opacity: .9; line-height: 1.7; }
.route .gone { text-decoration: line-through; opacity: .65; }
.grid { width: 100%; border-collapse: collapse; font-size: .875rem; }
.grid th, .grid td { text-align: left; vertical-align: top; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent); }
.grid small { opacity: .75; overflow-wrap: anywhere; }
@media (max-width: 640px) {
  .trace .bar { display: none; }
  .grid tr { display: grid; grid-template-columns: 1fr; padding: .4rem 0; }
  .grid th, .grid td { border: 0; padding: .1rem 0; }
  .grid thead { display: none; }
  .grid td::before { content: attr(data-label) " "; opacity: .75; }
}
</style>
"""  # noqa: E501 – a rule a line
"""The few rules that Streamlit's theme has no setting for."""
