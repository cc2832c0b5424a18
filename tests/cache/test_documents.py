"""What is kept of an answer comes back as it was; anything else is no answer."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router import Completion, ToolCall, Usage
from router.cache.documents import read_answer, write_document

BASE = {"provider": "groq", "model": "m-1", "requested_model": "m", "request_id": "1", "finish_reason": "stop"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.text(), st.text(), st.dictionaries(st.text(), JSON, max_size=3), st.booleans())
def test_an_answer_comes_back_as_it_was(text, reasoning, arguments, flag):
    call = ToolCall("abc", "weather", arguments)
    completion = Completion(
        text=text, reasoning=reasoning, tool_calls=(call,), degraded=flag, simulated=not flag, usage=Usage(3, 4), **BASE
    )
    document = write_document(completion)
    assert document.isascii()
    assert "\0" not in document
    answer = read_answer(document, request_id="1", age=2.5)
    for name in ("text", "reasoning", "tool_calls", "provider", "model", "requested_model", "finish_reason",
                 "degraded", "simulated"):  # fmt: skip
        assert getattr(answer, name) == getattr(completion, name), name
    assert (answer.use.request_id, answer.use.age, answer.use.saved_tokens) == ("1", 2.5, 7)


WHOLE = json.loads(write_document(Completion(text="Rest.", **BASE)))


@pytest.mark.parametrize(
    "document",
    ["", "null", "[]", "{}", "[" * 100_000]
    + [json.dumps({name: part for name, part in WHOLE.items() if name != left_out}) for left_out in WHOLE]
    + [json.dumps(WHOLE | {name: [1]}) for name in WHOLE],
)
def test_what_is_no_answer_is_a_value_error(document):
    with pytest.raises(ValueError, match=r"answer|JSON|char"):
        read_answer(document, request_id="1", age=0.0)
