"""A run: interleaved, apart from work, within the quota, and gone on with."""

import asyncio

import pytest

from router.background.jobs import Activity, Job
from router.evaluation.cases.case import shipped_cases
from router.evaluation.results.conclusions import best_finding, predecessor_texts
from router.evaluation.results.task_result import latest_results, task_results
from router.evaluation.runs.allowance_room import WORK_SHARE
from router.evaluation.runs.asking import EvaluationPaused
from router.evaluation.runs.planning import plan_evaluation
from router.evaluation.runs.run import EvaluationWork, cases_by_key, make_run, plan_steps
from router.evaluation.runs.targets import gone_targets, offered_targets, serving_target
from router.ports import Allowance
from router.simulator import Fault
from router.types import Target, TaskType
from tests.world import DAY, FIRST, SECOND

TASK = TaskType.VERIFICATION
TARGETS = [Target(*FIRST), Target(*SECOND)]


def cases(count=3):
    return {TASK: list(shipped_cases(TASK).cases[:count])}


def begun(world, count=3, targets=TARGETS, repetitions=1):
    steps = plan_steps(cases(count), {TASK: targets}, repetitions)
    baselines = {str(TASK): str(targets[0])}
    return world.router.store.evaluations.begin(steps, baselines=baselines, repetitions=repetitions, simulated=False)


async def run(world, run_id, *, keeps_content=True):
    job, runs = Job("evaluation"), world.router.store.evaluations
    assert runs.take(run_id)
    work = EvaluationWork(world.router, runs, cases_by_key(cases(20)), keeps_content=keeps_content)
    await job.start(lambda job: make_run(job, work, run_id))
    return job


def steps_of(world, run_id):
    return world.router.store.evaluations.steps(run_id)


def test_every_case_goes_to_all_targets_before_the_next_and_another_begins_each_time():
    steps = plan_steps(cases(4), {TASK: TARGETS}, 2)
    assert len(steps) == 4 * 2 * 2
    pairs = [steps[place : place + 2] for place in range(0, len(steps), 2)]
    assert all(one.case_id == other.case_id and one.model != other.model for one, other in pairs)
    assert {pair[0].model for pair in pairs} == {FIRST[1], SECOND[1]}


@pytest.mark.anyio
async def test_a_run_asks_every_case_under_a_purpose_of_its_own_and_judges_the_answers(world):
    run_id = begun(world, 8, [Target(*FIRST), Target("groq", "openai/gpt-oss-20b")])
    job = await run(world, run_id)
    assert job.view().status == "succeeded"
    steps = steps_of(world, run_id)
    assert {step.status for step in steps} == {"right", "wrong"}
    assert all(step.faults for step in steps if step.status == "wrong")
    assert all(step.calls == 1 and step.latency_ms and step.ttft_ms and step.simulated for step in steps)
    logged = world.rows("SELECT purpose FROM requests")
    assert [row["purpose"] for row in logged] == ["evaluation"] * 16


@pytest.mark.anyio
async def test_no_piece_of_an_answer_is_kept_where_content_is_not(world):
    run_id = begun(world, 8)
    await run(world, run_id, keeps_content=False)
    assert {step.faults for step in steps_of(world, run_id)} == {None}


@pytest.mark.anyio
async def test_a_call_that_comes_to_nothing_is_a_failure_by_its_kind_and_the_run_goes_on(world, simulator):
    run_id = begun(world)
    simulator.set_fault(*FIRST, Fault("content_policy"))
    await run(world, run_id)
    runs = world.router.store.evaluations
    (result,) = task_results(runs.runs()[0], runs, world.router.table)
    failed = next(target for target in result.results if target.target == Target(*FIRST))
    assert sum(failed.failures.values()) == 3
    assert failed.right == 0
    assert result.complete


def state_allowance(world, target, *, limit, left):
    """What a provider has last said of a day's requests; of the account's pool where no model is named."""
    provider, model = target
    account, now = world.router.accounts[provider].id, world.clock.time()
    stated = Allowance(account, provider, model, "requests", DAY, limit, left, now + DAY, now)
    world.router.store.allowances.put_allowance(stated)
    world.router.store.flush()


@pytest.mark.anyio
async def test_a_run_never_starts_a_call_that_would_use_what_is_left_to_work(world):
    state_allowance(world, FIRST, limit=100, left=round(100 * WORK_SHARE))
    run_id = begun(world, 6, [Target(*FIRST)])
    paused = (await run(world, run_id)).view().error
    assert isinstance(paused, EvaluationPaused)
    assert paused.until.timestamp() > world.clock.time() + DAY / 2
    assert world.seen == []
    assert {step.status for step in steps_of(world, run_id)} == {"pending"}


@pytest.mark.anyio
async def test_a_run_ends_with_the_last_call_that_its_part_of_a_pool_covers(world):
    await world.router.refresh_catalogue()  # which asks how much is left, and would overrule what is stated here
    state_allowance(world, ("openrouter", ""), limit=50, left=14)
    run_id = begun(world, 9, [Target(*SECOND)])
    paused = (await run(world, run_id)).view().error
    assert isinstance(paused, EvaluationPaused)
    assert paused.provider == "openrouter"
    left_to_work = round(50 * WORK_SHARE)
    assert world.calls_to(*SECOND) == 14 - left_to_work
    assert [step.status for step in steps_of(world, run_id)].count("pending") == 9 - (14 - left_to_work)


@pytest.mark.anyio
async def test_a_run_leaves_calls_of_a_minute_to_work_and_goes_on_when_it_has_refilled(world):
    account, now = world.router.accounts["groq"].id, world.clock.time()
    left_to_work = round(30 * WORK_SHARE)
    minute = Allowance(account, "groq", FIRST[1], "requests", 60.0, 30, left_to_work, now + 60, now)
    world.router.store.allowances.put_allowance(minute)
    world.router.store.flush()
    job, run_id, runs = Job("evaluation"), begun(world, 1, [Target(*FIRST)]), world.router.store.evaluations
    assert runs.take(run_id)
    task = job.start(lambda job: make_run(job, EvaluationWork(world.router, runs, cases_by_key(cases())), run_id))
    while (note := job.view().note) is None or note.activity is not Activity.WAITING:  # noqa: ASYNC110 – watched
        await asyncio.sleep(0)
    assert world.seen == []
    world.clock.turn(61)
    await asyncio.wait([task])
    assert world.calls_to(*FIRST) == 1


@pytest.mark.anyio
async def test_what_is_never_sent_to_a_model_that_goes_meanwhile_decides_nothing_of_it(world, simulator):
    run_id = begun(world, 6, [Target(*FIRST), Target("groq", "openai/gpt-oss-20b")])
    simulator.remove_model(*FIRST)
    await world.router.refresh_catalogue()
    await run(world, run_id)
    runs = world.router.store.evaluations
    (result,) = task_results(runs.runs()[0], runs, world.router.table)
    gone = next(target for target in result.results if target.target == Target(*FIRST))
    assert (gone.cases, gone.failures) == (0, {"not_sent": 6})
    assert best_finding(result) is None


@pytest.mark.anyio
async def test_a_run_pauses_where_others_have_used_the_allowance_up_and_goes_on_later(world, simulator):
    run_id = begun(world)
    simulator.set_fault(*FIRST, Fault("rate_limited", kind="RPD", retry_after=3_600))
    assert isinstance((await run(world, run_id)).view().error, EvaluationPaused)
    assert "failed" not in {step.status for step in steps_of(world, run_id)}
    simulator.clear_faults()
    world.router.reset_failures()
    assert (await run(world, run_id)).view().status == "succeeded"
    assert world.router.store.evaluations.runs()[0].complete


@pytest.mark.anyio
async def test_a_stopped_run_goes_on_where_it_was_in_another_process(world):
    run_id, store = begun(world), world.router.store
    job = Job("evaluation")
    work = EvaluationWork(world.router, store.evaluations, cases_by_key(cases()))
    task = job.start(lambda job: make_run(job, work, run_id))
    while job.view().done < 2:  # noqa: ASYNC110 – a job is watched, it calls nobody
        await asyncio.sleep(0)
    job.cancel()
    await asyncio.wait([task])
    store.flush()
    made = sum(step.status != "pending" for step in steps_of(world, run_id))
    assert 2 <= made < 6
    world.router, first = world.new_router(), world.router
    await first.aclose()
    await run(world, run_id)
    assert world.router.store.evaluations.runs()[0].complete
    assert len(world.rows("SELECT id FROM requests WHERE status = 'succeeded'")) == 6


@pytest.mark.anyio
async def test_one_process_makes_one_evaluation_at_a_time(world):
    first, second = begun(world), begun(world)
    runs = world.router.store.evaluations
    assert runs.take(first)
    assert not runs.take(second)
    runs.release(first)
    assert runs.take(second)


@pytest.mark.anyio
async def test_a_case_that_was_changed_since_the_run_was_begun_is_not_asked_in_its_place(world):
    run_id = begun(world, 2)
    runs = world.router.store.evaluations
    work = EvaluationWork(world.router, runs, {})
    job = Job("evaluation")
    await job.start(lambda job: make_run(job, work, run_id))
    assert {step.status for step in steps_of(world, run_id)} == {"failed"}
    assert world.seen == []


@pytest.mark.anyio
@pytest.mark.parametrize("scale", [1.0])  # a call that a busy machine makes too late decides nothing
async def test_what_serves_after_a_retirement_is_held_against_what_the_retired_model_scored(world, simulator):
    task, old = TaskType.QUICK_CATEGORIZATION, Target("groq", "openai/gpt-oss-20b")
    asked_cases = {task: list(shipped_cases(task).cases[:5])}

    async def evaluate():
        targets = [offer.target for offer in offered_targets(world.router, task)][:2]
        plan = plan_evaluation(world.router, asked_cases, {task: targets}, repetitions=1, has_judge=False)
        baselines, runs = {str(task): str(targets[0])}, world.router.store.evaluations
        run_id = runs.begin(plan.steps, baselines=baselines, repetitions=1, simulated=False)
        assert runs.take(run_id)
        work = EvaluationWork(world.router, runs, cases_by_key(asked_cases))
        await Job("evaluation").start(lambda job: make_run(job, work, run_id))
        return task_results(runs.runs()[0], runs, world.router.table)[0]

    first = await evaluate()
    assert first.baseline.target == old
    assert predecessor_texts(first, gone_targets(world.router, task), str) == []
    simulator.remove_model(old.provider, old.model)
    await world.router.refresh_catalogue()
    second = await evaluate()
    (words,) = predecessor_texts(second, gone_targets(world.router, task), str)
    assert words.startswith(str(second.baseline.target))
    assert f"{old}, which is gone: right in" in words
    assert "of 5 cases" in words


@pytest.mark.anyio
async def test_what_a_retired_model_scored_is_kept_and_its_successor_is_held_against_it(world, simulator):
    await run(world, begun(world, 10))
    gone, successor = TARGETS
    simulator.remove_model(*FIRST)
    world.clock.turn(61)  # the minute's calls are there again: what is left to work would keep the second run waiting
    await run(world, begun(world, 10, [successor]))
    runs = world.router.store.evaluations
    newest = runs.runs()[0]
    steps = runs.steps(newest.id)
    assert {step.model for step in steps} == {SECOND[1]}
    run_with_gone = type(newest)(
        newest.id, newest.started_at, newest.tasks, {str(TASK): str(gone)}, 1, newest.begun_simulated, "", 10, 10, False
    )
    (result,) = task_results(run_with_gone, runs, world.router.table)
    assert result.baseline.target == gone
    assert result.baseline.is_kept
    assert [challenger.target for challenger in result.challengers] == [successor]
    assert latest_results(runs, world.router.table, simulated=None)[TASK][0].id == newest.id


# --- with a judge --------------------------------------------------------------------------------------------------

CHAT = TaskType.REAL_TIME_CHAT
JUDGED_CASES = {CHAT: [case for case in shipped_cases(CHAT).cases if case.judge][:2]}


def begun_with_judge(world):
    targets = [serving_target(world.router, CHAT), Target("groq", "openai/gpt-oss-20b")]
    plan = plan_evaluation(world.router, JUDGED_CASES, {CHAT: targets}, repetitions=1, has_judge=True)
    baselines = {str(CHAT): str(targets[0])}
    return world.router.store.evaluations.begin(
        plan.steps, plan.judgements, baselines=baselines, repetitions=1, simulated=False
    )


async def run_with_judge(world, run_id, stop_after=None):
    job, runs = Job("evaluation"), world.router.store.evaluations
    assert runs.take(run_id)
    work = EvaluationWork(world.router, runs, cases_by_key(JUDGED_CASES))
    task = job.start(lambda job: make_run(job, work, run_id))
    while stop_after is not None and job.view().done < stop_after:  # noqa: ASYNC110 – a job is watched
        await asyncio.sleep(0)
    if stop_after is not None:
        job.cancel()
    await asyncio.wait([task])
    world.router.store.flush()
    return job


@pytest.mark.anyio
async def test_a_judge_is_asked_twice_about_each_case_and_its_calls_are_the_runs_own(world):
    run_id, runs = begun_with_judge(world), world.router.store.evaluations
    assert runs.runs()[0].total == 2 * 2 + 2 * 2
    assert (await run_with_judge(world, run_id)).view().status == "succeeded"
    assert {step.status for step in steps_of(world, run_id)} == {"answered"}
    assert [(asking.status, asking.calls) for asking in runs.judgements(run_id)] == [("judged", 1)] * 4
    assert [row["purpose"] for row in world.rows("SELECT purpose FROM requests")] == ["evaluation"] * 8
    (result,) = task_results(runs.runs()[0], runs, world.router.table)
    assert (len(result.judged[0].cases), result.judged[0].calls) == (2, 4)
    assert runs.runs()[0].complete


@pytest.mark.anyio
async def test_a_run_that_was_stopped_before_its_judge_goes_on_with_the_answers_of_the_log(world):
    run_id, runs = begun_with_judge(world), world.router.store.evaluations
    await run_with_judge(world, run_id, stop_after=2)
    assert [asking.status for asking in runs.judgements(run_id)].count("pending") >= 3
    await run_with_judge(world, run_id)
    assert {asking.status for asking in runs.judgements(run_id)} == {"judged"}
    assert len(world.rows("SELECT id FROM requests WHERE status = 'succeeded'")) == 8


@pytest.mark.anyio
async def test_an_answer_that_never_came_is_judged_by_nobody(world, simulator):
    simulator.set_fault("groq", "openai/gpt-oss-20b", Fault("content_policy"))
    run_id, runs = begun_with_judge(world), world.router.store.evaluations
    await run_with_judge(world, run_id)
    assert {(asking.status, asking.calls) for asking in runs.judgements(run_id)} == {("failed", 0)}
    (result,) = task_results(runs.runs()[0], runs, world.router.table)
    assert (len(result.judged[0].decided), result.judged[0].undecided) == (0, 2)
    failed = next(target for target in result.results if target.target.model == "openai/gpt-oss-20b")
    assert (failed.cases, sum(failed.failures.values())) == (0, 2)


@pytest.mark.anyio
async def test_a_run_that_is_ended_early_leaves_its_judge_unasked(world):
    run_id, runs = begun_with_judge(world), world.router.store.evaluations
    await run_with_judge(world, run_id, stop_after=2)
    runs.abandon(run_id)
    assert runs.runs()[0].complete
    assert "pending" not in {asking.status for asking in runs.judgements(run_id)}
