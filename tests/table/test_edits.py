"""Edits of the table: laid over it, checked, compared, written as a file, followed by every router on one database."""

import tomllib
from pathlib import Path

import pytest

from router import DualModelRouter, TaskConfig
from router.errors import ConfigurationError
from router.settings import SHIPPED_ROUTES
from router.store import open_store
from router.table.edits import apply_edits, as_json, as_toml, difference, plain, problems, read_edits
from router.table.listings import Listed, Listing
from router.table.routes import Edits, load_routes
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
        load_routes.cache_clear()
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
        (edit(targets=["groq:unheard/of"]), "neither to the table nor"),
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


async def test_a_request_asks_once_for_the_edits_version_and_reads_no_more(world):
    """What following the edits costs a request: one read of one row."""
    await served(world)
    statements = []
    connection = world.router.store._readers.connection()
    connection.set_trace_callback(statements.append)
    await served(world)
    connection.set_trace_callback(None)
    assert len([sql for sql in statements if "'edits'" in sql]) == 1
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


def test_the_file_is_left_as_it_is(tmp_path):
    before = SHIPPED_ROUTES.read_bytes()
    store = open_store(f"sqlite:///{tmp_path}/log.db", Path(tmp_path))
    keep(store, SWAPPED)
    store.close()
    assert SHIPPED_ROUTES.read_bytes() == before
