"""What Usage shows of a selection: a sentence, figures beside the period before, plots, tables, cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.log.filter_choice import FilterChoice
from pages.components.usage.breakdown import show_breakdown
from pages.components.usage.headline import Amount, before_words, change_words, show_headline, with_change
from pages.components.usage.quota_line import show_left_now
from pages.components.usage.usage_failures import show_failures
from pages.components.usage.usage_plots import show_plots
from router.report.figures_in_words import SAME, change_text, is_comparable
from router.store import FigureTotals, add_up_failures
from router.table.prices import Price, load_prices

_Colour = Literal["normal", "inverse", "off"]


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
    if not is_comparable(now.requests, before.requests):
        before = FigureTotals()
    show_headline(choice, now, before, sum(failure.attempts for failure in failures))
    show_left_now(running, cube)
    show_figures(choice, now, before)
    show_plots(running, choice, cube, failed)
    show_breakdown(running, choice, cube, failures)
    left, right = st.columns(2, gap="large")
    with left:
        show_failures(running, choice, failures, now.failed)
    with right:
        show_cost(choice, now, before)


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
    show_left_now(running)


# --- figures -----------------------------------------------------------------------------------------------------


def show_figures(choice: FilterChoice, now: FigureTotals, before: FigureTotals) -> None:
    """Times, speed and tokens, each beside the period before: what the sentence above them does not say."""
    amount = change_words(choice.elapsed)
    with st.grid(4, gap="xsmall", min_column_width=150, key="usage-cards"):
        _show_times("Total", "latency", now, before, "Until the answer was whole.")
        _show_times("First token", "ttft", now, before, "Until an answer's first words came; of streamed ones alone.")
        _show_metric(
            "Speed, p50", looks.per_second(now.speed_p50), change_text(now.speed_p50, before.speed_p50), "normal",
            help="Tokens a second, from the first token to the last.",
        )  # fmt: skip
        _show_metric(
            "Tokens", f"{now.tokens:,}", amount(now.tokens, before.tokens), help=_token_words(now, before, amount)
        )


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
            parts.append(with_change(f"{percentile} {value:,.0f} ms{before}", change_text(value, was)))
    return f"Exactly: {'; '.join(parts)}." if parts else ""


def _token_words(now: FigureTotals, before: FigureTotals, amount: Amount) -> str:
    answers = with_change(f"{now.completion_tokens:,}", amount(now.completion_tokens, before.completion_tokens))
    return f"{answers} in answers, {now.prompt_tokens:,} in prompts."


def _show_metric(
    name: str, value: str, change: str | None, colour: _Colour = "off", *, help: str | None = None
) -> None:
    """One figure; `colour` says whether more is better (`normal`), worse (`inverse`) or neither."""
    is_same = change == SAME
    st.metric(
        name, value, change, "off" if is_same else colour, delta_arrow="off" if is_same else "auto", border=True,
        help=help, height="stretch",
    )  # fmt: skip


# --- cost ----------------------------------------------------------------------------------------------------------


def show_cost(choice: FilterChoice, now: FigureTotals, before: FigureTotals) -> None:
    """What these tokens would have cost, on a paid model of the operator's choice."""
    st.header("Saved against paid", anchor=False)
    prices = {price.label: price for price in load_prices()}
    label = st.selectbox("Paid model", list(prices), key="paid", label_visibility="collapsed", width=240)
    price: Price = prices[label]
    cost, earlier = (price.cost(totals.prompt_tokens, totals.completion_tokens) for totals in (now, before))
    change = change_text(cost, earlier * choice.elapsed)
    against = f"  :small[:gray[{against_words(choice, change)}]]" if change else ""
    st.markdown(f"**{looks.plain(looks.dollars(cost))}** on {looks.plain(label)}{against}")
    st.caption(looks.plain(price.formula(now.prompt_tokens, now.completion_tokens)) + ".")
    st.caption(f"Actually billed: {looks.plain(looks.dollars(now.cost_usd))}.")


def against_words(choice: FilterChoice, change: str) -> str:
    """What a change is against, in words: behind dollars a bare -31% would read like a discount."""
    if change == SAME:
        return f"{change} as in {before_words(choice)}"
    if change[0] in "+-":
        return f"{change[1:]} {'less' if change[0] == '-' else 'more'} than in {before_words(choice)}"
    return f"{change} as much as in {before_words(choice)}"
