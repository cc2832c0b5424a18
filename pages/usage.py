"""Usage: how much, by whom, how fast; from the log's figures."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.components import charts, looks
from pages.components.filters import Choice, choose
from pages.components.runtime import Runtime, runtime_or_stop
from router.store import Totals
from router.types import Target, TaskType


def show_figures(now: Totals, before: Totals) -> None:
    """Six figures, each beside the period before."""
    answered = now.succeeded / now.requests if now.requests else None
    answered_before = before.succeeded / before.requests if before.requests else None
    with st.container(horizontal=True):
        _figure("Requests", f"{now.requests:,}", _change(now.requests, before.requests))
        _figure("Answered", _share(answered), _points(answered, answered_before))
        _figure("Saved by fallback", f"{now.saved:,}", _change(now.saved, before.saved))
        _figure("Latency p50", looks.seconds(now.latency_p50), _slower(now.latency_p50, before.latency_p50), less=True)
        _figure("First token p50", looks.seconds(now.ttft_p50), _slower(now.ttft_p50, before.ttft_p50), less=True)
        _figure("Tokens", f"{now.completion_tokens:,}", _change(now.completion_tokens, before.completion_tokens))


def _figure(name: str, value: str, change: str | None, *, less: bool = False) -> None:
    """One figure; `less` says that less is better."""
    st.metric(name, value, change, delta_color="inverse" if less else "normal", border=True, width=172)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}" if value in (0.0, 1.0) else f"{value:.1%}"


def _change(now: float, before: float) -> str | None:
    return None if not before else f"{(now - before) / before:+.0%}"


def _points(now: float | None, before: float | None) -> str | None:
    return None if now is None or before is None else f"{(now - before) * 100:+.1f} points"


def _slower(now: float | None, before: float | None) -> str | None:
    return None if not now or not before else f"{(now - before) / before:+.0%}"


def show_plots(running: Runtime, choice: Choice) -> None:
    """Requests by provider and by task, and latency."""
    statistics, providers = running.store.statistics, running.router.table.providers
    bucket = choice.bucket
    axis = charts.Axis(choice.start, choice.end, choice.bucket_seconds, choice.simulated)
    left, right = st.columns(2)
    with left:
        charts.requests_over_time(
            statistics.series(choice.filters, "provider"),
            f"Answered by provider, requests per {bucket}",
            axis,
            names={name: entry.label for name, entry in providers.items()} | {"": "nobody"},
            colours={name: looks.provider_colour(name, list(providers)) for name in providers}
            | {"": looks.FAILURE[looks.ground()]},
        )
    with right:
        charts.requests_over_time(
            statistics.series(choice.filters, "task_type"),
            f"By task, requests per {bucket}",
            axis,
            names={task.value: running.router.table.tasks[task].label for task in TaskType},
            colours=charts.task_colours([task.value for task in TaskType]),
        )
    charts.latency_over_time(
        statistics.series(choice.filters),
        f"Latency of answered requests, seconds, per {bucket}",
        axis,
        colour=looks.provider_colour("", []),
    )


def show_targets(running: Runtime, choice: Choice) -> None:
    """The figures of each target."""
    table = running.router.table
    rows = [
        {
            "Provider": table.providers[provider].label if provider in table.providers else provider or "nobody",
            "Model": table.label(Target(provider, model)) if model else "–",
            "Requests": totals.requests,
            "Answered": totals.succeeded,
            "Failed": totals.failed,
            "Saved by fallback": totals.saved,
            "p50, s": _in_seconds(totals.latency_p50),
            "p95, s": _in_seconds(totals.latency_p95),
            "First token p50, s": _in_seconds(totals.ttft_p50),
            "Tokens per second, p50": totals.speed_p50,
            "Tokens": totals.completion_tokens,
        }
        for (provider, model), totals in running.store.statistics.cube(choice.filters, "provider", "model").breakdown(
            "provider", "model"
        )
    ]
    st.subheader("By model" + (" (simulated)" if choice.simulated else ""))
    seconds = st.column_config.NumberColumn(format="%.2f")
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={
            **dict.fromkeys(("p50, s", "p95, s", "First token p50, s"), seconds),
            "Tokens per second, p50": st.column_config.NumberColumn(format="%.0f"),
        },
    )


def _in_seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


running = runtime_or_stop()
st.title("Usage")
choice = choose(running)
totals = running.store.statistics.totals(choice.filters)
if totals.requests == 0:
    kind = {True: "simulated ", False: "live ", None: ""}[choice.filters.simulated]
    st.info(f"No {kind}requests in {choice.period}. Send one on the Run page, or choose another period.")
    st.markdown("[Go to Run](/)")
    st.stop()
show_figures(totals, running.store.statistics.totals(choice.before))
show_plots(running, choice)
show_targets(running, choice)
