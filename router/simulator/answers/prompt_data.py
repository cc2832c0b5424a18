"""What a request's JSON data tell a simulated model: the words in them, and the lists that a schema may ask for."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_NO_DATA: Mapping[str, Any] = {}


def data_in(text: str) -> Mapping[str, Any]:
    """The JSON object that a message is, or ends with; an empty one where there is none."""
    last = text.strip().rpartition("\n")[2]
    if not last.startswith("{"):
        return _NO_DATA
    try:
        data = json.loads(last)
    except ValueError:
        return _NO_DATA
    return data if isinstance(data, dict) else _NO_DATA


def words_in(data: Mapping[str, Any]) -> str:
    """What a person says in such data: their question, else every text in it."""
    question = data.get("question")
    return question if isinstance(question, str) else ", ".join(_texts(data))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(inner)


def _logged(data: Mapping[str, Any], of_today: bool | None = None) -> list[Mapping[str, Any]]:
    """A log's entries, where the data hold some; see `entries_in`."""
    day = data.get("day")
    log = day if isinstance(day, Mapping) else data
    listed = log.get("entries")
    given = listed if isinstance(listed, list) else []
    entries = [entry for entry in given if isinstance(entry, Mapping) and entry.get("summary")]
    today = str(log.get("now") or "")[:10]
    if of_today is not None and today:
        return [entry for entry in entries if str(entry.get("when", "")).startswith(today) is of_today]
    return [] if of_today is False else entries  # without a date nothing is known to be of another


def entries_in(data: Mapping[str, Any], *, of_today: bool | None = None) -> list[str]:
    """The summaries of a log's entries, where the data hold some.

    Args:
        of_today: only those of the date that the data call `now`, or only those of other dates; all if left out.
    """
    return [str(entry["summary"]) for entry in _logged(data, of_today)]


def entries_about(data: Mapping[str, Any], kinds: Sequence[str]) -> list[str]:
    """The summaries of the three latest entries of some kinds; an entry of no kind may bear on anything."""
    bearing = [str(entry["summary"]) for entry in _logged(data) if entry.get("category", kinds[0]) in kinds]
    return list(dict.fromkeys(bearing))[-3:]


def sums_of_today(data: Mapping[str, Any]) -> tuple[int, int]:
    """The kilocalories and the grams of protein of today's meals, by their figures."""
    figures = [str(entry.get("figures", "")) for entry in _logged(data, True) if entry.get("category") == "meal"]
    found = [re.match(r"(\d+) kcal, (\d+) g protein", words) for words in figures]
    return sum(int(match[1]) for match in found if match), sum(int(match[2]) for match in found if match)


def latest_of_kind(data: Mapping[str, Any], kinds: Sequence[str]) -> list[int]:
    """The number of the latest entry of some kinds, in a list; an empty one where there is none."""
    entries = data.get("entries")
    listed = [entry for entry in (entries if isinstance(entries, list) else []) if isinstance(entry, Mapping)]
    numbers = [number for number, entry in enumerate(listed, start=1) if entry.get("category") in kinds]
    return numbers[-1:]


def goal_in(data: Mapping[str, Any]) -> str:
    """The goal that stands beside a person's question; empty where there is none."""
    day = data.get("day")
    goal = day.get("goal") if isinstance(day, Mapping) else ""
    return goal.strip() if isinstance(goal, str) else ""


def counted_entries(data: Mapping[str, Any], *, of_today: bool | None = None) -> list[str]:
    """The same, each once, with how often where it is there more than once: `2 eggs and toast (2 times)`."""
    counts = Counter(entries_in(data, of_today=of_today))
    return [entry if count == 1 else f"{entry} ({count} times)" for entry, count in counts.items()]


def time_in(text: str) -> str | None:
    """A time of the day as it stands in a text."""
    match = re.search(r"\b([01]?\d|2[0-3]):[0-5]\d\b(?! ?min)", text)
    return None if match is None else match[0].zfill(5)


def weeks_for(data: Mapping[str, Any], table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The weeks that the data ask for, of exercises that equipment and limits allow."""
    numbers, days = data.get("write_weeks"), data.get("days")
    if not isinstance(numbers, list) or not isinstance(days, int):
        return []
    allowed = [exercise for exercise in table["exercises"] if _is_allowed(exercise, data)]
    last = data.get("weeks", numbers[-1] if numbers else 0)
    plan = _WeekPlan(days, allowed, data.get("equipment") or [], table["phases"])
    return [plan.week(int(number), is_last=int(number) == last) for number in numbers]


def _is_allowed(exercise: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    there, limits = data.get("equipment") or [], str(data.get("limits", "")).lower()
    needed = not exercise["needs"] or any(need in there for need in exercise["needs"])
    also = all(need in there for need in exercise.get("also", ()))
    return needed and also and not any(part in limits for part in exercise["strains"])


@dataclass(frozen=True, slots=True)
class _WeekPlan:
    days: int
    allowed: Sequence[Mapping[str, Any]]
    there: Sequence[str]
    phases: Sequence[Mapping[str, Any]]

    def week(self, number: int, *, is_last: bool) -> dict[str, Any]:
        """A week after the cycle of phases; the last one is the easy one."""
        turn = len(self.phases) - 1 if is_last else (number - 1) % len(self.phases)
        rpe = (6.0, 7.0, 8.0, 5.5)[turn]
        sessions = [_session(day, self.allowed, self.there, self.phases[turn]["sets"], rpe) for day in range(self.days)]
        return {"number": number, "focus": str(self.phases[turn]["name"]), "sessions": sessions}


def _session(
    day: int, allowed: Sequence[Mapping[str, Any]], there: Sequence[str], sets: int, rpe: float
) -> dict[str, Any]:
    moves = dict.fromkeys(exercise["move"] for exercise in allowed)
    exercises = []
    for move in moves:
        fitting = [exercise for exercise in allowed if exercise["move"] == move]
        exercises.append(_exercise(fitting[day % len(fitting)], there, sets, rpe))
    return {"text": f"Session {day + 1}", "exercises": exercises}


def _exercise(exercise: Mapping[str, Any], there: Sequence[str], sets: int, rpe: float) -> dict[str, Any]:
    """By the names under which fields are known to the simulator."""
    equipment = [need for need in exercise["needs"] if need in there][:1] + list(exercise.get("also", ()))
    return {
        "food": exercise["name"], "equipment": equipment, "sets": sets, "repetitions": exercise.get("repetitions"),
        "seconds": exercise.get("seconds"), "loadkg": None, "rpe": rpe, "restseconds": 90,
    }  # fmt: skip
