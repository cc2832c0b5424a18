"""What Usage shows of a selection: a sentence, figures beside the period before, plots, tables, cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Literal

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.health.quota_view import silent_words
from pages.components.log.filter_choice import FilterChoice
from pages.components.log.filters import address, lead
from pages.components.usage.breakdown import share_of, show_breakdown
from pages.components.usage.usage_failures import failed_address, show_failures
from pages.components.usage.usage_plots import show_plots
from router.ports import Allowance
from router.report.figures_in_words import SAME, change_text, is_comparable, points_text, share_text
from router.store import Failure, FigureTotals, add_up_failures
from router.table.prices import Price, load_prices
from router.table.routes import RoutingTable
from router.types import Target

_Colour = Literal["normal", "inverse", "off"]
_Amount = Callable[[int, int], str | None]
"""The change of an amount, from what it is and what it was."""


def show_usage(running: Runtime, choice: FilterChoice) -> None:
    """Everything that there is to say of a selection; a handful of queries, however many requests it has."""
    statistics = running.store.statistics
    cube = statistics.cube(choice.filters, "bucket", "provider", "model")
    now = cube.totals()
    if now.requests == 0:
        _show_nothing(running, choice)
        return
    before = statistics.totals(choice.before)
    failed = statistics.failures_by_bucket(choice.filters)
    failures = add_up_failures(failed)
    show_headline(choice, now)
    show_left_today(running)
    if not is_comparable(now.requests, before.requests):
        before = FigureTotals()
    show_figures(choice, now, before, failures)
    show_plots(running, choice, cube, failed)
    show_breakdown(running, choice, cube, failures)
    left, right = st.columns(2, gap="large")
    with left:
        show_failures(running, choice, failures, now.failed)
    with right:
        show_cost(now, before, choice.elapsed)


def _show_nothing(running: Runtime, choice: FilterChoice) -> None:
    kind = f"{choice.note} " if choice.note == "simulated" else "live " if not choice.note else ""
    st.info(
        f"No {kind}requests in {choice.period} match these filters. Send one on Run, or choose another period, "
        "other requests (live, simulated) or another purpose above.",
        icon=":material/inbox:",
    )
    with st.container(horizontal=True):
        if st.button("Go to Run", key="go-run", icon=":material/play_arrow:"):
            st.switch_page("run.py")
        means = "At the foot of Demonstration: invented, marked so, and removed again with one click."
        if st.button("Get a sample month", key="go-sample", icon=":material/calendar_month:", help=means):
            st.switch_page("demonstration.py")
    show_left_today(running)


# --- figures -----------------------------------------------------------------------------------------------------


_BAD = 0.9
"""Where a smaller share than this was answered, that is what there is to say first, and not what was saved."""


def show_headline(choice: FilterChoice, now: FigureTotals) -> None:
    """What the router was good for, in a sentence, the first that is asked; ahead of it, that much has failed."""
    parts = [_made_html(choice, now)]
    if now.saved:
        parts.append(f"<b>{looks.counted(now.saved, 'answer')} saved by fallback</b>")
    if now.cached:
        parts.append(f"<b>{looks.counted(now.cached, 'request')} saved by the cache</b>")
    parts.append(f"{escape(looks.dollars(now.cost_usd))} billed")
    note = f" ({choice.note})" if choice.note else ""
    st.html(f'<p class="headline">{", ".join([*parts, f"in {escape(choice.period)}"])}{escape(note)}.</p>')


def _made_html(choice: FilterChoice, now: FigureTotals) -> str:
    """How many requests there were and what part was answered; a provider's own were answered all, so it says none."""
    if now.answered is not None and now.answered < _BAD:
        return _failed_html(now)
    made = f"<b>{looks.counted(now.requests, 'request')}</b> on free tiers"
    if now.answered is None or _is_of_one(choice):
        return made
    return f"{made}, <b>{escape(share_text(now.answered))} answered</b>"


def _is_of_one(choice: FilterChoice) -> bool:
    """Whether it is one provider or model: a request belongs to whoever answered it, and only attempts can fail."""
    return bool(choice.filters.provider or choice.filters.model)


_DAY = 86_400.0
_TIGHTEST = 3
"""Allowances that are named above the figures; all of them stand on Health."""


def show_left_today(running: Runtime) -> None:
    """What is left of today's free requests, the tightest first: what one looks for on this page after the savings."""
    table = running.router.table
    allowances = running.router.quotas()
    daily = [allowance for allowance in allowances if allowance.span == _DAY and allowance.unit == "requests"]
    daily.sort(key=lambda allowance: allowance.remaining / max(allowance.limit, 1))
    parts = [
        f"{_owner_text(allowance, table)} {allowance.remaining:,} of {allowance.limit:,}"
        for allowance in daily[:_TIGHTEST]
    ]
    if parts:
        words = f"Free requests left today: {', '.join(parts)}. {silent_words(running, allowances)}"
        st.markdown(f"{words.strip()} [All quotas](./health)")


def _owner_text(allowance: Allowance, table: RoutingTable) -> str:
    provider = looks.provider_text(allowance.provider, table)
    if not allowance.model:
        return provider
    return f"{provider} {looks.plain(table.label(Target(allowance.provider, allowance.model)))}"


def _failed_html(now: FigureTotals) -> str:
    ended = now.succeeded + now.failed
    which = f"{now.failed:,} of {ended:,} requests" if now.succeeded else f"All {ended:,} requests"
    return f'<b style="color:{looks.FAILURE_CSS}">{"The only request" if ended == 1 else which} failed</b>'


def show_figures(choice: FilterChoice, now: FigureTotals, before: FigureTotals, failures: Sequence[Failure]) -> None:
    """Eight figures, each beside the period before; amounts by what of the period is over."""
    amount = _change_words(choice.elapsed)
    with st.grid(4, gap="xsmall", min_column_width=150, key="usage-cards"):
        _show_count("Requests", now.requests, amount(now.requests, before.requests), address(choice.filters))
        _show_endings(choice, now, before, sum(failure.attempts for failure in failures))
        _show_times("Total", "latency", now, before, "Until the answer was whole.")
        _show_times("First token", "ttft", now, before, "Until an answer's first words came; of streamed ones alone.")
        _show_metric(
            "Speed, p50", looks.per_second(now.speed_p50), change_text(now.speed_p50, before.speed_p50), "normal",
            help="Tokens a second, from the first token to the last.",
        )  # fmt: skip
        _show_metric(
            "Tokens", f"{now.tokens:,}", amount(now.tokens, before.tokens), help=_token_words(now, before, amount)
        )
    st.caption(" ".join([_compared_words(choice, before), *_further_words(now, before, amount)]))


def _show_endings(choice: FilterChoice, now: FigureTotals, before: FigureTotals, tried: int) -> None:
    """How requests ended, or how attempts did; `tried` are the attempts that failed."""
    of_one, attempts = _is_of_one(choice), now.called + tried
    if of_one:
        _show_metric("Attempts answered", f"{share_text(share_of(now.called, attempts))} of {attempts:,}", None)
    else:
        _show_metric("Answered", share_text(now.answered), points_text(now.answered, before.answered), "normal")
    saved, saved_before = share_of(now.saved, now.requests), share_of(before.saved, before.requests)
    _show_metric(
        "Saved by fallback", f"{now.saved:,} ({share_text(saved)})", points_text(saved, saved_before),
        help="Answered although the first model failed, was cooling down or had run dry.",
    )  # fmt: skip
    if of_one:
        _show_metric("Attempts failed", f"{tried:,}", None)
    else:
        change = _change_words(choice.elapsed)(now.failed, before.failed)
        _show_count("Failed", now.failed, change, failed_address(choice), "inverse")


def _show_count(
    name: str, count: int, change: str | None, parameters: Mapping[str, str], colour: _Colour = "off"
) -> None:  # fmt: skip
    """A number of requests, on a card that opens them in History; of none there is nothing to open."""
    key = name.lower()
    with st.container(key=f"card-{key}", gap=None, height="stretch"):
        _show_metric(name, f"{count:,}", change, colour)
        words = "See these requests" if key == "requests" else f"See {key} requests"
        if count and st.button(words, key=f"see-{key}", icon=":material/arrow_forward:", type="tertiary"):
            lead("history.py", parameters)


_PERCENTILES = ("p50", "p95", "p99")


def _show_times(name: str, attribute: str, now: FigureTotals, before: FigureTotals, about: str) -> None:
    """The median and the slow ends in one card; their changes, and each to the millisecond, in its help."""
    values, earlier = (
        [getattr(totals, f"{attribute}_{percentile}") for percentile in _PERCENTILES] for totals in (now, before)
    )
    change = change_text(values[0], earlier[0])
    _show_metric(
        f"{name}, p50 / p95 / p99", _times_text(values), f"{change} p50" if change not in (None, SAME) else change,
        "inverse", help=f"{about} Half, 95 and 99 of 100 were there sooner. {_exact_words(values, earlier)}",
    )  # fmt: skip


def _times_text(values: Sequence[float | None]) -> str:
    """Times in milliseconds as seconds, the unit once: `0.36 / 2.3 / 2.8 s`."""
    if all(value is None for value in values):
        return looks.seconds(None)
    unit = f"{looks.THIN}s"
    return " / ".join(looks.seconds(value).removesuffix(unit) for value in values) + unit


def _exact_words(values: Sequence[float | None], earlier: Sequence[float | None]) -> str:
    parts = []
    for percentile, value, was in zip(_PERCENTILES, values, earlier, strict=True):
        before = "" if was is None else f", {was:,.0f} ms before"
        if value is not None:
            parts.append(_with_change(f"{percentile} {value:,.0f} ms{before}", change_text(value, was)))
    return f"Exactly: {'; '.join(parts)}." if parts else ""


_ALL_BUT_OVER = 0.95
"""Of a period of which more is over nobody asks how the one before was scaled."""


def _compared_words(choice: FilterChoice, before: FigureTotals) -> str:
    period = choice.period.capitalize()
    if not before.requests:
        return f"{period}. Hardly any requests in the period before, so nothing to compare with."
    scaled = f" (scaled to {choice.elapsed:.0%})" if choice.elapsed < _ALL_BUT_OVER else ""
    length = choice.period.removeprefix("the last ")
    before_it = f"the {length} before" if length != choice.period else "the same length before"
    return f"{period} and {before_it}{scaled}."


def _token_words(now: FigureTotals, before: FigureTotals, amount: _Amount) -> str:
    answers = _with_change(f"{now.completion_tokens:,}", amount(now.completion_tokens, before.completion_tokens))
    return f"{answers} in answers, {now.prompt_tokens:,} in prompts."


def _further_words(now: FigureTotals, before: FigureTotals, amount: _Amount) -> list[str]:
    """What else there is to count, where there is any: what was stopped, and what an earlier answer was given to."""
    stopped = _with_change(f"{now.cancelled:,}", amount(now.cancelled, before.cancelled))
    again = _with_change(f"{now.cached:,}", amount(now.cached, before.cached))
    words = [f"Stopped by whoever asked: {stopped}."] if now.cancelled or before.cancelled else []
    return words + ([f"From the cache, without a call: {again}."] if now.cached or before.cached else [])


def _with_change(value: str, change: str | None) -> str:
    return value if change in (None, SAME) else f"{value} ({change})"


def _show_metric(
    name: str, value: str, change: str | None, colour: _Colour = "off", *, help: str | None = None
) -> None:
    """One figure; `colour` says whether more is better (`normal`), worse (`inverse`) or neither."""
    is_same = change == SAME
    st.metric(
        name, value, change, "off" if is_same else colour, delta_arrow="off" if is_same else "auto", border=True,
        help=help, height="stretch",
    )  # fmt: skip


def _change_words(elapsed: float) -> _Amount:
    """Changes of amounts: a period of which half is over is held against half of the one before."""
    return lambda now, before: change_text(float(now), before * elapsed)


# --- cost ----------------------------------------------------------------------------------------------------------


def show_cost(now: FigureTotals, before: FigureTotals, elapsed: float) -> None:
    """What these tokens would have cost, on a paid model of the operator's choice."""
    st.header("Saved against paid", anchor=False)
    prices = {price.label: price for price in load_prices()}
    label = st.selectbox("Paid model", list(prices), key="paid", label_visibility="collapsed", width=240)
    price: Price = prices[label]
    cost, earlier = (price.cost(totals.prompt_tokens, totals.completion_tokens) for totals in (now, before))
    change = change_text(cost, earlier * elapsed)
    st.markdown(f"**{looks.plain(_with_change(looks.dollars(cost), change))}** on {looks.plain(label)}")
    st.caption(looks.plain(price.formula(now.prompt_tokens, now.completion_tokens)) + ".")
    st.caption(f"Actually billed: {looks.plain(looks.dollars(now.cost_usd))}.")
