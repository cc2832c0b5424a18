"""What the stage looks like: verdicts, the way of a request, meters. Colours follow the ground by themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from itertools import groupby

from pages.components.answer.trace import ANSWERING, THINKING, TRYING, TraceLine
from pages.components.console import looks
from pages.components.demonstration.scores import Ending, ending_of
from router.background.loop_thread import RunView
from router.table.routes import RoutingTable

_GOOD = "light-dark(#166534, #4ADE80)"
_BAD = f"light-dark({looks.FAILURE['light']}, {looks.FAILURE['dark']})"

# What an act before has drawn is gone at once, also in the pause after this one; what stands below an answer has its
# room from the beginning, so that nothing jumps when it comes.
STYLE = f"""
<style>
.st-key-stage-troubles p {{ font-size: .875rem; }}
.st-key-happened p {{ font-size: 1.1rem; line-height: 1.4; font-weight: 600; min-height: 2.8em; }}
[class*="st-key-side-"] h2 {{ padding: 0; }}
.st-key-scene [data-stale="true"] {{ display: none; }}
[class*="st-key-details-"] {{ min-height: 3.1rem; }}
[class*="st-key-answer-"] {{ padding-bottom: 1.25rem;
  mask-image: linear-gradient(to bottom, black calc(100% - 1.25rem), transparent); }}
@media (max-width: 640px) {{
  .st-key-stage-head [data-testid="stCaptionContainer"] {{ display: none; }}
  .st-key-scene {{ scroll-margin-top: 4rem; }}
  .st-key-scene [data-testid="stColumn"] {{ width: 100% !important; min-width: 100% !important; }}
  .st-key-stage-now {{ position: static; }}
  /* Under each other the answer comes first: below the side that fails nobody would see it arrive. */
  .st-key-scene [data-testid="stHorizontalBlock"]:has(.st-key-side-routed) {{ flex-direction: column-reverse; }}
  .st-key-stage-troubles {{ display: grid; grid-template-columns: 1fr 1fr; gap: .5rem; }}
  .st-key-stage-troubles > :nth-child(-n+2) {{ grid-column: 1 / 3; }}
  .st-key-stage-troubles > *, .st-key-stage-troubles button {{ width: 100% !important; }}
  .st-key-stage-now > :has(.st-key-stage-score) {{ flex: 1 1 100%; }}
  [class*="st-key-answer-"] {{ height: auto !important; max-height: 16rem; }}
  .st-key-answer-without:has([data-testid="stCode"]) {{ display: none; }}
  /* The height is its wrapper's: without this a side that got no answer would keep the room for one. */
  [data-testid="stLayoutWrapper"]:has(> [class*="st-key-answer-"]) {{ height: auto !important; flex: none !important; }}
}}
.verdict {{ display: flex; align-items: baseline; gap: .75rem; margin-top: .4rem; padding: .5rem .75rem;
  border-radius: .4rem; border-inline-start: .35rem solid var(--mark);
  background: color-mix(in srgb, var(--mark) 12%, transparent); }}
.verdict b {{ font-size: 1.35rem; font-weight: 650; color: var(--mark); font-variant-numeric: tabular-nums; }}
.verdict span {{ font-size: .9rem; }}
.verdict.running {{ --mark: light-dark(#475569, #94A3B8); }}
.verdict.answered {{ --mark: {_GOOD}; }}
.verdict.failed, .verdict.broken {{ --mark: {_BAD}; }}
.way {{ display: flex; flex-wrap: wrap; align-items: center; gap: .35rem; margin: .5rem 0 0; font-size: .9rem; }}
.way .stop {{ padding: .2rem .6rem; border: 1.5px solid var(--mark); border-radius: 1rem; }}
.way .stop small {{ font-size: .8rem; color: var(--mark); }}
.way .start {{ --mark: light-dark(#475569, #94A3B8); }}
.way .answered {{ --mark: {_GOOD}; background: color-mix(in srgb, {_GOOD} 12%, transparent); }}
.way .failed {{ --mark: {_BAD}; background: color-mix(in srgb, {_BAD} 12%, transparent); }}
.way .trying {{ --mark: light-dark(#1D4ED8, #93C5FD); animation: demo-trying 1s ease-in-out infinite alternate; }}
.way .skipped {{ --mark: light-dark(#64748B, #94A3B8); border-style: dashed; }}
@keyframes demo-trying {{ from {{ opacity: .55; }} to {{ opacity: 1; }} }}
@media (prefers-reduced-motion: reduce) {{ .way .trying {{ animation: none; }} }}
.tally {{ display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem; max-width: 44rem; }}
.tally .without {{ --mark: {_BAD}; }} .tally .routed {{ --mark: {_GOOD}; }}
.tally h3 {{ font-size: 1rem; padding: 0; margin: 0; }}
.tally p {{ margin: 0; font-size: 1rem; font-variant-numeric: tabular-nums; }}
.tally b {{ font-size: 2.75rem; line-height: 1.2; font-weight: 650; color: var(--mark); }}
.tally .bar {{ height: .5rem; border-radius: .25rem; background: light-dark(#E2E5EA, #2A313D); }}
.tally .bar i {{ display: block; height: 100%; border-radius: .25rem; background: var(--mark); }}
.demo-meter .count {{ font-size: 1.75rem; font-weight: 650; margin: .1rem 0 .4rem;
  font-variant-numeric: tabular-nums; }}
.demo-meter h2 {{ font-size: 1.05rem; padding: 0; margin: 0; }}
.demo-meter .squares {{ display: grid; grid-template-columns: repeat(10, 1fr); gap: .3rem; max-width: 26rem; }}
.squares i {{ aspect-ratio: 1; border-radius: .25rem; background: light-dark(#E2E5EA, #2A313D); }}
.demo-meter .why {{ font-size: .9rem; line-height: 1.4; min-height: 2.8em; margin: .5rem 0 0; }}
.demo-legend {{ display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0; font-size: .9rem; }}
.demo-legend span {{ display: inline-flex; align-items: center; gap: .4rem; }}
.demo-legend i {{ width: .9rem; height: .9rem; border-radius: .2rem; }}
:is(.squares, .demo-legend) .answered {{ background: {_GOOD}; }}
:is(.squares, .demo-legend) .failed {{ background: {_BAD}; }}
:is(.squares, .demo-legend) .broken {{ background: repeating-linear-gradient(45deg, {_BAD} 0 4px, transparent 4px 8px);
  box-shadow: inset 0 0 0 1.5px {_BAD}; }}
:is(.squares, .demo-legend) .running {{ background: light-dark(#93A4BF, #64748B); }}
</style>
"""

MOST_STOPS = 4
"""Stops that are drawn one by one: where everything is down, the rounds of a request would fill the stage."""


def verdict_html(view: RunView, *, returns: str = "") -> str:
    """How a side stands, with its stopwatch.

    Args:
        returns: the time at which to try again, where it is known.
    """
    ending, clock = ending_of(view), f"{view.elapsed_ms / 1000:.1f}{looks.THIN}s"
    if ending is Ending.RUNNING:
        words = "answering" if view.text else "waiting for the first word"
        return _verdict(ending, clock, words)
    if ending is Ending.ANSWERED:
        return _verdict(ending, f"Answered in {clock}", f"first word after {looks.seconds(view.first_token_ms)}")
    if ending is Ending.BROKEN:
        return _verdict(ending, "Half an answer", f"broke off after {looks.seconds(view.elapsed_ms)}")
    again = f" · try again at {returns}" if returns else ""
    return _verdict(ending, "No answer", f"error after {looks.seconds(view.elapsed_ms)}{again}")


def _verdict(ending: Ending, head: str, words: str) -> str:
    return f'<div class="verdict {ending}" role="status"><b>{escape(head)}</b><span>{escape(words)}</span></div>'


def way_html(lines: Sequence[TraceLine], table: RoutingTable, outcomes: Sequence[str], *, start: str) -> str:
    """The way of a request: from its start over every model that was tried, in order.

    Args:
        lines: the trace.
        outcomes: the outcome of each line by the log's word; "" while it goes on.
        start: where it begins.
    """
    stops = [f'<span class="stop start">{escape(start)}</span>']
    for provider, kind, words in _stops(lines, outcomes):
        entry = table.providers.get(provider)
        name = entry.label if entry else provider
        stops.append(f'<span class="stop {kind}">{escape(name)} <small>{escape(words)}</small></span>')
    return f'<div class="way" aria-label="The way of the request">{" → ".join(stops)}</div>'


def _stops(lines: Sequence[TraceLine], outcomes: Sequence[str]) -> list[tuple[str, str, str]]:
    """Provider, look and words of every stop; alike neighbours are one, and so are the rounds of a long way."""
    stops = [stop for line, outcome in zip(lines, outcomes, strict=True) if (stop := _stop_of(line, outcome))]
    counted = [(stop, len(list(alike))) for stop, alike in groupby(stops)]
    if len(counted) > MOST_STOPS:
        counted = list(Counter(stops).items())  # in the order in which each was met first
    return [(provider, kind, f"{words} ×{count}" if count > 1 else words) for (provider, kind, words), count in counted]


def _stop_of(line: TraceLine, outcome: str) -> tuple[str, str, str] | None:
    if not line.provider:
        return None
    if line.failed:
        return line.provider, "failed", looks.status_word(outcome) if outcome else line.what
    if line.what == "skipped":
        return (line.provider, "skipped", "remembered as down") if "retired" not in line.why else None
    if line.what in (TRYING, THINKING, ANSWERING, "stopped"):
        return line.provider, "trying", line.what
    return line.provider, "answered", "answered"
