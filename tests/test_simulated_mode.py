"""The router without keys: simulated providers where they are asked for, and never in anybody's place."""

import socket

import pytest

from router import AllTargetsFailed, ConfigurationError, DualModelRouter
from router.simulator import Fault
from tests.world import CHAT, HELLO, SECOND, name_of

pytestmark = pytest.mark.anyio


async def test_no_key_in_the_library_is_an_error_and_never_an_invented_answer():
    with pytest.raises(ConfigurationError, match="GROQ_API_KEY or OPENROUTER_API_KEY"):
        DualModelRouter.from_env({"ROUTER_MODE": "auto", "GROQ_API_KEI": "gsk_misspelt_0123456789"})


async def test_simulated_mode_needs_no_key_and_marks_what_it_says(tmp_path):
    environment = {"ROUTER_MODE": "simulated", "ROUTER_DATABASE_URL": f"sqlite:///{tmp_path}/log.db"}
    async with DualModelRouter.from_env(environment) as router:
        completion = await router.complete(config=CHAT, messages=HELLO)
        router.store.flush()
        row = router.store.statistics.request(completion.request_id).row
    assert completion.simulated
    assert row["simulated"] == 1


def full(router):
    return [allowance.remaining == allowance.limit for allowance in router.quotas() if allowance.span > 60.0]


async def test_simulated_providers_begin_with_whole_allowances_and_can_be_given_them_again(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "ROUTER_MODE": "simulated",
        "ROUTER_DATABASE_URL": f"sqlite:///{tmp_path}/log.db",
        "ROUTER_SIMULATOR_PORT": str(port),
    }
    call = {"config": CHAT, "messages": HELLO, "max_tokens": 8, "targets": [name_of(SECOND)]}
    async with DualModelRouter.from_env(environment) as router:
        await router.complete(**call)
        assert full(router) == [False]
    async with DualModelRouter.from_env(environment) as router:
        assert all(full(router))
        await router.complete(**call)
        router.simulator.set_fault("openrouter", "*", Fault("free_cap", period="day"))
        with pytest.raises(AllTargetsFailed):
            await router.complete(**call, fallback=False)
        router.simulator.clear_faults()
        router.refill_simulated()
        assert all(full(router))
        assert router.failures() == []
        assert (await router.complete(**call)).provider == "openrouter"
