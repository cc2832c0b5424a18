"""What the log is handed of a request: in order, each target passed over once, and no text where none is kept."""

import pytest

from router import TaskConfig, TaskType
from router.engine.recording.record import Record
from router.ports.null_stores import NullLog
from router.request import make_call
from router.types import PlannedTarget, Target, TargetState
from tests.virtual import Bench, halting, healthy, refusal, run

CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)
HELLO = [{"role": "user", "content": "What should I eat before a run?"}]
LINE = PlannedTarget(Target("groq", "m"), False, TargetState.COOLING, "it failed")


class KeptLog(NullLog):
    """Keeps what it is handed, in order."""

    def __init__(self):
        self.records = []

    def begin(self, request, attempt):
        self.records += [record for record in (request, attempt) if record is not None]
        return super().begin(request, attempt)

    def request_ended(self, record):
        self.records.append(record)


def record_of(log, **options):
    call = make_call(CHAT, HELLO)
    values = {"id": "r", "call": call, "log": log, "started_at": 0.0, "simulated": False, "streamed": False}
    return Record(**values | {"keep_content": True} | options)


def test_a_target_that_is_passed_over_twice_is_told_once():
    record = record_of(KeptLog())
    assert record.note_skipped(LINE, TargetState.COOLING, "it failed")
    assert not record.note_skipped(LINE, TargetState.HALF_OPEN, "another request is trying it")
    assert [attempt.outcome for attempt in record.attempts] == ["skipped"]
    assert record.calls_made == 0


@pytest.mark.parametrize("stream", [False, True])
def test_the_requests_row_comes_first_and_once_then_one_for_each_attempt_then_the_end(stream):
    log = KeptLog()
    bench = Bench([refusal(503), healthy], log=log)
    run(bench.ask(CHAT, HELLO, stream=stream))
    assert [type(record).__name__ for record in log.records] == [
        "RequestStarted",
        "AttemptBegun",
        "AttemptBegun",
        "RequestEnded",
    ]
    begun = [record for record in log.records if type(record).__name__ == "AttemptBegun"]
    assert [record.ordinal for record in begun] == [1, 2]
    assert log.records[-1].status == "succeeded"
    assert log.records[-1].text == "An answer."


def test_a_request_that_nobody_could_be_asked_for_has_a_row_all_the_same():
    log = KeptLog()
    bench = Bench(log=log, names=())
    run(bench.ask(CHAT, HELLO))
    assert [type(record).__name__ for record in log.records] == ["RequestStarted", "RequestEnded"]
    assert log.records[-1].status == "failed"
    assert {line.state for line in log.records[-1].skipped} <= {"no key", "retired"}


@pytest.mark.parametrize("keep", [True, False])
def test_a_request_that_is_left_is_cancelled_at_its_target_and_its_text_is_kept_only_where_texts_are(keep):
    log = KeptLog()
    bench = Bench([halting("Oats", 60.0)], log=log, keep_content=keep)

    async def leave():
        left = bench.engine.run(make_call(CHAT, HELLO), stream=True)
        async for event in left:
            if event.kind == "delta":
                break
        await left.aclose()

    run(leave())
    ended = log.records[-1]
    assert (ended.status, ended.provider, ended.error) == ("cancelled", "groq", None)
    assert ended.text == ("Oats" if keep else None)
    assert (log.records[0].content is not None) is keep
    assert bool(log.records[0].prompt) is keep
