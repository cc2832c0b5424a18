"""Usage: figures beside the period before, plots, breakdowns, cost and quota, and how few queries they take."""

import re
import time
from dataclasses import replace

import pytest

from pages.components.console.runtime import runtime
from pages.components.log.filter_choice import FilterChoice
from pages.components.usage.breakdown import percentage_of
from pages.components.usage.usage_plots import failure_rate_plot
from router.simulator import Fault
from router.store import Filters
from router.table.prices import load_prices
from tests.pages.test_pages import ask, words
from tests.store.log.test_figures import fill
from tests.world import CHAT, FIRST

LABELS = [
    "Total, p50 / p95 / p99",
    "First token, p50 / p95 / p99",
    "Speed, p50",
    "Tokens",
]


@pytest.mark.parametrize(
    ("share", "shown"), [(None, None), (0.0, 0.0), (1.0, 100.0), (0.99996, 99.9), (0.00001, 0.1), (0.125, 12.5)]
)
def test_a_column_of_shares_calls_only_all_all_and_only_nothing_nothing(share, shown):
    assert percentage_of(share) == shown


@pytest.fixture
def used(show):
    """Usage after three simulated requests, of which a fallback saved two: one failed there, then it was held."""
    show("usage.py")

    def open_it(simulator, **query):
        ask()
        simulator.set_fault(*FIRST, Fault("server_error"))
        ask()
        simulator.clear_faults()
        ask(purpose="speed-run")
        runtime().store.flush()
        return show("usage.py", **query)

    return open_it


def headline(app):
    """What Usage says first, without its marks."""
    return next(re.sub(r"<[^>]+>", "", html.proto.body) for html in app.get("html") if "headline" in html.proto.body)


def keys_of(app):
    return {button.key for button in app.button}


def test_usage_says_what_to_do_while_there_is_nothing(show):
    assert "No live requests in the last 24 hours" in words(show("usage.py"))


def test_usage_shows_a_sentence_the_figures_that_it_does_not_say_and_five_plots(used, simulator):
    # The simulated providers mark their own replies, so these rows are simulated though there are keys.
    app = used(simulator, rows="Simulated", purpose="all")
    assert [metric.label for metric in app.metric] == LABELS
    assert headline(app).startswith(
        "3 requests on free tiers, 100% answered, 2 answers saved by fallback, $0.00 billed"
    )
    assert len(app.get("plotly_chart")) == 5


def test_what_is_left_now_of_a_days_free_requests_stands_above_the_figures_in_the_tables_order(used, simulator):
    running = runtime()
    running.portal.call(running.router.refresh_catalogue)
    app = used(simulator, rows="Simulated")
    (line,) = [text.value for text in app.markdown if text.value.startswith("Free requests left now")]
    daily = [one for one in running.router.quotas() if one.span == 86_400.0 and one.unit == "requests"]
    assert len(re.findall(r" [\d,]+ of [\d,]+", line)) == len({one.provider for one in daily}), "one a provider"
    assert line.index("Groq") < line.index("OpenRouter")
    assert "gpt-oss-120b" in line, "the model with the most requests"
    assert "(./health)" in line


def test_speed_runs_and_demonstrations_are_no_work_unless_asked_for(used, simulator):
    assert headline(used(simulator, rows="Simulated")).startswith("2 requests ")


def test_simulated_plots_say_so_in_their_titles(used, simulator):
    app = used(simulator, rows="Both")
    titles = [text.value for text in app.markdown if text.value.startswith("**") and text.value.endswith("**")]
    assert len([title for title in titles if title.endswith("– live and simulated**")]) == 5
    assert len(app.get("plotly_chart")) == 5


def test_usage_says_what_failed_though_a_fallback_answered(used, simulator):
    app = used(simulator, rows="Simulated")
    assert any("server error" in chart.proto.spec for chart in app.get("plotly_chart"))


def test_the_cost_on_a_paid_model_comes_with_its_formula_and_date(used, simulator):
    app = used(simulator, rows="Simulated")
    totals = runtime().store.statistics.totals(Filters(start=time.time() - 3_600, simulated=True, purpose="prompt"))
    price = load_prices()[1]
    app.selectbox(key="paid").set_value(price.label).run()
    said = words(app).replace("\\", "")
    assert f"{totals.prompt_tokens:,} prompt tokens × $0.075" in said
    assert str(price.as_of) in said


def test_a_price_is_of_a_million_tokens():
    price = load_prices()[0]
    assert price.cost(1_000_000, 0) == pytest.approx(price.prompt)
    assert price.cost(500_000, 2_000_000) == pytest.approx(price.prompt / 2 + price.completion * 2)


@pytest.mark.parametrize("by", ["Provider", "Task", "Source", "Purpose"])
def test_usage_tells_by_whom(used, simulator, by):
    app = used(simulator, rows="Simulated", purpose="all")
    app.segmented_control(key="by").set_value(by).run()
    table = app.dataframe[0].value
    assert table.columns[0] == by
    assert table["Requests"].sum() == 3


def test_usage_tells_by_which_app(used, simulator):
    messages = [{"role": "user", "content": "What is for dinner?"}]
    app = used(simulator, rows="Simulated", purpose="all")
    for name in ("website", "website", "bot"):
        runtime().portal.complete(config=CHAT, messages=messages, source="gateway", app=name)
    runtime().store.flush()
    app.segmented_control(key="by").set_value("App").run()
    table = app.dataframe[0].value
    assert dict(zip(table["App"], table["Requests"], strict=True)) == {"No app": 3, "website": 2, "bot": 1}


def test_usage_takes_seven_queries_however_many_requests_there_are(used, simulator, show):
    used(simulator, rows="Simulated")
    statistics = runtime().store.statistics
    taken = []
    for _ in range(2):
        before = statistics.queries
        show("usage.py", rows="Simulated", task="real-time-chat", source="console", purpose="prompt")
        taken.append(statistics.queries - before)
        ask()
    assert max(taken) <= 7


def test_where_nothing_was_answered_usage_says_so_first_and_boasts_of_nothing(show):
    show("usage.py")
    failed = {"status": "failed", "outcomes": ("server_error",), "at": time.time() - 60}
    fill(runtime().store, [failed, failed])
    said = headline(show("usage.py"))
    assert "All 2 requests failed" in said
    assert "saved" not in said


def test_a_log_that_has_just_begun_is_compared_with_nothing(show):
    show("usage.py")
    hours = [30.0, *[1.0 + number / 100 for number in range(101)]]
    fill(runtime().store, [{"at": time.time() - hour * 3_600} for hour in hours])
    app = show("usage.py")
    assert "nothing to compare with" in words(app)
    assert all(not metric.delta for metric in app.metric)


def plot_titles(app):
    return [text.value.strip("*") for text in app.markdown if text.value.startswith("**") and " per " in text.value]


def test_usage_says_first_what_was_asked_answered_and_saved_and_the_paid_price_in_its_own_place(used, simulator):
    app = used(simulator, rows="Simulated", purpose="all")
    said = headline(app)
    assert "3 requests on free tiers, 100% answered, 2 answers saved by fallback, $0.00 billed" in said
    assert load_prices()[0].label not in said
    app.selectbox(key="paid").set_value(load_prices()[1].label).run()
    assert load_prices()[1].label in words(app)


def test_of_one_provider_the_headline_says_what_share_of_its_attempts_since_a_request_is_whose_answered_it(
    used, simulator
):
    assert headline(used(simulator, rows="Simulated", provider="groq")).startswith(
        "1 request on free tiers, 50.0% of 2 attempts answered, "
    )


def test_medians_and_slow_ends_stand_in_one_card_and_to_the_millisecond_in_its_help(used, simulator):
    app = used(simulator, rows="Simulated")
    (total,) = [metric for metric in app.metric if metric.label == "Total, p50 / p95 / p99"]
    assert re.fullmatch(r"\S+ / \S+ / \S+\u2009s", total.value)
    assert re.search(r"p50 [\d,]+ ms; p95 [\d,]+ ms; p99 [\d,]+ ms", total.help)


def test_quota_stands_in_one_line_on_usage_and_with_its_bars_on_health_alone(used, simulator):
    app = used(simulator, rows="Simulated")
    assert "Free requests left now" in words(app)
    assert not [html for html in app.get("html") if "gauge" in html.proto.body]


def test_below_the_sentence_stands_the_way_to_the_requests_and_to_the_failed_ones_where_there_are_any(show):
    show("usage.py")
    fill(runtime().store, [{"at": time.time() - 60}])
    keys = keys_of(show("usage.py"))
    assert "see-requests" in keys
    assert "see-failed" not in keys
    fill(runtime().store, [{"status": "failed", "outcomes": ("server_error",), "at": time.time() - 60}])
    assert "see-failed" in keys_of(show("usage.py"))


def test_behind_the_sentence_stands_what_has_changed_since_the_period_before(show):
    show("usage.py")
    failed = {"status": "failed", "outcomes": ("server_error",)}
    fill(runtime().store, [{"at": time.time() - hours * 3_600} for hours in (1, 2, 30)])
    fill(runtime().store, [{"at": time.time() - 31 * 3_600} | failed])
    said = words(show("usage.py"))
    assert re.search(
        r"Against the 24 hours before: requests [^,]+, answered \+50\.0 points, failed 0 \(1 before\)\.", said
    )


def test_what_has_become_of_the_paid_price_is_said_in_words_since_a_bare_percentage_reads_like_a_discount(show):
    show("usage.py")
    fill(runtime().store, [{"at": time.time() - hours * 3_600} for hours in (1, 30, 31, 32)])
    assert re.search(r"6[5-7]% less than in the 24 hours before", words(show("usage.py")))


def test_usage_says_which_bar_is_not_over(used, simulator):
    assert "The pale bar is this minute, so far." in words(used(simulator, rows="Simulated"))
    assert "The pale bar is today, so far." in words(used(simulator, rows="Simulated", period="30 days"))


@pytest.mark.parametrize("period", ["24 hours", "1 hour"])
def test_on_the_first_day_plots_show_minutes(used, simulator, period):
    app = used(simulator, rows="Simulated", period=period)
    assert plot_titles(app)
    assert all("per minute" in title for title in plot_titles(app))
    assert headline(app).startswith("2 requests ")


def test_the_hours_of_a_week_are_read_when_they_are_wanted(used, simulator):
    def offered(app):
        return "Busiest hours of the week" in [expander.label for expander in app.expander]

    assert not offered(used(simulator, rows="Simulated"))
    app = used(simulator, rows="Simulated", period="7 days")
    assert offered(app)
    assert "plot-hours" not in {chart.key for chart in app.get("plotly_chart")}
    app.session_state["hours"] = True
    assert "plot-hours" in {chart.key for chart in app.run().get("plotly_chart")}


def test_failure_rates_are_shares_of_requests_and_of_attempts(used, simulator):
    used(simulator, rows="Simulated")
    filters = Filters(start=time.time() // 60 * 60 - 3_600, simulated=True, purpose="prompt", by_minute=True)
    choice = FilterChoice(filters, "the last hour", filters.start, filters.start + 3_660, 1.0)
    statistics = runtime().store.statistics
    points, failed = statistics.cube(filters, "bucket").series(), statistics.failures_by_bucket(filters)
    requests, attempts = failure_rate_plot(choice, points, failed).data
    assert set(requests.y) == {0.0}, "a fallback answered"
    shares = {at: share for at, share in zip(attempts.customdata, attempts.y, strict=True) if share}
    assert set(shares) == {failure.at for failure in failed}
    assert all(0 < share < 1 for share in shares.values())
    of_one = failure_rate_plot(replace(choice, filters=replace(filters, provider="groq")), points, failed)
    assert [trace.name for trace in of_one.data] == ["of attempts"]


def test_the_rate_of_failures_stands_beside_the_attempts_that_it_is_of(used, simulator):
    table = used(simulator, rows="Simulated").dataframe[0].value
    for _, row in table[table["Attempts"] > 0].iterrows():
        assert row["Failure rate"] == 100 * row["Failed attempts"] / row["Attempts"]
    assert list(table.columns).index("Failure rate") == list(table.columns).index("Attempts") + 2


def test_a_figure_that_stays_the_same_has_no_arrow(show):
    show("usage.py")
    fill(runtime().store, [{"at": time.time() - hours * 3_600} for hours in (1, 30)])
    (total,) = [metric for metric in show("usage.py").metric if metric.label == "Total, p50 / p95 / p99"]
    assert total.delta == "about the same"
    assert total.proto.direction == total.proto.MetricDirection.NONE


def test_the_report_stands_on_its_page_as_it_is_sent(used, simulator):
    app = used(simulator, rows="Simulated", view="Report")
    (frame,) = app.get("iframe")
    assert "2 requests were made on free tiers, 100% answered." in frame.proto.srcdoc
    assert "Dual-router report" in frame.proto.srcdoc
    assert "Download the report" in [button.proto.label for button in app.get("download_button")]


# --- the speed table -----------------------------------------------------------------------------------------------


def test_a_log_without_requests_leads_to_what_fills_it(show):
    app = show("usage.py")
    assert {"go-run", "go-sample"} <= keys_of(app)
