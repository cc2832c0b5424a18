"""What goes over the connection: accidents that HTTP has no words for, and callers who hang up."""

import httpx
import pytest

from router.simulator import Fault
from tests.simulator.calls import FREE, HELLO, KEY, LARGE, ask


def test_a_reset_comes_before_any_byte(simulator):
    simulator.set_fault("groq", "*", Fault("reset"))
    with pytest.raises(httpx.ReadError, match="reset by peer"):
        ask(simulator)


def test_a_cut_body_ends_without_its_end(simulator):
    simulator.set_fault("groq", "*", Fault("cut"))
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
        ask(simulator, stream=True)


def test_bytes_that_are_no_http_go_out_as_they_are(simulator):
    simulator.set_fault("groq", "*", Fault("invalid_http", variant="status_line"))
    with pytest.raises(httpx.RemoteProtocolError):
        ask(simulator)


def test_who_hangs_up_is_noticed_also_while_the_provider_is_silent(simulator):
    simulator.set_fault("groq", "*", Fault("silent"))
    body = {"model": LARGE, "messages": HELLO}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{simulator.groq_url}/chat/completions", json=body, headers=KEY, timeout=0.1)
    ask(simulator, "openrouter", FREE)
    assert simulator.requests[-2].disconnected_at is not None
    assert not simulator.requests[-2].finished
    assert simulator.requests[-1].finished
