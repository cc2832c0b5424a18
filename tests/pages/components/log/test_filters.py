"""The filters in one line and in the address, as Usage and History share them."""

from datetime import UTC, datetime

import pytest

from pages.components.log.filter_choice import DATES, PERIODS, FilterChoice
from pages.components.log.filters import address, dated_address
from router.store import WORK, Filters


def choice_of(app) -> FilterChoice:
    """What the page that was run has made of its filters."""
    return app.session_state["chosen"]


@pytest.fixture
def filtered(environment):
    """A page that is nothing but the filters."""
    from streamlit.testing.v1 import AppTest

    def page():
        import streamlit as st

        from pages.components.console.runtime import runtime
        from pages.components.log.filters import choose

        exact = st.session_state.get("exact", False)
        st.session_state["chosen"] = choose(runtime(), "here", exact=exact)

    def run(*, zone="UTC", exact=False, **query):
        app = AppTest.from_function(page, default_timeout=30)
        app.context["timezone"] = zone
        app.session_state["exact"] = exact
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return run


def test_without_an_address_live_work_of_the_last_day_is_meant(filtered):
    app = filtered()
    filters = choice_of(app).filters
    assert (filters.simulated, filters.purpose) == (False, WORK)
    assert filters.end - filters.start == 86_400
    assert dict(app.query_params) == {}


def test_an_address_says_what_is_meant(filtered):
    filters = choice_of(
        filtered(period="90 days", provider="groq", task="vision", source="console", purpose="all", rows="Both")
    ).filters
    assert (filters.provider, filters.task_type, filters.source) == ("groq", "vision", "console")
    assert (filters.purpose, filters.simulated) == (None, None)
    assert filters.end - filters.start == 90 * 86_400


def test_what_an_address_says_wrongly_is_dropped(filtered):
    app = filtered(period="a year", provider="<b>", task="magic", since="yesterday", purpose="prompt")
    filters = choice_of(app).filters
    assert (filters.provider, filters.task_type, filters.purpose) == (None, None, "prompt")
    assert set(app.query_params) == {"purpose"}


def test_a_filter_that_is_chosen_stands_in_the_address_and_the_default_does_not(filtered):
    app = filtered(q="kept")
    app.selectbox(key="filter-task").set_value("vision").run()
    assert dict(app.query_params) == {"task": "vision", "q": "kept"}
    app.selectbox(key="filter-task").set_value(None).run()
    assert set(app.query_params) == {"q"}


def test_two_moments_in_the_address_are_the_period_in_utc_with_whole_hours(filtered):
    app = filtered(since="2026-11-20T08:30", until="2026-11-20T11:00+01:00")
    filters = choice_of(app).filters
    assert datetime.fromtimestamp(filters.start, UTC).isoformat() == "2026-11-20T08:00:00+00:00"
    assert datetime.fromtimestamp(filters.end, UTC).isoformat() == "2026-11-20T10:00:00+00:00"
    assert app.selectbox(key="filter-period").value == DATES


def test_controls_show_the_operators_clock_and_the_address_stays_in_utc(filtered):
    app = filtered(since="2026-11-20T08:30", until="2026-11-20T11:00", zone="Asia/Kolkata")
    assert [control.label for control in app.datetime_input] == ["Since", "Until (empty: now)"]
    assert app.datetime_input(key="filter-since").value == datetime(2026, 11, 20, 14, 0)
    assert app.datetime_input(key="filter-until").value == datetime(2026, 11, 20, 16, 30)
    assert (app.query_params["since"], app.query_params["until"]) == ("2026-11-20T08:30", "2026-11-20T11:00")
    app.datetime_input(key="filter-since").set_value(datetime(2026, 11, 20, 15, 0)).run()
    assert app.query_params["since"] == "2026-11-20T09:30"
    assert choice_of(app).start == datetime(2026, 11, 20, 9, 0, tzinfo=UTC).timestamp()


def test_two_moments_are_meant_exactly_where_requests_are_listed_one_by_one(filtered):
    filters = choice_of(filtered(since="2026-11-20T08:31", until="2026-11-20T08:32", exact=True)).filters
    assert datetime.fromtimestamp(filters.start, UTC).isoformat() == "2026-11-20T08:31:00+00:00"
    assert filters.end - filters.start == 60


def test_an_hour_alone_is_read_by_the_minute(filtered):
    filters = choice_of(filtered(period="1 hour")).filters
    assert filters.by_minute
    assert filters.end - filters.start == 3_600
    assert not choice_of(filtered()).filters.by_minute


def test_the_last_day_of_a_period_is_meant_whole(filtered):
    filters = choice_of(filtered(since="2026-11-01", until="2026-11-20")).filters
    assert datetime.fromtimestamp(filters.end, UTC).isoformat() == "2026-11-21T00:00:00+00:00"


@pytest.mark.parametrize("since", ["0001-01-01", "1969-12-31", "9999-12-31T23:59"])
def test_a_moment_that_no_clock_shows_is_dropped(filtered, since):
    app = filtered(since=since)
    assert not app.exception
    assert app.selectbox(key="filter-period").value == "24 hours"


def test_clear_leads_back_to_what_is_shown_unasked(filtered):
    app = filtered(task="vision", rows="Both", q="kept")
    app.button(key="filter-clear").click().run()
    filters = choice_of(app).filters
    assert (filters.task_type, filters.simulated) == (None, False)
    assert dict(app.query_params) == {"q": "kept"}


def test_a_period_that_ends_before_it_begins_is_said_to(filtered):
    app = filtered(since="2026-11-20", until="2026-11-01")
    assert "ends before it begins" in app.error[0].value


@pytest.mark.parametrize(
    "query",
    [
        {"purpose": "work", "task": "vision"},
        {"period": "Dates", "since": "2026-11-20", "until": "2026-11-20T11:00"},
    ],
)
def test_an_address_that_says_the_same_in_other_words_is_left_as_it_is(filtered, query):
    """A page that rewrote it would put a second step in the way of the browser's Back."""
    assert dict(filtered(**query).query_params) == query


@pytest.mark.parametrize(
    "filters",
    [
        Filters(start=1_790_000_040, end=1_790_003_640, provider="groq", model="a/b:free", simulated=True),
        Filters(start=1_790_000_040, end=1_790_003_640, provider="", task_type="vision", purpose=WORK, simulated=None),
        Filters(start=1_790_000_040, end=1_790_003_640, source="console", purpose="speed-run"),
    ],
)
def test_a_link_to_a_selection_selects_the_same(filtered, filters):
    found = choice_of(filtered(**{k: v for k, v in address(filters).items() if k != "model"})).filters
    assert (found.provider, found.task_type, found.source) == (filters.provider, filters.task_type, filters.source)
    assert (found.purpose, found.simulated) == (filters.purpose, filters.simulated)
    assert found.start <= filters.start < filters.end <= found.end


@pytest.mark.parametrize("period", PERIODS)
def test_a_link_to_a_period_that_has_a_name_keeps_the_name(filtered, period):
    filters = choice_of(filtered(period=period)).filters
    assert address(filters)["period"] == period
    assert not {"since", "until"} & set(address(filters))
    assert {"since", "until"} < set(dated_address(filters)), "an export knows no names"


def test_a_link_to_an_hour_that_is_over_has_its_two_moments(filtered):
    filters = choice_of(filtered()).filters
    hour = Filters(start=filters.end - 7_200, end=filters.end - 3_600)
    assert address(hour)["period"] == DATES
