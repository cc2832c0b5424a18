"""Faults of the connection and the stream, as bytes on the wire."""

import httpx
import orjson
import pytest

from router.simulator import Fault
from tests.simulator.calls import HELLO, KEY, LARGE, ask, text_of


def said(text):
    """The answer in a stream's text."""
    documents = [orjson.loads(line[6:]) for line in text.splitlines() if line.startswith('data: {"')]
    return "".join(document["choices"][0]["delta"].get("content", "") for document in documents)


@pytest.fixture
def whole(simulator):
    return text_of(ask(simulator, seed=5))


def stream_with(simulator, fault):
    simulator.set_fault("groq", "*", fault)
    return ask(simulator, stream=True, seed=5).text


@pytest.mark.parametrize("fault", ["bad_event", "no_done", "blanks", "big_event"])
def test_a_harmless_fault_leaves_the_text_whole(simulator, whole, fault):
    assert said(stream_with(simulator, Fault(fault))) == whole


def test_split_bytes_are_the_same_text_with_other_line_ends(simulator, whole):
    text = stream_with(simulator, Fault("split_bytes", size=3))
    assert "\r\n" in text
    assert said(text) == whole


def test_no_finish_leaves_the_reason_out_and_done_where_wanted(simulator, whole):
    text = stream_with(simulator, Fault("no_finish", done=False))
    assert said(text) == whole
    assert '"stop"' not in text
    assert "[DONE]" not in text
    assert "[DONE]" in stream_with(simulator, Fault("no_finish"))


def read_into(received, simulator):
    """Collects what comes of a stream, until it breaks."""
    with httpx.stream("POST", f"{simulator.groq_url}/chat/completions", **request(stream=True)) as reply:
        for data in reply.iter_raw():
            received += data


@pytest.mark.parametrize("fraction", [0.25, 0.75])
def test_a_cut_comes_after_its_fraction_of_the_text(simulator, whole, fraction):
    simulator.set_fault("groq", "*", Fault("cut", fraction=fraction))
    received = bytearray()
    with pytest.raises(httpx.RemoteProtocolError):
        read_into(received, simulator)
    text = said(received.decode())
    assert whole.startswith(text)
    assert len(text) == pytest.approx(len(whole) * fraction, abs=8)


def request(**fields):
    return {"json": {"model": LARGE, "messages": HELLO, "seed": 5, **fields}, "headers": KEY, "timeout": 10}


def test_comments_come_for_ever_and_never_an_answer(simulator):
    simulator.set_fault("groq", "*", Fault("comments_only", interval=0.001))
    with httpx.stream("POST", f"{simulator.groq_url}/chat/completions", **request(stream=True)) as reply:
        lines = reply.iter_lines()
        assert {next(lines) for _ in range(50)} == {": OPENROUTER PROCESSING", ""}


def test_compressed_says_its_layers(simulator):
    simulator.set_fault("groq", "*", Fault("compressed", layers=2))
    with httpx.stream("POST", f"{simulator.groq_url}/chat/completions", **request()) as reply:
        assert reply.headers["content-encoding"] == "gzip, gzip"
        assert len(b"".join(reply.iter_raw())) < 10_000


def test_a_script_is_played_step_by_step(simulator):
    steps = [{"status": 207, "headers": {"content-type": "text/x"}}, {"bytes": "a"}, {"pause": 0}, {"bytes": "b"}]
    simulator.set_fault("groq", "*", Fault("script", steps=steps))
    reply = ask(simulator)
    assert (reply.status_code, reply.headers["content-type"], reply.text) == (207, "text/x", "ab")
