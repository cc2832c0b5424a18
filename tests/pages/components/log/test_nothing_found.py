"""What History says where no request matches: which filters leave nothing over, and what leads out of each."""

from router.simulator import Fault
from tests.pages.test_history import SIMULATED, asked, listed
from tests.pages.test_pages import words
from tests.world import FIRST


def ways(app):
    return [button.label for button in app.button if (button.key or "").startswith("nothing-")]


def test_the_filters_that_leave_nothing_over_are_named(show):
    app = show("history.py", status="failed", task="vision", q="squat", **SIMULATED)
    named = "status Failed, the words “squat” and task Vision"
    assert f"No simulated request with {named} in the last 24 hours." in words(app)
    assert "No request in the last 24 hours. Choose a longer period" in words(show("history.py"))


def test_a_filter_that_alone_leaves_nothing_over_is_taken_off_by_one_press(show):
    show("run.py")
    asked("Should I train today?")
    app = show("history.py", status="failed", provider="groq", **SIMULATED)
    assert ways(app) == ["Any status"]
    app.button(key="nothing-status").click().run()
    assert len(listed(app)) == 1
    assert (app.query_params["provider"], "status" in app.query_params) == ("groq", False)


def test_the_last_filter_of_an_address_is_taken_off_too(show, environment):
    environment.setenv("ROUTER_MODE", "simulated")
    show("run.py")
    asked("Should I train today?")
    app = show("history.py")
    app.selectbox(key="filter-task").set_value("vision").run()
    assert ways(app) == ["Any task"]
    app.button(key="nothing-task").click().run()
    assert dict(app.query_params) == {}
    assert len(listed(app)) == 1


def test_requests_that_were_answered_after_a_failure_are_one_press_from_those_that_failed(show, simulator):
    show("run.py")
    asked("Should I train today?")
    simulator.set_fault(*FIRST, Fault("server_error", status=503))
    asked("What is for dinner?")
    app = show("history.py", status="failed", **SIMULATED)
    assert "with status Failed in the last 24 hours. 1 was answered after a failure." in words(app)
    app.button(key="nothing-saved").click().run()
    assert ["What is for dinner?" in button.label for button in listed(app)] == [True]
    assert app.selectbox(key="history-outcome").value == "any"


def test_a_period_without_requests_leads_to_the_longest_where_that_has_some(show):
    show("run.py")
    asked("Should I train today?")
    app = show("history.py", since="2020-01-01", until="2020-01-02", **SIMULATED)
    assert ways(app) == ["Last 90 days"]
    app.button(key="nothing-period").click().run()
    assert len(listed(app)) == 1
