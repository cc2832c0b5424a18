"""The simulated providers answer to this machine's programs, and to no page."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.raw_http import raw_request

PATHS = [
    "/groq/openai/v1/models",
    "/openrouter/api/v1/models",
    "/_simulator/faults",
    "/_simulator/requests",
    "/nowhere",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_foreign_host_is_refused_on_every_path(simulator, path):
    reply = raw_request(simulator.port, [("Host", "evil.example")], path=path)
    assert reply.status == 403
    assert "ROUTER_ALLOWED_HOSTS" in reply.text


@pytest.mark.parametrize("path", PATHS)
def test_a_page_on_another_local_port_is_refused_on_every_path(simulator, path):
    headers = [("Host", f"127.0.0.1:{simulator.port}"), ("Origin", "http://127.0.0.1:8501")]
    assert raw_request(simulator.port, headers, path=path).status == 403


def test_a_foreign_page_sets_no_fault(simulator):
    body = '{"provider": "groq", "fault": "server_error"}'
    size = ("Content-Length", str(len(body)))
    for headers in ([("Host", "evil.example")], [("Host", "localhost"), ("Origin", "null")]):
        assert raw_request(simulator.port, [*headers, size], method="PUT", path="/_simulator/faults").status == 403
        assert raw_request(simulator.port, headers, method="DELETE", path="/_simulator/faults").status == 403


def test_a_refusal_is_marked_as_simulated_too(simulator):
    assert raw_request(simulator.port, [("Host", "evil.example")]).headers["x-simulated-provider"] == "true"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_this_machines_names_are_answered(simulator, host):
    assert raw_request(simulator.port, [("Host", f"{host}:{simulator.port}")], path="/_simulator/faults").status == 200


def run_alone(**environment):
    command = [sys.executable, "-m", "router", "simulate", "--port", "0"]
    return subprocess.Popen(
        command, env=os.environ | environment, cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_alone_in_a_process_they_answer_under_the_listed_names():
    with run_alone(ROUTER_ALLOWED_HOSTS="fakes.example") as process:
        try:
            control = next(line for line in process.stdout if line.startswith("control: "))
            port = urlsplit(control.removeprefix("control: ")).port
            assert raw_request(port, [("Host", "fakes.example")], path="/_simulator/faults").status == 200
            assert raw_request(port, [("Host", "evil.example")], path="/_simulator/faults").status == 403
        finally:
            process.terminate()


def test_a_name_that_is_none_is_said_before_they_start():
    with run_alone(ROUTER_ALLOWED_HOSTS="*") as process:
        _, words = process.communicate(timeout=30)
    assert process.returncode == 2
    assert words.startswith("ROUTER_ALLOWED_HOSTS cannot be used: '*'")
