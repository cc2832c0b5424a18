"""Jobs: work of many requests in the router's loop."""

import asyncio
import time

import pytest

from router import AllTargetsFailed
from router.api import DualModelRouter
from router.background.jobs import Activity, Job, JobNote
from router.background.loop_thread import LoopThread
from router.providers.accounts import configured_accounts
from router.settings import SHIPPED_ROUTES, Settings
from router.table.route_file import load_routes


@pytest.fixture
def portal():
    table = load_routes(SHIPPED_ROUTES)
    accounts = configured_accounts(table, Settings.from_env({"GROQ_API_KEY": "gsk_0123456789"}))
    with LoopThread(DualModelRouter(table, accounts)) as portal:
        yield portal


async def _three(job):
    job.partial = []
    for number in range(3):
        job.partial.append(number)
        job.advance(JobNote(Activity.ASKING, row=number + 1))
    return sum(job.partial)


async def _endless(job):
    job.partial = ["first", "second"]
    job.advance(JobNote(Activity.WAITING, "groq"), by=2)
    await asyncio.Event().wait()


async def _failing(job):
    raise AllTargetsFailed("nobody is there")


def test_a_job_is_counted_found_by_its_id_and_gives_its_result(portal):
    job = portal.begin(_three, title="Three", total=3)
    assert job.ended.wait(5)
    view = job.view()
    assert (view.status, view.done, view.share, job.result) == ("succeeded", 3, 1.0, 3)
    assert view.note == JobNote(Activity.ASKING, row=3)
    assert portal.find_job(job.id) is job


def test_a_job_that_is_stopped_keeps_what_it_has_made(portal):
    job = portal.begin(_endless, title="Endless", total=9)
    while job.view().done < 2:
        time.sleep(0.001)  # it works in another thread
    job.cancel()
    assert job.ended.wait(5)
    view = job.view()
    assert (view.status, job.result) == ("cancelled", None)
    assert (view.done, view.total, job.partial) == (2, 9, ["first", "second"])
    assert view.note == JobNote(Activity.WAITING, "groq")
    assert portal.find_job(job.id) is job


def test_a_job_that_is_stopped_ahead_of_its_first_step_is_over(portal):
    made = []

    async def work(job):
        made.append(job)

    async def start_and_cancel():
        job = Job("Never begun")
        job.start(work).cancel()
        return job

    job = portal.call(start_and_cancel)
    assert job.ended.wait(5)
    assert (job.view().status, made) == ("cancelled", [])


def test_a_job_that_nobody_looks_at_is_stopped(portal):
    job = portal.begin(_endless, title="Endless", unseen_seconds=0.05)
    assert job.ended.wait(5)
    assert job.view().status == "cancelled"


def test_a_job_that_fails_says_why(portal):
    job = portal.begin(_failing, title="Failing")
    assert job.ended.wait(5)
    assert str(job.view().error) == "nobody is there"


def test_the_end_of_the_portal_stops_its_jobs():
    table = load_routes(SHIPPED_ROUTES)
    with LoopThread(DualModelRouter(table, {})) as portal:
        job = portal.begin(_endless, title="Endless")
    assert job.ended.is_set()


async def _faulty(job):
    raise LookupError("gsk_0123456789 stood in a reply")


def test_a_job_that_ends_by_a_fault_of_our_own_says_where_in_the_log_and_quotes_nothing(portal, caplog, capfd):
    job = portal.begin(_faulty, title="Faulty")
    assert job.ended.wait(5)
    portal.wait_until_idle()
    assert job.view().status == "failed"
    assert job.view().error.place.startswith("LookupError at test_jobs.py")
    assert "gsk_" not in str(job.view().error)
    assert [record.name for record in caplog.records] == ["router"]
    assert "LookupError at test_jobs.py" in caplog.text
    assert "gsk_" not in caplog.text
    assert "Traceback" not in caplog.text
    assert capfd.readouterr() == ("", "")
