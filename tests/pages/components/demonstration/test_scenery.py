"""The way of a request shows every stop in order, with words for a room."""

import re

from pages.components.answer.trace import TraceLine, lines_of_attempts
from pages.components.demonstration.scenery import MOST_STOPS, STYLE, way_html
from router.settings import Settings
from router.table.route_file import load_routes
from router.types import Attempt, AttemptOutcome

TABLE = load_routes(Settings.from_env({}).routes)


def stops(lines, outcomes):
    html = way_html(lines, TABLE, outcomes, start="Your app")
    return [re.sub(r"<[^>]+>", "", stop) for stop in html.split(" → ")]


def test_a_failure_and_who_answered_instead_stand_in_order():
    lines = [TraceLine("rate limited", "groq", "a", failed=True), TraceLine("answered", "openrouter", "b")]
    assert stops(lines, ["rate_limited", "succeeded"]) == ["Your app", "Groq out of free quota", "OpenRouter answered"]


def test_several_models_of_a_provider_that_fail_alike_are_one_stop():
    lines = [TraceLine("server error", "groq", name, failed=True) for name in "abc"]
    assert stops(lines, ["server_error"] * 3) == ["Your app", "Groq server error ×3"]


def test_what_was_remembered_is_a_stop_and_what_was_retired_long_ago_is_none():
    lines = [TraceLine("skipped", "groq", "a", why="retired 16 Aug"), TraceLine("skipped", "groq", "b", why="429")]
    assert stops(lines, ["", ""]) == ["Your app", "Groq remembered as down"]


def test_what_a_provider_says_is_text():
    assert "<b>" not in way_html([TraceLine("<b>", "x", "y")], TABLE, [""], start="<b>")


def test_the_rounds_of_a_request_with_everything_down_are_counted_and_not_drawn_one_by_one():
    rounds = [TraceLine("server error", name, "m", failed=True) for name in ("groq", "openrouter") * 5]
    assert stops(rounds, ["server_error"] * 10) == ["Your app", "Groq server error ×5", "OpenRouter server error ×5"]
    assert len(stops(rounds[:4], ["server_error"] * 4)) == 1 + MOST_STOPS


def test_a_failures_name_on_stage_is_the_one_of_its_trace():
    for outcome in AttemptOutcome:
        (line,) = lines_of_attempts([Attempt("groq", "a", outcome)])
        if line.failed:
            assert stops([line], [str(outcome)])[1] == f"Groq {line.what}"


def test_no_rule_for_all_squares_outweighs_the_colour_of_one_kind():
    (every,) = re.findall(r"^(.*squares i) \{", STYLE, re.MULTILINE)
    kinds = re.findall(r"^(:is\(.*\) \.\w+) \{", STYLE, re.MULTILINE)
    assert len(kinds) == 4
    assert every.count(".") < 2, "two classes and an element would weigh more than a kind's two classes"
