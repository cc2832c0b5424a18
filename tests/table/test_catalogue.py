"""The providers' lists: what they change, when they are read, and a table that outlives its models."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from router import TaskConfig, TaskType
from router.ports import CatalogueRow
from router.ports.null_stores import NullCatalogueStore
from router.settings import SHIPPED_ROUTES
from router.simulator import Fault
from router.simulator.models.catalogue import model_entry, shipped
from router.table.catalogue import STALE_SECONDS, Catalogue, best_free
from router.table.route_file import load_routes
from tests.images.test_calls import message, photograph
from tests.world import CHAT, FIRST, HELLO, MODES, SECOND, World

RETIRED = "llama-3.3-70b-versatile"
DAY = 86_400.0
OPENROUTER = load_routes(SHIPPED_ROUTES).providers["openrouter"]
KNOWN = {key.partition(":")[2] for key in load_routes(SHIPPED_ROUTES).models}


@pytest.fixture
def scale():
    return 1.0


def only_unknown(simulator):
    """Every model of the table is gone; others, that nobody has heard of, are listed."""
    groq = [model_entry("groq", f"newcomer/g{number}", vision=True) for number in range(2)]
    openrouter = [
        model_entry("openrouter", f"newcomer/o{number}:free", vision=number == 0, context=64_000) for number in range(3)
    ]
    paid = [model_entry("openrouter", "newcomer/paid", price=("0.1", "0.1"), context=2_000_000, vision=True)]
    simulator.set_models("groq", groq)
    simulator.set_models("openrouter", openrouter + paid)


async def until(condition):
    """Let the reading beside us go on until it holds; a test's own time limit ends it."""
    while not condition():  # noqa: ASYNC110 – what is waited for comes over a socket
        await asyncio.sleep(0.001)


def line_of(world, model, **options):
    return next(line for line in world.router.plan(config=CHAT, **options) if line.target.model == model)


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("task", list(TaskType))
async def test_with_every_model_of_the_table_gone_all_tasks_are_still_answered_at_the_first_call(world, task, mode):
    only_unknown(world.simulator)
    await world.router.refresh_catalogue()
    asked = message(photograph()) if task is TaskType.VISION else HELLO
    answer = await world.ask(mode, config=TaskConfig(type=task), messages=asked)
    assert answer.text
    assert len(world.seen) == 1
    assert answer.completion.requested_model not in KNOWN
    assert answer.completion.requested_model != "newcomer/paid"
    chosen = [line for line in world.router.plan(config=TaskConfig(type=task), messages=asked) if line.chosen]
    assert chosen[0].target.model == answer.completion.requested_model


@pytest.mark.anyio
@pytest.mark.parametrize("task", list(TaskType))
async def test_they_are_answered_too_where_no_list_has_been_read_yet(simulator, tmp_path, task):
    only_unknown(simulator)
    world = World(simulator, tmp_path, scale=1.0)
    async with world.router:
        answer = await world.ask(config=TaskConfig(type=task))
        assert answer.completion is not None, answer.error
        assert answer.completion.requested_model not in KNOWN


@pytest.mark.anyio
async def test_the_lists_are_read_in_the_background_as_soon_as_the_router_is_entered(simulator, tmp_path):
    world = World(simulator, tmp_path, scale=1.0)
    simulator.remove_model(*FIRST)
    async with world.router:
        await until(lambda: "does not list it any more" in line_of(world, FIRST[1]).reason)
    assert world.seen == [], "reading them costs no quota"


@pytest.mark.anyio
async def test_a_list_is_kept_over_a_restart_and_read_anew_after_some_hours(world):
    await world.router.refresh_catalogue()
    world.simulator.remove_model(*FIRST)
    world.router.store.flush()
    async with world.new_router() as other:
        assert next(line for line in other.plan(config=CHAT) if line.kept).target.model == FIRST[1]
        await other.complete(config=CHAT, messages=HELLO)
        world.clock.turn(STALE_SECONDS + 1)
        await other.complete(config=CHAT, messages=HELLO)
        await until(lambda: next(line for line in other.plan(config=CHAT) if line.kept).target.model != FIRST[1])


@pytest.mark.anyio
async def test_a_model_that_is_said_to_be_gone_has_the_list_read_anew(world):
    await world.router.refresh_catalogue()
    world.simulator.remove_model(*FIRST)
    assert (await world.ask()).completion is not None
    await world.ask()
    await until(lambda: "does not list it any more" in line_of(world, FIRST[1]).reason)


@pytest.mark.anyio
async def test_a_retired_model_that_is_listed_again_is_used_again(world):
    assert not line_of(world, RETIRED).kept
    world.simulator.set_models("groq", [model_entry("groq", name) for name in (RETIRED, *shipped()["groq"])])
    await world.router.refresh_catalogue()
    assert line_of(world, RETIRED).kept
    assert (await world.ask()).completion.requested_model == RETIRED


@pytest.mark.anyio
async def test_a_model_that_was_gone_is_used_again_when_it_comes_back_to_the_list_and_not_before(world):
    world.simulator.set_fault(*FIRST, Fault("gone"))
    await world.router.refresh_catalogue()
    await world.ask()
    await world.router.refresh_catalogue()
    assert not line_of(world, FIRST[1]).kept, "listed all the time, and gone all the same"
    world.simulator.remove_model(*FIRST)
    await world.router.refresh_catalogue()
    world.simulator.set_models("groq", None)
    world.simulator.clear_faults()
    await world.router.refresh_catalogue()
    assert (await world.ask()).completion.requested_model == FIRST[1]


@pytest.mark.anyio
async def test_an_announced_end_is_flagged_until_its_day_and_passed_over_after_it(world):
    day = datetime.fromtimestamp(world.clock.time(), UTC).date() + timedelta(days=2)
    entries = [model_entry("openrouter", name) for name in shipped()["openrouter"]]
    next(entry for entry in entries if entry["id"] == SECOND[1])["expiration_date"] = day.isoformat()
    world.simulator.set_models("openrouter", entries)
    await world.router.refresh_catalogue()
    line = line_of(world, SECOND[1])
    assert line.kept
    assert line.reason == f"its provider has announced its end for {day.isoformat()}"
    world.clock.turn(3 * DAY)
    line = line_of(world, SECOND[1])
    assert (line.kept, line.state) == (False, "retired")
    assert day.isoformat() in line.reason


@pytest.mark.parametrize(
    "data", [None, [], {}, {"data": None}, {"data": []}, {"data": ["x", {"id": 3}, {"name": "x"}]}, "html", 7]
)
def test_what_is_no_list_changes_nothing(data):
    catalogue = Catalogue(NullCatalogueStore(), _Clock())
    catalogue.take("a", {"data": [{"id": "m"}]})
    assert catalogue.take("a", data) == []
    assert catalogue.find("a", "m") is not None


class _Clock:
    def time(self):
        return 1_790_000_000.0


class _Kept(NullCatalogueStore):
    def load_catalogue(self, account):
        return CatalogueRow(account, 1_789_999_000.0, ({"id": "m"},))


def test_a_fresh_list_in_the_database_is_not_read_again():
    assert not Catalogue(_Kept(), _Clock()).is_due("a")
    empty = Catalogue(NullCatalogueStore(), _Clock())
    assert [empty.is_due("a") for _ in range(2)] == [True, False]


def test_what_is_put_in_meets_the_need_and_is_free_beyond_doubt():
    catalogue = Catalogue(NullCatalogueStore(), _Clock())
    unknown_price = model_entry("openrouter", "b/unpriced:free", context=900_000)
    del unknown_price["pricing"]
    entries = [
        model_entry("openrouter", "a/small:free", context=8_000),
        model_entry("openrouter", "a/large:free", context=500_000, json=()),
        model_entry("openrouter", "a/seeing:free", context=4_000, vision=True),
        model_entry("openrouter", "vendor/paid", context=999_000, price=("0.1", "0")),
        model_entry("openrouter", "openrouter/auto", context=999_000, price=("-1", "-1")),
        model_entry("openrouter", "vendor/unmarked", context=999_000, price=("0", "0")),
        model_entry("openrouter", "x/content-safety:free", context=999_000),
        unknown_price,
    ]
    catalogue.take("a", {"data": entries})

    def best(**wants):
        options = {"vision": False, "wants_json": False, "free_only": True} | wants
        day = datetime(2026, 11, 25).date()
        return [model.id for model in best_free(catalogue.listing("a"), OPENROUTER, day, **options)]

    assert best() == ["a/large:free", "a/small:free", "a/seeing:free"]
    assert best(wants_json=True)[0] == "a/small:free"
    assert best(vision=True) == ["a/seeing:free"]


class Kept(NullCatalogueStore):
    def __init__(self, row=None):
        self.row = row

    def load_catalogue(self, account):
        return self.row

    def put_catalogue(self, row):
        self.row = row


@pytest.mark.parametrize("hours", [-24.0, 24.0])
def test_a_list_that_was_read_before_the_clock_was_set_back_is_due_all_the_same(hours):
    clock = _Clock()
    row = CatalogueRow("a", clock.time() - hours * 3_600.0, ({"id": "m"},))
    assert Catalogue(Kept(row), clock).is_due("a")


def test_a_row_of_any_form_in_the_database_is_a_list_all_the_same():
    row = CatalogueRow("a", _Clock().time(), ({"id": "m", "context_length": 0.5}, {"name": "no id"}, {"id": 7}))
    assert list(Catalogue(Kept(row), _Clock()).listing("a").models) == ["m"]
