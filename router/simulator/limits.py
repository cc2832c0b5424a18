"""The free tiers' limits: Groq's per model, OpenRouter's per account; counted always, enforced when switched on."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from router.simulator.faults import Fault, go_duration

REQUESTS_A_MINUTE, REQUESTS_A_DAY, TOKENS_A_MINUTE = 30, 1_000, 8_000
"""Groq's free plan, each model: 30 requests and 8,000 tokens a minute, 1,000 requests a day (late 2026)."""

FREE_A_MINUTE, FREE_A_DAY = 20, 50
"""OpenRouter's `:free` models, each account: 20 requests a minute, 50 a day without credit."""


@dataclass
class _Usage:
    times: deque[tuple[float, int]] = field(default_factory=deque)

    def within(self, seconds: float, now: float) -> list[tuple[float, int]]:
        while self.times and now - self.times[0][0] > 86_400:
            self.times.popleft()
        return [entry for entry in self.times if now - entry[0] < seconds]


class Limits:
    """Counts what each key has used, and says what a further request would meet."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._used: dict[tuple[str, str], _Usage] = defaultdict(_Usage)

    def use(self, provider: str, key: str, model: str, tokens: int) -> Fault | None:
        """Count a request; gives the refusal that it would meet with the limits on."""
        now = self._clock()
        pool = model if provider == "groq" else "free"
        usage = self._used[key, pool]
        refusal = self._groq(usage, tokens, now) if provider == "groq" else self._openrouter(usage, now)
        usage.times.append((now, tokens))
        return refusal

    def _groq(self, usage: _Usage, tokens: int, now: float) -> Fault | None:
        minute, day = usage.within(60, now), usage.within(86_400, now)
        if tokens > TOKENS_A_MINUTE:
            return Fault("too_large_413")
        if len(day) >= REQUESTS_A_DAY:
            return Fault("rate_limited", kind="RPD", retry_after=86_400 / REQUESTS_A_DAY)
        if len(minute) >= REQUESTS_A_MINUTE:
            return Fault("rate_limited", kind="RPM", retry_after=60 - (now - minute[0][0]))
        if sum(used for _, used in minute) + tokens > TOKENS_A_MINUTE:
            return Fault("rate_limited", kind="TPM", retry_after=60 - (now - minute[0][0]))
        return None

    def _openrouter(self, usage: _Usage, now: float) -> Fault | None:
        if self._today(usage, now) >= FREE_A_DAY:
            return Fault("free_cap", period="day")
        if len(usage.within(60, now)) >= FREE_A_MINUTE:
            return Fault("free_cap", period="minute")
        return None

    def _today(self, usage: _Usage, now: float) -> int:
        return len(usage.within(now % 86_400, now))

    def groq_headers(self, key: str, model: str) -> Mapping[str, str]:
        """What Groq says of a model's allowance with every reply: requests a day, tokens a minute."""
        now = self._clock()
        usage = self._used[key, model]
        day, tokens = len(usage.within(86_400, now)), sum(used for _, used in usage.within(60, now))
        return {
            "x-ratelimit-limit-requests": str(REQUESTS_A_DAY),
            "x-ratelimit-limit-tokens": str(TOKENS_A_MINUTE),
            "x-ratelimit-remaining-requests": str(max(0, REQUESTS_A_DAY - day)),
            "x-ratelimit-remaining-tokens": str(max(0, TOKENS_A_MINUTE - tokens)),
            "x-ratelimit-reset-requests": go_duration(day * 86_400 / REQUESTS_A_DAY),
            "x-ratelimit-reset-tokens": go_duration(tokens * 60 / TOKENS_A_MINUTE),
        }

    def openrouter_key(self, key: str) -> Mapping[str, object]:
        """What `GET /key` says."""
        used = self._today(self._used[key, "free"], self._clock())
        return {
            "label": f"{key[:8]}…",
            "limit": None,
            "limit_remaining": None,
            "limit_reset": None,
            "usage": 0,
            "is_free_tier": True,
            "is_management_key": False,
            "expires_at": None,
            "rate_limit": {"requests": -1, "interval": "10s"},
            "free_model_daily_requests": {"limit": FREE_A_DAY, "remaining": max(0, FREE_A_DAY - used), "used": used},
        }
