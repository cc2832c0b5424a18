"""Formats are checked, wherever in a schema they stand."""

import json

import pytest

from router.json_answers import InvalidJson, read_document

VALUES = {
    "date": (["2026-11-27", "2024-02-29"], ["tomorrow", "20261127", "2026-02-30", "2026-W48-5", "27.11.2026", ""]),
    "time": (
        ["10:00:00Z", "23:59:60Z", "10:00:00.5+01:00", "00:59:60+01:00"],
        ["10:00:00", "10:00Z", "24:00:00Z", "10:00:60Z", "10:00:00+24:00", "noon"],
    ),
    "date-time": (
        ["2026-11-27T10:00:00Z", "2026-11-27t10:00:00.123-05:30", "1998-12-31T23:59:60Z"],
        ["2026-11-27T10:00:00", "2026-02-30T10:00:00Z", "2026-11-27", "2026-11-27T10:00:00Z\n", "١٩٩٨-12-31T23:59:59Z"],
    ),
    "email": (
        ["a@example.org", "first.last+tag@mail.example.org", '"odd name"@example.org', "a@[127.0.0.1]", "a@localhost"],
        ["a", "@", "a@", "@b.c", "a b@c.de", "a@b..c", "a..b@c.de", ".a@b.c", "a@-b.c", "a@b.c\n", "a@b@c.de"],
    ),
    "uuid": (
        ["123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-426614174000"],
        ["123e4567e89b12d3a456426614174000", "{123e4567-e89b-12d3-a456-426614174000}", "123e4567-e89b-12d3", "id-1"],
    ),
    "ipv4": (["127.0.0.1"], ["127.0.0", "256.1.1.1"]),
}  # fmt: skip


def fits(value, schema):
    try:
        read_document(json.dumps(value), schema)
    except InvalidJson:
        return False
    return True


@pytest.mark.parametrize("name", VALUES)
def test_a_text_has_to_be_of_its_format(name):
    good, bad = VALUES[name]
    assert [value for value in good if not fits(value, {"format": name})] == []
    assert [value for value in bad if fits(value, {"format": name})] == []


@pytest.mark.parametrize(
    "around",
    [
        lambda part: {"anyOf": [{"type": "null"}, part]},
        lambda part: {"oneOf": [part]},
        lambda part: {"allOf": [part]},
        lambda part: {"$ref": "#/$defs/d", "$defs": {"d": part}},
        lambda part: {"$schema": "http://json-schema.org/draft-07/schema#", "allOf": [part]},
        lambda part: {"$schema": "http://json-schema.org/draft-04/schema#", "allOf": [part]},
        lambda part: {"if": True, "then": part},
    ],
)
def test_a_format_is_checked_wherever_it_stands(around):
    schema = around({"type": "string", "format": "date"})
    assert fits("2026-11-27", schema)
    assert not fits("tomorrow", schema)


def test_a_format_says_nothing_of_what_is_no_text_and_an_unknown_one_nothing_at_all():
    assert fits(5, {"format": "date"})
    assert fits("anything", {"format": "colour of the day"})


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", VALUES)
def test_no_text_makes_a_check_take_long(name):
    for text in (
        "a." * 100_000,
        "a-" * 100_000 + "@b",
        '"' + "\\ " * 100_000,
        "1" * 200_000,
        "a@" + "b." * 100_000 + "-",
    ):
        assert not fits(text, {"format": name})
