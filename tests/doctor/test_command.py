"""The command `doctor`: lines for people, JSON for programs, and a status for scripts."""

import asyncio
import json
import os
import sys

import pytest

pytestmark = pytest.mark.anyio


@pytest.fixture
def environment(world, tmp_path):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | world.environment | {"ROUTER_ENV_FILE": str(tmp_path / "none")}


async def doctor(environment, *words):
    """What it prints, and its exit status."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "router", "doctor", *words, env=environment, stdout=-1, stderr=-2
    )
    output, _ = await process.communicate()
    return output.decode(), process.returncode


async def test_in_health_each_line_begins_with_its_verdict_and_the_status_is_zero(environment):
    output, status = await doctor(environment)
    assert status == 0, output
    assert {line.split()[0] for line in output.splitlines()} <= {"ok", "note", "warning"}


async def test_a_proxy_that_is_none_is_a_fault_in_json_and_by_the_status(environment):
    output, status = await doctor(environment | {"HTTP_PROXY": "http://user:secret@proxy:port"}, "--json")
    document = json.loads(output)
    assert (status, document["ok"], "secret" in output) == (1, False, False)
    (fault, *_) = [finding for finding in document["findings"] if finding["verdict"] == "fault"]
    assert fault["subject"] == "proxy to groq"
    assert "NO_PROXY" in fault["advice"]


async def test_the_proxy_on_the_way_is_named_without_its_password(environment):
    output, status = await doctor(environment | {"HTTP_PROXY": "http://user:secret@127.0.0.1:9"})
    assert status == 1
    assert "127.0.0.1:9" in output
    assert "secret" not in output
