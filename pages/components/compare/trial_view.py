"""What repeats and lists of prompts came to: figures of each lane, their spread, agreement, a table to take away."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from statistics import median
from types import MappingProxyType
from typing import Any

import streamlit as st

from pages.components.answer.markup import html_of
from pages.components.console import looks
from pages.components.console.files import safe_cell
from pages.components.console.runtime import Runtime
from pages.components.console.targets import target_name
from router.comparison.trials import Trial, count_agreement
from router.evaluation.results.batch_verdict import is_right

_MANY, _HEIGHT = 6, 480
"""More answers than this scroll within so many pixels."""

_SIDES = ("Left", "Right")

_MARKS = re.compile(r"[*_#`>|]+")
_BEGINNING = 240
"""Characters of an answer in a line; what does not fit the window is cut there."""

_COLUMNS = (
    "row", "lane", "target", "served by", "prompt", "answer", "first token ms", "total ms", "tokens",
    "tokens per second", "cost USD", "simulated", "error", "expected", "right",
)  # fmt: skip


def show_trials(running: Runtime, trials: Sequence[Trial], expected: Mapping[int, str] = MappingProxyType({})) -> None:
    """All of it; of one prompt repeated the spread, of a list the answers side by side.

    Args:
        expected: what is right, by the prompt's place from 1 on, where the list says it.
    """
    if not trials:
        return
    lanes = sorted({trial.lane for trial in trials})
    st.dataframe([_lane_summary(running, trials, lane) for lane in lanes], hide_index=True, width="stretch")
    _say_agreement(trials, lanes)
    if len({trial.prompt for trial in trials}) == 1:
        _show_spread(running, trials, lanes)
    _show_rows(running, trials, expected)
    st.download_button(
        "Download the table",
        as_csv(trials, expected),
        "comparison.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
    )


def _lane_summary(running: Runtime, trials: Sequence[Trial], lane: int) -> dict[str, Any]:
    lane_trials = [trial for trial in trials if trial.lane == lane]
    answered = [trial for trial in lane_trials if not trial.error]
    return {
        "side": _SIDES[lane],
        "model": target_name(running, str(lane_trials[0].target))
        + (" (simulated)" if any(t.simulated for t in lane_trials) else ""),
        "answered": f"{len(answered)} of {len(lane_trials)}",
        "first token p50": looks.seconds(_median_of(trial.ttft_ms for trial in answered)),
        "total p50": looks.seconds(_median_of(trial.total_ms for trial in answered)),
        "speed p50": looks.per_second(_median_of(trial.per_second for trial in answered)),
        "tokens": sum(trial.tokens or 0 for trial in answered),
        "cost": looks.dollars(sum(trial.cost_usd or 0.0 for trial in answered)),
    }


def _median_of(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _say_agreement(trials: Sequence[Trial], lanes: Sequence[int]) -> None:
    """For JSON: how many answers say the same; of a list of prompts, on how many both lanes do."""
    rows = {trial.row for trial in trials if trial.parsed is not None}
    if not rows:
        return
    if len({trial.prompt for trial in trials}) == 1:
        counts = [(_SIDES[lane], count_agreement(trials, lane)) for lane in lanes]
        counts_in_words = [
            f"{name}: {agreement.agree} of {agreement.answers} agree" for name, agreement in counts if agreement.answers
        ]
        whole = count_agreement(trials)
        st.markdown(f"**JSON.** {', '.join(counts_in_words)}; both models together: {whole.agree} of {whole.answers}.")
        return
    pairs = [count_agreement([trial for trial in trials if trial.row == row]) for row in rows]
    equal_pairs = sum(pair.answers == 2 and pair.variants == 1 for pair in pairs)
    prompts = looks.counted(sum(pair.answers == 2 for pair in pairs), "prompt")
    st.markdown(f"**JSON.** Both models say the same on {equal_pairs} of {prompts}.")


def _show_spread(running: Runtime, trials: Sequence[Trial], lanes: Sequence[int]) -> None:
    # Loaded with the first plot: it takes longer than the rest of the page.
    from pages.components.compare import spread

    for title, values in (("First token (s)", "ttft_ms"), ("Total (s)", "total_ms")):
        groups = [
            spread.Group(
                name=f"{('Left', 'Right')[lane]}: {target_name(running, str(lane_trials[0].target))}",
                colour=looks.provider_colour(lane_trials[0].target.provider, list(running.router.table.providers)),
                values=[value / 1000 for trial in lane_trials if (value := getattr(trial, values)) is not None],
                simulated=any(trial.simulated for trial in lane_trials),
            )
            for lane in lanes
            if (lane_trials := [trial for trial in trials if trial.lane == lane])
        ]
        spread.show(title, groups, key=f"spread_{values}")


def _show_rows(running: Runtime, trials: Sequence[Trial], expected: Mapping[int, str]) -> None:
    """A line for each prompt, with how both answers begin; opened, both stand side by side."""
    rows = _by_row(trials)
    if any(len(row) > 1 for row in rows) and st.toggle("Only where they differ", key="only-differing"):
        rows = [row for row in rows if is_differing(row, expected.get(row[0].row, ""))]
        if not rows:
            same = "are right, or wrong, alike" if expected else "say the same"
            st.caption(f"Both models {same} on every prompt.")
    names = [target_name(running, str(lane[0].target)) for lane in _by_lane(trials)]
    lines = "".join(_row_html(row, names, expected.get(row[0].row, "")) for row in rows)
    with st.container(height=_HEIGHT, key="trials") if len(rows) > _MANY else st.container(key="trials"):
        st.html(f'<div class="trials">{lines}</div>')


def _by_row(trials: Sequence[Trial]) -> list[list[Trial]]:
    """The trials of each prompt, left before right, in the prompts' order."""
    rows: dict[int, list[Trial]] = {}
    for trial in sorted(trials, key=lambda trial: (trial.row, trial.lane)):
        rows.setdefault(trial.row, []).append(trial)
    return list(rows.values())


def _by_lane(trials: Sequence[Trial]) -> list[list[Trial]]:
    lanes = sorted({trial.lane for trial in trials})
    return [[trial for trial in trials if trial.lane == lane] for lane in lanes]


def is_differing(row: Sequence[Trial], expected: str = "") -> bool:
    """Whether two answers to a prompt differ: as documents where both are JSON, else as words; a lost one differs.

    Args:
        expected: what is right; where that is known, they differ where one is right and the other is not.
    """
    if len(row) < len(_SIDES) or any(trial.error for trial in row):
        return True
    if expected:
        return len({verdict_of(trial, expected) for trial in row}) > 1
    left, right = row
    if left.parsed is not None and right.parsed is not None:
        return bool(left.parsed != right.parsed)
    return left.text.split() != right.text.split()


def _row_html(row: Sequence[Trial], names: Sequence[str], expected: str) -> str:
    marks = [verdict_of(trial, expected) for trial in row]
    beginnings = "".join(
        f'<span class="begins">{f"<b>{mark}</b> · " if mark else ""}{escape(_beginning_of(trial))}</span>'
        for trial, mark in zip(row, marks, strict=True)
    )
    answers = "".join(_answer_html(trial, names[trial.lane], mark) for trial, mark in zip(row, marks, strict=True))
    right = f'<p class="expected">Expected: <span dir="auto">{escape(expected)}</span></p>' if expected else ""
    return (
        f'<details><summary><b>{row[0].row}</b><span dir="auto">{escape(row[0].prompt)}</span>{beginnings}</summary>'
        f'{right}<div class="pair">{answers}</div></details>'
    )


def verdict_of(trial: Trial, expected: str) -> str:
    """`right` or `wrong`; nothing where nothing is expected."""
    return "" if not expected else "right" if is_right(trial, expected) else "wrong"


def _beginning_of(trial: Trial) -> str:
    """How an answer begins, without the marks of Markdown."""
    if trial.error:
        return f"No answer: {trial.error.partition(':')[0]}"
    return " ".join(_MARKS.sub(" ", trial.text[:_BEGINNING]).split())


def _answer_html(trial: Trial, name: str, mark: str) -> str:
    words = f"No answer: {escape(trial.error)}" if trial.error else html_of(trial.text)
    tail = f" · {mark}" if mark else ""
    return f"<div><b>{escape(name)}</b> · {looks.seconds(trial.total_ms)}{tail}<div>{words}</div></div>"


def as_csv(trials: Sequence[Trial], expected: Mapping[int, str] = MappingProxyType({})) -> bytes:
    """A table for a spreadsheet; a cell that it would take for a formula has an apostrophe in front.

    Args:
        expected: what is right, by the prompt's place from 1 on.
    """
    place = io.StringIO()
    writer = csv.writer(place)
    writer.writerow(_COLUMNS)
    for trial in trials:
        times = (trial.ttft_ms, trial.total_ms, trial.tokens, trial.per_second, trial.cost_usd)
        figures = ["" if value is None else round(value, 3) for value in times]
        texts = (("left", "right")[trial.lane], str(trial.target), trial.served, trial.prompt, trial.text)
        marked = "simulated" if trial.simulated else "live"
        right = expected.get(trial.row, "")
        verdict = [safe_cell(right), verdict_of(trial, right)]
        writer.writerow([trial.row, *map(safe_cell, texts), *figures, marked, safe_cell(trial.error), *verdict])
    return place.getvalue().encode("utf-8-sig")  # without the mark, a spreadsheet reads UTF-8 as Latin-1
