"""What attempts failed of, as Usage shows it: a plot whose bars lead to the requests, and what there is to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import plotly.graph_objects as go
import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.log.filter_choice import FilterChoice
from pages.components.log.filters import address, lead, words
from pages.components.usage import charts
from router.store import BucketFailure, Failure, Filters
from router.types import Target

_MOST = 12
_Failed = TypeVar("_Failed", Failure, BucketFailure)


def show_failures(running: Runtime, choice: FilterChoice, failures: Sequence[Failure], failed: int) -> None:
    """What attempts failed of, whether or not another target then answered.

    Args:
        failures: the most frequent first.
        failed: how many requests nobody answered.
    """
    st.header("Failures", anchor=False)
    if failures:
        _show_attempts(running, choice, failures[:_MOST])
        _offer_requests(running, choice, failures[:_MOST])
        return
    st.caption(_why_none(choice, failed))
    if failed and st.button("Show failed requests", key="open-failed", icon=":material/manage_search:"):
        lead("history.py", failed_address(choice))


def _offer_requests(running: Runtime, choice: FilterChoice, failures: Sequence[Failure]) -> None:
    """The way to the requests whose attempts the bars count, for keys as for a pointer: one for each outcome."""
    groups = group_failures(failures, by_target=bool(choice.filters.provider or choice.filters.model))
    with st.container(horizontal=True, gap="small", key="failed-attempts"):
        for key, group in groups.items():
            words = _group_words(running, key) if len(groups) > 1 else "Show requests with failed attempts"
            name = "-".join(["open-attempts", *key])
            if st.button(looks.plain(words), key=name, icon=":material/manage_search:"):
                lead("history.py", attempts_address(choice.filters, group))


def _group_words(running: Runtime, key: tuple[str, ...]) -> str:
    on = f" on {running.router.table.label(Target(key[1], key[2]))}" if len(key) > 1 else ""
    return f"Show requests with {looks.status_word(key[0])}{on}"


def group_failures(failures: Sequence[_Failed], *, by_target: bool) -> dict[tuple[str, ...], list[_Failed]]:
    """Failures by their outcome; by their target too where another target's are not meant, as filters can have it."""
    groups: dict[tuple[str, ...], list[_Failed]] = {}
    for failure in failures:
        target: tuple[str, ...] = (failure.provider, failure.model) if by_target else ()
        groups.setdefault((failure.outcome, *target), []).append(failure)
    return groups


def attempts_address(filters: Filters, failures: Sequence[Failure | BucketFailure]) -> dict[str, str]:
    """The requests with these failed attempts, whoever answered then, as History's address has them.

    Args:
        failures: at least one, all of one outcome; of several targets it is left open which.
    """
    targets = {str(Target(failure.provider, failure.model)) for failure in failures}
    tried = {"tried": targets.pop()} if len(targets) == 1 else {}
    return address(by_whomever(filters), outcome=failures[0].outcome, **tried)


def failed_address(choice: FilterChoice) -> dict[str, str]:
    """The requests of a selection that nobody answered, as History's address has them."""
    return address(by_whomever(choice.filters), status="failed")


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
        lead("history.py", attempts_address(choice.filters, [failures[int(clicked.at)]]))
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


def by_whomever(filters: Filters) -> Filters:
    """A selection without whom it was answered by: nobody has answered a request that failed."""
    return replace(filters, provider=None, model=None)
