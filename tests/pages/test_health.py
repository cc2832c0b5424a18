"""Health: the state of each target, the quota gauges, what retires, and resets."""

import time

import pytest

from pages.components.console.runtime import runtime
from pages.components.operate.cooldown_view import cooldown_of
from pages.components.operate.quota_view import pace_of, runs_dry
from router import TaskConfig, TaskType
from router.ports import Allowance
from router.simulator import Fault, model_entry
from router.store import Pace
from tests.pages.test_pages import ask, words
from tests.world import FIRST

ACCOUNT = "groq|http://x|key"


def allowance(remaining=90, span=86_400.0, model="m", unit="requests", resets_in=3_600.0):
    now = 1_000_000.0
    return Allowance(ACCOUNT, "groq", model, unit, span, 100, remaining, now + resets_in, now)


def cells(app, task):
    return {button.key.rpartition("-")[2]: button for button in app.button if button.key.startswith(f"cell-{task}")}


def test_a_cell_says_the_state_counts_down_and_its_detail_names_every_target(show, simulator):
    simulator.set_fault("groq", "*", Fault("key_limit_403"))
    ask()
    app = show("health.py")
    chat = cells(app, "real-time-chat")
    assert "cooling down" in chat["groq"].label
    assert "left" in chat["groq"].label
    assert "serving" in chat["openrouter"].label
    chat["groq"].click().run()
    said = words(app) + " ".join(text.value for text in app.text)
    for word in ("Llama-3.3-70b", "retired 2026-08-16", "gpt-oss-120b", "gpt-oss-20b", "since"):
        assert word in said
    assert app.query_params["provider"] == "groq"


def test_a_task_with_one_living_target_left_says_so(show, simulator):
    show("run.py")
    openrouter = [model_entry("openrouter", "openrouter/free")]
    simulator.set_models("openrouter", openrouter)
    simulator.set_models("groq", [model_entry("groq", "whisper-large-v3")])
    runtime().portal.call(runtime().router.refresh_catalogue)
    assert "1 model left" in words(show("health.py"))


def test_what_a_provider_has_announced_to_end_is_listed_with_its_day_and_tasks(show, simulator):
    ends = model_entry("openrouter", "deepseek/deepseek-v4-flash-0731:free") | {"expiration_date": "2099-01-31"}
    show("run.py")
    simulator.set_models("openrouter", [ends, model_entry("openrouter", "openrouter/free")])
    runtime().portal.call(runtime().router.refresh_catalogue)
    said = words(show("health.py"))
    assert "retires 31 Jan 2099" in said
    assert "Complex reasoning" in said
    assert "2 models, read" in said


def test_every_reset_is_shown_from_the_log(show, simulator):
    simulator.set_fault(*FIRST, Fault("server_error", status=503))
    ask()
    show("health.py")
    runtime().router.reset_failures("groq")
    runtime().store.flush()
    app = show("health.py")
    assert "Resets (1 latest)" in app.expander[0].label
    assert FIRST[1] in words(app)


def test_a_gauge_says_what_is_left_and_when_it_refills(show):
    ask()
    said = words(show("health.py"))
    assert 'role="meter"' in said
    assert "requests a day" in said
    assert "tokens a minute" in said
    assert "Refills in" in said


def test_an_allowance_runs_dry_only_where_its_pace_uses_it_up_before_it_refills():
    now = 1_000_000.0
    assert runs_dry(allowance(90), Pace(calls_an_hour=180), now) == pytest.approx(now + 1_800)
    assert runs_dry(allowance(90), Pace(calls_an_hour=9), now) is None
    assert runs_dry(allowance(90), Pace(), now) is None
    assert runs_dry(allowance(60, 60.0, unit="tokens", resets_in=60.0), Pace(tokens_a_minute=120), now) == now + 30


def test_an_accounts_pool_is_used_by_all_its_models_and_by_no_other_account():
    paces = {(ACCOUNT, "m"): Pace(1, 1, 10), (ACCOUNT, "n"): Pace(2, 0, 20), ("other", "m"): Pace(9, 9, 90)}
    assert pace_of(allowance(model="m"), paces) == Pace(1, 1, 10)
    assert pace_of(allowance(model=""), paces) == Pace(3, 1, 30)


def test_the_pace_is_read_from_the_log_of_the_last_hour(show):
    show("run.py")
    for _ in range(3):
        ask()
    runtime().store.flush()
    account = runtime().router.accounts["groq"].id
    pace = runtime().store.paces.read(time.time())[account, FIRST[1]]
    assert (pace.calls_an_hour, pace.calls_a_minute) == (3, 3)
    assert pace.tokens_a_minute > 0
    assert runtime().store.paces.read(time.time() + 3_700) == {}


def test_the_widest_hold_stands_behind_a_line_that_it_covers(show, simulator):
    show("run.py")
    simulator.set_fault("groq", "*", Fault("unauthorized"))
    ask()
    plan = runtime().router.plan(config=TaskConfig(TaskType.REAL_TIME_CHAT))
    line = next(line for line in plan if line.state == "cooling down")
    assert cooldown_of(line, runtime().router.failures()).scope == "provider"


def test_the_headline_counts_the_tasks_that_are_served_and_names_the_others(show, simulator):
    assert "All 8 tasks are served." in words(show("health.py"))
    for provider in ("groq", "openrouter"):
        simulator.set_models(provider, [model_entry("groq", "whisper-large-v3")])
    runtime().portal.call(runtime().router.refresh_catalogue)
    said = words(show("health.py"))
    unserved = [
        runtime().router.table.tasks[task].label
        for task in TaskType
        if not any(line.kept for line in runtime().router.plan(config=TaskConfig(task)))
    ]
    assert f"{8 - len(unserved)} of 8 tasks are served." in said
    assert unserved
    assert ", ".join(unserved) in said
