"""Each condition as it comes about: what is said of it, and that it is gone when its cause is."""

import sqlite3
from datetime import timedelta

import pytest

from router import TaskConfig, TaskType
from router.alerts import AlertKind, chosen_kinds, standing_conditions
from router.alerts.conditions import dry_at
from router.errors import ConfigurationError
from router.failures import durations
from router.ports import Allowance
from router.simulator import Fault
from router.simulator.models import catalogue
from router.store import Pace
from tests.serving import until
from tests.world import CHAT

pytestmark = pytest.mark.anyio


def conditions(world, kind):
    return {found.subject: found.message for found in standing_conditions(world.router) if found.kind is kind}


async def test_in_health_there_is_none(world):
    await world.router.refresh_catalogue()
    await world.ask()
    assert standing_conditions(world.router) == []


async def test_a_refused_key_and_the_tasks_without_a_model(world):
    for provider in ("groq", "openrouter"):
        world.simulator.set_fault(provider, "*", Fault("unauthorized"))
    await world.ask(deadline=1.0)
    assert conditions(world, AlertKind.KEY_REFUSED) == {
        "groq": "Groq refuses its key.",
        "openrouter": "OpenRouter refuses its key.",
    }
    assert conditions(world, AlertKind.TASK_DOWN).keys() == set(TaskType)
    world.simulator.clear_faults()
    world.router.reset_failures()
    assert not conditions(world, AlertKind.TASK_DOWN)


async def test_a_task_that_rests_on_one_model_names_it(world):
    plan = [line.target for line in world.router.plan(config=CHAT) if line.kept]
    for target in plan[:-1]:
        world.simulator.set_fault(target.provider, target.model, Fault("gone"))
    await world.ask()
    left = conditions(world, AlertKind.LAST_TARGET)["real-time-chat"]
    assert left.startswith("Real-time chat: only ")
    assert left.endswith(" is left.")


async def test_a_cost_on_a_free_request(world):
    world.simulator.set_fault("openrouter", "*", Fault("billed", times=1))
    await world.ask(config=TaskConfig(TaskType.COMPLEX_REASONING))
    (message,) = conditions(world, AlertKind.BILLED).values()
    assert "came back with a cost" in message


async def test_a_model_that_ends_soon_and_one_that_has_vanished(world):
    day = (durations.utc(world.clock.time()) + timedelta(days=9)).date().isoformat()
    entries = catalogue.listing("openrouter", list(catalogue.shipped()["openrouter"].values()))["data"]
    ending = next(entry for entry in entries if "nemotron-3-super" in entry["id"])
    ending["expiration_date"] = day
    world.simulator.set_models("openrouter", entries)
    world.simulator.remove_model("groq", "openai/gpt-oss-20b")
    await world.router.refresh_catalogue()
    told = conditions(world, AlertKind.RETIREMENT)
    assert day in told[f"openrouter:{ending['id']}"]
    assert "not on its provider's list" in told["groq:openai/gpt-oss-20b"]


def allowance(left, resets_in):
    return Allowance("a", "groq", "m", "requests", 86_400.0, 1_000, left, 1_000.0 + resets_in, 1_000.0)


@pytest.mark.parametrize(
    ("left", "resets_in", "calls", "ends"),
    [(50, 7_200.0, 100, 2_800.0), (500, 7_200.0, 100, None), (50, 60.0, 100, None), (5, 7_200.0, 3, None)],
)
def test_a_day_runs_dry_where_the_pace_ends_it_before_it_refills(left, resets_in, calls, ends):
    assert dry_at(allowance(left, resets_in), Pace(calls_an_hour=calls), 1_000.0) == ends


async def test_a_day_that_runs_dry_is_told_with_both_times(world):
    for _ in range(12):
        await world.ask(targets=["openrouter:openrouter/free"])
    world.simulator.set_fault("openrouter", "*", Fault("free_cap"))
    world.router._quota.note_day(world.router.accounts["openrouter"].id, 50, 48)
    told = conditions(world, AlertKind.RUNS_DRY)
    if durations.until_midnight(world.clock.time()) > 1_800.0:  # else it refills before
        assert "OpenRouter's free models: 2 of 50 requests are left" in told["openrouter:"]


async def test_a_log_that_cannot_be_written(world):
    other = sqlite3.connect(world.database, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    await world.ask()
    await until(lambda: world.router.store.log_error is not None)
    assert "cannot be written" in conditions(world, AlertKind.LOG)["log"]
    other.execute("ROLLBACK")
    other.close()
    await until(lambda: not conditions(world, AlertKind.LOG))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [("", set(AlertKind)), ("log, billed", {AlertKind.LOG, AlertKind.BILLED}), ("none", set())],
)
def test_which_are_told_is_a_setting(text, kinds):
    assert chosen_kinds(text) == kinds


def test_a_kind_that_there_is_not_is_named_with_those_that_there_are():
    with pytest.raises(ConfigurationError, match=r"ROUTER_ALERTS names 'disk', which is none of: task-down"):
        chosen_kinds("log,disk")
