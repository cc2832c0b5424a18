"""The client for TypeScript by itself: what it makes of odd bytes, broken connections, refusals and its environment."""

import subprocess

import pytest

from tests.clients.gateway_process import printed_lines
from tests.clients.typescript import NODE, build_programs, needs_node

pytestmark = [*needs_node, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def saw(playground, tmp_path_factory):
    """What it saw, by check."""
    client = build_programs(tmp_path_factory.mktemp("built")) / "dual-router.js"
    environment = playground.environment(
        DUAL_ROUTER_MODULE=str(client), DUAL_ROUTER_BASE_URL=playground.gateway.url, DUAL_ROUTER_API_KEY=playground.key
    )
    line = ["node", "run_all.mjs", "dual_router_wire"]
    process = subprocess.run(line, cwd=NODE, env=environment, capture_output=True, text=True, timeout=170)
    assert process.returncode == 0, process.stderr
    return {line["check"]: line.get("saw", line) for line in printed_lines(process)}


def test_bytes_may_come_one_by_one_with_comments_and_either_line_end(saw):
    assert saw["bytes_one_by_one"] == {
        "kinds": ["reasoning", "delta", "completed"],
        "text": "Grüße 😀",
        "reasoning": "Hm.",
        "target": "groq:m",
    }


@pytest.mark.parametrize("check", ["no_end", "torn", "garbage", "interrupted"])
def test_an_answer_that_breaks_off_is_an_error_that_has_what_had_come(saw, check):
    assert saw[check]["kinds"] == ["delta"]
    assert (saw[check]["error"], saw[check]["text"]) == ("StreamInterrupted", "Hel")


@pytest.mark.parametrize(("check", "error"), [("exhausted", "AllTargetsFailed"), ("late", "DeadlineExceeded")])
def test_a_failure_within_a_stream_is_known_by_its_code(saw, check, error):
    assert (saw[check]["kinds"], saw[check]["error"]) == ([], error)


@pytest.mark.parametrize(
    ("check", "error", "status"),
    [
        ("limit", "LimitReached", 429),
        ("dry", "AllTargetsFailed", 429),
        ("down", "AllTargetsFailed", 503),
        ("deadline", "DeadlineExceeded", 504),
        ("forbidden", "ConfigurationError", 403),
        ("fault", "RouterError", 500),
    ],
)
def test_a_refusal_says_who_can_act_and_when(saw, check, error, status):
    assert (saw[check]["error"], saw[check]["status"], saw[check]["wait"]) == (error, status, 7)
    assert saw[check]["attempts"] == (check in ("dry", "down"))


@pytest.mark.parametrize("check", ["proxy", "other_server"])
def test_what_is_no_gateway_is_said_to_be_none(saw, check):
    assert saw[check]["error"] == "ConfigurationError"
    assert "is no gateway" in saw[check]["message"]


def test_a_body_that_breaks_off_is_an_error(saw):
    assert saw["torn_body"] == {"error": "StreamInterrupted"}


def test_address_and_key_are_taken_from_the_environment(saw):
    assert saw["environment"]["text"].startswith("Simulated reply")


def test_without_a_key_the_variable_is_named(saw):
    assert "DUAL_ROUTER_API_KEY" in saw["no_key"].get("message", saw["no_key"])


def test_a_stream_is_iterated_once(saw):
    assert "once" in saw["twice"]["message"]
