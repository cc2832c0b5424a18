"""Plots as SVG: well-formed, to scale, and unable to bring anything of the log's into the page but text."""

import re
from xml.etree import ElementTree

import pytest

from router.report.svg import PlotSpan, Series, bars, legend, lines, spreads, stacked_bars

SPAN = PlotSpan(0.0, 4 * 3_600.0, 3_600.0)
EVIL = '<script>alert("x")</script>&'


def heights(text):
    return [float(value) for value in re.findall(r'height="([\d.]+)"', text)]


def test_bars_are_as_high_as_their_amounts_and_stand_on_each_other():
    low, high = Series("low", "c0", [(0.0, 10.0)]), Series("high", "c1", [(0.0, 30.0)])
    first, second = heights(stacked_bars([low, high], SPAN, "requests"))
    assert second == pytest.approx(3 * first, rel=0.02)
    tops = [float(value) for value in re.findall(r'<rect [^>]*y="([\d.]+)"', stacked_bars([low, high], SPAN, "r"))]
    assert tops[1] + second == pytest.approx(tops[0], abs=0.2)


def test_what_is_simulated_is_hatched():
    series = [Series("all", "c0", [(0.0, 1.0)])]
    assert "url(#hatch)" not in stacked_bars(series, SPAN, "r")
    assert "url(#hatch)" in stacked_bars(series, PlotSpan(0.0, 7_200.0, 3_600.0, hatched=True), "r")
    assert "hollow" in spreads([("chat", {"groq": (0.1, 0.2, 0.3)})], {"groq": "c0"}, True)


@pytest.mark.parametrize(
    "plot",
    [
        lambda: stacked_bars([Series(EVIL, "c0", [(0.0, 1.0)])], SPAN, "r"),
        lambda: lines([Series(EVIL, "c0", [(0.0, 1.0), (3_600.0, 2.0)])], SPAN, "s"),
        lambda: bars([(EVIL, 3.0)], "failure", False),
        lambda: spreads([(EVIL, {"groq": (0.1, 0.2, 0.3)})], {"groq": "c0"}, False),
        lambda: legend([Series(EVIL, "c0", ())]),
    ],
)
def test_a_name_in_a_plot_is_text_whatever_stands_in_it(plot):
    text = plot()
    ElementTree.fromstring(text)
    assert "<script" not in text


def test_nothing_to_plot_is_an_empty_plot():
    ElementTree.fromstring(stacked_bars([], SPAN, "r"))
    ElementTree.fromstring(lines([], SPAN, "s"))
    ElementTree.fromstring(bars([], "failure", False))
    assert spreads([], {}, False) == ""
