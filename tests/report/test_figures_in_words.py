"""Figures in words: pages and the report write the same ones alike."""

import ast
from pathlib import Path

import pytest

from router.report.figures_in_words import (
    change_text,
    dollars_text,
    is_comparable,
    pace_text,
    points_text,
    range_text,
    seconds_text,
    share_text,
    two_digits,
)

ROOT = Path(__file__).parents[2]
THIN = "\u2009"


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (None, "–"), (0.0, "0%"), (1.0, "100%"), (0.993, "99.3%"), (0.5, "50.0%"),
        (0.99999, ">99.9%"), (0.00001, "<0.1%"), (0.9994, "99.9%"),
    ],
)  # fmt: skip
def test_only_all_is_a_hundred_percent_and_only_nothing_is_none(share, words):
    assert share_text(share) == words


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (20, 1, "20 times"), (11, 1, "11 times"), (1, 20, "-95%"), (112, 100, "+12%"), (1_001, 1_000, "about the same"),
        (999, 1_000, "about the same"), (0, 5, "-100%"), (3, 0, None), (None, 3, None), (3, None, None),
    ],
)  # fmt: skip
def test_a_change_is_a_percentage_and_a_great_one_a_factor(now, before, words):
    assert change_text(now, before) == words


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [(0.985, 1.0, "-1.5 points"), (1.0, 1.0, "about the same"), (0.9999, 1.0, "about the same"), (None, 1.0, None)],
)
def test_a_share_changes_by_points(now, before, words):
    assert points_text(now, before) == words


def test_times_and_money_have_two_digits_for_a_glance():
    assert [two_digits(value) for value in (0, 0.4239, 4.239, 42.39, 4_239)] == ["0", "0.42", "4.2", "42", "4,239"]
    assert [seconds_text(value) for value in (None, 423.9, 12_345)] == ["–", f"0.42{THIN}s", f"12{THIN}s"]
    assert [seconds_text(value) for value in (0, 3.1, 5)] == [f"0{THIN}s", f"<0.01{THIN}s", f"0.01{THIN}s"]
    assert [pace_text(value) for value in (None, 187.3)] == ["–", f"187{THIN}tok/s"]
    amounts = (0, 0.000068, 0.0042, 3.2, 1_240.4)
    assert [dollars_text(value) for value in amounts] == ["$0.00", "under $0.0001", "$0.0042", "$3.20", "$1,240"]


REPORT = [f"router/report/{name}.py" for name in ("page", "plots", "figure_tables", "speed_section")]


@pytest.mark.parametrize("path", [*REPORT, "pages/components/usage/usage_view.py"])
def test_neither_the_report_nor_usage_words_a_share_or_a_change_of_its_own(path):
    formats = [
        ast.unparse(node.format_spec)
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None
    ]
    assert [text for text in formats if text.endswith(("%'", '%"')) and text not in ("f'.0%'",)] == []


def test_a_range_names_its_unit_once():
    assert range_text(412.0, 1_510.0) == f"0.41 – 1.5{THIN}s"
    assert range_text(None, 1.0) == "–"


@pytest.mark.parametrize(("now", "before", "says"), [(100, 1, True), (101, 1, False), (5, 0, False), (1, 900, True)])
def test_a_period_after_a_beginning_is_held_against_nothing(now, before, says):
    assert is_comparable(now, before) is says
