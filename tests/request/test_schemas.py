"""Schemas that take long to check: refused before anything is sent, and beside the event loop."""

import time

import pytest

from router import TaskConfig, TaskType
from router.request import check_schemas, has_schemas_to_check, make_call
from tests.world import HELLO, MODES

CONFIG = TaskConfig(type=TaskType.STRUCTURED_OUTPUT, requires_json=True)


def asking(schema):
    return {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}


def large(wrong=False):
    properties = {f"p{number}": {"type": "string", "minLength": 1} for number in range(600)}
    return {"type": "object", "properties": properties | ({"last": {"type": "objekt"}} if wrong else {})}


def test_a_small_schema_is_looked_at_while_the_call_is_made():
    with pytest.raises(ValueError, match=r"\$\.type"):
        make_call(CONFIG, HELLO, response_format=asking({"type": "objekt"}))
    assert not has_schemas_to_check(make_call(CONFIG, HELLO, response_format=asking({"type": "object"})))


def test_a_large_schema_is_looked_at_later():
    call = make_call(CONFIG, HELLO, response_format=asking(large(wrong=True)))
    assert has_schemas_to_check(call)
    with pytest.raises(ValueError, match=r"\$\.properties\.last\.type"):
        check_schemas(call)
    check_schemas(make_call(CONFIG, HELLO, response_format=asking(large())))


def test_a_schema_of_a_million_values_is_refused_before_it_is_copied():
    began = time.thread_time()
    with pytest.raises(ValueError, match="too large"):
        make_call(CONFIG, HELLO, response_format=asking({"enum": list(range(1_000_000))}))
    assert time.thread_time() - began < 0.05


def test_tools_of_a_million_values_are_refused_before_they_are_copied():
    tools = [
        {"type": "function", "function": {"name": f"t{number}", "parameters": {"enum": list(range(10_000))}}}
        for number in range(100)
    ]
    began = time.thread_time()
    with pytest.raises(ValueError, match="tools holds more than"):
        make_call(CONFIG, HELLO, tools=tools)
    assert time.thread_time() - began < 0.05


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
async def test_a_large_schema_that_is_none_is_refused_before_anybody_is_asked_and_the_loop_goes_on(world, mode):
    began = time.thread_time()
    with pytest.raises(ValueError, match=r"\$\.properties\.last\.type"):
        await world.ask(mode, config=CONFIG, response_format=asking(large(wrong=True)))
    assert time.thread_time() - began < 0.1
    assert world.seen == []
