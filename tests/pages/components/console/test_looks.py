"""The colours can be read on both grounds, and are the same wherever they are written down."""

import tomllib
from pathlib import Path

import pytest

from pages.components.console import looks

THEME = tomllib.loads((Path(__file__).parents[4] / ".streamlit/config.toml").read_text())["theme"]


def luminance(colour):
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("ground", "colours"), [("light", looks.LIGHT), ("dark", looks.DARK)])
def test_every_provider_colour_and_the_red_have_four_and_a_half_to_one_on_every_ground(ground, colours):
    theme = THEME[ground]
    for colour in (*colours, looks.FAILURE[ground], theme["textColor"]):
        for place in ("backgroundColor", "secondaryBackgroundColor"):
            assert contrast(colour, theme[place]) >= 4.5, (colour, place)


@pytest.mark.parametrize(("ground", "colours"), [("light", looks.LIGHT), ("dark", looks.DARK)])
def test_the_theme_has_the_providers_colours_under_their_markdown_names(ground, colours):
    assert THEME[ground]["backgroundColor"] == looks.GROUNDS[ground]
    for name, colour in zip(looks.NAMES, colours, strict=False):
        assert THEME[ground][f"{name}TextColor"] == colour


def test_the_first_two_providers_differ_for_eyes_that_tell_no_red_from_green():
    """Their blue parts differ widely, and those stay for the two common kinds of colour blindness."""
    for colours in (looks.LIGHT, looks.DARK):
        assert abs(int(colours[0][5:], 16) - int(colours[1][5:], 16)) > 120


@pytest.mark.parametrize("text", ["a_b*c*", "[x](y) `z`", "$1 :red[x] <b>", "a|b ~~c~~ #d", "line\nbreak"])
def test_plain_text_in_markdown_has_every_mark_escaped_and_one_line(text):
    shown = looks.plain(text)
    assert "\n" not in shown
    assert shown.replace("\\", "") == text.replace("\n", " ")
    for mark in "*_[]`$<>|~#:":
        assert shown.count(mark) == shown.count(f"\\{mark}")


def test_a_countdown_is_to_the_second_where_it_is_short():
    thin = looks.THIN
    assert looks.countdown(41.2) == f"42{thin}s"
    assert looks.countdown(245) == f"4{thin}min 05{thin}s"
    assert looks.countdown(3 * 3_600 + 720) == f"3{thin}h 12{thin}min"
    assert looks.countdown(2 * 86_400 + 4 * 3_600) == f"2{thin}d 04{thin}h"
    assert looks.countdown(-3) == f"0{thin}s"


@pytest.mark.parametrize(
    ("epoch", "words"),
    [
        (1_796_036_400.0, "11:00"),
        (1_795_978_800.0, "yesterday 19:00"),
        (1_795_834_800.0, "28 Nov, 03:00"),
        (1_764_500_400.0, "30 Nov 2025, 11:00"),
    ],
)
def test_a_moment_in_a_list_has_no_seconds_and_no_more_of_a_date_than_it_needs(epoch, words):
    assert looks.list_time(epoch, 1_796_040_000.0) == words


@pytest.mark.parametrize(
    ("epoch", "words"),
    [
        (1_796_036_400.0, "Today"),
        (1_795_978_800.0, "Yesterday"),
        (1_795_834_800.0, "Saturday 28 November"),
        (1_764_500_400.0, "Sunday 30 November 2025"),
    ],
)
def test_a_day_over_a_list_has_its_name_and_a_year_where_it_is_another(epoch, words):
    assert looks.day_words(epoch, 1_796_040_000.0) == words
