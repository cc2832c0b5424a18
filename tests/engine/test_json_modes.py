"""The JSON modes a target is asked in: a strict schema, JSON mode, words, each only after the one before."""

import pytest

from router import TaskConfig, TaskType
from router.simulator import Fault
from router.simulator.models.catalogue import model_entry
from tests.scenarios.odd_replies import JSON, SCHEMA
from tests.scenarios.published import made
from tests.world import FIRST, HELLO, MODES, SECOND, name_of

pytestmark = pytest.mark.anyio

OBJECT = {"type": "json_object"}
THIRD = ("openrouter", "cohere/north-mini-code:free")


@pytest.fixture
def scale():
    return 1.0


def modes(world):
    return [request.body.get("response_format", {}).get("type") for request in world.seen]


def words(request):
    return " ".join(message["content"] for message in request.body["messages"] if message["role"] == "system")


@pytest.mark.parametrize("mode", MODES)
async def test_a_target_that_refuses_every_mode_is_asked_down_to_plain_words_and_remembered(world, mode):
    await world.router.refresh_catalogue()
    for refused in ("json_schema", "json_object"):
        world.simulator.set_fault(*FIRST, Fault("unsupported_response_format", response_format=refused, times=1))
        answer = await world.ask(mode, config=JSON, response_format=SCHEMA, targets=[name_of(FIRST)])
        assert made(answer) == ["unsupported_format", "succeeded"]
        assert set(answer.completion.parsed) == {"food", "grams"}
    await world.ask(mode, config=JSON, response_format=SCHEMA, targets=[name_of(FIRST)])
    assert modes(world) == ["json_schema", "json_object", "json_object", None, None]
    assert '"grams"' in words(world.seen[-1]), "what is not asked by a mode is asked in words"
    assert world.router.failures() == []


async def test_openrouter_is_asked_for_endpoints_that_know_the_schema_and_a_404_over_it_is_a_step_lower(world):
    world.simulator.set_fault(*SECOND, Fault("unsupported_response_format", times=1))
    answer = await world.ask(config=JSON, response_format=SCHEMA, targets=[name_of(SECOND)])
    assert made(answer) == ["unsupported_format", "succeeded"]
    assert modes(world) == ["json_schema", "json_object"]
    asked = [request.body["provider"] for request in world.seen]
    free = {"max_price": {"prompt": 0, "completion": 0}}
    assert asked == [{"require_parameters": True, **free}, free]


@pytest.mark.parametrize(
    "fault", [Fault("unauthorized"), Fault("payment_required"), Fault("rate_limited", retry_after=30)]
)
async def test_a_refusal_of_key_credit_or_allowance_is_no_step_down(world, fault):
    target = SECOND if fault.name == "payment_required" else FIRST
    world.simulator.set_fault(*target, fault)
    await world.ask(config=JSON, response_format=SCHEMA, targets=[name_of(target)])
    assert modes(world) == ["json_schema"]
    world.simulator.clear_faults()
    world.router.reset_failures()
    await world.ask(config=JSON, response_format=SCHEMA, targets=[name_of(target)])
    assert modes(world) == ["json_schema"] * 2


async def test_a_schema_that_is_not_strict_enough_for_a_strict_mode_is_asked_a_step_lower(world):
    loose = {"type": "object", "properties": {"food": {"type": "string"}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "meal", "strict": True, "schema": loose}}
    answer = await world.ask(config=JSON, response_format=wanted, targets=[name_of(FIRST)])
    assert "food" in answer.completion.parsed
    assert modes(world) == ["json_schema", "json_object"]


async def test_one_callers_schema_lowers_no_other_callers_mode(world):
    loose = {"type": "object", "properties": {"food": {"type": "string"}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "meal", "strict": True, "schema": loose}}
    await world.ask(config=JSON, response_format=wanted, targets=[name_of(FIRST)])
    await world.ask(config=JSON, response_format=SCHEMA, targets=[name_of(FIRST)])
    assert modes(world) == ["json_schema", "json_object", "json_schema"]


@pytest.mark.parametrize("json", [("json_schema", "json_object"), ("json_schema",), ("json_object",), ()])
@pytest.mark.parametrize("wanted", [OBJECT, SCHEMA])
async def test_no_target_is_asked_in_a_mode_that_it_does_not_list(world, json, wanted):
    world.simulator.set_models("openrouter", [model_entry("openrouter", "new/model:free", json=json)])
    await world.router.refresh_catalogue()
    task = TaskConfig(type=TaskType.QUICK_CATEGORIZATION)
    answer = await world.ask(config=task, response_format=wanted, targets=["openrouter:new/model:free"])
    assert made(answer)[-1] == "succeeded"
    ladder = [
        mode for mode in ("json_schema", "json_object") if mode in json and (mode == "json_object" or wanted is SCHEMA)
    ]
    assert modes(world)[0] == (ladder[0] if ladder else None)
    assert "unsupported_format" not in made(answer)


async def test_what_was_refused_is_believed_until_the_providers_list_is_read_anew(world):
    await world.router.refresh_catalogue()
    world.simulator.set_fault(*FIRST, Fault("unsupported_response_format", times=1))
    for _ in range(2):
        await world.ask(config=JSON, response_format=SCHEMA, targets=[name_of(FIRST)])
    await world.router.refresh_catalogue()
    await world.ask(config=JSON, response_format=SCHEMA, targets=[name_of(FIRST)])
    assert modes(world) == ["json_schema", "json_object", "json_object", "json_schema"]


async def test_a_request_for_text_is_not_asked_twice_over_a_mode_it_never_named(world):
    world.simulator.set_fault(*FIRST, Fault("unsupported_response_format"))
    answer = await world.ask(messages=HELLO)
    assert made(answer) == ["unsupported_format", "succeeded"]
    assert world.calls_to(*FIRST) == 1
