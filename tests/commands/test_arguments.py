"""What the commands take: a value that cannot be used is named with what is allowed, in words of the field."""

import argparse

import pytest

from router.__main__ import main
from router.commands.arguments import (
    read_count,
    read_days,
    read_last_day,
    read_pace,
    read_port,
    read_requests,
)

ODD = ["abc", "", "-", "nan", "1e9", "0x10", "½", "1,5", "9" * 5_000, "--"]
OPTIONS = [
    (read_port, ["serve", "--port"]),
    (read_port, ["simulate", "--port"]),
    (read_pace, ["simulate", "--pace"]),
    (read_days, ["retain", "--days"]),
    (read_days, ["report", "--days"]),
    (read_count, ["evaluate", "--task", "vision", "--cases"]),
    (read_requests, ["apps", "add", "website", "--per-minute"]),
    (read_requests, ["apps", "add", "website", "--per-day"]),
    (read_last_day, ["apps", "add", "website", "--expires"]),
]


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("read", [read_port, read_pace, read_days, read_count, read_requests, read_last_day])
def test_a_value_that_cannot_be_read_is_named_and_not_more_than_its_beginning(read, text):
    with pytest.raises(argparse.ArgumentTypeError, match=r"is no (port|pace|number|whole number|date)") as caught:
        read(text)
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize(("read", "command"), OPTIONS)
def test_no_option_shows_how_it_is_read_where_its_value_cannot_be(read, command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([*command, "abc"])
    assert caught.value.code == 2
    words = capsys.readouterr().err.splitlines()[-1]
    assert "abc is no " in words
    assert "invalid" not in words


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (read_port, "0", 0),
        (read_port, "65535", 65_535),
        (read_pace, "0.5", 0.5),
        (read_days, "1.5", 1.5),
        (read_count, "9999", 9_999),
        (read_requests, "20", 20),
        (read_last_day, "1970-01-01", 86_400.0),
    ],
)
def test_what_can_be_read_is(read, text, value):
    assert read(text) == value
