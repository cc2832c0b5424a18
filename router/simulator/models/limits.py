"""The free tiers' limits: Groq's per key and model, OpenRouter's per key; counted always, enforced when switched on."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from router.simulator.faults.faults import Fault
from router.simulator.faults.refusals import FREE_A_DAY, FREE_A_MINUTE, go_duration
from router.simulator.models.catalogue import FREE_ROUTER, Model

MINUTE, HOUR, DAY = 60, 3_600, 86_400
ODD_A_DAY = 500
"""Requests a day of an account at the odd wire, over all its models."""
_SPANS = ("", "_daily", "_weekly", "_monthly")
_WINDOWS = {"RPM": MINUTE, "RPD": DAY, "TPM": MINUTE, "TPD": DAY, "OTPM": MINUTE, "ASPH": HOUR, "ASPD": DAY}
_LEAST_SOUND = 10
"""Seconds that a shorter recording counts as."""


@dataclass
class Bucket:
    """An allowance that refills steadily, as the waits in Groq's refusals show (used + requested - limit, over rate).

    Attributes:
        seconds: in which `limit` refills.
    """

    limit: int
    seconds: int
    _level: float = 0.0
    _at: float = 0.0

    def used(self, now: float) -> float:
        """What has not refilled yet."""
        return max(0.0, self._level - (now - self._at) * self.limit / self.seconds)

    def take(self, amount: float, now: float) -> None:
        """Use some of it."""
        self._level, self._at = self.used(now) + amount, now

    def wait(self, amount: float, now: float) -> float:
        """Seconds until `amount` fits; 0 where it does."""
        return max(0.0, self.used(now) + amount - self.limit) * self.seconds / self.limit


@dataclass(frozen=True, slots=True)
class Ask:
    """What a request is about to use: tokens of its prompt and of the output that it reserves, seconds of sound."""

    prompt: int = 0
    reserved: int = 0
    sound: float = 0.0

    def amount(self, kind: str) -> int:
        """Its size, counted as a limit of this kind does."""
        if kind in ("ASPH", "ASPD"):
            return max(_LEAST_SOUND, math.ceil(self.sound))
        return 1 if kind in ("RPM", "RPD") else self.reserved if kind == "OTPM" else self.prompt + self.reserved


class TierLimits:
    """Counts what each key has used, and says what a further request would meet; safe from any thread.

    Args:
        clock: seconds since the epoch.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str], dict[str, Bucket]] = {}
        self._free: dict[str, Counter[tuple[int, int]]] = defaultdict(Counter)

    def refusal(self, provider: str, key: str, model: Model, ask: Ask) -> Fault | None:
        """What a request would meet with the limits on, or None."""
        with self._lock:
            if provider == "openai":
                return None  # a server of one's own has none
            if provider == "odd":
                return self._odd_refusal(key, model, ask)
            return self._groq_refusal(key, model, ask) if provider == "groq" else self._openrouter_refusal(key, model)

    def count(self, provider: str, key: str, model: Model, ask: Ask) -> None:
        """Count a request with the tokens that it has really used."""
        now = self._clock()
        with self._lock:
            if provider not in ("groq", "odd"):
                # The windows that are over are let go.
                self._free[key] = Counter({w: self._free[key][w] for w in _windows(now)})
                self._free[key].update(_windows(now) if _is_free(model) else ())
                return
            for kind, bucket in self._buckets_of(key, model).items():
                bucket.take(ask.amount(kind), now)

    def _buckets_of(self, key: str, model: Model) -> dict[str, Bucket]:
        fresh = {kind: Bucket(limit, _WINDOWS[kind]) for kind, limit in model.limits.items()}
        return self._buckets.setdefault((key, model.id), fresh)

    def _groq_refusal(self, key: str, model: Model, ask: Ask) -> Fault | None:
        now = self._clock()
        for kind, bucket in self._buckets_of(key, model).items():
            amount = ask.amount(kind)
            if kind in ("TPM", "OTPM") and amount > bucket.limit:
                name = "too_large_413" if kind == "TPM" else "output_too_large"
                return Fault(name, limit=bucket.limit, requested=amount)
            if wait := bucket.wait(amount, now):
                used = {"limit": bucket.limit, "used": round(bucket.used(now)), "requested": amount}
                return Fault("rate_limited", kind=kind, retry_after=round(wait, 3), **used)
        return None

    def _odd_refusal(self, key: str, model: Model, ask: Ask) -> Fault | None:
        now = self._clock()
        for kind, bucket in self._buckets_of(key, model).items():
            if wait := bucket.wait(min(ask.amount(kind), bucket.limit), now):
                return (
                    Fault("day_cap") if kind == "RPD" else Fault("rate_limited", kind=kind, retry_after=round(wait, 3))
                )
        return None

    def odd_headers(self, key: str, model: Model) -> Mapping[str, str]:
        """What the odd wire says with every reply: requests a day and a minute, tokens a minute."""
        now = self._clock()
        headers = {}
        with self._lock:
            for unit, kind in (("calls-day", "RPD"), ("calls-minute", "RPM"), ("tokens-minute", "TPM")):
                bucket = self._buckets_of(key, model)[kind]
                headers[f"x-quota-{unit}-most"] = str(bucket.limit)
                headers[f"x-quota-{unit}-left"] = str(max(0, int(bucket.limit - bucket.used(now))))
                headers[f"x-quota-{unit}-whole-in"] = f"{bucket.wait(bucket.limit, now):.3f}"
        return headers

    def odd_account(self, key: str, models: Iterable[Model]) -> Mapping[str, object]:
        """What `GET /me` says at the odd wire."""
        now = self._clock()
        with self._lock:
            used = sum(round(self._buckets_of(key, model)["RPD"].used(now)) for model in models)
        return {"account": {"name": "simulated", "calls": {"most": ODD_A_DAY, "used": used}}}

    def _openrouter_refusal(self, key: str, model: Model) -> Fault | None:
        minute, day = _windows(self._clock())
        if not _is_free(model):
            return None
        if self._free[key][day] >= FREE_A_DAY:
            return Fault("free_cap", period="day")
        return Fault("free_cap", period="minute") if self._free[key][minute] >= FREE_A_MINUTE else None

    def groq_headers(self, key: str, model: Model) -> Mapping[str, str]:
        """What Groq says of a model's allowance with every reply: requests a day, tokens a minute, sound an hour."""
        now = self._clock()
        headers = {}
        with self._lock:
            buckets = self._buckets_of(key, model)
            units = {"requests": "RPD", "tokens": "TPM", "audio-seconds": "ASPH"}
            for unit, bucket in ((unit, buckets[kind]) for unit, kind in units.items() if kind in buckets):
                headers[f"x-ratelimit-limit-{unit}"] = str(bucket.limit)
                headers[f"x-ratelimit-remaining-{unit}"] = str(max(0, int(bucket.limit - bucket.used(now))))
                headers[f"x-ratelimit-reset-{unit}"] = go_duration(bucket.wait(bucket.limit, now))
        return headers

    def openrouter_key(self, key: str) -> Mapping[str, object]:
        """What `GET /key` says."""
        _, day = _windows(self._clock())
        with self._lock:
            used = self._free[key][day]
        return {
            "label": f"{key[:8]}…",
            "limit": None,
            "limit_remaining": None,
            "limit_reset": None,
            **dict.fromkeys([f"{name}{span}" for name in ("usage", "byok_usage") for span in _SPANS], 0),
            **dict.fromkeys(("workspace_id", "organization_id", "creator_user_id", "effective_budget")),
            "budgets": [],
            "allowed_data_regions": ["global"],
            "is_free_tier": True,
            "is_management_key": False,
            "is_provisioning_key": False,
            "include_byok_in_limit": False,
            "expires_at": None,
            "rate_limit": {"requests": -1, "interval": "10s", "note": "deprecated"},
            "free_model_daily_requests": {"limit": FREE_A_DAY, "remaining": max(0, FREE_A_DAY - used), "used": used},
        }


def _is_free(model: Model) -> bool:
    return model.id.endswith(":free") or model.id == FREE_ROUTER


def _windows(now: float) -> list[tuple[int, int]]:
    """This minute and this UTC day."""
    return [(length, int(now // length)) for length in (MINUTE, DAY)]
