"""Whatever a conversation holds that cannot be sent is named with its place."""

import collections
import enum

import orjson
import pytest

from router.request import decode_data_url, make_call
from router.types import TaskConfig, TaskType

CHAT = TaskConfig(type=TaskType.REAL_TIME_CHAT)


class Role(enum.StrEnum):
    USER = "user"


def user(content):
    return [{"role": "user", "content": content}]


def picture(url, **more):
    return user([{"type": "image_url", "image_url": {"url": url, **more}}])


@pytest.mark.parametrize(
    ("messages", "named"),
    [
        (None, "messages is a NoneType"),
        ({"role": "user", "content": "x"}, "messages is a dict"),
        (b"hello", "messages is a bytes"),
        ((message for message in user("x")), "messages is a generator"),
        ([None], r"messages\[0\] is a NoneType"),
        ([{"role": ["user"], "content": "x"}], r'messages\[0\].role is \["user"\]'),
        (user(None), r"messages\[0\].content is missing"),
        (user(b"hello"), r"messages\[0\].content is a bytes"),
        (user(5), r"messages\[0\].content is 5"),
        (user([]), r"messages\[0\].content is empty"),
        (user("x") * 5_001, "messages has 5,001 messages, parts and tool calls; 5,000 are the most"),
        (user([{"type": "text", "text": "x"}] * 5_000), "messages has 5,001"),
        ([{"role": "assistant", "tool_calls": [{}] * 5_000}], "messages has 5,001"),
        (user(["x"]), r"content\[0\] has to be a part"),
        (user([{"type": ["text"], "text": "x"}]), r"content\[0\] has to be a part"),
        (user([{"type": "text", "text": b"x"}]), r"content\[0\].text is no text"),
        (user([{"type": "text", "text": "x\udc00"}]), r"content\[0\].text holds half a character"),
        (user([{"type": "image_url", "image_url": "https://example.org/a.png"}]), "neither an http"),
        (picture("ftp://example.org/a.png"), "neither an http"),
        (picture("data:text/plain;base64,AAAA"), "neither an http"),
        (picture("https://example.org/\udc00"), r"image_url.url holds half a character"),
        (picture("https://example.org/a.png", detail=object()), "image_url.detail is a object"),
        (picture("https://example.org/a.png", detail=float("nan")), "image_url.detail is nan"),
        (picture("data:image/png,AAAA"), r"image_url.url: the data URL is not base64"),
        (picture("data:image/png;base64,A"), r"image_url.url: the data URL's base64 is damaged"),
        (picture("data:image/png;base64,????"), "base64 is damaged"),
        (picture("data:image/png;base64,ÄÄÄÄ"), "base64 is damaged"),
        (picture("data:image/png;base64,"), "holds nothing"),
    ],
)
def test_what_cannot_be_sent_is_named_with_its_place(messages, named):
    with pytest.raises(ValueError, match=named):
        make_call(CHAT, messages)


@pytest.mark.parametrize(
    "messages",
    [
        tuple(user("hello")),
        [collections.ChainMap({"role": "user", "content": "hello"})],
        [{"role": Role.USER, "content": "hello", "name": object()}],
        user(({"type": "text", "text": "hello", "cache": object()},)),
        picture("HTTPS://example.org/a.png", detail="low"),
        picture("data:image/png;charset=x;base64,AA\nAA"),
    ],
)
def test_what_is_understood_is_kept_as_plain_values(messages):
    call = make_call(CHAT, messages)
    assert orjson.loads(orjson.dumps(call.messages)) == list(call.messages)


def test_a_data_url_is_its_bytes():
    assert decode_data_url("data:image/png;base64,aGVs\nbG8=") == b"hello"
