"""Plots from the log: what they show, and that they show no more than was measured."""

import pytest

from pages.components.usage import charts
from router.store import FigureTotals


def axis_over(bucket=3_600.0):
    return charts.Axis(0.0, 10 * bucket, bucket)


def points_of(*counts, keys=("a", "b")):
    return [charts.Point(0.0, key, FigureTotals(requests=count)) for key, count in zip(keys, counts, strict=False)]


@pytest.mark.parametrize(("counts", "step"), [((2, 3), 1), ((3, 4), None), ((40, 3), None)])
def test_an_axis_names_every_whole_number_where_its_highest_stack_is_low_and_only_there(counts, step):
    names = {"a": "A", "b": "B"}
    plot = charts.requests_over_time(
        points_of(*counts), "t", axis_over(), names=names, colours=dict.fromkeys(names, "#000")
    )
    assert plot.layout.yaxis.dtick == step


@pytest.mark.parametrize("bars", [1, 12])
def test_a_plot_of_failures_has_room_for_its_bars_and_its_axis_however_few_they_are(bars):
    rows = [("model", f"outcome {number}", number + 1) for number in range(bars)]
    layout = charts.failures_by_outcome(rows, "Failed attempts", "", colour="#000").layout
    assert layout.margin.b >= 30  # the numbers of the axis
    assert layout.height - layout.margin.t - layout.margin.b >= 24 * bars


def test_the_busiest_hours_are_those_of_the_operators_week():
    counts = [[0] * 24 for _ in charts.WEEKDAYS]
    counts[2][13] = 7
    figure = charts.busiest_hours(counts, "Requests", "simulated", colour="#0369A1")
    assert figure.data[0].z[list(figure.data[0].y).index("Wed")][list(figure.data[0].x).index("13")] == 7
    assert figure.layout.title.text == "Requests – simulated"


def test_a_line_breaks_where_nothing_was_and_a_click_still_finds_its_hour():
    hours = [0.0, 3_600.0, 18_000.0, 21_600.0]
    axis = charts.Axis(0.0, 86_400.0, 3_600.0)
    (line,) = charts.failure_rates({"of requests": [(at, 0.1) for at in hours]}, "", axis, colour="red").data
    drawn = [at for at, share in zip(line.customdata, line.y, strict=True) if share == 0.1]
    assert drawn == hours
    assert [place for place, share in enumerate(line.y) if share != share] == [2], "one break, in the quiet hours"


@pytest.mark.parametrize(("note", "is_hatched"), [("simulated", True), ("live and simulated", False), ("", False)])
def test_only_figures_that_are_simulated_alone_are_hatched(note, is_hatched):
    figure = charts.failures_by_outcome([("Groq m", "server error", 3)], "Failed", note, colour="#C81E1E")
    assert (figure.data[0].marker.pattern.shape == "/") == is_hatched
