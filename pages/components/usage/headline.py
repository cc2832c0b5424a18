"""What Usage says first: a sentence, what has changed since the period before, and the way to the requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape

import streamlit as st

from pages.components.console import looks
from pages.components.log.filter_choice import FilterChoice
from pages.components.log.filters import address, lead
from pages.components.usage.breakdown import share_of
from pages.components.usage.usage_failures import failed_address
from router.report.figures_in_words import SAME, change_text, points_text, share_text
from router.store import FigureTotals

Amount = Callable[[int, int], str | None]
"""The change of an amount, from what it is and what it was."""

_BAD = 0.9
"""Where a smaller share than this was answered, that is what there is to say first, and not what was saved."""

_SAVED_MEANS = "Answered although the first model failed, was cooling down or had run dry."

_ALL_BUT_OVER = 0.95
"""Of a period of which more is over nobody asks how the one before was scaled."""


def show_headline(choice: FilterChoice, now: FigureTotals, before: FigureTotals, tried: int) -> None:
    """What the router was good for, in a sentence, the first that is asked; ahead of it, that much has failed.

    Args:
        tried: the attempts that failed.
    """
    parts = [_made_html(choice, now, tried)]
    if now.saved:
        parts.append(f'<b title="{_SAVED_MEANS}">{looks.counted(now.saved, "answer")} saved by fallback</b>')
    if now.cached:
        parts.append(f"<b>{looks.counted(now.cached, 'request')} saved by the cache</b>")
    parts.append(f"{escape(looks.dollars(now.cost_usd))} billed")
    note = f" ({choice.note})" if choice.note else ""
    st.html(f'<p class="headline">{", ".join([*parts, f"in {escape(choice.period)}"])}{escape(note)}.</p>')
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="usage-changes"):
        st.caption(_compared_words(choice, now, before), width="content")
        _offer_requests(choice, now)


def _made_html(choice: FilterChoice, now: FigureTotals, tried: int) -> str:
    """How many requests there were and what part was answered; of one provider, what part of its attempts."""
    of_one = _is_of_one(choice)
    if not of_one and now.answered is not None and now.answered < _BAD:
        return _failed_html(now)
    made = f"<b>{looks.counted(now.requests, 'request')}</b> on free tiers"
    attempts = now.called + tried
    if of_one and attempts:
        answered = share_text(share_of(now.called, attempts))
        return f"{made}, <b>{escape(answered)} of {looks.counted(attempts, 'attempt')} answered</b>"
    return made if of_one or now.answered is None else f"{made}, <b>{escape(share_text(now.answered))} answered</b>"


def _is_of_one(choice: FilterChoice) -> bool:
    """Whether it is one provider or model: a request belongs to whoever answered it, and only attempts can fail."""
    return bool(choice.filters.provider or choice.filters.model)


def _failed_html(now: FigureTotals) -> str:
    ended = now.succeeded + now.failed
    which = f"{now.failed:,} of {ended:,} requests" if now.succeeded else f"All {ended:,} requests"
    return f'<b style="color:{looks.FAILURE_CSS}">{"The only request" if ended == 1 else which} failed</b>'


def _offer_requests(choice: FilterChoice, now: FigureTotals) -> None:
    """The way to the requests that the sentence counts, and to those that nobody answered, where there are any."""
    if st.button("See these requests", key="see-requests", icon=":material/arrow_forward:", type="tertiary"):
        lead("history.py", address(choice.filters))
    if now.failed and not _is_of_one(choice):
        words = f"See the {now.failed:,} failed" if now.failed > 1 else "See the failed one"
        if st.button(words, key="see-failed", icon=":material/arrow_forward:", type="tertiary"):
            lead("history.py", failed_address(choice))


# --- against the period before ---------------------------------------------------------------------------------------


def change_words(elapsed: float) -> Amount:
    """Changes of amounts: a period of which half is over is held against half of the one before."""
    return lambda now, before: change_text(float(now), before * elapsed)


def with_change(value: str, change: str | None) -> str:
    """A value, and in brackets what has become of it."""
    return value if change in (None, SAME) else f"{value} ({change})"


def before_words(choice: FilterChoice) -> str:
    """What a period is held against."""
    length = choice.period.removeprefix("the last ")
    return f"the {length} before" if length != choice.period else "the same length before"


def _compared_words(choice: FilterChoice, now: FigureTotals, before: FigureTotals) -> str:
    amount = change_words(choice.elapsed)
    further = " ".join(_further_words(now, before, amount))
    if not before.requests:
        return f"Hardly any requests in the period before, so nothing to compare with. {further}".strip()
    scaled = f" (scaled to {choice.elapsed:.0%})" if choice.elapsed < _ALL_BUT_OVER else ""
    changes = ", ".join(_changes(choice, now, before, amount))
    return f"Against {before_words(choice)}{scaled}: {changes}. {further}".strip()


def _changes(choice: FilterChoice, now: FigureTotals, before: FigureTotals, amount: Amount) -> Iterator[str]:
    """What has become of each figure of the sentence, the wanted ones first."""
    yield f"requests {amount(now.requests, before.requests) or SAME}"
    if not _is_of_one(choice) and (points := points_text(now.answered, before.answered)):
        yield f"answered {points}"
    if now.saved or before.saved:
        shares = (share_of(totals.saved, totals.requests) for totals in (now, before))
        yield f"saved by fallback {points_text(*shares)}"
    if not _is_of_one(choice) and (now.failed or before.failed):
        yield f"failed {now.failed:,} ({round(before.failed * choice.elapsed):,} before)"


def _further_words(now: FigureTotals, before: FigureTotals, amount: Amount) -> list[str]:
    """What else there is to count, where there is any: what was stopped, and what an earlier answer was given to."""
    stopped = with_change(f"{now.cancelled:,}", amount(now.cancelled, before.cancelled))
    again = with_change(f"{now.cached:,}", amount(now.cached, before.cached))
    words = [f"Stopped by whoever asked: {stopped}."] if now.cancelled or before.cancelled else []
    return words + ([f"From the cache, without a call: {again}."] if now.cached or before.cached else [])
