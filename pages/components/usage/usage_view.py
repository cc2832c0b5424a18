"""What Usage shows of a selection: what was saved, figures beside the period before, plots, tables, cost, quota."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from html import escape
from typing import Literal

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.log.filters import FilterChoice
from pages.components.operate.quota_view import show_quotas, silent_words
from pages.components.usage.breakdown import share_of, show_breakdown
from pages.components.usage.usage_failures import show_failures
from pages.components.usage.usage_plots import show_plots
from router.ports import Allowance
from router.report.figures_in_words import SAME, change_text, is_comparable, points_text, share_text
from router.store import Failure, FigureTotals, add_up_failures
from router.table.prices import Price, load_prices
from router.table.routes import RoutingTable
from router.types import Target

_SLOW_ENDS = {
    "Total, p95": "latency_p95", "Total, p99": "latency_p99",
    "First token, p95": "ttft_p95", "First token, p99": "ttft_p99",
}  # fmt: skip
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
        show_quota(running)


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
    show_quota(running)


# --- figures -----------------------------------------------------------------------------------------------------


_BAD = 0.9
"""Where a smaller share than this was answered, that is what there is to say first, and not what was saved."""


def show_headline(choice: FilterChoice, now: FigureTotals) -> None:
    """What the router was good for, in a sentence, the first that is asked; ahead of it, that much has failed."""
    price = paid_price()
    cost = price.cost(now.prompt_tokens, now.completion_tokens)
    parts = [_failed_html(now)] if now.answered is not None and now.answered < _BAD else []
    if now.saved:
        parts.append(f"<b>{looks.counted(now.saved, 'answer')} saved by fallback</b>")
    if now.cached:
        parts.append(f"<b>{looks.counted(now.cached, 'request')} saved by the cache</b>")
    if now.succeeded:
        parts.append(f"<b>{escape(looks.dollars(cost))} saved</b> against {escape(price.label)}")
    note = f" ({choice.note})" if choice.note else ""
    st.html(f'<p class="headline">{", ".join([*parts, f"in {escape(choice.period)}"])}{escape(note)}.</p>')


_DAY = 86_400.0
_TIGHTEST = 3
"""Allowances that are named above the figures; all of them stand below, and on Health."""


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
        st.markdown(f"{words.strip()} [All of it on Health](./health)")


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
    """Eight figures, each beside the period before; amounts by what of the period is over.

    A request belongs to whoever answered it, so of one provider or model it is the attempts that can have failed.
    """
    amount = _change_words(choice.elapsed)
    of_one = bool(choice.filters.provider or choice.filters.model)
    tried = sum(failure.attempts for failure in failures)
    with st.grid(4, gap="xsmall", min_column_width=150):
        _show_metric("Requests", f"{now.requests:,}", amount(now.requests, before.requests))
        if of_one:
            attempts = now.called + tried
            share = share_text(share_of(now.called, attempts))
            _show_metric("Attempts answered", f"{share} of {attempts:,}", None)
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
            _show_metric("Failed", f"{now.failed:,}", amount(now.failed, before.failed), "inverse")
        _show_metric(
            "Total, p50", looks.seconds(now.latency_p50), change_text(now.latency_p50, before.latency_p50), "inverse",
            help="The median: half of the answers were there sooner. Below, p95 and p99: 95 and 99 of 100 were.",
        )  # fmt: skip
        _show_metric(
            "First token, p50", looks.seconds(now.ttft_p50), change_text(now.ttft_p50, before.ttft_p50), "inverse",
            help="Until the first words of an answer came; of streamed answers alone.",
        )  # fmt: skip
        _show_metric(
            "Speed, p50", looks.per_second(now.speed_p50), change_text(now.speed_p50, before.speed_p50), "normal",
            help="Tokens a second, from the first token to the last.",
        )  # fmt: skip
        _show_metric("Tokens", f"{now.tokens:,}", amount(now.tokens, before.tokens))
    looks.show_figures_line(_slow_ends(now, before, amount))
    st.caption(_compared_words(choice, before))


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


def _slow_ends(now: FigureTotals, before: FigureTotals, amount: _Amount) -> list[tuple[str, str, str]]:
    """What the slower ones took, and what else there is to count, with the change in brackets."""
    figures = []
    for name, attribute in _SLOW_ENDS.items():
        value, earlier = getattr(now, attribute), getattr(before, attribute)
        was = "nothing before" if earlier is None else f"{earlier:,.0f} ms before"
        figures.append(
            (name, _with_change(looks.seconds(value), change_text(value, earlier)), f"{value or 0:,.0f} ms, {was}")
        )
    tokens, cancelled = amount(now.completion_tokens, before.completion_tokens), amount(now.cancelled, before.cancelled)
    answers = _with_change(f"{now.completion_tokens:,}", tokens)
    stopped = _with_change(f"{now.cancelled:,}", cancelled)
    return [
        *figures,
        ("Tokens in answers", answers, f"{now.prompt_tokens:,} in prompts"),
        ("Stopped", stopped, "stopped by whoever asked"),
        *_cached_figure(now, before, amount),
    ]


def _cached_figure(now: FigureTotals, before: FigureTotals, amount: _Amount) -> list[tuple[str, str, str]]:
    """Requests that an earlier answer was given to; nothing where there are none, as with most settings."""
    if not now.cached and not before.cached:
        return []
    words = _with_change(f"{now.cached:,}", amount(now.cached, before.cached))
    return [("From the cache", words, "an earlier answer given again; no provider was called")]


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


# --- cost, quota -----------------------------------------------------------------------------------------


def paid_price() -> Price:
    """The paid model that savings are held against: the one that was chosen, else the first of the list."""
    prices = {price.label: price for price in load_prices()}
    return prices.get(st.session_state.get("paid", ""), next(iter(prices.values())))


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


def show_quota(running: Runtime) -> None:
    """What is left of the free tiers now, whatever the filters say."""
    st.header("Free quota left", anchor=False)
    allowances, moment = running.router.quotas(), time.time()
    if not allowances:
        st.caption("Not known yet: providers tell with their first replies.")
        return
    show_quotas(allowances, running.store.paces.read(moment), running.router.table, moment)
