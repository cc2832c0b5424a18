"""A model that is about to go is said on Health and in the sidebar, with one click to evaluate its successors."""

from datetime import UTC, datetime, timedelta

import pytest

from pages.components.console.runtime import runtime
from pages.components.evaluate.leaving_models import days_words
from router.simulator.models import catalogue
from tests.world import FIRST


@pytest.fixture
def leaving(show, simulator):
    """A console whose first model goes in a week, by its provider's list."""
    day = datetime.now(UTC).date() + timedelta(days=7)
    entries = [catalogue.entry_of("groq", model) for model in catalogue.shipped()["groq"].values()]
    ends = [entry | ({"expiration_date": day.isoformat()} if entry["id"] == FIRST[1] else {}) for entry in entries]
    show("health.py")
    simulator.set_models("groq", ends)
    try:
        runtime().portal.call(runtime().router.refresh_catalogue)
    finally:
        simulator.set_models("groq", None)
    return show


def test_health_has_its_days_and_a_button_that_evaluates_its_successors(leaving):
    app = leaving("health.py")
    (words,) = [text.value for text in app.markdown if "should take its place" in text.value]
    assert "goes in 7 days" in words
    assert app.button(key="evaluate-0-real-time-chat").label == "Evaluate Real-time chat"


def test_one_click_starts_the_evaluation_of_its_successors(leaving):
    leaving("health.py").button(key="evaluate-0-real-time-chat").click().run()
    (run,) = runtime().store.evaluations.runs()
    steps = runtime().store.evaluations.steps(run.id)
    assert run.tasks == ("real-time-chat",)
    models = {step.model for step in steps}
    assert FIRST[1] in models
    assert len(models) == 3, "itself, as long as it can be asked, and two that could take its place"
    job = runtime().portal.find_job(run.job)
    job.cancel()
    assert job.ended.wait(20)
    leaving("health.py").button(key="evaluate-0-real-time-chat").click().run()
    assert len(runtime().store.evaluations.runs()) == 1, "another is not finished"


def test_the_sidebar_says_it_on_every_page(leaving):
    assert "goes in 7 days" in leaving("shell.py").sidebar.warning[0].value


def test_one_that_vanished_without_a_date_is_said_and_evaluated_likewise(show, simulator):
    show("health.py")
    simulator.remove_model(*FIRST)
    runtime().portal.call(runtime().router.refresh_catalogue)
    app = show("health.py")
    (words,) = [text.value for text in app.markdown if "should take its place" in text.value]
    assert "is not on its provider's list any more. Find out" in words
    assert app.button(key="evaluate-0-real-time-chat").label == "Evaluate Real-time chat"
    assert "gpt-oss-120b is gone." in show("shell.py").sidebar.warning[0].value


def test_without_such_a_model_nothing_is_said(show):
    assert len(show("shell.py").sidebar.warning) == 0


def test_days_are_said_as_people_do():
    assert [days_words(days) for days in (0, 1, 12)] == ["today", "tomorrow", "in 12 days"]
