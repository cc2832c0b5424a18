"""What a report is about: the requests, the period, and the names and colours by which its sections speak of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from router.report import palette, svg
from router.store import Filters, Store, by_hour
from router.table.routes import RoutingTable
from router.types import Target, task_named

_NOTES = {False: "", True: "simulated", None: "live and simulated"}


@dataclass(frozen=True, slots=True)
class Report:
    """What a report is about.

    Attributes:
        filters: the requests that are meant; `end` is set.
        made_at: seconds since the epoch.
        zone: whose clock its times are.
    """

    store: Store
    routes: RoutingTable
    filters: Filters
    made_at: float
    zone: tzinfo = UTC

    @property
    def end(self) -> float:
        """Where the period ends."""
        return self.filters.end if self.filters.end is not None else self.made_at

    @property
    def note(self) -> str:
        """What stands beside every title; nothing for live requests."""
        return _NOTES[self.filters.simulated]

    @property
    def bucket(self) -> str:
        """What one bar stands for."""
        if self.filters.by_minute:
            return "minute"
        return "hour" if by_hour(self.filters.start, self.end) else "day"

    @property
    def span(self) -> svg.PlotSpan:
        """The plots' axis."""
        seconds = {"minute": 60.0, "hour": 3_600.0, "day": 86_400.0}[self.bucket]
        return svg.PlotSpan(self.filters.start, self.end, seconds, self.zone, self.filters.simulated is True)

    @property
    def elapsed(self) -> float:
        """The part of the period that is over, 0 to 1: amounts of a running one are held against that part."""
        return min(1.0, (self.made_at - self.filters.start) / (self.end - self.filters.start))

    def moment(self, at: float) -> str:
        """A moment in words."""
        return datetime.fromtimestamp(at, self.zone).strftime("%d %b %Y, %H:%M")

    def provider(self, name: str) -> str:
        """A provider's name."""
        entry = self.routes.providers.get(name)
        return entry.label if entry is not None else name or "No model"

    def target(self, provider: str, model: str) -> str:
        """A target's name."""
        label, name = self.routes.label(Target(provider, model)), self.provider(provider)
        return label if label.startswith(name) else f"{name} {label}".strip()

    def task(self, name: str) -> str:
        """A task's name."""
        return self.routes.task(task_named(name)).label

    def colour(self, provider: str) -> str:
        """A provider's colour, as a class."""
        names = list(self.routes.providers)
        return f"c{names.index(provider) % len(palette.LIGHT)}" if provider in names else "failure"


def whole_days(days: float, now: float) -> tuple[float, float]:
    """The start and end of so many days, whole buckets; the one that is still running is the last."""
    size = 3_600.0 if by_hour(now - days * 86_400.0, now) else 86_400.0
    end = (now // size + 1) * size
    return end - max(size, days * 86_400.0 // size * size), end
