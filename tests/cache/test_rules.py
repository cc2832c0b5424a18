"""Which requests may be answered from the cache, and which answers are kept."""

import pytest

from router import Completion, Purpose, TaskConfig, TaskType, ToolCall
from router.cache.rules import CACHED_PURPOSES, is_worth_keeping, may_be_repeated
from router.request import make_call
from router.types.cache_use import CacheStatus, CacheUse

CHAT = TaskConfig(TaskType.REAL_TIME_CHAT)
HELLO = [{"role": "user", "content": "Train or rest?"}]
BASE = {"text": "Rest.", "provider": "groq", "model": "m", "requested_model": "m", "request_id": "1"}


@pytest.mark.parametrize(
    ("options", "may"),
    [
        ({}, False),
        ({"temperature": 0}, True),
        ({"temperature": 0.0}, True),
        ({"temperature": 0.01}, False),
        ({"seed": 0}, True),
        ({"seed": 7, "temperature": 1}, True),
        ({"top_p": 0}, False),
    ],
)
def test_only_a_request_that_asks_for_the_same_answer_each_time_may_be_given_it_again(options, may):
    assert may_be_repeated(make_call(CHAT, HELLO, **options)) is may


@pytest.mark.parametrize("purpose", list(Purpose))
def test_only_work_that_wants_an_answer_may_be_given_an_earlier_one(purpose):
    assert may_be_repeated(make_call(CHAT, HELLO, seed=1, purpose=purpose)) is (purpose in CACHED_PURPOSES)


@pytest.mark.parametrize(
    ("fields", "is_kept"),
    [
        ({"finish_reason": "stop"}, True),
        ({"finish_reason": "length"}, False),
        ({"finish_reason": "content_filter"}, False),
        ({"finish_reason": "error"}, False),
        ({"finish_reason": None}, False),
        ({"finish_reason": "stop", "text": " \n"}, False),
        ({"finish_reason": "tool_calls", "text": "", "tool_calls": (ToolCall("1", "weather", {}),)}, True),
        ({"finish_reason": "stop", "cache": CacheUse(CacheStatus.HIT, "0")}, False),
        ({"finish_reason": "stop", "cache": CacheUse(CacheStatus.MISS)}, True),
    ],
)
def test_only_a_whole_answer_of_a_provider_is_kept(fields, is_kept):
    assert is_worth_keeping(Completion(**(BASE | fields))) is is_kept
