"""Axes of plots: they end at a mark that no value stands above, and no outlier presses the others flat."""

import pytest

from pages.components.usage import charts
from pages.components.usage.chart_axes import Axis, seconds_axis, steps_axis
from router.store import FigureTotals


def test_one_slow_answer_does_not_press_the_other_latencies_flat():
    times = [300.0, 360.0, 90_000.0]
    points = [charts.Point(at * 3_600.0, "", FigureTotals(latency_p50=time)) for at, time in enumerate(times)]
    axis = charts.latency_over_time(points, "t", Axis(0.0, 36_000.0, 3_600.0), colour="#000").layout.yaxis
    low, high = (10**end for end in axis.range)
    assert axis.type == "log"
    assert low < 0.3 < 90 < high


@pytest.mark.parametrize("shown", [[], [0.001], [0.36, 2.4], [0.004, 90.0], [3_000.0]])
def test_a_logarithmic_axis_begins_and_ends_at_one_of_a_handful_of_marks(shown):
    axis = seconds_axis(shown)
    assert [axis["tickvals"][0], axis["tickvals"][-1]] == pytest.approx([10**end for end in axis["range"]])
    assert 2 <= len(axis["tickvals"]) <= 7


@pytest.mark.parametrize(("share", "most"), [(0.05, 0.05), (0.25, 0.25), (0.278, 0.3), (0.6, 0.6), (1.0, 1.0)])
def test_an_axis_of_shares_ends_at_a_mark_that_no_peak_stands_above(share, most):
    axis = steps_axis(share)
    assert axis["range"] == pytest.approx([0, most])
    assert most / axis["dtick"] == pytest.approx(round(most / axis["dtick"]))


def test_a_quiet_day_is_not_drawn_as_large_as_a_bad_one():
    plot = charts.failure_rates({"of requests": [(0.0, 0.001)]}, "", Axis(0.0, 36_000.0, 3_600.0), colour="red")
    assert plot.layout.yaxis.range[1] == pytest.approx(0.05)
