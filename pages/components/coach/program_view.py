"""A program on a page: its weekly volume, and its weeks as tables that can be corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from pages.components.console import looks
from pages.components.usage.charts import SIMULATED, hatch
from router.services import Exercise, Program, ProgramFinding, ProgramRequest, Session, Week

_COLOURS = {"light": "#0F766E", "dark": "#5EEAD4"}
_ICONS = {"note": ":material/info:", "concern": ":yellow[:material/warning:]", "danger": ":red[:material/error:]"}
_NUMBERS = {
    "sets": ("Sets", 1, 12),
    "repetitions": ("Reps", 1, 100),
    "seconds": ("Time, s", 5, 7_200),
    "load_kg": ("Load, kg", 0, 500),
    "rpe": ("RPE", 1, 10),
    "rest_seconds": ("Rest, s", 0, 600),
}
COLUMNS = ["name", *_NUMBERS]
_EFFORT = "How hard a set feels, from 1 to 10: at 10 nothing more is possible"


def show_volume(program: Program) -> None:
    """Bars of sets a week, with the mean effort in words on hover."""
    weeks = program.weeks
    figure = go.Figure()
    figure.add_bar(
        x=[f"Week {week.number}" for week in weeks], y=[week.sets for week in weeks], width=0.55,
        text=[str(week.sets) for week in weeks], textposition="outside", cliponaxis=False,
        marker={"color": _COLOURS[looks.ground()], "pattern": hatch(SIMULATED if program.simulated else "")},
        customdata=[[week.work, _effort_words(week)] for week in weeks],
        hovertemplate="%{y} sets, %{customdata[0]:.0f} repetitions, RPE %{customdata[1]:.1f}<extra>%{x}</extra>",
    )  # fmt: skip
    title = "Volume, sets a week" + (" – simulated" if program.simulated else "")
    figure.update_layout(
        title={"text": title, "font": {"size": 14}, "x": 0}, height=210, showlegend=False,
        margin={"l": 0, "r": 0, "t": 56, "b": 0},
    )  # fmt: skip
    figure.update_yaxes(rangemode="tozero")
    st.plotly_chart(figure, width="stretch", config={"displayModeBar": False})


def _effort_words(week: Week) -> float:
    return sum(exercise.rpe for exercise in week.exercises) / max(len(week.exercises), 1)


def show_findings(findings: Sequence[ProgramFinding] | None) -> None:
    """What the checking model says."""
    if findings is None:
        return
    st.markdown("**Second opinion, by another model family**")
    if not findings:
        st.caption("Nothing to criticise. It can be wrong too.")
    for finding in sorted(findings, key=lambda finding: list(_ICONS).index(finding.severity), reverse=True):
        where = f"Week {finding.week}: " if finding.week else ""
        st.markdown(f"{_ICONS[finding.severity]} {where}{looks.plain(finding.sentence)}")


def filled_columns(weeks: Sequence[Week]) -> list[str]:
    """The columns in which anything stands: a whole column of dashes says nothing."""
    exercises = [exercise for week in weeks for exercise in week.exercises]
    return [name for name in COLUMNS if any(getattr(exercise, name) is not None for exercise in exercises)]


def edit_weeks(weeks: Sequence[Week], key: str, columns: Sequence[str]) -> tuple[Week, ...]:
    """A tab for each week with a table for each session; gives the weeks as they stand in them.

    Args:
        columns: those that are shown.
    """
    edited = []
    for tab, week in zip(st.tabs([f"Week {week.number}" for week in weeks]), weeks, strict=True):
        with tab:
            st.caption(looks.plain(week.focus[:1].upper() + week.focus[1:]))
            edited.append(_edit_week(week, f"{key}-{week.number}", columns))
    return tuple(edited)


def _edit_week(week: Week, key: str, columns: Sequence[str]) -> Week:
    equipment = {exercise.name: exercise.equipment for exercise in week.exercises}
    sessions = []
    for day, session in enumerate(week.sessions, start=1):
        st.markdown(f"**{looks.plain(session_name(day, session))}**")
        rows = _edit_exercises(session, f"{key}-{day}", columns, alt=f"Exercises of session {day}")
        sessions.append(session_of(session, rows, equipment))
    return week.model_copy(update={"sessions": tuple(sessions)})


def _edit_exercises(session: Session, key: str, columns: Sequence[str], *, alt: str) -> list[Mapping[str, Any]]:
    config: dict[str, Any] = {
        name: st.column_config.NumberColumn(
            label, min_value=low, max_value=high, width="small", help=_EFFORT if name == "rpe" else None
        )
        for name, (label, low, high) in _NUMBERS.items()
    }
    config["name"] = st.column_config.TextColumn("Exercise", max_chars=200, width=180)
    rows = [{name: getattr(exercise, name) for name in COLUMNS} for exercise in session.exercises]
    edited = st.data_editor(
        pd.DataFrame(rows, columns=COLUMNS), key=key, column_config=config, column_order=columns, num_rows="dynamic",
        hide_index=True, alt=alt, height="content", placeholder="–",
    )  # fmt: skip
    records: list[Mapping[str, Any]] = edited.to_dict("records")
    return records


def show_written(program: Program) -> None:
    """What is written so far, to be read while the rest comes; it is corrected once all of it is there."""
    st.header(looks.plain(program.request.goal))
    for week in program.weeks:
        sessions = "\n".join(
            f"- {looks.plain(session_name(day, session))}: {_exercise_words(session)}"
            for day, session in enumerate(week.sessions, start=1)
        )
        st.markdown(f"**Week {week.number}** :small[{looks.plain(week.focus)}]\n\n{sessions}")
    st.markdown(_step_lines(program))
    if len(program.weeks) < program.request.weeks:
        waiting = "More to come." if program.weeks else "Several weeks are written at once, and appear here together."
        st.caption(f"{waiting} You may leave this page: the program is kept.")
        st.html('<div class="pending" aria-hidden="true"><i></i><i></i><i></i></div>')


def _step_lines(program: Program) -> str:
    """What is done, what is under way and what is to come, a line each."""
    is_written = len(program.weeks) >= program.request.weeks
    writing = f"Write the weeks and check each against the fixed rules: {len(program.weeks)} of {program.request.weeks}"
    marks = ("check_circle", "pending") if is_written else ("pending", "circle")
    steps = zip(marks, (writing, "Second opinion, by another model family"), strict=True)
    return "  \n".join(f":small[:material/{mark}: {words}]" for mark, words in steps)


def _exercise_words(session: Session) -> str:
    """`Back squat 3 × 6, Plank 3 × 40 s`, as Markdown."""
    return ", ".join(looks.plain(_set_words(exercise)) for exercise in session.exercises)


def _set_words(exercise: Exercise) -> str:
    size = f"{exercise.repetitions}" if exercise.repetitions else f"{exercise.seconds or 0} s"
    return f"{exercise.name} {exercise.sets} × {size}"


def program_text(program: Program) -> str:
    """A program in plain lines, to be copied into a message or printed: a line for each exercise."""
    lines = [program.request.goal]
    for week in program.weeks:
        lines += ["", f"Week {week.number}: {week.focus}"]
        for day, session in enumerate(week.sessions, start=1):
            lines += ["", session_name(day, session)]
            lines += [f"- {_set_words(exercise)}{_effort_text(exercise)}" for exercise in session.exercises]
    return "\n".join(lines)


def _effort_text(exercise: Exercise) -> str:
    load = f" at {exercise.load_kg:g} kg" if exercise.load_kg else ""
    return f"{load}, RPE {exercise.rpe:g}, rest {exercise.rest_seconds} s"


def request_words(request: ProgramRequest) -> str:
    """What a program was made for beside its goal: the equipment, and what has to be spared."""
    things = ", ".join(request.equipment) or "bodyweight only"
    return things + (f" · spares: {request.limits}" if request.limits.strip() else "")


def session_name(day: int, session: Session) -> str:
    """`Session 1: Upper body`; without a title of its own, its number alone."""
    number = f"Session {day}"
    return number if session.title.strip().lower() in ("", number.lower()) else f"{number}: {session.title}"


def rows_of_week(week: Week) -> list[dict[str, Any]]:
    """A week's exercises, a row each."""
    return [
        {"session": day} | {name: getattr(exercise, name) for name in COLUMNS}
        for day, session in enumerate(week.sessions, start=1)
        for exercise in session.exercises
    ]


def rows_of(program: Program) -> list[dict[str, Any]]:
    """The whole program, for a file."""
    return [{"week": week.number} | row for week in program.weeks for row in rows_of_week(week)]


def session_of(
    session: Session, rows: Sequence[Mapping[str, Any]], equipment: Mapping[str, tuple[Any, ...]]
) -> Session:
    """The session of a table; a row without an exercise is none.

    Args:
        equipment: what an exercise of the week needs, by its name; no table shows it.
    """
    whole = [row for row in rows if isinstance(row["name"], str) and row["name"].strip()]
    exercises = tuple(_exercise_of(row, equipment.get(row["name"], ())) for row in whole[:14])
    return session.model_copy(update={"exercises": exercises})


def _exercise_of(row: Mapping[str, Any], equipment: tuple[Any, ...]) -> Exercise:
    numbers = {name: _within_bounds(row[name], low, high) for name, (_, low, high) in _NUMBERS.items()}
    repetitions, seconds, rest = numbers["repetitions"], numbers["seconds"], numbers["rest_seconds"]
    return Exercise(
        name=row["name"].strip()[:200],
        equipment=equipment,
        sets=int(numbers["sets"] or 1),
        repetitions=None if repetitions is None else int(repetitions),
        seconds=None if seconds is None else int(seconds),
        load_kg=numbers["load_kg"],
        rpe=numbers["rpe"] or 6.0,
        rest_seconds=int(rest or 0),
    )


def _within_bounds(value: Any, low: float, high: float) -> float | None:
    number = _number_of(value)
    return None if number is None else min(max(number, low), high)


def _number_of(value: Any) -> float | None:
    return None if value is None or value != value else float(value)
