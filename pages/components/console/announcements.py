"""What a screen reader says of an answer that was waited for: that it has ended, and not its words as they come."""

from __future__ import annotations

from html import escape

import streamlit as st

_AWAITED = "awaited"

ANSWERED = "The answer is there."
STOPPED = "The answer was stopped."
FAILED = "There is no answer; the page says why."
_ENDINGS = {"succeeded": ANSWERED, "cancelled": STOPPED}
_JOB_ENDINGS = {"succeeded": "done.", "cancelled": "stopped."}
_JOB_FAILED = "it failed; the page says why."


def note_awaited(run_id: str) -> None:
    """Remember that this session saw a run under way: an old answer that is opened is not announced."""
    st.session_state.setdefault(_AWAITED, set()).add(run_id)


def announce_end(run_id: str, status: str) -> None:
    """Have the end of an awaited run spoken; the frame's script does it, once for each run.

    A page that is drawn anew at a run's end draws this again, so the words are not lost between the two.

    Args:
        status: how the run ended, as its view says.
    """
    _announce(run_id, _ENDINGS.get(status, FAILED))


def announce_job_end(job_id: str, title: str, status: str) -> None:
    """The same of an awaited job, such as a batch or a meal that is read.

    Args:
        title: what the page calls it.
        status: how it ended, as its view says.
    """
    # "Writing the program, weeks" is a title for a count behind it.
    _announce(job_id, f"{title.partition(',')[0]}: {_JOB_ENDINGS.get(status, _JOB_FAILED)}")


def _announce(awaited_id: str, words: str) -> None:
    if awaited_id in st.session_state.get(_AWAITED, ()):
        st.html(f'<span data-announces="{escape(awaited_id)}" data-announce="{escape(words)}"></span>')
