"""Two requests share an answer exactly if all that decides it is the same."""

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router import TaskConfig, TaskType
from router.cache.keys import cache_key, world_of
from router.providers.accounts import Account
from router.request import Call, make_call
from router.settings import SHIPPED_ROUTES, Secret
from router.table.route_file import load_routes

CHANGES = {
    "config": TaskConfig(TaskType.VERIFICATION),
    "messages": ({"role": "user", "content": "another"},),
    "parameters": {"seed": 8},
    "response_format": {"type": "json_object"},
    "tools": ({"type": "function", "function": {"name": "weather"}},),
    "tool_choice": "none",
    "parallel_tool_calls": False,
    "targets": (),
    "fallback": False,
    "app": "website",
    "recording": {"sha256": "00"},
    "language": "de",
}
"""All fields that decide an answer, each with another value than it mostly has."""

MADE_OTHERWISE = ("deadline", "restart", "source", "purpose", "client_retries", "cache_seconds")
COUNTED = ("images", "text_bytes", "needs_tools")
WORLD = [["groq", "https://api.groq.com/openai/v1"]]
PICTURES = [f"data:image/png;base64,{data}" for data in ("AAAA", "AAAB", "BAAA")]

TEXTS = st.sampled_from(["", "a", "b", "ab", '"', "user", "1", " a", "é", "e\u0301"])
PARTS = st.one_of(
    st.builds(lambda text: {"type": "text", "text": text}, TEXTS),
    st.builds(
        lambda url, detail: {"type": "image_url", "image_url": {"url": url} | detail},
        st.sampled_from(PICTURES),
        st.sampled_from([{}, {"detail": "low"}, {"detail": "high"}]),
    ),
)
MESSAGES = st.lists(
    st.builds(
        lambda role, content: {"role": role, "content": content},
        st.sampled_from(["system", "user", "assistant"]),
        st.one_of(TEXTS, st.lists(PARTS, min_size=1, max_size=3)),
    ),
    min_size=1,
    max_size=3,
).map(lambda messages: [*messages, {"role": "user", "content": "?"}])
SCHEMAS = st.sampled_from([{"type": "object"}, {"type": "array"}, {"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": True}])
FORMATS = st.one_of(
    st.none(),
    st.just({"type": "json_object"}),
    st.builds(
        lambda schema, name: {"type": "json_schema", "json_schema": {"name": name, "schema": schema}},
        SCHEMAS,
        st.sampled_from(["a", "b"]),
    ),
)
TOOLS = st.lists(st.sampled_from("ab"), max_size=2, unique=True).flatmap(
    lambda names: st.just([{"type": "function", "function": {"name": name}} for name in names] or None)
)
FLAGS = ("prioritize_speed", "prioritize_accuracy", "critical_accuracy", "requires_json", "requires_vision")
CONFIGS = st.builds(
    lambda task, flag: TaskConfig(task, **({flag: True} if flag else {})),
    st.sampled_from([TaskType.VISION, TaskType.REAL_TIME_CHAT]),
    st.sampled_from(["", *FLAGS]),
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.sampled_from([None, 0, 0.0, 1, 1.0, 0.5]),
        "top_p": st.sampled_from([None, 0.5, 1]),
        "seed": st.sampled_from([None, 0, 1, 10]),
        "max_tokens": st.sampled_from([None, 1, 10]),
        "stop": st.sampled_from([None, "a", ["a"], ["a", "b"]]),
        "response_format": FORMATS,
        "tools": TOOLS,
        "parallel_tool_calls": st.sampled_from([None, True, False]),
        "targets": st.sampled_from([None, ["groq:a"], ["groq:b"], ["groq:a", "groq:b"], ["groq:b", "groq:a"]]),
        "fallback": st.booleans(),
        "app": st.sampled_from(["", "a", "b"]),
        "deadline": st.sampled_from([None, 1.0, 30.0]),
        "source": st.sampled_from(["console", "library", "gateway"]),
        "client_retries": st.sampled_from([0, 1, 2]),
        "purpose": st.sampled_from(["prompt", "service"]),
        "restart": st.booleans(),
        "cache_seconds": st.sampled_from([None, 60.0]),
    },
)
CALLS = st.builds(lambda config, messages, options: make_call(config, messages, **options), CONFIGS, MESSAGES, OPTIONS)


def told_apart(call):
    """All that decides an answer, in a form of its own: kinds of values told apart, numbers of one size not."""
    parameters = {name: float(value) if name in ("temperature", "top_p") else value for name, value in
                  call.parameters.items()}  # fmt: skip
    targets = None if call.targets is None else [str(target) for target in call.targets]
    config = {name: getattr(call.config, name) for name in TaskConfig.__dataclass_fields__}
    deciding = (call.messages, sorted(parameters.items()), call.response_format, call.tools, call.tool_choice)
    return json.dumps([config, *deciding, call.parallel_tool_calls, targets, call.fallback, call.app])


@given(CALLS, CALLS, st.sets(st.sampled_from(sorted(CHANGES)), max_size=2))
def test_two_requests_that_differ_in_anything_that_decides_the_answer_never_share_an_entry(left, other, changed):
    right = replace(left, **{name: getattr(other, name) for name in changed})
    assert (cache_key(left, WORLD) == cache_key(right, WORLD)) == (told_apart(left) == told_apart(right))


@given(CALLS, st.data())
def test_a_request_shares_its_entry_with_one_that_only_is_made_in_another_way(call, data):
    other = data.draw(CALLS)
    made_otherwise = replace(call, **{name: getattr(other, name) for name in MADE_OTHERWISE})
    assert cache_key(made_otherwise, WORLD) == cache_key(call, WORLD)


@pytest.mark.parametrize("name", CHANGES)
def test_each_field_of_a_call_decides_by_itself(name):
    call = make_call(TaskConfig(TaskType.VISION), [{"role": "user", "content": "one"}], seed=7)
    assert cache_key(replace(call, **{name: CHANGES[name]}), WORLD) != cache_key(call, WORLD)


def test_each_field_of_a_call_either_decides_or_says_how_it_is_made_or_is_counted_from_the_others():
    assert sorted([*CHANGES, *MADE_OTHERWISE, *COUNTED]) == sorted(field.name for field in fields(Call))


def account(name, url, *, simulated=False, key="gsk_one"):
    entry = load_routes(SHIPPED_ROUTES).providers["groq"]
    return Account(name, entry, url, Secret(key), simulated=simulated)


def test_answers_of_another_address_are_not_shared_and_those_of_another_key_are():
    call = make_call(TaskConfig(TaskType.VISION), [{"role": "user", "content": "one"}], seed=7)
    real, mock = account("groq", "https://a/v1"), account("groq", "https://b/v1")
    keys = [cache_key(call, world_of([one])) for one in (real, mock, account("groq", "https://a/v1", key="gsk_two"))]
    assert keys[0] == keys[2] != keys[1]


def test_simulated_providers_share_their_answers_at_whatever_port_and_with_no_real_one():
    first, second = (account("groq", f"http://127.0.0.1:{port}", simulated=True) for port in (1, 2))
    assert world_of([first]) == world_of([second])
    assert world_of([first]) != world_of([account("groq", "http://127.0.0.1:1")])
