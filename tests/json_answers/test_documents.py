"""JSON out of a model's answer: exactly one document, mended where nothing is invented, and checked."""

import asyncio
import contextlib
import copy
import json
import pickle
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.json_answers import InvalidJson, read_document, read_document_async

SCHEMA = {
    "type": "object",
    "properties": {"kcal": {"type": "number"}, "name": {"type": "string"}},
    "required": ["kcal", "name"],
    "additionalProperties": False,
}
GOOD = '{"kcal": 140, "name": "two eggs"}'


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"\n {GOOD} \n",
        f"```json\n{GOOD}\n```",
        f"Here you are:\n```\n{GOOD}\n```\nEnjoy.",
        f"The answer is {GOOD} as asked.",
        '{"kcal": 140, "name": "two eggs",}',
    ],
)
def test_what_stands_around_one_whole_document_is_taken_off(text):
    document = read_document(text, SCHEMA)
    assert document.parsed == {"kcal": 140, "name": "two eggs"}
    assert json.loads(document.text) == document.parsed


@pytest.mark.parametrize("text", ["", "no JSON", '{"kcal": 140, "name": "two e', "{", "[1, 2"])
def test_a_document_that_broke_off_is_not_completed(text):
    with pytest.raises(InvalidJson):
        read_document(text, None)


def test_what_does_not_fit_the_schema_is_named_with_its_path():
    with pytest.raises(InvalidJson) as caught:
        read_document('{"kcal": "many", "name": "eggs"}', SCHEMA)
    assert caught.value.faults == ("$.kcal: 'many' is not of type 'number'",)
    assert str(caught.value) == "$.kcal: breaks the schema's 'type'", "which may be logged"


def test_json_without_a_schema_means_an_object():
    with pytest.raises(InvalidJson):
        read_document("[1, 2]", None)


def test_nan_is_no_json():
    with pytest.raises(InvalidJson):
        read_document('{"kcal": NaN}', None)


def test_a_comma_within_a_string_is_left_alone():
    assert read_document('{"name": "a, ]", "list": [1, 2,],}', None).parsed == {"name": "a, ]", "list": [1, 2]}


@pytest.mark.parametrize("schema", [None, SCHEMA])
def test_brackets_within_brackets_without_end_are_no_json(schema):
    with pytest.raises(InvalidJson):
        read_document('{"a": ' + "[" * 100_000, schema)


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


REAL = {"kcal": 7, "name": "real"}
TWO = [
    'The format is {"kcal": 0, "name": "example"}. The answer: {"kcal": 7, "name": "real"}',
    '```json\n{"kcal": 1, "name": "draft"}\n```\nBetter:\n```json\n{"kcal": 7, "name": "real"}\n```',
    '{"kcal": 1, "name": "draft",} {"kcal": 7, "name": "real"}',
    "{\"kcal\": 1, \"name\": \"draft\"} {'kcal': 7, 'name': 'real'}",
    '{"kcal": 1, "name": "draft"} or rather {"kcal": 7, "name": <the real one>}',
    '{"kcal": 1, "name": "draft"}\n{"kcal": 7, "name": "re',
]


@pytest.mark.parametrize("text", TWO)
def test_of_two_documents_that_differ_none_is_taken(text):
    with pytest.raises(InvalidJson, match="ambiguous"):
        read_document(text, SCHEMA)


@pytest.mark.parametrize(
    "text",
    [
        '{"kcal": 7, "name": "real"} Again: {"name":"real","kcal":7}',
        'A template {"kcal": <number>, "name": "…"}. {"kcal": 7, "name": "real"}',
        'Not {"kcal": "none"} but {"kcal": 7, "name": "real"}',
        'The set {a, b}, in {braces} or { is open: {"kcal": 7, "name": "real"}',
        'In [0, 5) and as [1] says: {"kcal": 7, "name": "real"}',
        '{{"kcal": 7, "name": "real"}}',
        '({"kcal": 7, "name": "real"}), as asked.\nNote: "all" is in.',
        '```\n{"kcal": 7, "name": "real"}\n```\nkcal: the energy',
        '\ufeff{"kcal": 7, "name": "real"}',
    ],
)
def test_the_one_document_that_fits_is_taken_whatever_stands_around_it(text):
    assert read_document(text, SCHEMA).parsed == REAL


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "half"}, "kcal": 7}',
        '{"name": "half"} "kcal": 7}',
        '{"name": "half"}, kcal: 7}',
        '"meal": {"name": "half"}}',
        '{"meal": {"name": "half"}, oops}',
        '{\'meal\': {"name": "half"}, oops}',
        '{"list": [{"name": "half"}, ...]}',
        '{"name": "half", "name": "other half"}',
        "{'list': [']'], 'meal': {'name': 'half'}, oops +}",
        '{"list": [1, // ]}\n 2, {"name": "half"}], oops}',
        '{"list": [1, /* ]} */ 2, {"name": "half"}], oops}',
    ],
)
def test_a_part_of_a_larger_document_is_never_taken_for_it(text):
    with pytest.raises(InvalidJson):
        read_document(text, {"type": "object", "properties": {"name": {"type": "string"}}})


def test_a_fence_within_a_string_is_a_part_of_the_string():
    value = {"markdown": '```json\n{"a": 1}\n```'}
    assert read_document(json.dumps(value), None).parsed == value
    assert read_document(f"Here: {json.dumps(value)}", None).parsed == value


@pytest.mark.parametrize(
    "text",
    ["42", "```json\n42\n```", "```42```", "```json 42\n```", "~~~\n42\n~~~", "````JSON\n42````", "`42`"],
)
def test_a_document_without_brackets_is_the_whole_text_or_the_whole_fence(text):
    assert read_document(text, {"type": "integer"}).parsed == 42


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ('{"\\ud83d": 1}', {"\ufffd": 1}),
        ('{"a": "x\\udc00"}', {"a": "x\ufffd"}),
        ('{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
        ('{"a": "\ud83d"}', {"a": "\ufffd"}),
    ],
)
def test_half_a_character_becomes_the_sign_for_one_in_keys_and_values(text, parsed):
    document = read_document(text, None)
    assert document.parsed == json.loads(document.text) == parsed
    document.text.encode()


def test_half_a_character_in_a_fault_can_be_stored():
    with pytest.raises(InvalidJson) as caught:
        read_document('{"\\ud83d": 1, "kcal": 1, "name": "\\ud83d"}', SCHEMA)
    for words in (str(caught.value), *caught.value.faults):
        words.encode()


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity", "1" * 5_000])
def test_a_number_that_cannot_be_written_again_is_no_json(number):
    with pytest.raises(InvalidJson):
        read_document(f'{{"a": {number}}}', None)


@pytest.mark.parametrize("again", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy])
def test_the_error_can_be_pickled_and_copied(again):
    with pytest.raises(InvalidJson) as caught:
        read_document('{"kcal": "many", "name": "eggs"}', SCHEMA)
    twin = again(caught.value)
    assert (str(twin), twin.faults) == (str(caught.value), caught.value.faults)


ODD = {
    "a fence and line ends": lambda n: "```json" + "\n" * n,
    "an unclosed string": lambda n: '{"a": "' + '\\"' * n,
    "open braces": lambda n: "{" * n,
    "open brackets": lambda n: "[" * n,
    "keys within keys": lambda n: '{"a":' * n,
    "broken objects": lambda n: '{"a" ' * n,
    "intervals": lambda n: "[1) " * n,
    "lists of lists": lambda n: "[" * 900 + "1," * n,
    "single quotes": lambda n: "{'a': [" + "'x'," * n + "]}",
    "comments": lambda n: "{" + "/*" * n,
    "footnotes": lambda n: "[1] " * n,
    "commas": lambda n: '{"a": [' + ",  " * n,
    "objects": lambda n: json.dumps([{"a": number} for number in range(n // 4)]),
    "fences": lambda n: "```" * n + "{",
}


def seconds(text, schema):
    began = time.process_time()
    with contextlib.suppress(InvalidJson):
        read_document(text, schema)
    return time.process_time() - began


@pytest.mark.parametrize("kind", ODD)
def test_four_times_the_text_takes_no_sixteen_times_the_time(kind):
    schema = {"type": ["object", "array"], "uniqueItems": True}
    small, large = ODD[kind](8_000), ODD[kind](32_000)
    seconds(small, schema)
    least = min(seconds(small, schema) for _ in range(3))
    assert min(seconds(large, schema) for _ in range(3)) < 9 * least + 0.05, "four times the text, and some slack"


def test_an_answer_beyond_all_length_is_refused_unread():
    with pytest.raises(InvalidJson, match="too long"):
        read_document('{"a": "' + "x" * 2_000_000 + '"}', None)


def test_an_answer_of_too_many_values_is_refused():
    with pytest.raises(InvalidJson, match="too many values"):
        read_document('{"a": [' + "0," * 100_000 + "0]}", None)


@pytest.mark.anyio
async def test_while_a_long_answer_is_read_the_loop_goes_on():
    turns = 0

    async def count_turns():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count_turns())
    items = [{"kcal": number, "name": "eggs"} for number in range(5_000)]
    document = await read_document_async(json.dumps(items), {"type": "array", "items": SCHEMA})
    counting.cancel()
    assert len(document.parsed) == 5_000
    assert turns > 3


@given(st.dictionaries(st.text(), _values, max_size=4), st.text(alphabet="abc .:\n", max_size=20))
def test_any_object_survives_prose_and_fences(value, prose):
    text = json.dumps(value)
    assert read_document(f"{prose}```json\n{text}\n```{prose}", None).parsed == value
    assert read_document(f"{prose}{text}{prose}", None).parsed == value


NAMED = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "n": {"type": "integer"}},
    "required": ["name", "n"],
}


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "real", "n": +7}',
        json.dumps('{"name": "real", "n": 7}'),
        '[{"name": "real", "n": 7}]',
        "{“name”: “real”, “n”: 7}",
        "Here it is: {“name”: “real”, “n”: 7}.",
    ],
)
def test_a_document_in_an_odd_dress_is_taken(text):
    assert read_document(text, NAMED).parsed == {"name": "real", "n": 7}


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "d", "n": 1} -> corrected: "name": "real", "n": 7',
        '{"name": "d", "n": 1}, or rather \'n\': 7',
        '"n": 7, so {"name": "d", "n": 1}',
    ],
)
def test_a_correction_without_its_brackets_leaves_no_draft_to_be_taken(text):
    with pytest.raises(InvalidJson):
        read_document(text, NAMED)


def test_a_sentence_about_a_key_is_no_correction():
    text = '{"name": "real", "n": 7}. The field "name": it holds the name.'
    assert read_document(text, NAMED).parsed["n"] == 7
