"""Who was right in a batch whose list says what is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.console.targets import target_name
from router.comparison.trials import Trial
from router.evaluation.results.batch_verdict import judge_batch
from router.evaluation.results.conclusions import chance_text

_SIDES = ("Left", "Right")

_READING_WORDS = (
    "In brackets where the share lies with 95% certainty. Chance alone: how often models that are equally good would "
    "differ as much. A row that failed is not right."
)


def show_right(running: Runtime, trials: Sequence[Trial], expected: Mapping[int, str]) -> None:
    """Each side's share of right answers with its interval, and whether they differ beyond chance."""
    if not trials or not any(expected.values()):
        return
    verdict = judge_batch(trials, expected)
    targets = {trial.lane: str(trial.target) for trial in trials}
    parts = []
    for lane, interval in enumerate(verdict.intervals):
        if interval is not None:
            name = looks.plain(target_name(running, targets[lane]))
            share, low, high = (f"{value * 100:.0f}" for value in (interval.share, interval.low, interval.high))
            count = f"{verdict.right[lane]} of {verdict.answered[lane]}"
            parts.append(f"**{_SIDES[lane]}** ({name}) is right in {count}: {share}% ({low} to {high}%)")
    tail = "" if len(parts) < 2 else f" Chance alone: {chance_text(verdict.chance)}."
    st.markdown(f"{'; '.join(parts)}.{tail}")
    st.caption(_READING_WORDS)
