"""Clients from npm against the gateway, and the client for TypeScript that comes with it."""

import subprocess

import pytest

from tests.clients.conftest import BROKEN, GOOD, SLOW
from tests.clients.gateway_process import printed_lines
from tests.clients.rules import USUAL, look_at
from tests.clients.typescript import NODE, build_programs, needs_node

CLIENTS = (
    "openai",
    "openai responses",
    "ai @ai-sdk/openai-compatible",
    "ai @ai-sdk/openai",
    "@langchain/openai",
    "@langchain/openai responses",
    "@openai/agents responses",
    "@openai/agents chat_completions",
    "dual-router.ts",
)
SCRIPTS = ("openai", "ai_sdk", "langchain", "agents", "dual_router")

pytestmark = [*needs_node, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def lines(playground, tmp_path_factory):
    client = build_programs(tmp_path_factory.mktemp("built")) / "dual-router.js"
    environment = playground.environment(DUAL_ROUTER_MODULE=str(client), AI_SDK_LOG_WARNINGS="false")
    process = subprocess.run(
        ["node", "run_all.mjs", *SCRIPTS], cwd=NODE, env=environment, capture_output=True, text=True, timeout=170
    )
    assert process.returncode == 0, process.stderr
    return printed_lines(process)


def saw_of(lines, check):
    """What the client for TypeScript saw in a check of its own."""
    line = next(line for line in lines if (line["client"], line["check"]) == ("dual-router.ts", check))
    return line.get("saw", line)


@pytest.mark.parametrize("check", USUAL)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_from_npm_is_served(lines, client, check):
    look_at(lines, client, check)


def test_a_client_that_goes_away_ends_the_call_at_the_provider(lines, playground):
    calls = [request for request in playground.simulator.requests if SLOW.endswith(request.model)]
    assert len(calls) == len(CLIENTS) + 2  # the client for TypeScript leaves in two more ways
    assert all(request.disconnected_at is not None for request in calls)


def test_the_typescript_client_says_who_can_act(lines):
    assert saw_of(lines, "unauthorized")["kind"] == "ConfigurationError"
    assert saw_of(lines, "unknown_model")["kind"] == "RequestRejected"
    assert saw_of(lines, "limited")["kind"] == "LimitReached"
    assert saw_of(lines, "no_gateway")["kind"] == "ConfigurationError"
    assert "python -m router serve" in saw_of(lines, "no_gateway")["message"]


def test_the_typescript_client_tells_of_a_restart_and_gives_the_whole_text(lines):
    saw = saw_of(lines, "restart")
    assert [kind for kind in saw["kinds"] if kind != "reasoning"] == ["delta", "restart", "delta", "completed"]
    assert saw["model"] == GOOD
    assert saw["text"] == saw["whole"]
    assert saw["text"].startswith("Simulated reply")
    assert [f"{attempt['provider']}:{attempt['model']}" for attempt in saw["attempts"]][:2] == [BROKEN, GOOD]


def test_the_typescript_client_counts_what_was_served(lines):
    usage = saw_of(lines, "usage")["usage"]
    assert usage["groq"] > 0
    assert usage["groq"] + usage["openrouter"] == sum(usage["breakdown"].values())


def test_the_typescript_client_resets_failures_and_hears_of_a_provider_that_is_none(lines):
    assert saw_of(lines, "reset")["kind"]["kind"] == "RequestRejected"


def test_a_call_that_its_caller_aborts_throws_the_signals_reason(lines):
    assert saw_of(lines, "aborted") == {"message": "the caller left"}


def test_a_stream_that_is_cancelled_ends_without_a_completion(lines):
    assert saw_of(lines, "cancelled")["completion"] is None
