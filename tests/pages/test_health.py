"""Health: the state of each target, the quota gauges, what retires, and resets."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from pages.components.console.runtime import close, runtime
from pages.components.health.cooldown_view import MOST_CARDS, cooldown_of
from pages.components.health.quota_view import comes_back_steadily, pace_of, runs_dry
from pages.components.health.task_grid import left_text
from pages.components.health.task_states import (
    by_urgency,
    count_ready,
    plan_tasks,
    stood_in_tasks,
    unserved_tasks,
    untested_tasks,
)
from router import RouterError, Target, TaskConfig, TaskType
from router.failures.durations import utc
from router.ports import Allowance
from router.report.figures_in_words import THIN
from router.simulator import Fault, model_entry
from router.store import Pace
from router.types import WORK, PlannedTarget, TargetState
from tests.pages.test_pages import ask, words
from tests.world import FIRST, SECOND

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
    assert ":material/timer:" in chat["groq"].label
    assert ":green[:material/check_circle:]" in chat["openrouter"].label
    chat["groq"].click().run()
    said = words(app) + " ".join(text.value for text in app.text)
    for word in ("Llama-3.3-70b", "retired 2026-08-16", "gpt-oss-120b", "gpt-oss-20b", "since"):
        assert word in said
    assert app.query_params["provider"] == "groq"


def test_a_cell_names_the_model_that_is_passed_over_in_every_task_that_it_leads(show, simulator):
    simulator.set_fault(*FIRST, Fault("rate_limited", retry_after=900))
    ask()
    app = show("health.py")
    for task in ("real-time-chat", "structured-output", "streaming-feedback"):
        label = cells(app, task)["groq"].label
        assert label.index("gpt-oss-20b") < label.index("in place of gpt-oss-120b, ")
    assert "gpt-oss-120b" not in cells(app, "quick-categorization")["groq"].label


def test_speech_to_text_has_its_state_beside_the_tasks(show, simulator):
    assert ":green[:material/check_circle:] **Whisper Large v3 Turbo**" in words(show("health.py"))


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
    assert "Resets (latest 1)" in app.expander[0].label
    assert FIRST[1] in words(app)


def test_a_gauge_says_what_is_left_and_when_it_refills(show):
    ask(targets=[":".join(FIRST)])
    ask(targets=[":".join(SECOND)])
    said = words(show("health.py"))
    assert said.count('role="meter"') == len(runtime().router.quotas())
    assert "Requests per day" in said
    assert "Tokens per minute" in said
    assert "Refills at" in said, "a pool that is filled at midnight"
    assert "Used requests come back one by one; full again in" in said, "a day's allowance is no matter of seconds"


def test_only_a_day_that_ends_at_midnight_is_refilled_all_at_once():
    midnight = 20_000 * 86_400.0
    steady = [replace(allowance(), resets_at=midnight + seconds) for seconds in (3_600.0, 40_000.0)]
    at_once = [replace(allowance(), resets_at=midnight + seconds) for seconds in (0.0, 1.0, -1.0)]
    assert [comes_back_steadily(window) for window in (*steady, *at_once)] == [True, True, False, False, False]
    assert not comes_back_steadily(replace(steady[0], span=60.0))


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


def test_what_failed_with_another_key_or_address_is_no_matter_of_this_console(show, simulator):
    simulator.set_fault(*FIRST, Fault("rate_limited", retry_after=600))
    ask()
    (cooldown,) = runtime().router.failures()
    runtime().store.cooldowns.put(replace(cooldown, account=ACCOUNT))
    runtime().store.flush()
    close()
    assert "1 model cooling down" in [heading.value for heading in show("health.py").header]


def test_the_headline_says_that_a_fallback_is_out_where_first_choices_serve_and_more_are_left(show, simulator):
    show("run.py")
    simulator.set_fault("openrouter", "nvidia/nemotron-3-super-120b-a12b:free", Fault("server_error", status=503))
    with pytest.raises(RouterError):
        ask(targets=["openrouter:nvidia/nemotron-3-super-120b-a12b:free"], fallback=False)
    assert "**All 8 tasks are served**, though a fallback is out for now." in words(show("health.py"))


def test_the_headline_is_green_only_while_nothing_is_out_and_says_who_is_left(show, simulator):
    assert show("health.py").success[0].value == "**All 8 tasks are served.**"
    simulator.set_fault("openrouter", "*", Fault("unauthorized"))
    with pytest.raises(RouterError):
        ask(targets=["openrouter:openrouter/free"])
    plans = plan_tasks(runtime().router)
    left = [runtime().router.table.tasks[task].label for task, plan in plans.items() if count_ready(plan) == 1]
    assert len(left) == 2
    app = show("health.py")
    assert not app.success
    said = app.warning[0].value
    assert said.startswith(f"**All 8 tasks are served**, {len(stood_in_tasks(plans))} of them by a stand-in, ")
    assert said.endswith(f", {' and '.join(left)} by one model only.")


def test_the_headline_counts_the_tasks_that_are_served_and_names_the_others(show, simulator):
    assert "**All 8 tasks are served.**" in words(show("health.py"))
    simulator.set_models("openrouter", [model_entry("groq", "whisper-large-v3")])
    simulator.set_models("groq", [model_entry("groq", "openai/gpt-oss-20b")])
    runtime().portal.call(runtime().router.refresh_catalogue)
    app = show("health.py")
    unserved = unserved_tasks(plan_tasks(runtime().router))
    assert TaskType.VISION in unserved
    labels = ", ".join(runtime().router.table.tasks[task].label for task in unserved)
    assert (
        f"**{8 - len(unserved)} of 8 tasks are served.** No model is available for: {labels}." in app.warning[0].value
    )
    simulator.set_models("groq", [model_entry("groq", "whisper-large-v3")])
    runtime().portal.call(runtime().router.refresh_catalogue)
    assert "**No task is served.**" in show("health.py").error[0].value


def test_a_task_is_not_served_by_models_that_have_all_just_failed_though_they_are_tried_as_a_last_resort(
    show, simulator
):
    show("run.py")
    for provider in ("groq", "openrouter"):
        simulator.set_fault(provider, "*", Fault("server_error", status=503))
    with pytest.raises(RouterError):
        ask(deadline=3.0)
    app = show("health.py")
    said = words(app)
    assert not app.success
    assert "No model is available for: Real-time chat" in said.replace("\\", "")
    assert "A model should be back in" in said


def test_the_tasks_that_need_looking_at_come_first():
    ready, failed = PlannedTarget(Target("a", "m"), True), PlannedTarget(Target("b", "n"), False, TargetState.COOLING)
    resort = replace(failed, kept=True, last_resort=True)
    plans = {
        TaskType.REAL_TIME_CHAT: [ready, replace(ready, target=Target("b", "n"))],
        TaskType.VISION: [ready, failed],
        TaskType.VERIFICATION: [failed, resort],
        TaskType.COMPLEX_REASONING: [ready, replace(ready, target=Target("a", "o")), failed],
    }
    over = replace(ready, state=TargetState.HALF_OPEN)
    plans[TaskType.STRUCTURED_OUTPUT] = [over, over]
    assert untested_tasks(plans) == [TaskType.STRUCTURED_OUTPUT]
    assert by_urgency(plans) == [
        TaskType.VERIFICATION, TaskType.VISION, TaskType.STRUCTURED_OUTPUT, TaskType.COMPLEX_REASONING,
        TaskType.REAL_TIME_CHAT,
    ]  # fmt: skip
    assert unserved_tasks(plans) == [TaskType.VERIFICATION]


def test_tasks_whose_models_nobody_has_called_since_their_cooldown_are_not_called_served(show, simulator):
    show("run.py")
    for provider in ("groq", "openrouter"):
        simulator.set_fault(provider, "*", Fault("server_error", status=503))
    with pytest.raises(RouterError):
        ask(deadline=3.0)
    for cooldown in runtime().router.failures():
        runtime().store.cooldowns.put(replace(cooldown, until=time.time() - 1.0))
    runtime().store.flush()
    close()
    app = show("health.py")
    assert not app.success
    assert re.search(r"\d of 8 tasks are served|No task is served", app.warning[0].value)
    assert "for a retry: the next request, or a test below, shows whether" in app.warning[0].value
    assert "ready to retry" in " ".join(button.label for button in app.button)


def test_the_detail_explains_a_reset_only_where_it_offers_one(show, simulator):
    meaning = "A reset forgets what failed"
    assert meaning not in words(show("health.py", task="real-time-chat", provider="groq"))
    simulator.set_fault(*FIRST, Fault("rate_limited", retry_after=600))
    ask()
    app = show("health.py", task="real-time-chat", provider="groq")
    assert meaning in words(app)
    assert "detail-reset-0" in {button.key for button in app.button}


def test_a_reason_stands_in_our_words_and_the_providers_own_are_shown_on_demand(show, simulator):
    simulator.set_fault(*FIRST, Fault("rate_limited", retry_after=600))
    ask()
    app = show("health.py", task="real-time-chat", provider="groq")
    assert "This model's allowance is used up for now (429)" in [text.value for text in app.text]
    assert any(expander.label == "Provider's message" for expander in app.expander)
    assert any("Rate limit reached" in text.value for text in app.text)


def send_test(app, key):
    """A test request sent by its button, and the page once it has ended."""
    app.button(key=key).click().run()
    run_id = app.session_state[f"test-{':'.join(SECOND)}"]
    assert runtime().portal.find(run_id).done.wait(20)
    runtime().store.flush()
    return run_id, app.run()


def test_with_one_key_health_says_what_a_second_one_would_give(show, environment):
    assert "has no key" not in words(show("health.py"))
    environment.setenv("OPENROUTER_API_KEY", "")
    close()
    assert "OpenRouter has no key. With one on [Setup](./setup) every task has more models" in words(show("health.py"))


def test_a_cell_without_allowance_says_when_it_has_one_again():
    now = time.time()
    line = PlannedTarget(Target("a", "m"), False, TargetState.NO_ALLOWANCE, until=utc(now + 7_300))
    assert left_text(line, None, now).endswith(f"2{THIN}h")
    assert left_text(replace(line, until=None), None, now) == ""
    assert left_text(replace(line, kept=True, state=TargetState.SERVING), None, now) == ""


def test_behind_a_cell_without_allowance_stands_what_can_be_done(show, environment):
    for name in ("GROQ_API_KEY", "OPENROUTER_API_KEY"):
        environment.setenv(name, "")
    show("run.py")
    use_up_the_minute(runtime())
    app = show("health.py", task="vision", provider="openrouter")
    assert "It comes back by itself" in words(app)
    app.button(key="detail-refill").click().run()
    assert runtime().router.quotas()
    assert "It comes back by itself" not in words(show("health.py", task="vision", provider="openrouter"))


def use_up_the_minute(running):
    asked = {"messages": [{"role": "user", "content": "?"}], "targets": [":".join(SECOND)]}
    with ThreadPoolExecutor(20) as pool:  # as many as a minute has, which is sooner used up than the day
        for _ in range(20):
            pool.submit(running.portal.complete, config=TaskConfig(TaskType.REAL_TIME_CHAT), **asked)


def test_a_test_request_asks_one_model_through_the_router_and_is_logged_as_no_work(show, simulator):
    app = show("health.py", task="real-time-chat", provider="openrouter")
    run_id, app = send_test(app, "detail-test-0")
    assert "Test answered in" in words(app)
    detail = runtime().store.statistics.request(run_id)
    assert (detail.row["purpose"], detail.row["source"], detail.row["status"]) == ("test", "console", "succeeded")
    assert detail.row["purpose"] not in WORK
    assert [(attempt["provider"], attempt["model"]) for attempt in detail.attempts] == [SECOND]
    assert [(seen.provider, seen.model) for seen in simulator.requests[-1:]] == [SECOND]


def test_a_test_request_that_fails_says_why_and_asks_nobody_else(show, simulator):
    simulator.set_fault(*SECOND, Fault("server_error", status=503))
    before = len(simulator.requests)
    _, app = send_test(show("health.py", task="real-time-chat", provider="openrouter"), "detail-test-0")
    assert "Test failed:] The provider failed (503)" in words(app)
    assert {(seen.provider, seen.model) for seen in simulator.requests[before:]} == {SECOND}


def test_a_test_of_a_model_that_is_out_of_quota_asks_its_provider_whether_it_still_is(show, simulator):
    simulator.set_fault(*SECOND, Fault("rate_limited", kind="RPD", retry_after=600))
    send_test(show("health.py", task="real-time-chat", provider="openrouter"), "detail-test-0")
    before = len(simulator.requests)
    _, app = send_test(show("health.py", task="real-time-chat", provider="openrouter"), "detail-test-0")
    assert "Test failed" in words(app)
    assert len(simulator.requests) == before + 1
    assert [cooldown.model for cooldown in runtime().router.failures()] == [SECOND[1]], "it is set anew"
    simulator.clear_faults()
    _, app = send_test(show("health.py", task="real-time-chat", provider="openrouter"), "detail-test-0")
    assert "Test answered in" in words(app)
    assert runtime().router.failures() == []


def test_a_providers_own_words_stand_behind_a_line_and_an_address_in_them_is_no_link(show, simulator):
    simulator.set_fault(*SECOND, Fault("rate_limited", kind="RPD", retry_after=600))
    _, app = send_test(show("health.py", task="real-time-chat", provider="openrouter"), "detail-test-0")
    assert "Test failed" in words(app)
    assert "http" not in " ".join(text.value for text in app.markdown)
    assert "Provider's message" in [expander.label for expander in app.expander]


def test_simulated_quota_can_be_refilled_and_real_quota_can_not(show, environment, simulator):
    assert "refill" not in {button.key for button in show("health.py").button}
    for name in ("GROQ_API_KEY", "OPENROUTER_API_KEY"):
        environment.setenv(name, "")
    close()
    app = show("health.py")
    runtime().router.simulator.set_fault(*FIRST, Fault("rate_limited", retry_after=600))
    ask(targets=[":".join(FIRST), ":".join(SECOND)])
    assert runtime().router.failures()
    app.button(key="refill").click().run()
    assert runtime().router.failures() == []
    assert all(allowance.remaining == allowance.limit for allowance in runtime().router.quotas())


def test_with_everything_down_the_first_to_be_back_stand_open_and_the_others_behind_a_line(show, simulator):
    show("run.py")
    for provider in ("groq", "openrouter"):
        simulator.set_fault(provider, "*", Fault("rate_limited", retry_after=600))
    with pytest.raises(RouterError):
        ask()
    cooldowns = runtime().router.failures()
    app = show("health.py")
    assert f"{len(cooldowns) - MOST_CARDS} more" in [one.label for one in app.expander]
    resets = {button.key for button in app.button if button.label == "Reset"}
    assert {f"reset-{'-'.join(cooldown.key)}" for cooldown in cooldowns} <= resets


def test_a_provider_that_has_stated_no_quota_yet_is_named(show):
    running = runtime()
    running.portal.call(running.router.refresh_catalogue)  # OpenRouter states its own with it
    assert "Groq has not said yet." in words(show("health.py"))
    ask()
    assert "has not said yet" not in words(show("health.py"))
