"""Errors as people read them: what happened, who can act, and what they would do next."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from pages.components.console import looks
from router.background.jobs import WorkFault
from router.errors import AllTargetsFailed, ConfigurationError, DeadlineExceeded, RequestRejected
from router.services import UnusableAnswer


def show_problem(error: Exception) -> None:
    """Say what went wrong and who can do what about it."""
    headline, advice = explain_problem(error)
    st.error(f"**{headline}** {advice}", icon=":material/error:")
    if isinstance(error, AllTargetsFailed | DeadlineExceeded):
        # Streamlit's own links open another tab, and each target's reason stands in the trace.
        st.html('<div class="actions"><a href="./health" target="_self">Open Health</a></div>')
    else:
        st.code(str(error), language=None, wrap_lines=True)


def explain_problem(error: Exception) -> tuple[str, str]:
    """A headline and the advice below it."""
    if isinstance(error, RequestRejected):
        return "The request was refused.", "Change the prompt: a provider gave the reason below, and others would too."
    if isinstance(error, AllTargetsFailed):
        alone = len({(attempt.provider, attempt.model) for attempt in error.attempts}) == 1
        # Who pinned one model was told nothing of all the others.
        headline, subject = ("The model did not answer.", "It") if alone else ("No model is available.", "A model")
        return headline, _retry_words(error.retry_at, subject)
    if isinstance(error, DeadlineExceeded):
        return "No model answered in time.", _retry_words(time_of_return(error))
    if isinstance(error, UnusableAnswer):
        return "The models' answers could not be used.", "Try again, or say it in other words; the faults stand below."
    if isinstance(error, ConfigurationError):
        return "A setting is wrong.", "An operator has to mend it; what it is stands below."
    if isinstance(error, WorkFault):
        return (
            "Something in the console itself went wrong.",
            "Its log says where; try again, or report what stands below.",
        )
    return "The request cannot be sent as it is.", "What has to change stands below."


def time_of_return(error: Exception | None) -> datetime | None:
    """When a model should be back after an error; None where nobody can say."""
    if isinstance(error, DeadlineExceeded):
        # The last attempt at a target says until when it cools down; what an earlier one said is over.
        moments = {(attempt.provider, attempt.model): attempt.retry_at for attempt in error.attempts}
        return min((moment for moment in moments.values() if moment is not None), default=None)
    return error.retry_at if isinstance(error, AllTargetsFailed) else None


def _retry_words(retry_at: datetime | None, subject: str = "A model") -> str:
    health = "Health says why and what can be done."
    if retry_at is None:
        return f"Nobody can say when {subject.lower()} will be back. {health}"
    now = datetime.now(UTC)
    left = (retry_at - now).total_seconds()
    if left <= 0:
        return f"{subject} should be back by now: try again. {health}"
    moment = looks.short_time(retry_at.timestamp(), now.timestamp())
    return f"{subject} should be back in {looks.countdown(left)} ({moment}). {health}"
