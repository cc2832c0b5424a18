"""The trace's lines: whom a run passed over and tried, and that it waits where all models cool down."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from pages.components.answer.trace import (
    MOST_ROWS,
    TraceLine,
    lines_of_attempts,
    lines_of_events,
    split_reason,
    trace_html,
    waiting_words,
    waits_until,
)
from pages.components.console import looks
from router.settings import SHIPPED_ROUTES
from router.table.route_file import load_routes
from router.types import Attempt, AttemptFailed, AttemptOutcome, AttemptSkipped, AttemptStarted, TargetState, Waiting

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
TABLE = load_routes(SHIPPED_ROUTES)
STARTED = AttemptStarted("groq", "gpt-oss")


def waiting(seconds):
    return Waiting(datetime.now(UTC) + timedelta(seconds=seconds))


def test_a_run_that_waits_for_a_cooldown_says_so_and_counts():
    assert waiting_words(NOW + timedelta(seconds=4), NOW) == "All models are cooling down; next try in 4\u2009s"
    assert waiting_words(NOW + timedelta(seconds=2.5), NOW) == "All models are cooling down; next try in 3\u2009s"
    assert waiting_words(NOW, NOW) == "Trying again"


def test_the_wait_stands_last_in_the_trace_while_it_lasts():
    line = lines_of_events([STARTED, waiting(60)])[-1]
    assert line.what == "waiting"
    assert line.why.startswith("All models are cooling down; next try in ")


def test_a_wait_that_is_over_stays_in_the_trace_without_counting():
    assert [line.what for line in lines_of_events([waiting(60), STARTED])] == ["waited", "trying"]
    assert waits_until([waiting(60), STARTED]) is None


def test_a_run_that_has_ended_neither_tries_nor_waits():
    assert [line.what for line in lines_of_events([STARTED], over=True)] == ["stopped"]
    assert [line.what for line in lines_of_events([waiting(60)], over=True)] == ["waited"]


def test_a_model_that_was_passed_over_stands_with_its_reason():
    skipped = AttemptSkipped("groq", "gone", "retired", TargetState.RETIRED)
    assert lines_of_events([skipped]) == [TraceLine("skipped", "groq", "gone", "retired")]


@pytest.mark.parametrize(
    ("text", "short", "words"),
    [
        ("the provider failed (503): upstream: try later", "503 · the provider failed", "upstream: try later"),
        ("this model's allowance is used up for now (429)", "429 · this model's allowance is used up for now", ""),
        ("busy (429), until 09:54:54 UTC: wait: a bit", "429 · busy, until 09:54:54 UTC", "wait: a bit"),
        ("busy (429), until somebody resets it", "429 · busy, until somebody resets it", ""),
        ("silent, until 09:54:54 UTC", "silent, until 09:54:54 UTC", ""),
        ("retired 2026-08-16; another stands in for it", "retired 2026-08-16; another stands in for it", ""),
        ("nothing came within the first-token limit", "nothing came within the first-token limit", ""),
        ("", "", ""),
        ("a (b) c: d\ne", "a (b) c", "d\ne"),
    ],
)
def test_a_reason_is_the_routers_own_words_with_the_status_first_and_the_providers_behind(text, short, words):
    assert split_reason(text) == (short, words)


def attempt(seconds=0.0, cools=0.0):
    began = NOW + timedelta(seconds=seconds)
    return Attempt(
        "groq",
        "a-model",
        AttemptOutcome.SERVER_ERROR,
        error="the provider failed (503): <script>alert(1)</script>",
        started_at=began,
        latency_ms=500.0,
        retry_at=began + timedelta(seconds=0.5 + cools) if cools else None,
    )


def test_a_failed_attempt_says_for_how_long_its_model_cools_down():
    (line,) = lines_of_attempts([attempt(cools=120)])
    assert line.cools_seconds == 120
    assert "503 · the provider failed · cools down for 2\u2009min" in trace_html([line], TABLE)


def test_the_providers_words_stand_behind_details_as_text():
    html = trace_html(lines_of_attempts([attempt()]), TABLE)
    assert "<details><summary>Details</summary>&lt;script&gt;" in html
    assert "<script>" not in html


def test_a_long_trace_shows_how_it_began_and_how_it_ended():
    lines = lines_of_attempts([attempt(seconds) for seconds in range(20)])
    shown, _, rest = trace_html(lines, TABLE).partition("<details><summary>13 more lines")
    assert shown.count("<tr>") == MOST_ROWS - 2, "five attempts, and the fold"
    assert re.sub(r".*</table></details>", "", rest).count("<tr>") == 2
    assert trace_html(lines[:MOST_ROWS], TABLE).count("<tr>") == MOST_ROWS


def test_what_is_long_retired_stands_behind_a_fold_and_what_only_cools_down_does_not():
    retired = next(key for key, entry in TABLE.models.items() if entry.retired_on(NOW.date()))
    provider, _, model = retired.partition(":")
    lines = [TraceLine("skipped", provider, model, "retired"), TraceLine("skipped", "groq", "x", "cools")]
    table, _, fold = trace_html(lines, TABLE, in_full=True).partition("</table>")
    assert table.count("<tr>") == 1
    assert "1 retired model passed over" in fold
    assert trace_html(lines, TABLE).count("<tr>") == 1
    assert "retired" not in trace_html(lines, TABLE), "beside every answer it would say the same"
    assert "1 retired model passed over" in trace_html(lines[:1], TABLE), "nothing else says why there is no answer"


ANSWERED = Attempt("groq", "a-model", AttemptOutcome.SUCCEEDED, started_at=NOW, latency_ms=720.0)


def test_the_only_call_of_a_request_has_no_second_time_beside_the_one_in_the_figures():
    lines = lines_of_attempts([ANSWERED])
    assert "0.72" not in trace_html(lines, TABLE)
    assert "0.72" in trace_html(lines, TABLE, in_full=True)
    assert "0.72" in trace_html(lines, TABLE, whole_ms=2_000.0), "two lanes are compared by their bars"
    assert trace_html(lines_of_attempts([attempt(), ANSWERED]), TABLE).count("\u2009s</td>") == 2
    assert "0.50" in trace_html(lines_of_attempts([attempt()]), TABLE), "of a failure no figures tell"


def test_what_the_asked_target_is_at_stands_in_the_word_of_the_figures():
    lines = lines_of_events([AttemptFailed(attempt()), STARTED], doing="answering")
    assert [line.what for line in lines] == ["server error", "answering"]


def test_one_smooth_call_has_no_line_for_the_eye_where_figures_name_it():
    assert "trace-room alone" in trace_html(lines_of_attempts([ANSWERED]), TABLE, is_told=True)
    assert "alone" not in trace_html(lines_of_attempts([ANSWERED]), TABLE)
    assert "alone" not in trace_html(lines_of_attempts([attempt(), ANSWERED]), TABLE, is_told=True)


def test_who_answered_in_whose_place_is_said_in_a_sentence():
    def sentence(*attempts):
        html = trace_html(lines_of_attempts(attempts), TABLE, is_told=True).partition("</p>")[0]
        return re.sub(r"<[^>]+>", "", html) if "fell-back" in html else ""

    assert sentence(attempt(), ANSWERED).endswith("answered instead.")
    assert looks.status_word(attempt().outcome) in sentence(attempt(), ANSWERED)
    assert sentence(attempt(), attempt(), ANSWERED).startswith("2 calls failed.")
    assert sentence(ANSWERED) == sentence(attempt()) == ""
