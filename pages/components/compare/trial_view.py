"""What repeats and lists of prompts came to: figures of each lane, their spread, agreement, a table to take away."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from html import escape
from statistics import median
from typing import Any

import streamlit as st

from pages.components.console import looks
from pages.components.console.files import safe_cell
from pages.components.console.runtime import Runtime
from pages.components.prompt.controls import target_name
from pages.components.prompt.markup import html_of
from router.comparison.trials import Trial, count_agreement

_MANY, _HEIGHT = 6, 480
"""More answers than this scroll within so many pixels."""

_COLUMNS = (
    "row", "lane", "target", "served by", "prompt", "answer", "first token ms", "total ms", "tokens",
    "tokens per second", "cost USD", "simulated", "error",
)  # fmt: skip


def show_trials(running: Runtime, trials: Sequence[Trial]) -> None:
    """All of it; of one prompt repeated the spread, of a list the answers side by side."""
    if not trials:
        return
    lanes = sorted({trial.lane for trial in trials})
    st.dataframe([_lane_summary(running, trials, lane) for lane in lanes], hide_index=True, width="stretch")
    _say_agreement(trials, lanes)
    if len({trial.prompt for trial in trials}) == 1:
        _show_spread(running, trials, lanes)
    with st.container(height=_HEIGHT, key="trials") if len(trials) > _MANY else st.container(key="trials"):
        st.html(_table_html(trials))
    st.download_button(
        "Download the table",
        as_csv(trials),
        "comparison.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
    )


def _lane_summary(running: Runtime, trials: Sequence[Trial], lane: int) -> dict[str, Any]:
    own = [trial for trial in trials if trial.lane == lane]
    answered = [trial for trial in own if not trial.error]
    return {
        "lane": ("Left", "Right")[lane],
        "target": target_name(running, str(own[0].target)) + (" (simulated)" if any(t.simulated for t in own) else ""),
        "answered": f"{len(answered)} of {len(own)}",
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
        counts = [(("Left", "Right")[lane], count_agreement(trials, lane)) for lane in lanes]
        said = [f"{name}: {one.agree} of {one.answers} agree" for name, one in counts if one.answers]
        whole = count_agreement(trials)
        st.markdown(f"**JSON.** {', '.join(said)}; both lanes together: {whole.agree} of {whole.answers}.")
        return
    pairs = [count_agreement([trial for trial in trials if trial.row == row]) for row in rows]
    same = sum(pair.answers == 2 and pair.variants == 1 for pair in pairs)
    st.markdown(f"**JSON.** Both lanes say the same on {same} of {sum(pair.answers == 2 for pair in pairs)} prompts.")


def _show_spread(running: Runtime, trials: Sequence[Trial], lanes: Sequence[int]) -> None:
    # Loaded with the first plot: it takes longer than the rest of the page.
    from pages.components.compare import spread

    for title, values in (("First token (s)", "ttft_ms"), ("Total (s)", "total_ms")):
        groups = [
            spread.Group(
                name=f"{('Left', 'Right')[lane]}: {target_name(running, str(own[0].target))}",
                colour=looks.provider_colour(own[0].target.provider, list(running.router.table.providers)),
                values=[value / 1000 for trial in own if (value := getattr(trial, values)) is not None],
                simulated=any(trial.simulated for trial in own),
            )
            for lane in lanes
            if (own := [trial for trial in trials if trial.lane == lane])
        ]
        spread.show(title, groups, key=f"spread_{values}")


def _table_html(trials: Sequence[Trial]) -> str:
    """Each prompt with both answers, drawn as answers are; the file to take away marks formulas, the page need not."""
    prompts = {trial.row: trial.prompt for trial in trials}
    by_place = {(trial.row, trial.lane): trial for trial in trials}
    rows = "".join(
        f'<tr><th>{row}</th><td data-label="Prompt" dir="auto">{escape(prompt)}</td>'
        + "".join(_cell_html(name, by_place.get((row, lane))) for lane, name in enumerate(("Left", "Right")))
        + "</tr>"
        for row, prompt in prompts.items()
    )
    head = "<tr><th>#</th><th>Prompt</th><th>Left</th><th>Right</th></tr>"
    return f'<table class="grid trials"><thead>{head}</thead><tbody>{rows}</tbody></table>'


def _cell_html(name: str, trial: Trial | None) -> str:
    if trial is None:
        return f'<td data-label="{name}">…</td>'
    if trial.error:
        return f'<td data-label="{name}"><small>No answer: {escape(trial.error)}</small></td>'
    return f'<td data-label="{name}"><small>{looks.seconds(trial.total_ms)}</small>{html_of(trial.text)}</td>'


def as_csv(trials: Sequence[Trial]) -> str:
    """A table for a spreadsheet; a cell that it would take for a formula has an apostrophe in front."""
    place = io.StringIO()
    writer = csv.writer(place)
    writer.writerow(_COLUMNS)
    for trial in trials:
        times = (trial.ttft_ms, trial.total_ms, trial.tokens, trial.per_second, trial.cost_usd)
        figures = ["" if value is None else round(value, 3) for value in times]
        texts = (("left", "right")[trial.lane], str(trial.target), trial.served, trial.prompt, trial.text)
        marked = "simulated" if trial.simulated else "live"
        writer.writerow([trial.row, *map(safe_cell, texts), *figures, marked, safe_cell(trial.error)])
    return place.getvalue()
