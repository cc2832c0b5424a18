"""The plots of Usage: what is drawn of the figures."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pages.components.usage import charts
from pages.components.usage.usage_plots import weekly_means


def test_hours_of_the_week_are_means_so_that_five_fridays_count_no_more_than_four_mondays():
    start = datetime(2026, 10, 28, tzinfo=UTC).timestamp()  # a Wednesday: thirty days from it have five of them
    hours = [(start + hour * 3_600, 6) for hour in range(30 * 24)]
    means = weekly_means(hours, start, start + 30 * 86_400 - 1, UTC)
    assert {mean for day in means for mean in day} == {6.0}
    local = weekly_means([(start + 23 * 3_600, 4)], start, start + 7 * 86_400 - 1, ZoneInfo("Asia/Tokyo"))
    assert local[charts.WEEKDAYS.index("Thu")][8] == 4
