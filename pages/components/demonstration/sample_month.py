"""A month of invented requests, so that Usage, History, Report and Speed table have something to show on day one."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

import streamlit as st

from pages.components.console import looks
from pages.components.console.access.sign_in import may_change
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime
from router.comparison.speed_prompts import load_prompts
from router.comparison.speed_run import make_plan
from router.comparison.speed_table import FEWEST
from router.errors import ConfigurationError
from router.store import SAMPLE_OWNER, SampleTask, SpeedStep, draw_answer
from router.types import Target, TaskConfig, TaskType

REPETITIONS = FEWEST
"""Measurements of each task in the speed table's sample run: fewer give no interval."""

_MOST_TARGETS = 3

SAMPLES: tuple[tuple[TaskType, float, str, str], ...] = (
    (
        TaskType.REAL_TIME_CHAT,
        5.0,
        "I slept badly and have leg day planned. Should I train or rest?",
        "Train, but lighter: keep the exercises, halve the sets and stop well before failure. One bad night costs "
        "focus more than strength. If the warm-up still feels heavy after ten minutes, make it a walk.",
    ),
    (TaskType.QUICK_CATEGORIZATION, 4.0, "Categorise this entry: 2 eggs and toast", "meal"),
    (
        TaskType.COMPLEX_REASONING,
        1.5,
        "My bench press has been stuck at 80 kg for six weeks. What could be the reasons?",
        "Three things are likely. The stimulus has not changed: same load, same repetitions. Fatigue hides strength: "
        "six weeks without a lighter one. Or there is too little to build from, if you are in a deficit. Test the "
        "second first: one week with half the sets costs nothing and tells fatigue from the rest.",
    ),
    (
        TaskType.VISION,
        0.8,
        "What is on this plate, and roughly how much energy is in it?",
        "Two fried eggs, two slices of toast and half an avocado, about 560 kcal. The avocado and the frying fat make "
        "up most of it.",
    ),
    (
        TaskType.STRUCTURED_OUTPUT,
        2.0,
        "Give me the foods in '2 eggs, toast with butter' as JSON.",
        '{"items": [{"food": "egg", "quantity": 2, "kcal": 143}, {"food": "toast", "quantity": 1, "kcal": 88}, '
        '{"food": "butter", "quantity": 1, "kcal": 72}]}',
    ),
    (
        TaskType.PROGRAM_GENERATION,
        0.7,
        "Write a four-week strength program for an intermediate lifter, three days a week.",
        "Week 1: squat 3 x 6, bench press 3 x 6, row 3 x 10 at RPE 6. Week 2: the same at RPE 7. Week 3: four sets at "
        "RPE 8. Week 4: two sets at RPE 5, to recover. Add 2.5 kg where every repetition was clean.",
    ),
    (
        TaskType.STREAMING_FEEDBACK,
        2.0,
        "Today I ran 8 km in 46 minutes and my legs felt heavy. Feedback?",
        "A pace of 5:45 on heavy legs is solid. Heavy legs after a hard week are fatigue and not lost fitness. Make "
        "the next run an easy one at which you can talk, and sleep an hour longer.",
    ),
    (
        TaskType.VERIFICATION,
        1.0,
        "Check this claim: an 80 kg person burns 800 kcal on a 10 km run.",
        "Plausible. Running costs about one kilocalorie for each kilogram and kilometre: 80 x 10 = 800.",
    ),
    (TaskType.REAL_TIME_CHAT, 3.0, "How much protein do I need to build muscle?",
     "About 1.6 g a day for each kilogram of body weight, spread over the day. More does no harm and adds little."),
    (TaskType.REAL_TIME_CHAT, 2.0, "What should I eat an hour before a run?",
     "Something small with carbohydrate and little fat or fibre: a banana, or toast with jam. Drink water."),
    (TaskType.REAL_TIME_CHAT, 1.0, "Wie lange soll ich zwischen den Sätzen pausieren?",
     "Zwei bis drei Minuten bei schweren Grundübungen, eine bis zwei bei leichteren. Kürzer bringt selten mehr."),
    (TaskType.QUICK_CATEGORIZATION, 3.0, "Categorise this entry: bench press 3x8 at 60 kg", "workout"),
    (TaskType.QUICK_CATEGORIZATION, 2.0, "Categorise this entry: weight 82.4 kg this morning", "measurement"),
    (TaskType.STRUCTURED_OUTPUT, 1.0, "The workout 'squat 5x5 at 100 kg' as JSON, please.",
     '{"exercise": "squat", "sets": 5, "repetitions": 5, "load_kg": 100}'),
    (TaskType.COMPLEX_REASONING, 1.0, "Compare running three times a week with cycling twice for losing 4 kg.",
     "Both work if the food stays the same. Running costs more energy an hour and loads the joints more; cycling lets "
     "you do more hours. For 4 kg choose the one that you will still do in three months."),
)  # fmt: skip
"""Task, weight, prompt and answer."""


def show_sample_month(running: Runtime) -> None:
    """What a sample month is, and the button that makes it or takes it away."""
    count = running.store.sample_month_size()
    st.header("Sample month")
    words = "Thirty days of invented requests for Usage, History, the report and the speed table, marked as simulated."
    if count:
        words = f"{count:,} invented requests of the last 30 days are in the log, marked as simulated."
    with st.container(horizontal=True, vertical_alignment="center", key="sample-month"):
        st.markdown(words, width="stretch")
        if count:
            icon = ":material/delete_sweep:"
            st.button(
                "Remove sample month", key="sample-remove", icon=icon, on_click=remove_month, args=(running,),
                disabled=not may_change(),
            )  # fmt: skip
        else:
            icon = ":material/calendar_month:"
            st.button(
                "Add sample month", key="sample-add", icon=icon, on_click=add_month, args=(running,),
                disabled=not may_change(),
            )  # fmt: skip
    if count:
        rows = "rows=Simulated&amp;period=30+days"
        links = [f'<a href="{path}?{rows}" target="_self">{path.capitalize()}</a>' for path in ("usage", "history")]
        st.html(f"Look at them on {' and '.join(links)}.")


def add_month(running: Runtime) -> None:
    """Write the month; where there is one already, it stays."""
    if running.store.sample_month_size():
        return
    try:
        samples = sample_tasks(running)
        count = running.store.add_sample_month(samples)
    except ConfigurationError as error:
        leave_note(looks.plain(str(error)))
        return
    _add_speed_run(running, samples)
    leave_note(f"{count:,} invented requests were added.")


def remove_month(running: Runtime) -> None:
    """Take the month away; figures are as they were before it."""
    try:
        count = running.store.remove_sample_month()
    except ConfigurationError as error:
        leave_note(looks.plain(str(error)))
        return
    leave_note(f"{count:,} invented requests were removed.")


def sample_tasks(running: Runtime) -> list[SampleTask]:
    """Every task with the models that would serve it now."""
    tasks = []
    for task, weight, prompt, answer in SAMPLES:
        config = TaskConfig(task, requires_vision=task is TaskType.VISION)
        planned = [Target(line.provider, line.model) for line in running.router.plan(config=config)
                   if "retired" not in (line.reason or "")]  # fmt: skip
        if targets := _of_both_providers(planned):
            tasks.append(SampleTask(str(task), targets, prompt, answer, weight))
    return tasks


def _of_both_providers(planned: list[Target]) -> tuple[Target, ...]:
    """The first models, those of a second provider among them where there are any."""
    if not planned:
        return ()
    further_targets = [target for target in planned if target.provider != planned[0].provider]
    return (planned[0], *further_targets[: _MOST_TARGETS - 1]) if further_targets else tuple(planned[:_MOST_TARGETS])


def _add_speed_run(running: Runtime, samples: Sequence[SampleTask]) -> None:
    """A whole run of the speed table with invented times, marked as the rest is."""
    runs, plan = running.store.speed_runs, make_plan(running.router, REPETITIONS)
    if not plan.steps:
        return
    run_id = runs.begin(plan.steps, version=load_prompts().version, repetitions=REPETITIONS, simulated=True)
    for step in _measured_steps(plan.steps, samples, random.Random()):
        runs.put(run_id, step)
    runs.note_job(run_id, SAMPLE_OWNER)


def _measured_steps(
    steps: tuple[SpeedStep, ...], samples: Sequence[SampleTask], dice: random.Random
) -> Iterator[SpeedStep]:
    """What each step came to: the times of the month's own answers, which Usage shows beside them."""
    answers = {sample.task: sample.answer for sample in reversed(samples)}
    fast = samples[0].targets[0].provider if samples else ""
    for step in steps:
        first_ms, total_ms, tokens = draw_answer(answers.get(step.task, ""), dice, is_fast=step.provider == fast)
        yield replace(
            step, status="succeeded", ttft_ms=first_ms, latency_ms=total_ms, completion_tokens=tokens, simulated=True
        )
