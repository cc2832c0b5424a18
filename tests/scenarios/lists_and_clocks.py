"""What is none of a single reply: lists of models, clocks, waiting, and the router's own end."""

import asyncio
import itertools
import json
import time

from router import AllTargetsFailed, RequestRejected, RouterClosed
from router.simulator import Fault
from router.types import Target
from tests.scenarios.published import answered_by
from tests.scenarios.registry import scenario
from tests.world import CHAT, DAY, FIRST, SECOND


@scenario(
    "fault",
    Fault("server_error", status=500),
    Fault("unauthorized"),
    Fault("script", steps=[{"status": 404}, {"bytes": "not here"}]),
    Fault("script", steps=[{"status": 200}, {"bytes": '{"data": []}'}]),
    Fault("script", steps=[{"status": 200}, {"bytes": "[]"}]),
    Fault("script", steps=[{"status": 200}, {"bytes": "<html>maintenance</html>"}]),
)
async def f18_a_list_of_models_that_is_absent_fails_or_is_empty_says_nothing(world, mode, fault):
    for provider in ("groq", "openrouter"):
        world.simulator.set_fault(provider, "/models", fault)
    await world.router.refresh_catalogue()
    assert not [line for line in world.router.plan(config=CHAT) if "list" in line.reason]
    answered_by(await world.ask(mode), FIRST)
    assert world.router.failures() == []


@scenario()
async def f18_a_list_without_a_model_of_the_table_passes_it_over_and_an_empty_one_after_it_changes_nothing(world, mode):
    world.simulator.remove_model(*FIRST)
    await world.router.refresh_catalogue()
    empty = Fault("script", steps=[{"status": 200}, {"bytes": '{"data": []}'}])
    world.simulator.set_fault("groq", "/models", empty)
    await world.router.refresh_catalogue()
    answer = await world.ask(mode)
    assert not isinstance(answer.error, AllTargetsFailed)
    assert world.calls_to(*FIRST) == 0


@scenario()
async def f30_where_all_targets_cool_down_for_a_moment_the_soonest_is_waited_for(world, mode):
    for provider in ("groq", "openrouter"):
        world.simulator.set_fault(provider, "*", Fault("rate_limited", retry_after=4))
    # Long enough to ask all of them on a busy machine, and too short to wait for one of them.
    await world.ask(mode, deadline=3.0)
    world.simulator.clear_faults()
    answer = await world.ask(mode, deadline=30.0)
    assert answer.completion is not None
    assert answer.seconds < 6.0
    assert mode == "complete" or "waiting" in answer.kinds


@scenario("grace", 0.0, 0.2)
async def f33_a_router_that_is_closed_over_its_calls_charges_nobody(world, mode, grace):
    for provider in ("groq", "openrouter"):
        world.simulator.set_fault(provider, "*", Fault("silent"))
    asking = [asyncio.create_task(world.ask(mode)) for _ in range(3)]
    while len(world.seen) < 3:  # noqa: ASYNC110 – it is another thread that sees them
        await asyncio.sleep(0.001)
    closed_in = time.perf_counter()
    await world.router.aclose(grace=grace)
    world.notes["seconds to close"] = round(time.perf_counter() - closed_in, 3)
    answers = await asyncio.gather(*asking)
    assert {type(answer.error) for answer in answers} == {RouterClosed}
    assert world.rows("SELECT DISTINCT outcome FROM attempts") == [{"outcome": "cancelled"}]
    assert world.notes["seconds to close"] < grace + 2.0
    world.router = world.new_router()
    assert world.router.failures() == []
    world.simulator.clear_faults()
    answered_by(await world.ask(mode), FIRST)


@scenario("fault step", *itertools.product(
    (Fault("rate_limited", retry_after=2), Fault("rate_limited", kind="RPD", retry_after=None),
     Fault("server_error", status=503), Fault("reset")),
    (-DAY, DAY, -40 * DAY),
))  # fmt: skip
async def f31_a_clock_that_steps_freezes_nothing(world, mode, fault, step):
    noon = (world.clock.time() // DAY + 1) * DAY + DAY / 2
    world.clock.turn_to(noon)
    world.simulator.set_fault(*FIRST, fault)
    answered_by(await world.ask(mode), SECOND)
    world.simulator.clear_faults()
    world.clock.turn(step)
    world.clock.turn(5.1)
    restarted = world.new_router()
    assert next(line for line in restarted.plan(config=CHAT) if line.kept).target == Target(*FIRST)
    await restarted.aclose()
    answered_by(await world.ask(mode), FIRST)
    assert world.router.failures() == []


ODD = (0.5, -1, 2**63, 2**70, "many", [], {}, True, None)


@scenario()
async def f32_odd_values_in_a_list_of_models_are_unknown_by_themselves(world, mode):
    entries = [{"id": FIRST[1], "active": True, "context_window": 131_072}]
    for number, value in enumerate(ODD):
        fields = ("context_window", "context_length", "max_completion_tokens", "created", "name", "pricing")
        entries.append({"id": f"odd/{number}", **dict.fromkeys(fields, value)})
    body = json.dumps({"data": [*entries, None, 7, {"id": None}, {"id": ["x"]}]}).replace("null", "NaN", 1)
    for text in (body.replace("NaN", "null"), body):
        world.simulator.set_fault("groq", "/models", Fault("script", steps=[{"status": 200}, {"bytes": text}]))
        await world.router.refresh_catalogue()
        answered_by(await world.ask(mode), FIRST)
    for number in range(len(ODD)):
        answer = await world.ask(mode, targets=[f"groq:odd/{number}"])
        assert isinstance(answer.error, AllTargetsFailed | RequestRejected | None)


@scenario("figure", 2**63 - 1, 2**64, -1, "NaN", "1e300")
async def f32_limits_of_any_size_in_the_headers_are_kept_and_every_row_is_written(world, mode, figure):
    headers = {f"x-ratelimit-{name}-{unit}": str(figure) for name in ("limit", "remaining") for unit in
               ("requests", "tokens")} | {"x-ratelimit-reset-tokens": f"{10**12}h"}  # fmt: skip
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "An answer."}}
    steps = [{"status": 200, "headers": headers}, {"bytes": json.dumps({"choices": [choice]})}]
    world.simulator.set_fault(*FIRST, Fault("script", steps=steps))
    for _ in range(2):
        answered_by(await world.ask(mode), FIRST)
    assert all(allowance.limit < 2**62 for allowance in world.router.quotas())
    assert world.router.store.flush()
    assert world.router.store.log_error is None
