"""What failed, as Usage shows it: every way from it leads to the requests that the figure beside it counts."""

import time

import pytest

from pages.components.console.runtime import runtime
from pages.components.log.filter_choice import FilterChoice
from pages.components.usage.charts import Clicked
from pages.components.usage.usage_failures import attempts_address, group_failures
from pages.components.usage.usage_plots import failed_at
from router.simulator import Fault
from router.store import BucketFailure, Failure, Filters
from tests.pages.test_pages import ask, words
from tests.store.log.test_figures import fill
from tests.world import FIRST

FAILURES = [
    Failure("groq", "m", "server_error", 3),
    Failure("openrouter", "n", "server_error", 2),
    Failure("groq", "m", "rate_limited", 1),
]
SAVED = {"outcomes": ("server_error", "succeeded")}
HOUR = 1_000_000 * 3_600.0


@pytest.fixture
def usage(show):
    """Usage with requests of a minute ago."""

    def open_it(*entries, **query):
        show("usage.py")
        fill(runtime().store, [{"at": time.time() - 60} | entry for entry in entries])
        return show("usage.py", **query)

    return open_it


def ways(app):
    return {button.key: button.label for button in app.button if button.key.startswith("open-")}


def test_failed_attempts_lead_to_their_requests_though_a_fallback_answered_them(show, simulator):
    show("usage.py")
    ask()
    simulator.set_fault(*FIRST, Fault("server_error"))
    ask()
    runtime().store.flush()
    assert ways(show("usage.py", rows="Simulated")) == {
        "open-attempts-server_error": "Show requests with failed attempts"
    }
    hours = Filters(start=time.time() - 3_600, end=time.time() + 3_600, simulated=True)
    (failure,) = runtime().store.statistics.failures(hours)
    assert "**1 request**" in words(show("history.py", **attempts_address(hours, [failure])))


def test_where_nothing_failed_nothing_leads_to_failures(usage):
    assert ways(usage({})) == {}


def test_of_several_outcomes_each_has_its_own_way(usage):
    app = usage(SAVED, {"outcomes": ("rate_limited", "succeeded")})
    assert set(ways(app)) == {"open-attempts-server_error", "open-attempts-rate_limited"}
    assert "Show requests with server error" in ways(app).values()


def test_failures_are_told_apart_by_their_target_where_another_targets_are_not_meant():
    assert [*group_failures(FAILURES, by_target=False)] == [("server_error",), ("rate_limited",)]
    assert len(group_failures(FAILURES, by_target=True)) == 3


def test_the_address_of_failures_names_their_target_where_it_is_one_and_never_who_answered_then():
    filters = Filters(start=HOUR, provider="groq", model="m")
    one, several = attempts_address(filters, FAILURES[:1]), attempts_address(filters, FAILURES[:2])
    assert (one["outcome"], one["tried"]) == ("server_error", "groq:m")
    assert "tried" not in several
    assert not {"provider", "model"} & {*one, *several}


def test_a_point_of_a_failure_rate_leads_to_what_has_failed_there():
    choice = FilterChoice(Filters(start=HOUR), "the last 24 hours", HOUR, HOUR + 86_400.0, 1.0)
    failed = [BucketFailure(HOUR, "groq", "m", "server_error", 1)]
    attempts = failed_at(choice, [], failed, Clicked(HOUR, "of attempts"))
    assert (attempts["outcome"], attempts["tried"]) == ("server_error", "groq:m")
    assert "outcome" not in failed_at(choice, [], failed, Clicked(HOUR + 3_600.0, "of attempts")), "nothing failed then"
    assert "status" not in failed_at(choice, [], failed, Clicked(HOUR, "of requests")), "a fallback answered"
