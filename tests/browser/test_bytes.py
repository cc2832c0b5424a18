"""What a stream costs the browser: bytes over the websocket, and how they grow."""

import json

import pytest

from router.simulator import Fault
from tests.browser import console

pytestmark = pytest.mark.timeout(180)
SHORT, LONG = 500, 2_000
MOST_TIMES_THE_TEXT = 5.5
END = "The end of it"
TOKENS = {
    "prose": ["word "] * 11 + ["end. "] + ["word "] * 11 + ["end.\n\n"],
    "code": ["```python\n"] + ["x = ", "fun(", "1)  ", "# a\n"] * 10_000,
    "json": ["{\n"] + ['  "k', 'ey": ', "12, ", '"ab"', ",\n  "] * 10_000,
}


def stream_of(kind, tokens, pause=0.002):
    """A reply of so many tokens at some 500 a second, as a script, and its text.

    Args:
        pause: seconds a token.
    """
    pattern = TOKENS[kind]
    pieces = [pattern[number % len(pattern)] for number in range(tokens)]
    pieces.append("\n```\n\n" + END if kind == "code" else "\n\n" + END)
    steps = [{"status": 200, "headers": {"content-type": "text/event-stream"}}]
    for start in range(0, len(pieces), 5):
        events = "".join(_event({"content": piece}) for piece in pieces[start : start + 5])
        steps += [{"bytes": events}, {"pause": pause * 5}]
    return [*steps, {"bytes": _event({}, "stop") + "data: [DONE]\n\n"}], "".join(pieces)


def _event(delta, finish=None):
    return f"data: {json.dumps({'choices': [{'index': 0, 'delta': delta, 'finish_reason': finish}]})}\n\n"


class Counter:
    """Bytes that came over a page's websockets."""

    def __init__(self, page):
        self.bytes = 0
        page.on("websocket", lambda socket: socket.on("framereceived", self._took))

    def _took(self, payload):
        self.bytes += len(payload)


def cost_of(page, stage, counter, kind, tokens):
    """Bytes for each byte of a text of so many tokens; what the page itself takes is not counted."""
    # Twice as fast as it may have to be: a busy machine stretches a stream, and each second has its looks at it.
    steps, text = stream_of(kind, tokens, pause=0.001)
    stage.simulator.set_fault("groq", "*", Fault("script", steps=steps))
    console.opened(page, stage.url)
    console.write(page, f"{kind} {tokens}").press("Tab")
    console.ready(page)
    before = counter.bytes
    console.press(page, "run")
    console.answer(page).get_by_text(END).wait_for(timeout=60_000)
    console.ready(page)
    return (counter.bytes - before) / len(text)


@pytest.mark.parametrize("kind", TOKENS)
def test_a_stream_costs_at_most_five_and_a_half_times_its_text_and_grows_in_step_with_it(page, stage, kind):
    counter = Counter(page)
    short, long = (cost_of(page, stage, counter, kind, tokens) for tokens in (SHORT, LONG))
    assert long < MOST_TIMES_THE_TEXT
    # What a run costs whatever its length weighs more on the short one, so a longer one is never dearer.
    assert long <= short * 1.1
