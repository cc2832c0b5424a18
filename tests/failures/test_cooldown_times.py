"""For how long a failure has its target cool down."""

import pytest

from router.failures.cooldown_times import cooldown_seconds
from router.failures.outcomes import Kind, Signal, classify
from router.table.routes import Limits
from tests.failures.test_outcomes import DAY, GROQ_TPM, NOW, cooldowns, signal


def test_a_stated_time_is_the_first_step_of_the_ladder():
    assert cooldowns(signal(429, {"message": "slow down"}, {"retry-after": "2"})) == [2, 4, 8, 16, 32, 64]
    assert cooldowns(signal(429, {"message": "slow down"}, {"retry-after": "400"}), 3) == [400, 600, 600]


@pytest.mark.parametrize(
    ("message", "span"),
    [
        ("Rate limit reached … on tokens per minute (TPM): Limit 8000", 60.0),
        ("Rate limit reached … on requests per minute (RPM): Limit 30", 60.0),
        ("Rate limit exceeded: free-models-per-min.", 60.0),
        ("You get 5 requests a minute", 60.0),
        ("slow down", DAY),
        ("Rate limit exceeded: free-models-per-day", DAY),
        ("Limit of tokens per day (TPD) reached", DAY),
    ],
)
@pytest.mark.parametrize("stated", ["31536000", "9" * 30, "8760h"])
def test_nothing_outlasts_the_allowance_that_it_is_about_whatever_is_stated(message, span, stated):
    assert cooldowns(signal(429, {"message": message}, {"retry-after": stated}), 3) == [span] * 3


def test_a_provider_that_is_down_is_not_left_for_as_long_as_it_says():
    down = signal(503, {"message": "maintenance"}, {"retry-after": "31536000"})
    assert cooldowns(down, 2) == [600.0] * 2
    assert cooldowns(signal(503, {"message": "busy"}, {"retry-after": "3"}), 5) == [3, 6, 12, 20, 20]


DAY_CAPS = [
    {"message": "Rate limit reached for model `M` on requests per day (RPD): Limit 1000, Used 1000, Requested 1."},
    {"message": "Rate limit reached … on tokens per day (TPD): Limit 200000. Upgrade to Dev Tier today"},
    {"message": "You have exceeded your daily quota for this model"},
    {"message": "Daily limit reached"},
    {"message": "Quota exceeded: GenerateRequestsPerDay, 50 requests/day"},
    {"message": "Quota exceeded: GenerateRequestsPerDayPerProjectPerModel-FreeTier"},
    {"message": "You've hit your limit for today"},
    {"message": "rate limit: 1000/day"},
    {"message": "Quota of the day exhausted"},
    {"message": "too many requests today"},
    {"message": "DAILY_LIMIT"},
    {"message": "slow down", "code": "daily_limit_exceeded"},
    {"message": "Rate limit exceeded: free-models-per-day-high-balance."},
    {"message": "?", "metadata": {"limit_source": "openrouter_free_tier_daily"}},
]
MIDNIGHT = NOW - NOW % DAY + DAY


@pytest.mark.parametrize("error", DAY_CAPS, ids=[error["message"][:30] for error in DAY_CAPS])
@pytest.mark.parametrize("headers", [{}, {"retry-after": "37"}, {"retry-after": "0"}, {"retry-after-ms": "900"}])
@pytest.mark.parametrize("status", [429, 200])
def test_a_days_cap_lasts_until_midnight_whatever_seconds_come_with_it(error, headers, status):
    found = signal(status, {"code": 429, **error} if status == 200 and "code" not in error else error, headers)
    assert cooldowns(found, 2) == [pytest.approx(MIDNIGHT - NOW)] * 2


@pytest.mark.parametrize(
    "message",
    [
        GROQ_TPM,
        "Rate limit reached … on requests per minute (RPM): Limit 30. Please try again in 2s.",
        "Rate limit exceeded: free-models-per-min. Add 10 credits to unlock 1000 free model requests per day",
        "20 requests per minute are allowed; upgrade for 5000 a day",
        "Please try again another day",
        "30/min are allowed, and 1000/day",
        "Too many requests. Have a nice day",
    ],
)
def test_an_offer_of_more_a_day_makes_no_days_cap_of_a_minutes(message):
    assert cooldowns(signal(429, {"message": message}, {"retry-after": "2"}), 1)[0] <= 12.0


def test_a_days_cap_that_states_hours_is_believed_for_a_day_at_most():
    assert cooldowns(signal(429, {"message": "(RPD) Please try again in 1h34m52s."}), 6)[0] == pytest.approx(5_692.0)
    assert (
        cooldowns(signal(429, {"message": "(RPD)"}, {"retry-after": "7200"}), 6)
        == [7200, 14400, 28800, 57600] + [DAY] * 2
    )


def test_a_day_that_ends_a_little_later_at_the_provider_costs_no_whole_new_day():
    found = signal(429, {"message": "requests per day (RPD)"})
    just_after = MIDNIGHT + 1.0
    assert cooldowns(found, 4, just_after) == [DAY - 1.0, 60, 120, 240]
    assert cooldowns(found, 2, MIDNIGHT + 3_600.0)[1] == DAY - 3_600.0


@pytest.mark.parametrize("skew", [-3_600.0, 3_600.0, 3 * DAY])
def test_moments_of_the_providers_clock_are_reckoned_by_its_date(skew):
    """Our clock is `skew` away from the provider's, whose reset is in ten minutes."""
    date = {"date": "Mon, 21 Sep 2026 14:13:20 GMT"}
    reset = str(int((NOW + 600) * 1000))
    for headers in ({"x-ratelimit-reset": reset}, {"retry-after": "Mon, 21 Sep 2026 14:23:20 GMT"}):
        found = signal(429, {"message": "slow down"}, headers | date)
        assert cooldowns(found, 1, NOW + skew) == [pytest.approx(600.0)]


def test_a_date_by_which_a_reset_is_past_or_days_away_is_not_gone_by():
    reset = {"x-ratelimit-reset": str(int((NOW + 600) * 1000))}
    for date in ("Mon, 21 Sep 2026 14:33:20 GMT", "Sat, 19 Sep 2026 14:13:20 GMT", "no date", ""):
        found = signal(429, {"message": "slow down"}, {**reset, "date": date})
        assert cooldowns(found, 1) == [pytest.approx(600.0)]


def test_a_hold_without_a_stated_time_doubles_with_each_repeat_up_to_its_cap():
    found = signal(429, {"message": "slow down"})
    held = [cooldown_seconds(classify(found), found, Limits(), strikes, NOW) for strikes in range(1, 7)]
    assert held == [60, 120, 240, 480, 600, 600]
    silent = Signal(Kind.SILENT)
    assert [cooldown_seconds(classify(silent), silent, Limits(), n, NOW) for n in range(1, 5)] == [5, 10, 20, 20]
