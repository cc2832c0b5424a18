"""The colours: far enough from each other and from their ground to be told apart."""

from itertools import combinations

import pytest

from router.report.palette import DARK, FAILURE, LIGHT, TASKS

GROUNDS = {"light": "#FFFFFF", "dark": "#11141A"}
PROVIDERS = {"light": LIGHT, "dark": DARK}


def linear(colour):
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]


def luminance(colour):
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, two):
    darker, lighter = sorted((luminance(one), luminance(two)))
    return (lighter + 0.05) / (darker + 0.05)


def lab(colour):
    """CIE L*a*b* under D65, in which a distance of some 10 is seen at a glance."""
    red, green, blue = linear(colour)
    places = (
        (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089,
    )
    x, y, z = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in places)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def distance(one, two):
    return sum((left - right) ** 2 for left, right in zip(lab(one), lab(two), strict=True)) ** 0.5


@pytest.mark.parametrize("ground", GROUNDS)
def test_a_tasks_colour_is_like_no_providers_and_not_like_failures(ground):
    for task in TASKS[ground]:
        for colour in (*PROVIDERS[ground], FAILURE[ground]):
            assert distance(task, colour) > 20, (task, colour)


@pytest.mark.parametrize("ground", GROUNDS)
def test_eight_tasks_and_recordings_have_nine_colours_that_are_told_apart(ground):
    assert len(TASKS[ground]) == 9
    for one, two in combinations(TASKS[ground], 2):
        assert distance(one, two) > 30, (one, two)


@pytest.mark.parametrize("ground", GROUNDS)
def test_every_colour_stands_out_from_its_ground(ground):
    assert all(contrast(colour, GROUNDS[ground]) >= 3 for colour in TASKS[ground])
    assert all(contrast(colour, GROUNDS[ground]) >= 4.5 for colour in (*PROVIDERS[ground], FAILURE[ground]))


@pytest.mark.parametrize("ground", GROUNDS)
def test_ten_providers_have_ten_colours_that_are_told_apart(ground):
    assert len(PROVIDERS[ground]) == 10
    for one, two in combinations(PROVIDERS[ground], 2):
        assert distance(one, two) > 25, (one, two)
