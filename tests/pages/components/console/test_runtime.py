"""Settings that are saved are used at once, and change nothing but what they say."""

import socket
import threading

import httpx
import pytest

from pages.components.console.runtime import rebuild, runtime
from router.errors import ConfigurationError
from router.simulator import Fault
from router.types import TaskConfig, TaskType

CHAT = TaskConfig(TaskType.REAL_TIME_CHAT)


@pytest.fixture
def simulated(environment):
    environment.setenv("ROUTER_MODE", "simulated")
    return runtime()


def ask():
    return runtime().portal.complete(config=CHAT, messages=[{"role": "user", "content": "Train or rest?"}])


def left():
    return {(one.provider, one.model, one.span): one.remaining for one in runtime().router.quotas() if one.span > 3_600}


def end_before():
    """Wait for the end of the router before."""
    for thread in threading.enumerate():
        if thread.name == "ending router":
            thread.join(20)


def test_what_cools_down_and_what_is_left_of_the_quota_outlive_new_settings(simulated, environment):
    ask()
    before, url = left(), simulated.simulator.groq_url
    environment.setenv("ROUTER_CACHE_SECONDS", "600")
    rebuild()
    end_before()
    assert runtime() is not simulated
    assert runtime().simulator.groq_url == url
    assert left() == before
    assert ask().provider, "the providers are still there once the router before has ended"


def test_a_cooldown_outlives_new_settings(simulated, environment):
    simulated.simulator.set_fault("groq", "*", Fault("rate_limited", kind="RPD", retry_after=600))
    assert ask().provider == "openrouter"
    cooling = [one.key for one in simulated.router.failures()]
    environment.setenv("ROUTER_CACHE_SECONDS", "600")
    rebuild()
    assert [one.key for one in runtime().router.failures()] == cooling != []


def test_a_port_that_is_named_for_simulated_providers_is_not_in_the_way_of_new_settings(environment):
    environment.setenv("ROUTER_MODE", "simulated")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment.setenv("ROUTER_SIMULATOR_PORT", str(port))
    runtime()
    environment.setenv("ROUTER_CACHE_SECONDS", "600")
    rebuild()
    end_before()
    assert runtime().simulator.port == port
    assert ask().provider


def test_settings_that_cannot_be_used_leave_everything_as_it_was(simulated, environment):
    environment.setenv("ROUTER_CACHE_SECONDS", "a while")
    with pytest.raises(ConfigurationError):
        rebuild()
    assert runtime() is simulated
    assert ask().provider


def test_where_no_simulated_providers_are_asked_for_any_more_they_end_with_the_router_before(simulated, environment):
    url = simulated.simulator.groq_url
    environment.setenv("ROUTER_MODE", "live")
    rebuild()
    end_before()
    assert runtime().simulator is None
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
