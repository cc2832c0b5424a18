"""How things are named, coloured and written: the one list of words, colours and figures for all pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from router.report.figures_in_words import THIN as THIN
from router.report.figures_in_words import dollars_text, pace_text, seconds_text
from router.report.figures_in_words import two_digits as two_digits
from router.report.outcome_words import outcome_word
from router.report.palette import DARK as DARK
from router.report.palette import FAILURE as FAILURE
from router.report.palette import LIGHT as LIGHT
from router.table.routes import RoutingTable
from router.types import AnyTask, SpeechTask, TargetState, TaskType

seconds, per_second, dollars = seconds_text, pace_text, dollars_text
"""Figures in words, as the report writes them too."""

GROUNDS = {"light": "#FFFFFF", "dark": "#11141A"}
"""What everything stands on, as `config.toml` has it."""

NAMES = ("orange", "violet", "green", "yellow", "blue")
"""What Streamlit's Markdown, and `config.toml`, call the first providers' colours; it has no names for further ones."""

NOBODYS_PLACE = len(NAMES) - 1
"""The place of the colour of what is no provider of the table, and of plots that are about no provider."""

TASK_ICONS: dict[AnyTask, str] = {
    TaskType.REAL_TIME_CHAT: ":material/chat:",
    TaskType.QUICK_CATEGORIZATION: ":material/label:",
    TaskType.COMPLEX_REASONING: ":material/psychology:",
    TaskType.VISION: ":material/image_search:",
    TaskType.STRUCTURED_OUTPUT: ":material/data_object:",
    TaskType.PROGRAM_GENERATION: ":material/event_note:",
    TaskType.STREAMING_FEEDBACK: ":material/stream:",
    TaskType.VERIFICATION: ":material/fact_check:",
    SpeechTask.TRANSCRIPTION: ":material/mic:",
}

STATE_ICONS = {
    TargetState.SERVING: ":material/check_circle:",
    TargetState.COOLING: ":material/pause_circle:",
    TargetState.HALF_OPEN: ":material/help:",
    TargetState.RETIRED: ":material/history:",
    TargetState.NO_KEY: ":material/key_off:",
    TargetState.NO_ALLOWANCE: ":material/hourglass_empty:",
    TargetState.NOT_FREE: ":material/payments:",
    TargetState.UNFIT: ":material/block:",
    TargetState.LEFT_OUT: ":material/filter_alt:",
}

STATE_WORDS = {TargetState.HALF_OPEN: "ready to retry"}
"""What people read where the field's own word says little; every other state is its own word."""

STATE_COLOURS = {
    TargetState.SERVING: "green",
    TargetState.COOLING: "yellow",
    TargetState.HALF_OPEN: "blue",
    TargetState.NO_ALLOWANCE: "yellow",
}
"""What a state's chip is coloured with, by the name that Markdown has for it; grey where it is none of these."""

CALLABLE = (TargetState.SERVING, TargetState.COOLING, TargetState.HALF_OPEN, TargetState.NO_ALLOWANCE)
"""States of targets that could be called, if not just now: all others would be passed over however long one waits."""

STATUSES = {
    "running": (":material/pending:", "running"),
    "succeeded": (":material/check_circle:", "answered"),
    "failed": (":material/error:", "failed"),
    "cancelled": (":material/stop_circle:", "stopped"),
    "interrupted": (":material/power_off:", "interrupted"),
}
"""How a request ended, by the log's word: an icon and the word for people."""


def status_word(status: str) -> str:
    """How a request or an attempt ended, in the word that every page has for it."""
    return STATUSES[status][1] if status in STATUSES else outcome_word(status)


def status_text(status: str) -> str:
    """How a request ended, as Markdown; failures red, and only failures."""
    text = f"{STATUSES.get(status, ('', ''))[0]} {status_word(status)}".strip()
    return f":red[{text}]" if status == "failed" else text


def ground() -> str:
    """`light` or `dark`, as the operator's browser shows the page."""
    return "dark" if st.context.theme.type == "dark" else "light"


def provider_colour(provider: str, providers: Sequence[str]) -> str:
    """A provider's colour, by its place in the table; at least 4.5 : 1 against the ground."""
    palette = DARK if ground() == "dark" else LIGHT
    return palette[_palette_place(provider, providers)]


def provider_css(provider: str, providers: Sequence[str]) -> str:
    """A provider's colour for HTML: the browser takes the one of the ground that it shows, also when that changes."""
    place = _palette_place(provider, providers)
    return f"light-dark({LIGHT[place]}, {DARK[place]})"


FAILURE_CSS = f"light-dark({FAILURE['light']}, {FAILURE['dark']})"
"""The colour of failures for HTML."""


def _palette_place(provider: str, providers: Sequence[str]) -> int:
    position = list(providers).index(provider) if provider in providers else NOBODYS_PLACE
    return position % len(LIGHT)


def provider_text(provider: str, table: RoutingTable) -> str:
    """A provider's name in its colour, as Markdown."""
    entry = table.providers.get(provider)
    name = plain(entry.label if entry else provider)
    place = _palette_place(provider, list(table.providers))
    return f":{NAMES[place]}[**{name}**]" if place < len(NAMES) else f"**{name}**"


def provider_html(provider: str, table: RoutingTable) -> str:
    """A provider's name in its colour, as HTML."""
    entry = table.providers.get(provider)
    colour = provider_css(provider, list(table.providers))
    return f'<span class="chip" style="color:{colour}">{escape(entry.label if entry else provider)}</span>'


def state_word(state: TargetState) -> str:
    """A state in words."""
    return STATE_WORDS.get(state, str(state))


def state_text(state: TargetState) -> str:
    """A state as a word with its icon, as Markdown."""
    return f"{STATE_ICONS[state]} {state_word(state)}"


def state_chip(state: TargetState) -> str:
    """A state as a coloured chip with its icon and its word, as Markdown."""
    return f":{STATE_COLOURS.get(state, 'gray')}-badge[{state_text(state)}]"


_MARKS = re.compile(r"([\\`*_\[\]<>#|~$:])")
_REPLACED = re.compile(
    r"(?P<name>:[\w+-]+)(?=:)"  # `:free:` would become a picture, also with its colons escaped
    r"|(?P<arrow>(?<!\S)(?:<->|->|<-|--|>=|<=|~=)(?!\S))"  # ` -> ` an arrow
)
_SEAM = ":small[]"
"""Nothing at all, between two texts: Streamlit looks for its pictures and arrows within one."""


def plain(text: str) -> str:
    """Any text as one line of Markdown that shows it as it is, in a label as in a paragraph."""
    words, shown, end = " ".join(text.split()), "", 0
    for match in _REPLACED.finditer(words):
        seam = match.end() if match["name"] else match.end() - 1
        shown += _escaped(words[end:seam]) + _SEAM
        end = seam
    shown += _escaped(words[end:])
    # At a line's beginning these make a list or a heading.
    return re.sub(r"^(\d+)([.)])(?=\s|$)|^([-+=])", lambda mark: rf"{mark[1] or ''}\{mark[2] or mark[3]}", shown)


def _escaped(text: str) -> str:
    return _MARKS.sub(r"\\\1", text)


def plain_piece(text: str) -> str:
    """`plain` for a piece of a line: a blank at either end stays one."""
    shown = plain(text)
    if not shown:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{shown}{' ' if text[-1].isspace() else ''}"


def counted(count: int, noun: str) -> str:
    """`1 week`, `2,000 weeks`; for nouns whose plural is an s."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def zone() -> tzinfo:
    """The operator's time zone; UTC where the browser does not tell."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def clock_time(epoch: float) -> str:
    """A moment in the operator's zone: `24 Nov 2026, 09:31:07`."""
    return datetime.fromtimestamp(epoch, zone()).strftime("%d %b %Y, %H:%M:%S")


def short_time(epoch: float, now: float) -> str:
    """A moment near to now in the operator's zone: the time alone where it is today."""
    moment, today = (datetime.fromtimestamp(value, zone()) for value in (epoch, now))
    return moment.strftime("%H:%M:%S" if moment.date() == today.date() else "%d %b %Y, %H:%M:%S")


def list_time(epoch: float, now: float) -> str:
    """A moment for a list, to the minute in the operator's zone: `05:44`, `yesterday 21:10`, `24 Nov, 09:31`."""
    moment, today = (datetime.fromtimestamp(value, zone()) for value in (epoch, now))
    days = (today.date() - moment.date()).days
    if days in (0, 1):
        return f"{'yesterday ' if days else ''}{moment:%H:%M}"
    return moment.strftime("%d %b, %H:%M" if moment.year == today.year else "%d %b %Y, %H:%M")


def time_of_day(epoch: float) -> str:
    """A moment without its day, in the operator's zone: `22:50:37`."""
    return datetime.fromtimestamp(epoch, zone()).strftime("%H:%M:%S")


def day_words(epoch: float, now: float) -> str:
    """A day over what happened on it, in the operator's zone: `Today`, `Yesterday`, `Tuesday 24 November`."""
    moment, today = (datetime.fromtimestamp(value, zone()) for value in (epoch, now))
    near = {0: "Today", 1: "Yesterday"}.get((today.date() - moment.date()).days)
    year = "" if moment.year == today.year else f" {moment.year}"
    return near or f"{moment:%A} {moment.day} {moment:%B}{year}"


def span(length: float) -> str:
    """A length of time for a glance: `12 s`, `4 min`, `3 h`, `2 d`."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if length >= 2 * size:
            return f"{length / size:.0f}{THIN}{unit}"
    return f"{max(length, 0):.0f}{THIN}s"


def countdown(length: float) -> str:
    """What is left of a time, to the second where it is short: `42 s`, `4 min 05 s`, `3 h 12 min`, `2 d 4 h`."""
    left = max(int(length + 0.999), 0)
    for size, unit, part, smaller in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if left >= size:
            return f"{left // size}{THIN}{unit} {left % size // part:02d}{THIN}{smaller}"
    return f"{left}{THIN}s"


def ago(epoch: float, now: float) -> str:
    """How long ago: `12 s ago`."""
    return f"{span(now - epoch)} ago"


def show_figures_line(items: Sequence[tuple[str, str, str]]) -> None:
    """A quiet line of figures: (name, value, exact value on hover)."""
    cells = "".join(
        f'<div class="figure"><dt>{escape(name)}</dt><dd title="{escape(exact)}">{escape(value)}</dd></div>'
        for name, value, exact in items
    )
    st.html(f'<dl class="figures">{cells}</dl>')


def show_facts(items: Sequence[tuple[str, str, str]]) -> None:
    """Figures in one line of text: (name, value, exact value on hover); an empty name lets the value speak alone."""
    st.html(f'<p class="facts">{" ".join(_fact_html(*item) for item in items)}</p>')


def _fact_html(name: str, value: str, exact: str) -> str:
    words = f"{escape(name)} " if name else ""
    hover = f' title="{escape(exact)}"' if exact else ""
    return f"<span{hover}>{words}<b>{escape(value)}</b></span>"


_ASSETS = Path(__file__).with_name("assets")
_RULES = "".join((_ASSETS / name).read_text(encoding="utf-8") for name in ("console.css", "operate.css"))


def _hovered_rule(colour: str) -> str:
    """Under the pointer Streamlit takes all colours off a button's words; a provider keeps its own in rows of many."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return (
        ":is(.st-key-history-list, .st-key-health-grid) button:is(:hover, :focus-visible):not(:disabled) "
        f'.stMarkdownColoredText[style*="rgb({red}, {green}, {blue})"] {{ color: {colour} !important; }}\n'
    )


_RULES += "".join(map(_hovered_rule, (*LIGHT[: len(NAMES)], *DARK[: len(NAMES)])))

STYLE = f"<style>{_RULES}</style>"
"""The few rules that Streamlit's theme has no setting for."""
