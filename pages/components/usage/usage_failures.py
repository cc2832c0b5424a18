"""What attempts failed of, as Usage shows it: a plot whose bars lead to the requests, and what there is to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import plotly.graph_objects as go
import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.log.filter_choice import FilterChoice
from pages.components.log.filters import address, lead, words
from pages.components.usage import charts
from router.store import Failure, Filters
from router.types import Target

_MOST = 12


def show_failures(running: Runtime, choice: FilterChoice, failures: Sequence[Failure], failed: int) -> None:
    """What attempts failed of, whether or not another target then answered.

    Args:
        failures: the most frequent first.
        failed: how many requests nobody answered.
    """
    st.header("Failures", anchor=False)
    if failures:
        _show_attempts(running, choice, failures[:_MOST])
    else:
        st.caption(_why_none(choice, failed))
    if st.button("Show failed requests", key="open-failed", icon=":material/manage_search:"):
        lead("history.py", failed_address(choice))


def failed_address(choice: FilterChoice) -> dict[str, str]:
    """The requests of a selection that nobody answered, as History's address has them."""
    return address(_by_whomever(choice), status="failed")


def _why_none(choice: FilterChoice, failed: int) -> str:
    if choice.filters.provider == "":
        return "Attempts count for the model that was called. Take the filter off to see them, or look into History."
    if failed:
        return (
            "No attempt was made for the requests that failed: every model was cooling down, out of free quota or left "
            "out. Health says which and until when."
        )
    return "No attempt failed in this period."


def _show_attempts(running: Runtime, choice: FilterChoice, failures: Sequence[Failure]) -> None:
    clicked = charts.show(failure_plot(running, choice, failures), "plot-failures")
    if clicked is not None:
        _lead_to(choice, failures[int(clicked.at)])
    st.caption(
        "Attempts, not requests: where a fallback answered, the request counts as answered. A click on a bar opens "
        "the requests."
    )


def failure_plot(running: Runtime, choice: FilterChoice, failures: Sequence[Failure]) -> go.Figure:
    """Failed attempts by outcome and target, a bar for each of `failures`."""
    label = running.router.table.label
    rows = [
        (
            f"{words(running, 'provider', failure.provider)} {label(Target(failure.provider, failure.model))}",
            looks.status_word(failure.outcome),
            failure.attempts,
        )
        for failure in failures
    ]
    return charts.failures_by_outcome(rows, "Failed attempts", choice.note, colour=looks.FAILURE[looks.ground()])


def _by_whomever(choice: FilterChoice) -> Filters:
    """The selection without whom it was answered by: nobody has answered a request that failed."""
    return replace(choice.filters, provider=None, model=None)


def _lead_to(choice: FilterChoice, failure: Failure) -> None:
    """Go to the requests whose attempts failed so, whoever answered them then."""
    tried = str(Target(failure.provider, failure.model))
    lead("history.py", address(_by_whomever(choice), outcome=failure.outcome, tried=tried))
