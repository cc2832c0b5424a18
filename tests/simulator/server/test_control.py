"""The control: faults and models are set over HTTP, and bad input is answered in words."""

import httpx
import pytest

from tests.simulator.calls import LARGE, ask


def test_faults_can_be_set_and_cleared_over_http(simulator):
    faults = f"{simulator.control_url}/faults"
    put = httpx.put(faults, json={"provider": "groq", "model": LARGE, "fault": "server_error", "status": 502})
    expected = {
        "provider": "groq",
        "model": LARGE,
        "fault": "server_error",
        "left": None,
        "seconds_left": None,
        "params": {"status": "502"},
    }
    assert put.json()["set"] == [expected]
    assert ask(simulator).status_code == 502
    assert httpx.delete(faults).json() == {"set": []}
    assert ask(simulator).status_code == 200


def test_models_can_be_set_over_http(simulator):
    models = f"{simulator.control_url}/models/groq"
    assert httpx.put(models, json={"models": [{"id": "house/model"}]}).json() == {"models": 1}
    assert ask(simulator, model="house/model").status_code == 200
    assert httpx.put(models, json={"models": None}).json()["models"] > 1


def test_what_was_seen_is_listed(simulator):
    ask(simulator, stream=True)
    last = httpx.get(f"{simulator.control_url}/requests").json()["requests"][-1]
    assert (last["provider"], last["model"], last["stream"], last["finished"]) == ("groq", LARGE, True, True)


@pytest.mark.parametrize("body", [{"provider": "groq", "fault": "rain"}, {"provider": "nobody", "fault": "reset"}])
def test_bad_control_input_names_what_was_wrong_and_what_there_is(simulator, body):
    reply = httpx.put(f"{simulator.control_url}/faults", json=body)
    assert reply.status_code == 400
    assert "it is one of" in reply.json()["error"]


BODIES = [
    b"",
    b"{",
    b"[" * 60_000,
    b'{"a": ' * 60_000,
    b'{"provider": "groq", "fault": "cut", "fraction": ' + b"[" * 900 + b"]" * 900 + b"}",
    b'{"models": [' + b'{"a": ' * 500 + b"1" + b"}" * 500 + b"]}",
    b'{"provider": "\\ud83d"}',
    b"\xff\xfe",
    b"NaN",
    b"[]",
    b'"text"',
    b'{"provider": "groq", "fault": ["cut"]}',
    b'{"provider": "groq", "fault": "cut", "times": "two"}',
    b'{"models": {}}',
    b'{"models": [5]}',
]
CASES = [("faults", body) for body in BODIES] + [("models/groq", body) for body in BODIES if b"fault" not in body]
"""An object without models puts the shipped ones back, so those about faults are no bad input there."""


@pytest.mark.parametrize(("path", "body"), CASES, ids=lambda value: str(value)[:30])
def test_no_body_brings_the_control_down(simulator, path, body):
    reply = httpx.put(f"{simulator.control_url}/{path}", content=body)
    assert reply.status_code == 400
    assert reply.json()["error"]
    assert httpx.get(f"{simulator.control_url}/faults").json()["set"] == []
