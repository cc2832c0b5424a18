"""Coach: a conversation that knows the goal and the day's entries, and recommendations with their reasons."""

from __future__ import annotations

import time
from itertools import groupby

import streamlit as st

from pages.components.coach.coach_view import (
    HANDED_QUESTION,
    ask_coach,
    begin_anew,
    is_answering,
    keep_in_address,
    show_conversation,
    spoken_messages,
)
from pages.components.coach.entries import (
    NOT_WRITTEN,
    day_entries,
    day_of,
    equal_entries,
    keep_goal,
    kept_goal,
    meals_of_today,
    show_line,
)
from pages.components.coach.meal_view import energy_words
from pages.components.coach.service_view import show_advice, show_doubts, show_missing, show_requests
from pages.components.coach.spoken_line import offer_speech, show_writing, take_words
from pages.components.console import looks
from pages.components.console.access.sign_in import may_change
from pages.components.console.announcements import note_awaited
from pages.components.console.double_click import is_double_click
from pages.components.console.examples import hint_of
from pages.components.console.files import offer_files
from pages.components.console.job_view import announce_job, show_job
from pages.components.console.notes import leave_note
from pages.components.console.runtime import Runtime, runtime_or_stop
from router.background.jobs import Job
from router.services import Day, DayEntry, Recommendation, Recommendations, recommend
from router.types import Source

GOAL = "Lose 4 kg by spring and keep my strength"
LONGEST_QUESTION = 2_000
"""Characters of a question."""

QUESTIONS = {
    "How is my day?": "How is my day going?",
    "Train or rest?": "Should I train or rest today?",
    "What to eat tonight?": "What should I eat tonight?",
}
"""Questions that are one click away: what their buttons say, and what is asked."""

FEEDBACK = "Give me feedback on my day so far."

KINDS = {
    "training": ":material/fitness_center:",
    "food": ":material/restaurant:",
    "recovery": ":material/bedtime:",
    "habit": ":material/repeat:",
}


def choose_goal(running: Runtime) -> tuple[str, int | None]:
    """The goal, which is kept with the log, and the age where the person gives it."""
    if "goal" not in st.session_state and "goal" not in st.query_params and (kept := kept_goal(running)):
        st.session_state["goal"] = kept
    left, right = st.columns([4, 1], gap="small")
    goal = left.text_input("Goal", key="goal", placeholder=hint_of(GOAL), max_chars=300, bind="query-params",
                           on_change=_keep_goal, args=(running,))  # fmt: skip
    age = right.number_input("Age", 5, 110, None, key="age", help="Optional. Under 18, no plans are made here.")
    return goal, age


def _keep_goal(running: Runtime) -> None:
    if may_change() and not keep_goal(running, st.session_state["goal"]):
        leave_note(NOT_WRITTEN)


def show_day(running: Runtime, goal: str) -> None:
    """What the coach knows: the goal, what today's meals come to, and the entries of today and yesterday."""
    st.header("What the coach knows")
    if goal.strip():
        st.markdown(f":material/flag: {looks.plain(goal)}")
    entries, now = day_entries(running)[::-1], time.time()
    if not entries:
        _offer_logging()
    for day, of_day in groupby(entries, key=lambda entry: looks.day_words(entry.at, now)):
        st.html(f'<div class="list-day">{day}</div>')
        with st.container(gap="xxsmall"):
            if day == "Today" and (sums := energy_words(meals_of_today(running))):
                st.caption(sums)
            for equal in equal_entries(list(of_day)):
                show_line(running, *equal, dated=False)


def _offer_logging() -> None:
    st.caption("Nothing logged today or yesterday.")
    with st.container(horizontal=True):
        if st.button("Add an entry", key="to-entry", icon=":material/edit_note:"):
            st.switch_page("quick_entry.py")
        if st.button("Add a meal", key="to-meal", icon=":material/restaurant:"):
            st.switch_page("meals.py")


def send_question(running: Runtime, day: Day, question: str, *, feedback: bool = False) -> None:
    """Put a question to the coach."""
    try:
        ask_coach(running, day, question, feedback=feedback)
    except ValueError as error:
        st.session_state["problem"] = str(error)


def send_written(running: Runtime, day: Day) -> None:
    """Put what stands in the field to the coach; what is not taken goes back into the field."""
    question = st.session_state["question"]
    send_question(running, day, question)
    if "problem" in st.session_state:
        st.session_state["question"] = question


def show_questions(running: Runtime, day: Day) -> None:
    """Questions that are one click away."""
    with st.container(horizontal=True, key="examples"):
        for number, (words, question) in enumerate(QUESTIONS.items()):
            st.button(
                words,
                on_click=send_question,
                args=(running, day, question),
                key=f"ask-{number}",
                disabled=is_answering(),
            )
        st.button(
            "Feedback on my day", on_click=send_question, args=(running, day, FEEDBACK), kwargs={"feedback": True},
            key="ask-feedback", disabled=is_answering(),
        )  # fmt: skip


def write_question(running: Runtime, day: Day) -> None:
    """The field for a question, below the conversation.

    Within a container: at the foot of the window, where Streamlit puts it by itself, the page opens scrolled down.
    """
    with st.container(key="coach-question"):
        show_questions(running, day)
        st.chat_input(
            "The coach answers" if is_answering() else "Ask the coach",
            key="question",
            max_chars=LONGEST_QUESTION,
            disabled=is_answering(),
            on_submit=send_written,
            args=(running, day),
        )
        if spoken_messages() and not is_answering():
            st.button(
                "New conversation", on_click=begin_anew, key="clear", icon=":material/restart_alt:", type="tertiary"
            )


def take_handed_question() -> None:
    """Put a question that another page hands over into the field, where a person sends it or changes it."""
    if (question := st.session_state.pop(HANDED_QUESTION, None)) is not None:
        st.session_state["question"] = question[:LONGEST_QUESTION]


def show_beginning(day: Day) -> None:
    """What to do first, while nothing was said; what is done already is not said again."""
    steps = {
        ":material/flag: Write your goal into the field above: every answer keeps to it.": not day.goal.strip(),
        ":material/edit_note: [Log](./quick-entry) what you eat and do: the coach reads two days.": not day.entries,
        ":material/forum: Ask below, or press a question.": True,
    }
    with st.container(border=True, key="coach-beginning"):
        for words, is_open in steps.items():
            if is_open:
                st.markdown(words)


def begin_recommendations(running: Runtime, day: Day) -> None:
    """Ask for recommendations, in the router's loop."""
    if is_double_click("recommend", day):
        return

    async def work(job: Job[Recommendations]) -> Recommendations:
        return await recommend(running.router, day, source=Source.CONSOLE)

    job = running.portal.begin(work, title="Thinking of recommendations", total=1)
    note_awaited(job.id)
    st.session_state["advice-job"], st.session_state["advice-day"] = job.id, day


def rested_on(item: Recommendation, day: Day) -> list[DayEntry]:
    """The entries that a step rests on; a number that no entry has names none."""
    return [day.entries[number - 1] for number in item.entries if 0 < number <= len(day.entries)]


def show_recommendations(running: Runtime, day: Day) -> None:
    """Steps as cards, each with its reason."""
    st.header("Recommendations")
    st.button(
        "Recommend next steps", on_click=begin_recommendations, args=(running, day), key="recommend",
        icon=":material/tips_and_updates:",
    )  # fmt: skip
    job = running.portal.find_job(st.session_state.get("advice-job", ""))
    if job is None:
        st.caption("One to four steps from your goal and your log, each with its reason.")
        return
    if not job.ended.is_set() or job.result is None:
        show_job(job)
        return
    announce_job(job)
    result: Recommendations = job.result
    if show_advice(result.advice):
        return
    told: Day = st.session_state["advice-day"]  # an entry that came later has another number
    for number, item in enumerate(result.items, start=1):
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"{KINDS[item.kind]} **{number}. {looks.plain(item.what)}**")
            st.caption(looks.plain(f"Why: {item.reason}"))
            if rests := [entry.summary for entry in rested_on(item, told)]:
                st.caption(looks.plain(f"From your log: {'; '.join(rests)}"))
    show_doubts(result.doubts)
    rows = [item.model_dump(mode="json", exclude={"entries"}) for item in result.items]
    offer_files("recommendations", lambda: rows, lambda: result.model_dump_json(indent=2))
    show_requests(running, result)


running = runtime_or_stop()
st.title("Coach")
st.caption("Knows your goal and what you logged today and yesterday. Not medical advice.")
goal, age = choose_goal(running)
day = day_of(running, goal, age)
talk, beside = st.columns([3, 2], gap="large")
with talk:
    take_words(running, "question", LONGEST_QUESTION)
    with st.container():  # with or without a word in it: whatever follows keeps its place on the page
        show_missing()
    turns = st.container(key="coach-turns")
    take_handed_question()
    write_question(running, day)
    offer_speech(running, "question")
    show_writing(running, "question", "Enter")
keep_in_address()
with beside:
    show_day(running, goal)
    show_recommendations(running, day)
with turns:
    answering = is_answering()
    show_conversation(running)
    if answering:
        st.rerun()  # the questions above were drawn while the reply was still to come
    if not spoken_messages():
        show_beginning(day)
