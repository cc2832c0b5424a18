"""Free means free: what is never called, and what is never sent along."""

import pytest

from pages.components.routing.route_draft import Draft, choices
from router import AllTargetsFailed
from router.providers.requests import write_request
from router.request import make_call
from router.settings import SHIPPED_ROUTES
from router.simulator.models.catalogue import model_entry
from router.table.dialects import shipped_dialects
from router.table.edits import problems
from router.table.free import PAID_TEXTS, PaidReason, paid_reason, target_paid_reason
from router.table.listings import Listed, Listing, read_listing
from router.table.route_file import load_routes
from router.table.routes import Edits, ModelEntry
from router.types import Target, TargetState, TaskType
from tests.world import CHAT, HELLO, World

TABLE = load_routes(SHIPPED_ROUTES)
COSTLY = {
    "plugins": [{"id": "web"}],
    "models": ["vendor/paid"],
    "provider": {"order": ["x"], "max_price": {"prompt": 9, "completion": 9}},
}


@pytest.fixture
def scale():
    return 1.0


def body(free_only, params):
    facts = ModelEntry.model_validate({"params": params})
    call = make_call(CHAT, HELLO)
    dialect = shipped_dialects()["openrouter"]
    task = TABLE.tasks[CHAT.type]
    written = write_request(
        call, "x/y:free", dialect=dialect, facts=facts, task=task, free_only=free_only, stream=False
    )
    return written.body


def test_nothing_in_the_table_undoes_the_price_of_zero_or_brings_a_paid_plug_in_along():
    sent = body(True, COSTLY)
    assert sent["provider"] == {"order": ["x"], "max_price": {"prompt": 0, "completion": 0}}
    assert not {"plugins", "models"} & set(sent)


def test_where_the_operator_lets_models_cost_their_parameters_are_sent_as_they_are():
    sent = body(False, COSTLY)
    assert {name: sent[name] for name in COSTLY} == COSTLY


@pytest.mark.anyio
@pytest.mark.parametrize("field", ["prompt", "completion", "request", "image", "web_search", "internal_reasoning"])
async def test_a_free_id_that_is_listed_with_any_price_is_not_called(world, field):
    entry = model_entry("openrouter", "sly/model:free", vision=True)
    entry["pricing"][field] = "0.000001"
    world.simulator.set_models("openrouter", [entry])
    await world.router.refresh_catalogue()
    answer = await world.ask(targets=["openrouter:sly/model:free"])
    assert isinstance(answer.error, AllTargetsFailed)
    assert "lists it with a price" in answer.error.attempts[0].error
    assert world.seen == []


@pytest.mark.anyio
async def test_an_operator_who_lets_models_cost_gets_them_and_a_cost_holds_nobody(simulator, tmp_path):
    routes = tmp_path / "paid.toml"
    routes.write_text(SHIPPED_ROUTES.read_text().replace("free_only = true", "free_only = false"))
    world = World(simulator, tmp_path, ROUTER_ROUTES=str(routes))
    simulator.set_models("openrouter", [model_entry("openrouter", "vendor/paid", price=("0.001", "0.001"))])
    answer = await world.ask(targets=["openrouter:vendor/paid"])
    assert answer.completion.model == "vendor/paid"
    assert "provider" not in world.seen[0].body
    assert world.router.failures() == []
    assert not world.router.table.free_only
    await world.aclose()


# --- one answer for everybody -----------------------------------------------------------------------------------------

SLY = Target("openrouter", "sly/model:free")
ANSWERS = [
    ("sly/model:free", None, None),
    ("sly/model:free", Listed("x", costs=None), None),
    ("sly/model:free", Listed("x", costs=False), None),
    ("sly/model:free", Listed("x", costs=True), PaidReason.PRICED),
    ("openrouter/free", Listed("x", costs=False), None),
    ("openrouter/auto", Listed("x", costs=True), PaidReason.PRICED),
    ("vendor/zero", Listed("x", costs=False), PaidReason.UNMARKED),
    ("vendor/any", None, PaidReason.UNMARKED),
]


@pytest.mark.parametrize(("model", "listed", "reason"), ANSWERS)
def test_marked_models_are_free_unless_their_list_says_otherwise(model, listed, reason):
    assert paid_reason(TABLE.providers["openrouter"], model, listed) is reason


@pytest.mark.parametrize("listed", [None, Listed("x", costs=True)])
def test_the_operators_word_on_a_plan_stands_whatever_the_list_says(listed):
    assert paid_reason(TABLE.providers["groq"], "any", listed, needs_proof=True) is None


def test_where_nobody_vouches_nothing_is_free():
    provider = TABLE.providers["groq"].model_copy(update={"free": "no"})
    assert paid_reason(provider, "a:free", Listed("x", costs=False)) is PaidReason.UNMARKED


def test_what_no_person_has_chosen_needs_the_lists_own_word():
    provider = TABLE.providers["openrouter"]
    assert paid_reason(provider, "a:free", Listed("x"), needs_proof=True) is PaidReason.UNPROVEN
    assert paid_reason(provider, "a:free", Listed("x", costs=False), needs_proof=True) is None


def test_where_the_operator_lets_models_cost_none_is_refused():
    table = TABLE.model_copy(update={"free_only": False})
    assert target_paid_reason(table, Target("openrouter", "vendor/paid"), {}) is None


def no_draft(task):
    return Draft(task, chain=(), start=(), limits={}, start_limits={})


@pytest.mark.anyio
@pytest.mark.parametrize("costs", [False, True])
async def test_editor_page_and_planner_agree_on_a_free_id_that_is_listed_with_a_price(world, costs):
    entry = model_entry("openrouter", SLY.model, price=("0", "0.000001" if costs else "0"))
    world.simulator.set_models("openrouter", [entry])
    await world.router.refresh_catalogue()
    listings = world.router.listings()
    task = TaskType.REAL_TIME_CHAT
    edits = Edits.model_validate({"tasks": {task: {"targets": [str(SLY)]}}})
    offered = choices(TABLE, listings, no_draft(task))
    (line,) = world.router.plan(config=CHAT, targets=[SLY])
    refusals = problems(TABLE, edits, listings) != [], SLY not in offered, line.state is TargetState.NOT_FREE
    assert refusals == (costs, costs, costs)
    assert not costs or PAID_TEXTS[PaidReason.PRICED] in line.reason


def test_the_page_offers_no_model_of_the_table_that_may_cost_where_there_is_no_list():
    paid = {str(Target("openrouter", "vendor/paid")): ModelEntry.model_validate({})}
    table = TABLE.model_copy(update={"models": TABLE.models | paid})
    offered = choices(table, {}, no_draft(TaskType.REAL_TIME_CHAT))
    assert [target for target in offered if target_paid_reason(table, target, {}) is not None] == []


def test_a_list_without_the_model_says_nothing_of_its_price():
    listings = {"openrouter": read_listing(0.0, [{"id": "another:free"}]), "groq": Listing(0.0)}
    assert target_paid_reason(TABLE, SLY, listings) is None
