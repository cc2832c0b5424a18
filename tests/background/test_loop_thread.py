"""Runs in the router's own loop: watched, stopped and found again from any thread."""

import time

import pytest

from router import AllTargetsFailed, TaskConfig, TaskType
from router.api import DualModelRouter
from router.background.jobs import WorkFault
from router.background.loop_thread import LoopThread
from router.ports.null_stores import NullQuotaStore
from router.providers.accounts import configured_accounts
from router.settings import SHIPPED_ROUTES, Settings
from router.simulator import Fault
from router.table.route_file import load_routes

ASKED = {"config": TaskConfig(TaskType.REAL_TIME_CHAT), "messages": [{"role": "user", "content": "Train or rest?"}]}


@pytest.fixture
def new_router(simulator):
    """Makes routers on the simulated providers, in memory alone."""

    def make(**parts):
        table = load_routes(SHIPPED_ROUTES)
        environment = {"GROQ_API_KEY": "gsk_0123456789", "GROQ_BASE_URL": simulator.groq_url}
        return DualModelRouter(table, configured_accounts(table, Settings.from_env(environment)), **parts)

    return make


@pytest.fixture
def portal(new_router):
    with LoopThread(new_router()) as portal:
        yield portal


def wait_for(condition):
    """Until it holds: what is looked at happens in another thread."""
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.001)


def test_a_run_is_watched_to_its_end_and_found_by_its_id(portal):
    live = portal.start(**ASKED)
    assert live.done.wait(10)
    view = live.view()
    assert (view.status, view.text, view.error) == ("succeeded", view.completion.text, None)
    assert view.text
    assert 0 < view.first_token_ms <= view.elapsed_ms
    assert view.trace[-1].kind == "attempt_started"
    assert portal.find(live.id) is live
    assert live.id == view.completion.request_id


def test_a_run_that_is_stopped_keeps_the_text_that_has_come(portal, simulator):
    simulator.set_fault("groq", "*", Fault("stall"))
    live = portal.start(**ASKED)
    wait_for(lambda: live.view().text)
    text = live.view().text
    live.cancel()
    assert live.done.wait(10)
    assert live.view().status == "cancelled"
    assert live.view().text.startswith(text), "what comes until the end is kept too"


def test_a_run_that_nobody_looks_at_is_stopped_upstream(portal, simulator):
    simulator.set_fault("groq", "*", Fault("stall"))
    live = portal.start(unseen_seconds=0.05, **ASKED)
    assert live.done.wait(10)
    assert live.view().status == "cancelled"
    wait_for(lambda: simulator.requests[-1].disconnected_at is not None)


def test_a_run_that_fails_says_why(portal, simulator):
    simulator.set_fault("groq", "*", Fault("unauthorized"))
    live = portal.start(**ASKED)
    assert live.done.wait(10)
    assert live.view().status == "failed"
    assert isinstance(live.view().error, AllTargetsFailed)


def test_a_whole_answer_is_waited_for(portal):
    assert portal.complete(**ASKED).provider == "groq"
    with pytest.raises(ValueError, match="messages"):
        portal.complete(config=ASKED["config"], messages=[])


def test_older_runs_let_go_of_their_wire_and_keep_text_and_trace(portal):
    first = portal.start(**ASKED)
    assert first.done.wait(10)
    assert len(first.exchanges(portal.router.accounts)) == 1
    for _ in range(21):
        assert portal.start(**ASKED).done.wait(10)
    assert (first.request, first.exchanges(portal.router.accounts)) == (None, [])
    assert first.view().text


def test_another_portal_finds_the_runs_that_it_has_taken_over(portal, new_router):
    live = portal.start(**ASKED)
    with LoopThread(new_router()) as later:
        later.adopt(portal)
        assert later.find(live.id) is live
        later.wait_until_idle()
        assert live.view().status == "succeeded"


def test_the_end_of_the_portal_stops_its_runs(new_router, simulator):
    simulator.set_fault("groq", "*", Fault("stall"))
    with LoopThread(new_router()) as portal:
        live = portal.start(**ASKED)
        wait_for(lambda: live.view().text)
    assert live.view().status == "cancelled"


class _BrokenQuota(NullQuotaStore):
    def load_allowances(self, account):
        raise TypeError("a fault of the store's own")


def test_a_run_that_dies_of_a_fault_is_over_for_whoever_watches(new_router, caplog):
    with LoopThread(new_router(quota=_BrokenQuota())) as portal:
        live = portal.start(**ASKED)
        assert live.done.wait(10)
        assert live.view().status == "failed"
        assert isinstance(live.view().error, WorkFault)
        assert "a run ended by a fault: TypeError at test_loop_thread.py" in caplog.text
        assert "of the store's own" not in caplog.text, "its words may quote anything"
