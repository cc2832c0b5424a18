"""How long two answers took: two bars on one scale, and in a sentence which of them was faster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from pages.components.console import looks
from pages.components.run.run_records import RunRecord
from router.table.routes import RoutingTable
from router.types import Target

_LEAST_MS = 1000.0
"""What the whole width stands for at least, while both answers are under way."""


@dataclass(frozen=True, slots=True)
class AnswerTime:
    """How long an answer took, or takes so far.

    Attributes:
        target: who answers; None where nobody knows.
        first_ms, total_ms: milliseconds until its first token, and to its end or until now.
        answered: whether it is whole.
        failed: whether there is none, and will be none.
    """

    target: Target | None
    first_ms: float | None = None
    total_ms: float | None = None
    answered: bool = False
    failed: bool = False


def time_of(record: RunRecord | None) -> AnswerTime:
    """The times of a run, however it is known: the very figures that stand above its answer."""
    if record is None:
        return AnswerTime(None)
    if record.live is None:
        return _stored_time(record)
    view = record.live.view()
    if (completion := view.completion) is not None:
        target = Target(completion.provider, completion.requested_model)
        return AnswerTime(target, completion.ttft_ms, completion.latency_ms, answered=True)
    # A first token that came since the clock was read is no later than now.
    elapsed = max(view.elapsed_ms, view.first_token_ms or 0.0)
    return AnswerTime(record.target, view.first_token_ms, elapsed, failed=view.error is not None)


def _stored_time(record: RunRecord) -> AnswerTime:
    row = record.stored.row if record.stored is not None else {}
    answered = row.get("status") == "succeeded"
    served = answered and row.get("provider") and row.get("model")
    target = Target(row["provider"], row["model"]) if served else record.target
    return AnswerTime(target, row.get("ttft_ms"), row.get("latency_ms"), answered, failed=bool(row.get("error")))


def short_names(table: RoutingTable, targets: Sequence[Target | None]) -> list[str]:
    """What tells two answers apart: their providers, or their models where one provider gave both."""
    if not all(targets):
        return [_full_name(table, target) for target in targets]
    known = [target for target in targets if target is not None]
    providers = [_provider_label(table, target) for target in known]
    if len(set(providers)) == len(providers):
        return providers
    labels = [table.label(target) for target in known]
    return labels if len(set(labels)) == len(labels) else ["The left one", "The right one"]


def _full_name(table: RoutingTable, target: Target | None) -> str:
    return "Unknown model" if target is None else f"{_provider_label(table, target)} {table.label(target)}"


def _provider_label(table: RoutingTable, target: Target) -> str:
    entry = table.providers.get(target.provider)
    return entry.label if entry is not None else target.provider


def bars_html(table: RoutingTable, times: Sequence[AnswerTime]) -> str:
    """A bar for each answer on one scale, with a mark at its first token; an answer under way has no total yet."""
    totals = [time.total_ms or 0.0 for time in times]
    whole = max(totals) if all(time.answered or time.failed for time in times) else max(*totals, _LEAST_MS)
    names = short_names(table, [time.target for time in times])
    rows = "".join(_bar_row(table, name, time, whole or 1.0) for name, time in zip(names, times, strict=True))
    return (
        '<table class="clock" aria-label="Times of both answers"><thead><tr><th>Model</th><td></td>'
        '<th><span class="mark" aria-hidden="true"></span>first token</th><th>total</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _bar_row(table: RoutingTable, name: str, time: AnswerTime, whole: float) -> str:
    provider = time.target.provider if time.target is not None else ""
    colour = looks.FAILURE_CSS if time.failed else looks.provider_css(provider, list(table.providers))
    first, total = (min(100.0, 100.0 * (part or 0.0) / whole) for part in (time.first_ms, time.total_ms))
    mark = f'<b style="inset-inline-start:{first:.0f}%" title="First token"></b>' if time.first_ms else ""
    over = time.answered or time.failed
    return (
        f'<tr><th scope="row" style="color:{colour}">{escape(name)}</th>'
        f'<td class="track"><i style="width:{total:.0f}%;background:{colour}"></i>{mark}</td>'
        f"<td>{looks.seconds(time.first_ms) if time.first_ms else ''}</td>"
        f"<td>{looks.seconds(time.total_ms) if over and time.total_ms else ''}</td></tr>"
    )


def verdict_words(table: RoutingTable, times: Sequence[AnswerTime]) -> str:
    """Which of two whole answers was faster; nothing where one is not there."""
    if not all(time.answered for time in times):
        return ""
    names = short_names(table, [time.target for time in times])
    return faster_words(names, [time.first_ms for time in times], [time.total_ms for time in times])


def faster_words(names: Sequence[str], first_ms: Sequence[float | None], total_ms: Sequence[float | None]) -> str:
    """`Groq was 6.7× faster to the first token and 2.1× faster to the whole answer.`; nothing of times not known.

    Args:
        first_ms, total_ms: milliseconds, in the order of the names.
    """
    goals = (("the first token", first_ms), ("the whole answer", total_ms))
    leads = [(goal, *_lead_of(names, times)) for goal, times in goals if all(times)]
    if len(leads) == len(goals) and leads[0][1] == leads[1][1]:
        (first, name, factor), (second, _, last) = leads
        if not name:
            return f"Both were as fast to {first} and to {second}."
        return f"{name} was {factor} faster to {first} and {last} faster to {second}."
    return " ".join(
        f"{name} was {factor} faster to {goal}." if name else f"Both were as fast to {goal}."
        for goal, name, factor in leads
    )


def _lead_of(names: Sequence[str], times: Sequence[float | None]) -> tuple[str, str]:
    """Who was faster, and how much, as in `6.7×`; no name where both were as fast."""
    left, right = (time or 1.0 for time in times)
    name, factor = (names[0], right / left) if left < right else (names[1], left / right)
    return ("", "") if factor < 1.05 else (name, f"{looks.two_digits(factor)}×")
