"""Free means free: what is never called, and what is never sent along."""

import pytest

from router import AllTargetsFailed
from router.providers.dialects import DIALECTS
from router.providers.requests import write_request
from router.request import make_call
from router.settings import SHIPPED_ROUTES
from router.simulator.models.catalogue import model_entry
from router.table.routes import ModelEntry, load_routes
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
    dialect = DIALECTS["openrouter"]
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
