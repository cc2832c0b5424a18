"""Clients from PyPI against the gateway, in an environment of their own: they need other versions than the router."""

import subprocess
import sys

import pytest

from tests.clients.conftest import HERE, SLOW
from tests.clients.gateway_process import printed_lines
from tests.clients.rules import USUAL, look_at

PYTHON = HERE / ".venv/bin/python"
CLIENTS = (
    "openai",
    "openai responses",
    "langchain-openai chat_completions",
    "langchain-openai responses",
    "openai-agents responses",
    "openai-agents chat_completions",
    "pydantic-ai",
    "litellm",
)
SCRIPTS = ("openai", "langchain", "agents", "pydantic_ai", "instructor", "litellm")
INSTRUCTOR = ("json", "json_by_tool", "picture_in_json", "unauthorized", "unknown_model", "limited")
"""It makes objects, and nothing else."""

# What they load takes ten seconds of a processor, and minutes where many want one.
pytestmark = pytest.mark.timeout(180)
brought = pytest.mark.skipif(not PYTHON.exists(), reason="the clients from PyPI are brought by: make clients")


def run_scripts(playground, python, *names):
    environment = playground.environment(LITELLM_LOCAL_MODEL_COST_MAP="True")  # or it asks the web for prices
    line = [python, "run_all.py", *names]
    process = subprocess.run(line, cwd=HERE / "python", env=environment, capture_output=True, text=True, timeout=170)
    assert process.returncode == 0, process.stderr
    return printed_lines(process)


@pytest.fixture(scope="module")
def lines(playground):
    return run_scripts(playground, PYTHON, *SCRIPTS)


@pytest.fixture(scope="module")
def newest_lines(playground):
    """What the newest `openai` saw, which is among the development tools."""
    return run_scripts(playground, sys.executable, "openai")


@brought
@pytest.mark.parametrize("check", USUAL)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_from_pypi_is_served(lines, client, check):
    look_at(lines, client, check)


@brought
@pytest.mark.parametrize("check", INSTRUCTOR)
def test_instructor_is_served(lines, check):
    look_at(lines, "instructor", check)


@brought
def test_a_client_that_goes_away_ends_the_call_at_the_provider(lines, playground):
    calls = [request for request in playground.simulator.requests if SLOW.endswith(request.model)]
    assert len(calls) >= len(CLIENTS)
    assert all(request.disconnected_at is not None for request in calls)


@pytest.mark.parametrize("check", USUAL)
@pytest.mark.parametrize("client", ["openai", "openai responses"])
def test_the_newest_openai_is_served(newest_lines, client, check):
    look_at(newest_lines, client, check)
