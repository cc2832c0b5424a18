"""The speed table: what a run asks for, how it goes on, and what its times come to."""

import asyncio

import pytest

from router.background.jobs import Job
from router.comparison.speed_run import RunPaused, make_plan, measure_run
from router.ports import Allowance
from router.simulator import Fault
from tests.world import FIRST

PROVIDERS = ["groq", "openrouter"]


async def run(world, run_id):
    """A run to its end, or to where it is stopped."""
    job = Job("speed")
    await job.start(
        lambda job: measure_run(job, world.router, runs=world.router.store.speed_runs, run_id=run_id, source="console")
    )
    return job


def begun(world, repetitions=1):
    plan = make_plan(world.router, repetitions)
    return world.router.store.speed_runs.begin(plan.steps, version=1, repetitions=repetitions, simulated=True)


# --- what is asked -----------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_the_providers_take_turns_and_begin_in_turns(world):
    steps = make_plan(world.router, 2).steps
    assert len(steps) == 2 * 2 * 8
    pairs = [(steps[place], steps[place + 1]) for place in range(0, len(steps), 2)]
    assert all(one.task == other.task and {one.provider, other.provider} == {*PROVIDERS} for one, other in pairs)
    assert {pair[0].provider for pair in pairs} == {*PROVIDERS}


@pytest.mark.anyio
async def test_a_plan_says_what_it_takes_of_the_days_allowances(world):
    plan = make_plan(world.router, 3)
    pool = Allowance("openrouter|x|y", "openrouter", "", "requests", 86_400.0, 50, 23, 0.0, 0.0)
    minute = Allowance("openrouter|x|y", "openrouter", "", "requests", 60.0, 20, 20, 0.0, 0.0)
    (need,) = plan.needs([pool, minute])
    assert (need.calls, need.fits) == (24, False)


@pytest.mark.anyio
async def test_a_provider_that_serves_a_task_no_more_is_named_and_left_out(world, simulator):
    simulator.set_fault("groq", "*", Fault("unauthorized"))
    await world.ask()
    plan = make_plan(world.router, 1)
    assert {provider for _, provider in plan.missing} == {"groq"}
    assert {step.provider for step in plan.steps} == {"openrouter"}


# --- the run -------------------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_a_run_measures_every_step_under_its_own_purpose_and_without_fallback(world, simulator):
    run_id = begun(world)
    job = await run(world, run_id)
    steps = world.router.store.speed_runs.steps(run_id)
    assert job.view().status == "succeeded"
    assert {step.status for step in steps} == {"succeeded"}
    assert all(step.latency_ms > 0 and step.request_id for step in steps)
    logged = world.rows("SELECT purpose, source, provider, attempts FROM requests")
    assert {(row["purpose"], row["source"], row["attempts"]) for row in logged} == {("speed-run", "console", 1)}
    assert len(logged) == len(steps) == 16


@pytest.mark.anyio
async def test_a_stopped_run_goes_on_where_it_was_in_another_process(world, simulator):
    run_id = begun(world)
    store = world.router.store
    job = Job("speed")
    task = job.start(lambda job: measure_run(job, world.router, runs=store.speed_runs, run_id=run_id))
    while job.view().done < 5:  # noqa: ASYNC110 – a job is watched, it calls nobody
        await asyncio.sleep(0)
    job.cancel()
    await asyncio.wait([task])
    store.flush()
    (stopped,) = store.speed_runs.runs()
    assert 5 <= stopped.done < stopped.total
    world.router, first = world.new_router(), world.router
    await first.aclose()
    await run(world, run_id)
    assert world.router.store.speed_runs.runs()[0].complete
    served = world.rows("SELECT count(*) AS n FROM requests WHERE status = 'succeeded'")
    assert served[0]["n"] == 16


@pytest.mark.anyio
async def test_a_step_that_fails_is_a_result_and_the_run_goes_on(world, simulator):
    run_id = begun(world)
    simulator.set_fault(*FIRST, Fault("content_policy"))
    job = await run(world, run_id)
    steps = world.router.store.speed_runs.steps(run_id)
    assert job.view().status == "succeeded"
    assert {step.status for step in steps if step.model == FIRST[1]} == {"failed"}
    assert all(step.error for step in steps if step.status == "failed")


@pytest.mark.anyio
async def test_a_run_whose_allowance_is_used_up_for_today_waits_for_tomorrow(world, simulator):
    run_id = begun(world)
    simulator.set_fault(*FIRST, Fault("rate_limited", kind="RPD", retry_after=3_600))
    job = await run(world, run_id)
    paused = job.view().error
    assert isinstance(paused, RunPaused)
    assert paused.provider == "groq"
    assert paused.until.timestamp() - world.clock.time() > 3_500
    steps = world.router.store.speed_runs.steps(run_id)
    assert "failed" not in {step.status for step in steps}
    assert "pending" in {step.status for step in steps}
    simulator.clear_faults()
    world.router.reset_failures()
    await run(world, run_id)
    assert world.router.store.speed_runs.runs()[0].complete


@pytest.mark.anyio
async def test_a_step_that_meets_a_short_limit_is_made_all_the_same_and_its_wait_is_not_measured(world, simulator):
    run_id = begun(world)
    simulator.set_fault(*FIRST, Fault("rate_limited", retry_after=4, times=1))
    job = await run(world, run_id)
    assert job.view().status == "succeeded"
    steps = [step for step in world.router.store.speed_runs.steps(run_id) if step.model == FIRST[1]]
    assert {step.status for step in steps} == {"succeeded"}
    assert max(step.latency_ms for step in steps) < 3_900


@pytest.mark.anyio
async def test_a_run_says_in_the_log_by_which_door_it_came(world):
    run_id = begun(world)
    await measure_run(Job("speed"), world.router, runs=world.router.store.speed_runs, run_id=run_id)
    assert {row["source"] for row in world.rows("SELECT source FROM requests")} == {"library"}


@pytest.mark.anyio
async def test_a_limit_that_is_over_soon_leaves_no_provider_out(world, simulator):
    simulator.set_fault(*FIRST, Fault("rate_limited", retry_after=20))
    await world.ask()
    assert {step.provider for step in make_plan(world.router, 1).steps} == {*PROVIDERS}
    assert make_plan(world.router, 1).missing == ()
