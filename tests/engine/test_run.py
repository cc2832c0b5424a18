"""A run is read in batches, since pieces come many at once, and its caller sees one event after the other."""

import json

import pytest

from router import TaskConfig, TaskType
from router.ports.null_stores import NullLog
from router.request import make_call
from tests.virtual import Bench, run

CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
HELLO = [{"role": "user", "content": "What should I eat before a run?"}]


def in_one_read(*texts):
    """An outcome: all pieces of an answer at once, then a silence that nobody ends."""
    choices = [[{"index": 0, "delta": {"content": text}, "finish_reason": None}] for text in texts]
    events = b"".join(b"data: " + json.dumps({"choices": choice}).encode() + b"\n\n" for choice in choices)
    return lambda document: [(0.1, 200, {"content-type": "text/event-stream"}, [events, 1_000.0])]


class EndedTexts(NullLog):
    """What is written of each request's end."""

    def __init__(self):
        self.ends = []

    def request_ended(self, record):
        self.ends.append((record.status, record.text))


async def read_deltas(bench, count):
    """So many deltas of a run that is then left, with what its text was at each."""
    seen = []
    running = bench.engine.run(make_call(CHAT, HELLO), stream=True)
    async for event in running:
        if event.kind == "delta":
            seen.append((event.text, running.text))
        if len(seen) == count:
            break
    await running.aclose()
    return seen, running


@pytest.mark.parametrize("count", [1, 31, 32, 33, 70])
def test_a_runs_text_is_what_has_been_handed_on_also_where_more_has_come_with_it(count):
    words = [f"word{number} " for number in range(100)]
    seen, _ = run(read_deltas(Bench([in_one_read(*words)]), count))
    assert [text for _, text in seen] == ["".join(words[:place]) for place in range(1, count + 1)]


def test_what_was_never_handed_on_is_no_part_of_a_cancelled_answer():
    log = EndedTexts()
    words = [f"word{number} " for number in range(100)]
    _, running = run(read_deltas(Bench([in_one_read(*words)], log=log), 5))
    assert log.ends == [("cancelled", "".join(words[:5]))]
    assert running.text == "".join(words[:5])


def test_what_is_taken_back_has_been_handed_on_before():
    bench = Bench([in_one_read("So ", "I think ", "</think>", "Oats.")])

    async def read():
        kinds, texts = [], []
        running = bench.engine.run(make_call(CHAT, HELLO), stream=True)
        async for event in running:
            kinds.append(event.kind)
            texts.append(running.text)
            if running.text == "Oats.":
                break
        await running.aclose()
        return kinds[1:], texts[1:]

    kinds, texts = run(read())
    assert kinds == ["attempt_started", "delta", "delta", "restart", "delta"][-len(kinds) :]
    assert texts[-4:] == ["So ", "So I think ", "", "Oats."]
