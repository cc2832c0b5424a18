"""The free tiers' limits: counted always, enforced once they are switched on."""

import httpx
import pytest

from router.simulator import Simulator
from router.simulator.models.catalogue import Model
from router.simulator.models.limits import DAY, MINUTE, Ask, Bucket, TierLimits
from tests.simulator.calls import FREE, KEY, SMALL, ask

NOON = 20_000 * DAY + DAY / 2


def limits_at(now):
    moments = [now]
    return TierLimits(lambda: moments[0]), moments


def test_groq_says_what_is_left_with_every_reply(simulator):
    headers = [ask(simulator, model=SMALL, key={"Authorization": "Bearer quota"}).headers for _ in range(2)]
    left = [int(header["x-ratelimit-remaining-requests"]) for header in headers]
    assert left[0] - left[1] == 1
    assert headers[0]["x-ratelimit-reset-requests"].endswith("s")


def test_the_free_tiers_limits_hold_once_they_are_switched_on():
    with Simulator(
        pace=0, limits=True, clock=lambda: NOON
    ) as simulator:  # a minute that ends among them is another one
        replies = [ask(simulator, "openrouter", FREE) for _ in range(21)]
        key = httpx.get(f"{simulator.openrouter_url}/key", headers=KEY).json()["data"]
        large = ask(simulator, messages=[{"role": "user", "content": "x" * 40_000}])
    assert [reply.status_code for reply in replies] == [200] * 20 + [429]
    assert "free-models-per-min" in replies[-1].json()["error"]["message"]
    assert key["free_model_daily_requests"] == {"limit": 50, "remaining": 29, "used": 21}
    assert large.status_code == 413


def test_a_bucket_refills_steadily():
    bucket = Bucket(60, MINUTE)
    bucket.take(60, 0.0)
    assert bucket.used(0.0) == 60
    assert bucket.wait(1, 0.0) == pytest.approx(1.0)
    assert bucket.used(30.0) == pytest.approx(30)
    assert bucket.wait(30, 30.0) == 0.0


def test_groqs_limits_are_each_keys_and_each_models_own():
    limits, _ = limits_at(NOON)
    model, other = Model("a", limits={"RPM": 2, "TPM": 100}), Model("b", limits={"RPM": 2, "TPM": 100})
    for _ in range(2):
        limits.count("groq", "key", model, Ask(10, 10))
    assert limits.refusal("groq", "key", model, Ask(1, 1)).params["kind"] == "RPM"
    assert limits.refusal("groq", "key", other, Ask(1, 1)) is None
    assert limits.refusal("groq", "another", model, Ask(1, 1)) is None
    assert limits.refusal("groq", "another", model, Ask(90, 20)).name == "too_large_413"


def test_openrouters_day_ends_at_midnight_utc_and_its_minute_with_the_minute():
    limits, moments = limits_at(NOON)
    model = Model("house/model:free")
    for _ in range(50):
        limits.count("openrouter", "key", model, Ask())
    assert limits.refusal("openrouter", "key", model, Ask()).params["period"] == "day"
    assert limits.refusal("openrouter", "key", Model("house/model"), Ask()) is None
    moments[0] = NOON + DAY / 2
    assert limits.refusal("openrouter", "key", model, Ask()) is None
    for _ in range(20):
        limits.count("openrouter", "key", model, Ask())
    assert limits.refusal("openrouter", "key", model, Ask()).params["period"] == "minute"
    moments[0] += MINUTE
    assert limits.refusal("openrouter", "key", model, Ask()) is None


def test_the_seconds_of_sound_of_an_hour_run_out_and_a_short_recording_counts_ten():
    limits, moments = limits_at(NOON)
    model = Model("hears", limits={"RPM": 20, "ASPH": 7_200})
    limits.count("groq", "key", model, Ask(sound=7_185.0))
    assert limits.refusal("groq", "key", model, Ask(sound=1.0)) is None
    limits.count("groq", "key", model, Ask(sound=1.0))
    refusal = limits.refusal("groq", "key", model, Ask(sound=1.0))
    assert (refusal.params["kind"], refusal.params["requested"]) == ("ASPH", 10)
    moments[0] += 10.0  # in which twenty seconds come back
    assert limits.refusal("groq", "key", model, Ask(sound=1.0)) is None
