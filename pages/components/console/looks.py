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

OUTCOME_WORDS = {
    "rate_limited": "out of free quota",
    "free_minute_used_up": "out of free quota",
    "free_day_used_up": "out of free quota",
    "no_allowance": "no free quota",
    "no_first_token": "too slow",
    "timed_out": "too slow",
    "gone": "retired",
    "cut": "broke off",
}
"""How an attempt ended, where people have another word than the log; what exactly happened stands beside it."""


def status_word(status: str) -> str:
    """How a request or an attempt ended, in the word that every page has for it."""
    return STATUSES[status][1] if status in STATUSES else OUTCOME_WORDS.get(status, status.replace("_", " "))


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


def plain_lines(text: str) -> str:
    """`plain` with the text's own lines."""
    return "  \n".join(plain(line) for line in text.splitlines() if line.strip())


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
    """A moment for a list, in the operator's zone: the time where it is today, the day and the minute else."""
    moment, today = (datetime.fromtimestamp(value, zone()) for value in (epoch, now))
    return moment.strftime("%H:%M:%S" if moment.date() == today.date() else "%d %b, %H:%M")


def dated_time(epoch: float, now: float) -> str:
    """A moment for a log, in the operator's zone, always with its day: `27 Nov, 22:50:37`; with a year if another."""
    moment, today = (datetime.fromtimestamp(value, zone()) for value in (epoch, now))
    return moment.strftime("%d %b, %H:%M:%S" if moment.year == today.year else "%d %b %Y, %H:%M")


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
    st.html(f'<p class="facts">{" · ".join(_fact_html(*item) for item in items)}</p>')


def _fact_html(name: str, value: str, exact: str) -> str:
    words = f"{escape(name)} " if name else ""
    return f'<span title="{escape(exact)}">{words}<b>{escape(value)}</b></span>'


_OPERATE = Path(__file__).with_name("assets") / "operate.css"
_STYLE = """
.figures { display: flex; flex-wrap: wrap; gap: .25rem 1.75rem; margin: 0 !important; padding: 0 !important; }
.answer { overflow-wrap: anywhere; line-height: 1.6; max-width: 54rem; }
.question { font-size: .875rem; padding: .45rem .75rem; border-radius: .4rem; background: color-mix(in srgb, currentColor 6%, transparent); }
.question ul { margin: .2rem 0 0 1.2rem; padding: 0; font-size: inherit; overflow-wrap: anywhere; }
.question p { margin: .1rem 0 0; font-size: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 4.6em; overflow-y: auto; }
.answer > :first-child { margin-top: 0; }
.answer > :last-child { margin-bottom: 0; }
.answer p, .answer ul, .answer ol, .answer blockquote, .answer pre, .answer table { margin: 0 0 .75rem; }
.answer li > ul, .answer li > ol { margin: .15rem 0; }
.answer li > p { margin-bottom: .35rem; }
.answer h1, .answer h2, .answer h3, .answer h4, .answer h5, .answer h6 { padding: 0; margin: .75rem 0 .4rem; line-height: 1.3; font-weight: 600; }
.answer h1 { font-size: 1.4rem; } .answer h2 { font-size: 1.25rem; } .answer h3 { font-size: 1.125rem; }
.answer h4, .answer h5, .answer h6 { font-size: 1rem; }
.answer table { border-collapse: collapse; display: block; overflow-x: auto; font-size: .9375rem; font-variant-numeric: tabular-nums; }
.answer th, .answer td { text-align: start; vertical-align: top; padding: .35rem .75rem; border: 1px solid color-mix(in srgb, currentColor 18%, transparent); overflow-wrap: normal; }
.answer th { font-weight: 600; }
.answer code { font-family: "Source Code Pro", monospace; font-size: .875em; padding: .1em .3em; border-radius: .25rem; background: color-mix(in srgb, currentColor 9%, transparent); }
.answer pre { padding: .75rem 1rem; border-radius: .4rem; overflow-x: auto; background: color-mix(in srgb, currentColor 6%, transparent); }
pre.part { padding: 0 1rem; margin: 0; font-size: .875rem; white-space: pre-wrap; overflow-wrap: anywhere; background: color-mix(in srgb, currentColor 6%, transparent); }
.answer pre code { padding: 0; background: none; white-space: pre-wrap; }
.answer blockquote { padding-inline-start: .9rem; border-inline-start: 3px solid color-mix(in srgb, currentColor 25%, transparent); opacity: .9; }
.answer hr { margin: 1rem 0; border: 0; border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
.routes td { white-space: nowrap; }
.st-key-chain [data-testid="stHorizontalBlock"] { border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); gap: .25rem; flex-wrap: nowrap; }
.st-key-chain [data-testid="stColumn"] { min-width: 0; }
.st-key-chain button [data-testid="stMarkdownContainer"] { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.st-key-stage-now { position: sticky; top: 3.6rem; z-index: 50; padding: .4rem 0; }
.st-key-stage-now p { font-size: 1.05rem; }
.st-key-stage-troubles button { padding-left: .5rem; padding-right: .5rem; }
.st-key-stage-troubles button p { font-size: 1rem; }
[class*="st-key-side-"] [data-testid="stMarkdownContainer"] p { font-size: 1.1rem; }
.band a { color: inherit; }
.links a { color: inherit; margin-left: .5rem; }
.figure dt { font-size: .75rem; opacity: .7; }
.figure dd { margin: 0; font-size: 1.05rem; font-variant-numeric: tabular-nums; font-weight: 600; }
.facts { margin: 0; font-size: .875rem; font-variant-numeric: tabular-nums; }
.facts span { white-space: nowrap; }
.facts b { font-weight: 600; }
.trace { width: 100%; border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
.trace td { padding: .2rem .75rem .2rem 0; vertical-align: top; border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
.trace .what { font-weight: 600; width: 8rem; }
.trace .who { width: 18rem; }
.trace .why { overflow-wrap: anywhere; }
.trace .why details { display: inline; }
.trace .why details[open] { display: block; white-space: pre-wrap; }
.trace .time { white-space: nowrap; text-align: end; width: 4rem; }
.trace .bar { width: 9rem; padding-right: 0; }
.trace .bar i { display: block; height: .5rem; margin-top: .35rem; border-radius: 2px; }
.trace-room { container-type: inline-size; }
[data-testid="stPopoverBody"]:has(.st-key-saved) { width: min(32rem, 92vw); max-width: none; }
[data-testid="stPopoverBody"]:has(.st-key-settings) { width: min(46rem, 92vw); max-width: none; }
[data-testid="stCaptionContainer"] { color: inherit; opacity: .82; }
[data-testid="stCaptionContainer"] p, [data-testid="stCaptionContainer"] code { color: inherit; }
button[data-selected="true"], button[data-selected="true"] p { color: inherit !important; }
button kbd { color: inherit !important; opacity: 1 !important; }
summary { cursor: pointer; }
.trace .trace { margin: .2rem 0; }
.fold { font-size: .85rem; margin-top: .2rem; }
.fold ul { margin: .2rem 0 0 1.1rem; padding: 0; font-size: inherit; }
.trace .why summary, .fold summary, .route summary { width: fit-content; }
.trace .why summary { display: inline; text-decoration: underline; text-underline-offset: .15em; }
.actions { display: flex; gap: .5rem; }
.actions button, .actions a { font: inherit; font-size: .9375rem; color: inherit; background: none; cursor: pointer; padding: .35rem .75rem; border-radius: .4rem; text-decoration: none; border: 1px solid color-mix(in srgb, currentColor 22%, transparent); }
.actions button:hover, .actions a:hover { border-color: currentColor; }
.actions button:focus-visible, .actions a:focus-visible { outline: 2px solid currentColor; outline-offset: 1px; }
/* Streamlit shows a text's Copy on hover alone, and hidden it takes no focus: a keyboard never came to it. */
[data-testid="stCode"] > div:has([data-testid="stElementToolbarButton"]) { visibility: visible; }
[data-testid="stCode"]:focus-within > div:has([data-testid="stElementToolbarButton"]) { opacity: 1; pointer-events: auto; }
[data-testid="stElementToolbar"]:focus-within { opacity: 1; }
/* Dialogs stand outside the app, which says its ground; without it light-dark() takes the light colour on a dark one. */
[role="dialog"], [data-st-overlay-root] { color-scheme: light dark; }
/* Streamlit's own colours of code, and of a button under the pointer or the focus, are too faint on these grounds. */
[data-testid="stCode"] code .token:is(.comment, .prolog, .doctype, .cdata, .punctuation, .unchanged) { color: light-dark(#4B5563, #A3ADBD); }
[data-testid="stCode"] code .token:is(.attr-name, .property, .variable, .keyword, .tag, .function, .class-name, .selector) { color: light-dark(#0369A1, #7DD3FC); }
[data-testid="stCode"] code .token:is(.boolean, .constant, .symbol, .number, .regex, .string, .char, .attr-value, .inserted) { color: light-dark(#0F766E, #5EEAD4); }
[data-testid="stCode"] code .token:is(.operator, .entity, .decorator, .atrule) { color: light-dark(#B93D08, #FDBA74); }
[data-testid="stCode"] code .token.url { color: light-dark(#4338CA, #A5B4FC); }
[data-testid="stCode"] code .token:is(.important, .deleted) { color: light-dark(#C81E1E, #FCA5A5); }
button[kind="tertiary"]:is(:hover, :focus-visible, :active, [aria-expanded="true"]):enabled { color: light-dark(#3730A3, #A5B4FC); }
.pending i { display: block; height: .8rem; margin: .45rem 0; border-radius: .3rem; background: color-mix(in srgb, currentColor 13%, transparent); animation: pending 1.4s ease-in-out infinite; }
.pending i:nth-child(2) { width: 92%; } .pending i:nth-child(3) { width: 64%; }
@keyframes pending { 50% { opacity: .45; } }
@media (prefers-reduced-motion: reduce) { .pending i { animation: none; } }
.thinking { border-inline-start: 3px solid color-mix(in srgb, currentColor 25%, transparent); padding-inline-start: .75rem; font-size: .875rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.thinking b { display: block; }
.band { padding: .3rem .75rem; border-radius: .4rem; font-size: .875rem; border: 1px solid color-mix(in srgb, currentColor 25%, transparent);
  background: repeating-linear-gradient(135deg, color-mix(in srgb, currentColor 7%, transparent) 0 6px, transparent 6px 14px); }
.chip { font-weight: 600; }
.route { font-size: .875rem; }
.route ol { margin: .3rem 0 0 1.3rem; padding: 0; font-size: inherit; line-height: 1.6; }
.route .gone { text-decoration: line-through; }
.grid { width: 100%; border-collapse: collapse; font-size: .875rem; }
.grid th, .grid td { text-align: left; vertical-align: top; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent); }
.grid small { opacity: .75; overflow-wrap: anywhere; }
.trials > details { border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent); padding: .3rem 0; }
.trials summary { display: grid; grid-template-columns: 2rem 1fr 1.5fr 1.5fr; gap: .75rem; font-size: .875rem; }
.trials summary > span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.trials summary::marker { content: ""; }
.trials details[open] .begins { visibility: hidden; }
.trials .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem; font-size: .875rem; padding: .5rem 0 .75rem 2.75rem; }
.trials .expected { font-size: .875rem; margin: .5rem 0 0; padding-left: 2.75rem; }
.trials .pair > div, .differing .pair > div { min-width: 0; overflow-wrap: anywhere; }
.differing > details { border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent); padding: .3rem 0; }
.differing .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .5rem 1.5rem; font-size: .875rem; padding: .5rem 0 .25rem 1rem; }
.differing .pair p { margin: .2rem 0 .4rem; white-space: pre-wrap; }
.quiet { opacity: .75; }
.reason { font-size: .85rem; opacity: .85; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
[data-testid="stText"] { unicode-bidi: plaintext; text-align: start; }
@container (max-width: 640px) {
  .trace .what, .trace .who, .trace .time { width: auto; }
  .trace tr { display: grid; grid-template-columns: auto 1fr auto 4rem; border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); padding: .2rem 0; }
  .trace td { border: 0; padding: 0 .5rem 0 0; }
  .trace .bar { width: auto; }
  .trace .why { grid-column: 1 / 5; grid-row: 2; }
  .trace .why:empty { display: none; }
}
@media (max-width: 640px) {
  .grid tr { display: grid; grid-template-columns: 1fr 1fr; gap: .1rem .75rem; padding: .5rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent); }
  .grid th, .grid td { border: 0; padding: 0; }
  .grid th { grid-column: 1 / -1; }
  .grid td.none { display: none; }
  .grid th br { display: none; }
  .grid th small { margin-inline-start: .3rem; }
  .trials summary { grid-template-columns: 1.5rem 1fr; gap: 0 .5rem; }
  .trials .begins { grid-column: 2; }
  .trials .pair { grid-template-columns: 1fr; padding-left: 0; }
  .trials .expected { padding-left: 0; }
  .grid thead { display: none; }
  .grid td::before { content: attr(data-label) " "; opacity: .75; }
}
"""  # noqa: E501 – a rule a line

STYLE = f"<style>{_STYLE}{_OPERATE.read_text(encoding='utf-8')}</style>"
"""The few rules that Streamlit's theme has no setting for."""
