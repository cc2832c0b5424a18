"""Plots from the log: what they show, and that they show no more than was measured."""

from datetime import UTC, datetime

import pytest

from pages.components.usage import charts
from router.store import FigureTotals


def axis_over(bucket=3_600.0):
    return charts.Axis(0.0, 10 * bucket, bucket)


def points_of(*counts, keys=("a", "b")):
    return [charts.Point(0.0, key, FigureTotals(requests=count)) for key, count in zip(keys, counts, strict=False)]


@pytest.mark.parametrize(("counts", "step"), [((2, 3), 1), ((3, 4), 2), ((40, 3), 10)])
def test_an_axis_of_counts_has_whole_steps_and_ends_at_a_mark_above_its_highest_stack(counts, step):
    names = {"a": "A", "b": "B"}
    plot = charts.requests_over_time(
        points_of(*counts), "t", axis_over(), names=names, colours=dict.fromkeys(names, "#000")
    )
    least, most = plot.layout.yaxis.range
    assert (plot.layout.yaxis.dtick, least) == (step, 0)
    assert most % step == 0
    assert most - step < sum(counts) <= most


@pytest.mark.parametrize("bars", [1, 12])
def test_a_plot_of_failures_has_room_for_its_bars_and_their_numbers_however_few_they_are(bars):
    rows = [("model", f"outcome {number}", number + 1) for number in range(bars)]
    figure = charts.failures_by_outcome(rows, "Failed attempts", "", colour="#000")
    layout = figure.layout
    assert sorted(map(int, figure.data[0].text)) == list(range(1, bars + 1))
    assert layout.xaxis.range[1] > bars
    assert layout.height - layout.margin.t - layout.margin.b >= 24 * bars


def test_a_row_of_single_failures_is_no_row_of_full_bars():
    rows = [("model", f"outcome {number}", 1) for number in range(8)]
    plot = charts.failures_by_outcome(rows, "Failed attempts", "", colour="#000")
    assert max(plot.data[0].x) < plot.layout.xaxis.range[1] / 5


def plot_of(keys, axis=None):
    points, names = points_of(*[1] * len(keys), keys=keys), {key: key.upper() for key in keys}
    return charts.requests_over_time(
        points, "t", axis or axis_over(), names=names, colours=dict.fromkeys(names, "#000")
    )


def test_plots_beside_each_other_have_one_height_and_one_ground_with_legends_below_however_many_entries_they_have():
    few, many = plot_of("ab"), plot_of("abcdefgh")
    charts.align(few, many)
    assert few.layout.height == many.layout.height
    assert few.layout.margin == many.layout.margin
    assert few.layout.legend == many.layout.legend
    assert few.layout.legend.y < 0


@pytest.mark.parametrize(
    ("bucket", "words"), [(86_400.0, "11 Nov"), (3_600.0, "11 Nov, 00:00–01:00"), (60.0, "11 Nov, 00:00")]
)
def test_a_bar_says_in_one_box_which_day_hour_or_minute_whose_and_how_many(bucket, words):
    at = datetime(2026, 11, 11, tzinfo=UTC).timestamp()
    names, colours = {"a": "Groq"}, {"a": "#000"}
    for now, moment, opacity in ((at + bucket, words, 1.0), (at + bucket / 2, f"{words}, so far", 0.45)):
        (bar,) = charts.requests_over_time(
            [charts.Point(at, "a", FigureTotals(requests=66))], "t", charts.Axis(at, at + bucket, bucket, now=now),
            names=names, colours=colours,
        ).data  # fmt: skip
        assert list(bar.hovertext) == [f"{moment} · Groq · 66 requests"]
        assert bar.hovertemplate == "%{hovertext}<extra></extra>"
        assert list(bar.marker.opacity) == [opacity], "what is not over is pale"


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
