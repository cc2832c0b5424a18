"""Edits of the table: laid over it, checked, compared, written as a file, followed by every router on one database."""

import os
import tomllib
from pathlib import Path

import pytest

from router import DualModelRouter, TaskConfig
from router.errors import ConfigurationError
from router.ports.null_stores import NullEditStore
from router.settings import SHIPPED_ROUTES
from router.simulator import Fault
from router.store import open_store
from router.table.edits import EditedTable, apply_edits, as_json, as_toml, difference, plain, problems, read_edits
from router.table.listings import Listed, Listing
from router.table.route_file import load_routes
from router.table.routes import Edits
from router.types import Target, TaskType
from tests.world import CHAT, FIRST, SECOND

pytestmark = pytest.mark.anyio
TABLE = load_routes(SHIPPED_ROUTES)
TASK = TaskType.REAL_TIME_CHAT
SWAPPED = Edits.model_validate({"tasks": {TASK: {"targets": [":".join(SECOND), ":".join(FIRST)], "deadline": 20}}})


def edit(**values):
    return Edits.model_validate({"tasks": {TASK: values}})


def test_an_edited_chain_is_the_whole_chain_and_the_rest_of_the_table_stays():
    edited = apply_edits(TABLE, SWAPPED)
    assert edited.tasks[TASK].chain == (Target(*SECOND), Target(*FIRST))
    assert edited.tasks[TASK].deadline == 20
    assert edited.tasks[TASK].first_token == TABLE.tasks[TASK].first_token
    assert {task: entry for task, entry in edited.tasks.items() if task != TASK} == {
        task: entry for task, entry in TABLE.tasks.items() if task != TASK
    }
    assert edited.source == TABLE.source


def test_no_edits_leave_the_table_itself():
    assert apply_edits(TABLE, Edits()) is TABLE


def test_a_table_written_as_a_file_is_read_back_as_the_same_table(tmp_path):
    for table in (TABLE, apply_edits(TABLE, SWAPPED)):
        path = tmp_path / "routes.toml"
        path.write_text(as_toml(table))
        assert plain(load_routes(path)) == plain(table)
        assert load_routes(path).tasks == table.tasks
        assert load_routes(path).models == table.models


def test_an_exported_file_routes_as_the_edited_table_does(tmp_path):
    path = tmp_path / "routes.toml"
    path.write_text(as_toml(apply_edits(TABLE, SWAPPED)))
    environment = {
        "ROUTER_MODE": "simulated", "ROUTER_ROUTES": str(path), "ROUTER_DATABASE_URL": f"sqlite:///{tmp_path}/log.db",
    }  # fmt: skip
    router = DualModelRouter.from_env(environment)
    assert [line.target for line in router.plan(config=CHAT)] == [Target(*SECOND), Target(*FIRST)]
    router._owned.close()


def test_the_shipped_file_says_the_same_as_its_export():
    assert plain(TABLE) == plain(TABLE.model_validate(tomllib.loads(as_toml(TABLE))))


def test_edits_are_read_back_from_their_text():
    assert read_edits(as_json(SWAPPED)) == SWAPPED
    assert read_edits(None) == Edits()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_edits('{"tasks": {"real-time-chat": {"targets": []}}}')


@pytest.mark.parametrize(
    ("edits", "word"),
    [
        (edit(targets=["nobody:m"]), "nobody"),
        (edit(targets=["groq:unheard/of"]), "not on its provider"),
        (edit(targets=[":".join(FIRST), ":".join(FIRST)]), "more than once"),
        (edit(targets=["openrouter:some/paid-model"]), "may cost money"),
        (edit(first_token=50, attempt=9), "have to grow"),
        (edit(deadline=0.5), "have to grow"),
        (Edits.model_validate({"tasks": {"vision": {"targets": [":".join(FIRST)]}}}), "does not read images"),
    ],
)
def test_what_should_not_be_kept_is_said(edits, word):
    listings = {"groq": Listing(0.0, {FIRST[1]: Listed(FIRST[1])})}
    assert any(word in problem for problem in problems(TABLE, edits, listings))


@pytest.mark.parametrize("task", TaskType)
def test_a_limit_alone_may_be_edited_whatever_the_files_chain_names(task):
    edits = Edits.model_validate({"tasks": {task: {"deadline": TABLE.tasks[task].deadline + 1}}})
    gone = {name: Listing(0.0, {}) for name in TABLE.providers}
    assert problems(TABLE, edits, gone) == []


def test_good_edits_have_no_problem_and_their_difference_is_in_words():
    assert problems(TABLE, SWAPPED, {}) == []
    order, deadline = difference(TABLE, apply_edits(TABLE, SWAPPED))
    assert (order.what, order.after) == ("order", "Nemotron 3 Super → gpt-oss-120b")
    assert (deadline.before, deadline.after) == ("30", "20")
    assert difference(TABLE, TABLE) == []


# --- on a database -------------------------------------------------------------------------------------------------


def keep(store, edits, note="an edit"):
    assert store.edits.keep(as_json(edits), note)


async def served(world, router=None):
    completion = await (router or world.router).complete(config=CHAT, messages=[{"role": "user", "content": "?"}])
    return completion.provider


async def test_an_edit_holds_from_the_next_request_on_in_every_router_on_the_database_and_so_does_its_undo(world):
    other = world.new_router()
    assert await served(world) == "groq"
    assert world.router.routes.keep(SWAPPED, "swapped")
    assert (await served(world), await served(world, other)) == ("openrouter", "openrouter")
    assert other.routes.undo()
    assert (await served(world), await served(world, other)) == ("groq", "groq")
    assert not world.router.routes.undo()
    assert [row["kind"] for row in world.rows("SELECT kind FROM events")] == ["routing edited", "routing edit undone"]
    await other.aclose()


async def test_an_undo_brings_back_the_edit_before(world):
    keep(world.router.store, SWAPPED, "first")
    keep(world.router.store, Edits(), "second")
    assert await served(world) == "groq"
    assert world.router.store.edits.latest().note == "second"
    world.router.routes.undo()
    assert await served(world) == "openrouter"
    assert [edit.undone_at is None for edit in world.router.store.edits.history()] == [False, True]


async def test_a_request_asks_for_the_counters_and_reads_no_edits_that_have_not_changed(world):
    """What following edits and cooldowns costs a request: the counters, once or twice."""
    await served(world)
    statements = []
    connection = world.router.store._readers._own_link().connection()
    connection.set_trace_callback(statements.append)
    await served(world)
    connection.set_trace_callback(None)
    assert 1 <= len([sql for sql in statements if "FROM counters" in sql]) <= 2
    assert not [sql for sql in statements if "FROM edits" in sql]


async def test_edits_that_do_not_fit_the_table_any_more_are_not_used_and_that_is_said(world):
    keep(world.router.store, edit(targets=["local:model"]))
    assert await served(world) == "groq"
    assert "local" in world.router.routes.problem


async def test_the_files_own_plan_is_shown_beside_the_edited_one(world):
    keep(world.router.store, edit(targets=[":".join(SECOND)]))
    config = TaskConfig(TASK)
    assert [line.target for line in world.router.plan(config=config)] == [Target(*SECOND)]
    assert Target(*FIRST) in [line.target for line in world.router.shipped_plan(config=config) if line.kept]


# --- the file itself is edited ---------------------------------------------------------------------------------------


SHIPPED = SHIPPED_ROUTES.read_text()
DEADLINE = "deadline = 30.0"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(SHIPPED)
    return path


def followed(file, store=None):
    return EditedTable(load_routes(file), store or NullEditStore())


def write_anew(file, text):
    """As an editor does: another file in its place."""
    beside = file.with_suffix(".new")
    beside.write_text(text)
    beside.replace(file)


@pytest.mark.parametrize("write", [Path.write_text, write_anew])
def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(file, write):
    routes = followed(file)
    before = routes.table
    assert not routes.refresh()
    assert routes.table is before
    write(file, SHIPPED.replace(DEADLINE, "deadline = 31.0"))
    assert routes.refresh()
    assert (routes.table.tasks[TASK].deadline, routes.shipped.tasks[TASK].deadline) == (31.0, 31.0)
    assert routes.problem == ""


def test_a_change_of_the_same_length_with_its_date_set_back_is_seen(file):
    routes = followed(file)
    dates = file.stat().st_atime_ns, file.stat().st_mtime_ns
    file.write_text(SHIPPED.replace(DEADLINE, "deadline = 31.0"))
    os.utime(file, ns=dates)
    assert routes.refresh()
    assert routes.table.tasks[TASK].deadline == 31.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version = ", "no valid TOML"),
        ("", "does not hold"),
        (SHIPPED.replace(DEADLINE, "deadline = -1"), "deadline = -1"),
        ("\x00" * 9, "no valid TOML"),
        (SHIPPED.replace('label = "Groq"', 'label = "Another"'), "takes a restart"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_no_longer_holds_changes_nothing_and_says_so_until_it_holds_again(file, text, words):
    routes = followed(file)
    before = routes.table
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    assert not routes.refresh()
    assert routes.table is before
    assert words in routes.problem
    write_anew(file, SHIPPED.replace(DEADLINE, "deadline = 31.0"))
    assert routes.refresh()
    assert (routes.problem, routes.table.tasks[TASK].deadline) == ("", 31.0)


def test_the_edits_stay_over_a_changed_file(file, tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/log.db", tmp_path)
    keep(store, SWAPPED)
    routes = followed(file, store.edits)
    file.write_text(SHIPPED.replace("idle = 6.0", "idle = 6.5"))
    assert routes.refresh()
    assert (routes.table.tasks[TASK].deadline, routes.table.tasks[TASK].idle) == (20, 6.5)
    store.close()


def rewrite(world, change):
    """Change the file that a router was made from."""
    file = Path(world.environment["ROUTER_ROUTES"])
    file.write_text(change(file.read_text()))


def swap_chain(text):
    head, task, rest = text.partition("[tasks.real-time-chat]")
    ours, following, others = rest.partition("[tasks.quick-categorization]")
    chain = f'targets = ["{":".join(SECOND)}"]\nthen = ["{":".join(FIRST)}"]\n'
    ours = "".join(line for line in ours.splitlines(keepends=True) if not line.startswith(("targets", "then")))
    return f"{head}{task}{ours.rstrip()}\n{chain}\n{following}{others}"


async def test_a_running_router_goes_by_the_changed_file_from_its_next_request_on(world):
    assert await served(world) == "groq"
    rewrite(world, swap_chain)
    assert await served(world) == "openrouter"
    assert world.router.routes.problem == ""
    shipped = world.router.shipped_plan(config=CHAT)
    assert next(line.target for line in shipped if line.kept) == Target(*SECOND)


async def test_the_memory_goes_by_the_changed_files_cooldowns(world):
    await served(world)
    rewrite(world, lambda text: text.replace("cooldown_sick = 5.0", "cooldown_sick = 17.0"))
    world.simulator.set_fault(*FIRST, Fault("server_error", status=503))
    assert await served(world) == "openrouter"
    (cooldown,) = world.router.failures()
    assert cooldown.until - cooldown.since == pytest.approx(17.0)


async def test_the_budgets_of_second_calls_go_by_the_changed_file(world):
    world.simulator.set_fault(*FIRST, Fault("invalid_json", variant="garbage"))
    asked = {"response_format": {"type": "json_object"}}
    await world.ask(**asked)
    assert world.calls_to(*FIRST) == 2, "it is asked once more, with its fault named"
    world.router.reset_failures()
    rewrite(
        world, lambda text: text.replace("retry_share = 0.05", "retry_share = 0").replace("burst = 3.0", "burst = 0")
    )
    await world.ask(**asked)
    assert world.calls_to(*FIRST) == 2 + 1


def test_the_file_is_left_as_it_is(tmp_path):
    before = SHIPPED_ROUTES.read_bytes()
    store = open_store(f"sqlite:///{tmp_path}/log.db", Path(tmp_path))
    keep(store, SWAPPED)
    store.close()
    assert SHIPPED_ROUTES.read_bytes() == before
