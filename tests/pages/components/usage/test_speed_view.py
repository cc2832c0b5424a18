"""The speed table: what a run would use, how it is made, stopped and gone on with, and what stands beside it."""

import re
import statistics
import time

from pages.components.console.runtime import runtime
from pages.components.demonstration.sample_month import add_month
from pages.components.usage.speed_view import missing_words
from router.comparison.speed_prompts import load_prompts
from router.comparison.speed_run import make_plan
from router.settings import SHIPPED_ROUTES
from router.store import Filters
from router.table.route_file import load_routes
from router.types import TaskType
from tests.pages.test_pages import ask, words


def test_the_speed_table_says_what_a_run_would_use_before_it_starts(show):
    said = words(show("usage.py", view="Speed table"))
    assert "**96 requests**, about 8 min: 48 to Groq, 48 to OpenRouter." in said
    assert "0.3–0.8 s" in said, "what the first run will stand beside"
    assert "to Groq gpt-oss-120b" in said


def test_more_than_the_day_has_left_cannot_be_started_and_what_fits_is_said(show, simulator):
    show("usage.py")
    ask(targets=["openrouter:openrouter/free"])
    app = show("usage.py", view="Speed table")
    assert app.number_input(key="speed-times").min == 3
    app.number_input(key="speed-times").set_value(20).run()
    assert app.button(key="speed-start").disabled
    assert re.search(
        r"Needs 160 OpenRouter requests, \d+ are left today \(refills at [^)]+\)\. \d repeats fit today", words(app)
    )


def test_a_speed_run_is_made_and_its_table_stands_beside_2025(show):
    show("usage.py")
    # One time each, which the page does not offer: three would wait for the next minute's allowance.
    steps = make_plan(runtime().router, 1).steps
    runtime().store.speed_runs.begin(steps, version=load_prompts().version, repetitions=1, simulated=False)
    app = show("usage.py", view="Speed table")
    app.button(key="speed-go-on").click().run()
    (run,) = runtime().store.speed_runs.runs()
    assert runtime().portal.find_job(run.job).ended.wait(30)
    runtime().store.flush()
    said = words(show("usage.py", view="Speed table"))
    assert "0.3–0.8 s" in said
    assert "3–4× faster" in said
    assert "Measured by this console" in said
    assert "1 repeat a task" in said
    assert "The figures of 2025 were written down that year" in said
    assert "95%" not in said, "of one time each there is no interval"
    begun = said.index('<p class="headline">Of 8 tasks measured on both providers')
    assert said.index("<b>Simulated.</b> These times") < begun < said.index("0.3–0.8 s"), "first that it is simulated"
    assert "routing table" not in said, "simulated times are no advice"


def test_what_a_run_cannot_measure_is_a_sentence_for_each_provider():
    table, tasks = load_routes(SHIPPED_ROUTES), list(TaskType)
    (whole,) = missing_words(table, [(task, "openrouter") for task in tasks])
    assert whole == "No model of OpenRouter is available: it is left out there."
    one, other = missing_words(table, [(tasks[0], "openrouter"), (tasks[1], "groq")])
    assert one == "No model of OpenRouter is available for Real-time chat: it is left out there."
    assert "Groq" in other


def test_the_sample_months_times_are_not_said_to_be_measured(show):
    show("usage.py")
    add_month(runtime())
    said = words(show("usage.py", view="Speed table"))
    assert said.index("<b>Sample figures.</b> Made up to show the table: nothing was measured.") < said.index("<table")
    assert "Measured by this console" not in said
    assert "faster in" not in said
    assert "routing table tries" not in said
    assert re.search(r"between \d+\.\d and \d+\.\d times", said)


def test_the_sample_months_speed_table_agrees_with_its_usage(show):
    show("usage.py")
    running = runtime()
    add_month(running)
    month = Filters(start=time.time() - 30 * 86_400, simulated=True, purpose=None)
    by_provider = dict(running.store.statistics.cube(month, "provider").breakdown("provider"))
    run = running.store.speed_runs.runs()[0]
    for provider in ("groq", "openrouter"):
        times = [step.latency_ms for step in running.store.speed_runs.steps(run.id) if step.provider == provider]
        asked = by_provider[(provider,)].latency_p50
        assert asked / 3 < statistics.median(times) < asked * 3, provider
    assert by_provider[("openrouter",)].latency_p50 > 2 * by_provider[("groq",)].latency_p50


def test_a_run_that_somebody_else_makes_cannot_be_gone_on_with(show):
    show("usage.py")
    runs = runtime().store.speed_runs
    assert runs.take(runs.begin(make_plan(runtime().router, 1).steps, version=1, repetitions=1, simulated=False))
    app = show("usage.py", view="Speed table")
    assert "**Another console is measuring:** 0 of 16 requests made." in words(app)
    assert not {"speed-go-on", "speed-start"} & {button.key for button in app.button}


def test_a_run_that_was_stopped_can_go_on(show):
    show("usage.py")
    store = runtime().store
    plan = make_plan(runtime().router, 1)
    run_id = store.speed_runs.begin(plan.steps, version=1, repetitions=1, simulated=runtime().simulated)
    app = show("usage.py", view="Speed table")
    assert "stopped after 0 of 16 requests" in words(app)
    app.button(key="speed-go-on").click().run()
    assert runtime().portal.find_job(store.speed_runs.runs()[0].job).ended.wait(30)
    store.flush()
    assert {step.status for step in store.speed_runs.steps(run_id)} == {"succeeded"}
