"""Jobs: work of many requests in the router's loop."""

import asyncio

import pytest

from router import AllTargetsFailed, TaskConfig, TaskType
from router.api import DualModelRouter
from router.background.portal import Portal
from router.null_stores import NullLog
from router.providers.accounts import configured_accounts
from router.settings import SHIPPED_ROUTES, Settings
from router.table.routes import load_routes


@pytest.fixture
def portal():
    table = load_routes(SHIPPED_ROUTES)
    accounts = configured_accounts(table, Settings.from_env({"GROQ_API_KEY": "gsk_0123456789"}))
    with Portal(DualModelRouter(table, accounts)) as portal:
        yield portal


async def _three(job):
    job.partial = []
    for number in range(3):
        job.partial.append(number)
        job.advance(f"after {number}")
    return sum(job.partial)


async def _endless(job):
    job.advance("waiting")
    await asyncio.Event().wait()


async def _failing(job):
    raise AllTargetsFailed("nobody is there")


def test_a_job_is_counted_found_by_its_id_and_gives_its_result(portal):
    job = portal.begin(_three, title="Three", total=3)
    assert job.ended.wait(5)
    view = job.view()
    assert (view.status, view.done, view.share, view.note, job.result) == ("succeeded", 3, 1.0, "after 2", 3)
    assert portal.find_job(job.id) is job


def test_a_job_that_is_stopped_keeps_what_it_has_made(portal):
    job = portal.begin(_endless, title="Endless", total=9)
    job.cancel()
    assert job.ended.wait(5)
    assert (job.view().status, job.result) == ("cancelled", None)


def test_a_job_that_nobody_looks_at_is_stopped(portal):
    job = portal.begin(_endless, title="Endless", unseen_seconds=0.05)
    assert job.ended.wait(5)
    assert job.view().status == "cancelled"


def test_a_job_that_fails_says_why(portal):
    job = portal.begin(_failing, title="Failing")
    assert job.ended.wait(5)
    assert str(job.view().error) == "nobody is there"


class _Broken(NullLog):
    def begin(self, request, attempt):
        raise TypeError("a fault of the log's own")


def test_a_run_that_dies_of_a_fault_is_over_for_whoever_watches(caplog):
    table = load_routes(SHIPPED_ROUTES)
    accounts = configured_accounts(table, Settings.from_env({"GROQ_API_KEY": "gsk_0123456789"}))
    with Portal(DualModelRouter(table, accounts, log=_Broken())) as portal:
        live = portal.start(config=TaskConfig(TaskType.REAL_TIME_CHAT), messages=[{"role": "user", "content": "?"}])
        assert live.done.wait(10)
        view = live.view()
        assert view.status == "failed"
        assert "a run ended by a fault: TypeError at test_jobs.py" in caplog.text
        assert "of the log's own" not in caplog.text, "its words may quote anything"
        assert "the console's own" in str(view.error)


def test_the_end_of_the_portal_stops_its_jobs():
    table = load_routes(SHIPPED_ROUTES)
    with Portal(DualModelRouter(table, {})) as portal:
        job = portal.begin(_endless, title="Endless")
    assert job.ended.is_set()


async def _faulty(job):
    raise LookupError("gsk_0123456789 stood in a reply")


def test_a_job_that_ends_by_a_fault_of_our_own_says_where_in_the_log_and_quotes_nothing(portal, caplog, capfd):
    job = portal.begin(_faulty, title="Faulty")
    assert job.ended.wait(5)
    portal.wait_until_idle()
    assert (job.view().status, str(job.view().error)[:14]) == ("failed", "it ended by a ")
    assert [record.name for record in caplog.records] == ["router"]
    assert "LookupError at test_jobs.py" in caplog.text
    assert "gsk_" not in caplog.text
    assert "Traceback" not in caplog.text
    assert capfd.readouterr() == ("", "")
