"""Failures of simulated models, made on purpose: they are met, explained, reset and ended on the console itself."""

import re

import pytest

from pages.components.console.runtime import close, runtime
from pages.components.console.targets import living_targets
from pages.components.health.simulated_failures import FAILURES, MINUTES
from router import Target, TaskConfig, TaskType
from tests.pages.test_pages import ask, words

CHAT = TaskConfig(TaskType.REAL_TIME_CHAT)


@pytest.fixture
def health(show, environment):
    """Health on the console's own simulated providers."""
    for name in ("GROQ_API_KEY", "OPENROUTER_API_KEY"):
        environment.setenv(name, "")
    close()
    return show("health.py")


def tried_by(completion):
    """The targets that were called for a completion."""
    return [Target(one.provider, one.model) for one in completion.attempts if one.started_at is not None]


def next_target():
    return next(line.target for line in runtime().router.plan(config=CHAT) if line.kept)


def test_a_model_is_made_to_fail_is_passed_over_with_its_reason_and_is_reset_and_mended(health):
    first = next_target()
    health.button(key="fail").click().run()
    assert "Simulated failure." in words(health)
    assert re.search("out of free quota, (10|9) min left", words(health))
    assert "Not met yet: press Test, or ask something on [Run](./)." in words(health)
    assert first in tried_by(ask()), "the next prompt meets what was made to fail"
    health.run()
    assert "Not met yet" not in words(health)
    assert "Simulated failure" in words(health), "its card says it"
    assert f"end-{first}" not in {button.key for button in health.button}, "one failure, one end"
    assert runtime().router.failures()[0].model == first.model
    health.button(key=reset_key()).click().run()
    assert "Simulated failure" not in words(health)
    assert runtime().router.failures() == [], "the end of the failure resets its cooldown"
    assert tried_by(ask()) == [first]


@pytest.mark.parametrize("whole", [False, True], ids=["a model", "a provider"])
def test_beside_a_failure_that_nobody_has_met_stands_a_test_that_meets_it(health, whole):
    first = next_target()
    if whole:
        health.selectbox(key="failing-model").select(first.provider).run()
    health.button(key="fail").click().run()
    name = first.provider if whole else str(first)
    health.button(key=f"meet-{name}").click().run()
    target = next(target for target in living_targets(runtime()) if target.provider == first.provider)
    assert runtime().portal.find(health.session_state[f"test-{target}"]).done.wait(20)
    health.run()
    assert {failure.provider for failure in runtime().router.failures()} == {first.provider}
    assert "Not met yet" not in words(health)
    assert not [button for button in health.button if button.key == f"meet-{name}"]


def test_a_failure_that_nobody_has_met_is_admitted_by_the_headline_and_in_each_cell_of_its_model(health):
    assert "failure set" not in cell_labels(health)
    health.button(key="fail").click().run()
    assert not health.success
    assert "A failure is set for Groq gpt-oss-120b, not met yet." in health.warning[0].value
    marked = [label for label in cell_labels(health).split("\n") if "failure set, not met yet" in label]
    assert len(marked) > 1
    assert all("gpt-oss-120b" in label and "check_circle" not in label for label in marked)
    ask()
    assert "failure set" not in cell_labels(health.run())


def cell_labels(app):
    return "\n".join(button.label for button in app.button if button.key.startswith("cell-"))


def test_a_failure_that_nobody_has_met_is_ended_where_it_stands(health):
    first = next_target()
    health.button(key="fail").click().run()
    health.button(key=f"end-{first}").click().run()
    assert runtime().router.simulator.faults() == []
    assert tried_by(ask()) == [first]


def reset_key():
    return f"reset-{'-'.join(runtime().router.failures()[0].key)}"


def test_a_reset_ends_the_simulated_failure_behind_the_cooldown_and_says_so(health):
    first = next_target()
    health.button(key="fail").click().run()
    ask()
    health.run()
    assert "0 of 1,000 left" in re.sub(
        r"<[^>]+>|\s+", " ", " ".join(element.proto.body for element in health.get("html"))
    )
    button = health.button(key=reset_key())
    assert button.label == "End failure and reset"
    button.click().run()
    assert runtime().router.failures() == []
    assert runtime().router.simulator.faults() == []
    assert tried_by(ask()) == [first]


def test_a_reset_of_one_model_ends_the_failure_of_its_whole_provider_and_resets_all_that_it_caused(health):
    health.selectbox(key="failing-model").select("groq").run()
    health.button(key="fail").click().run()
    ask()
    health.run()
    health.button(key=reset_key()).click().run()
    assert runtime().router.simulator.faults() == []
    assert runtime().router.failures() == []


def test_a_failure_of_another_model_goes_on_after_a_reset(health):
    simulator, first = runtime().router.simulator, next_target()
    health.button(key="fail").click().run()
    ask()
    simulator.set_fault("openrouter", "*", FAILURES[1].as_fault())
    health.run()
    health.button(key=reset_key()).click().run()
    assert [failing.provider for failing in simulator.faults()] == ["openrouter"]
    assert first.provider == "groq"


def test_without_a_simulated_failure_the_button_is_a_plain_reset(health):
    simulator, first = runtime().router.simulator, next_target()
    simulator.set_fault(first.provider, first.model, FAILURES[0].as_fault())
    ask()
    simulator.clear_faults()
    health.run()
    assert health.button(key=reset_key()).label == "Reset"


def test_a_whole_provider_is_made_to_fail(health):
    health.selectbox(key="failing-model").select("groq").run()
    health.button(key="fail").click().run()
    assert "Groq, all models: out of free quota" in words(health)
    assert ask().provider == "openrouter"


@pytest.mark.parametrize("way", FAILURES, ids=lambda way: way.fault)
def test_each_failure_ends_by_itself(way):
    assert way.as_fault().for_seconds == MINUTES * 60


def test_real_providers_are_not_made_to_fail(show):
    app = show("health.py")
    assert {"fail", "failing-model"}.isdisjoint(element.key for element in [*app.button, *app.selectbox])
