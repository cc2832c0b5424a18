"""What a simulated model answers: text by the words of the prompt, JSON by the schema, pictures by measurement."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from typing import Any

from router.simulator.answers.instances import SchemaFacts, instance_of
from router.simulator.answers.pictures import measure
from router.simulator.answers.program_text import program_facts
from router.simulator.answers.prompt_data import (
    counted_entries,
    entries_about,
    goal_in,
    latest_of_kind,
    sums_of_today,
    time_in,
    weeks_for,
)
from router.simulator.answers.prompts import (
    TABLE,
    Prompt,
    category_of,
    figures_in,
    foods_in,
    is_clear,
    is_known,
    kind_of,
    plate_of,
    sample_of,
    topic_of,
)

_FIELDS = {name: known for known, names in TABLE["fields"].items() for name in names}

MARK = "Simulated reply."
"""What every answer opens with; it names no model, since two that are compared blindly must look alike."""


_RESTS_ON = {"training": ("workout", "activity"), "food": ("meal",), "recovery": ("measurement",), "habit": ()}
"""Which entries of a log a step of each kind rests on."""

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")

_LARGEST = 1_000_000  # of an entry's figures: what is larger goes into no row, rather than as another number

_SMALL_TALK = ("greeting", "thanks", "unknown")
"""Kinds of answers that say nothing of a person's log and goal."""

VOICES = ("list", "prose", "brief")
"""How models speak; a voice has its own advice in each topic, by its place here."""


def voice_of(model: str) -> str:
    """How a model speaks, by its id."""
    return str(TABLE["voices"].get(model, "prose"))


def answer_text(prompt: Prompt, dice: random.Random, voice: str = "prose") -> str:
    """The answer in words; opens with the mark that says it is simulated.

    Args:
        dice: chooses among the table's wordings.
        voice: how the model speaks.

    Raises:
        BadPicture: a picture cannot be decoded.
    """
    words = _words(prompt, dice, voice)
    # A list, a table or a heading begins a line of its own, or it would be none.
    return f"{MARK}\n\n{words}" if words.startswith(("- ", "| ", "#")) else f"{MARK} {words}"


def _words(prompt: Prompt, dice: random.Random, voice: str) -> str:
    sample = sample_of(prompt) or {"say": "", "list": "", "brief": ""}
    facts = {"category": category_of(prompt.text), "sample": sample["say"]}
    facts |= {"sample_list": sample["list"], "sample_brief": sample["brief"]}
    facts |= {"picture_verdict": _picture_verdict(prompt.text, " ".join(map(str, sample.values())))}
    facts |= measure(prompt.pictures)
    facts |= _points(prompt, dice, voice) | _program(prompt) | _checked(prompt.text)
    facts |= _log(prompt)
    name = kind_of(prompt)
    kind = TABLE["kinds"][name]
    paragraphs = [*kind.get(voice, kind["say"])]
    if name not in _SMALL_TALK and not prompt.is_follow_up:  # it was said in the answer before
        has_entries = any("{today}" in words for alternatives in paragraphs for words in alternatives)
        paragraphs += [TABLE["log"]["say"]] if facts["entries"] and not has_entries else []
        goal = goal_in(prompt.data)
        paragraphs += [TABLE["goal"]["say"]] if goal else []
        facts |= _step_towards(goal, VOICES.index(voice))
    shown = (dice.choice(alternatives).format(**facts) for alternatives in paragraphs)
    return "\n\n".join(text for text in shown if text)


def _log(prompt: Prompt) -> dict[str, str]:
    """What a person has logged: what bears on the topic, a line for each of today, the day before in a sentence."""
    today, earlier = (counted_entries(prompt.data, of_today=of_today)[:8] for of_today in (True, False))
    listed = "\n".join(f"- {entry}" for entry in today) or "- nothing yet"
    before = f"The day before: {'; '.join(earlier)}." if earlier else ""
    bearing = "; ".join(entries_about(prompt.data, topic_of(prompt.subject)["log"]))
    kcal, protein = sums_of_today(prompt.data)
    sums = f"Your meals come to **{kcal:,} kcal** and **{protein} g protein**." if kcal else ""
    return {"entries": bearing, "today": listed, "before": before, "sums": sums}


def _step_towards(goal: str, place: int) -> dict[str, str]:
    """What somebody with this goal could do; each voice names a step of its own."""
    what, reason, _ = topic_of(goal)["steps"][place]
    return {"step": what, "reason": reason}


def _points(prompt: Prompt, dice: random.Random, voice: str) -> dict[str, str]:
    """The points of the prompt's topic: the voice's own first, the others in an order of the dice's."""
    topic, place = topic_of(prompt.subject), VOICES.index(voice)
    # What was said before is not said again, as long as there is something else.
    said = prompt.everything.lower() if prompt.is_follow_up else ""
    points = sorted(topic["points"], key=lambda point: point[1].lower() in said)
    advice = min((topic["advice"][place], *topic["advice"]), key=lambda words: words.lower() in said)
    first = topic["points"][place] if topic["points"][place][1].lower() not in said else points[0]
    further_points = [point for point in points if point is not first]
    facts = {"advice": advice, "Advice": advice[:1].upper() + advice[1:]}
    mixed = sorted(dice.sample(further_points, len(further_points)), key=lambda point: point[1].lower() in said)
    for number, (head, body) in enumerate([first, *mixed], start=1):
        facts |= {f"head{number}": head, f"Head{number}": head[:1].upper() + head[1:], f"body{number}": body}
    return facts


def _program(prompt: Prompt) -> dict[str, Any]:
    return program_facts(prompt.program_request, prompt.text if prompt.changes_program else "")


def _checked(text: str) -> dict[str, str]:
    """What can be words of a claim by its figures alone."""
    figures = figures_in(text)
    named = ", ".join(f"{number:g} {unit}" for number, unit in figures)
    words = f"The figures in it: {named}." if figures else "It gives no figure that could be checked."
    by_unit = {unit: number for number, unit in figures}
    verdict = "**Verdict:** not shown by what is written; it needs a source."
    if {"kg", "km", "kcal"} <= by_unit.keys():
        usual = by_unit["kg"] * by_unit["km"]
        close = 0.75 <= by_unit["kcal"] / max(usual, 1) <= 1.25
        verdict = f"**Verdict:** {'plausible' if close else 'the figure does not fit'}."
        words += f" At about one kilocalorie for each kilogram and kilometre, {usual:g} kcal would be expected."
    return {"figures": words, "verdict": verdict}


def _picture_verdict(text: str, known: str) -> str:
    """What a check of an answer about a known picture comes to: the answer's figures have to be the picture's."""
    figures = dict.fromkeys(_NUMBER.findall(text.partition("<answer>")[2]))
    strange = [figure for figure in figures if figure not in _NUMBER.findall(known)]
    return f"**Verdict:** partly right. Not in the picture: {', '.join(strange)}." if strange else "**Verdict:** right."


def answer_reasoning(effort: str) -> str:
    """What a reasoning model thinks before it answers, at an effort of `low`, `medium` or `high`."""
    return str(TABLE["reasoning"].get(effort, TABLE["reasoning"]["medium"]))


def answer_json(prompt: Prompt, schema: Mapping[str, Any] | None, dice: random.Random, voice: str = "prose") -> str:
    """A JSON document: a valid instance of the schema, or what can be read out of the prompt.

    Raises:
        BadPicture: a picture cannot be decoded.
        BadSchema: the schema has no instance.
    """
    schema = schema or _schema_in(prompt.everything)
    measured = measure(prompt.pictures)
    sample = sample_of(prompt)
    line = sample["entry"] if sample else prompt.text or (plate_of(measured["colours"]) if prompt.pictures else "")
    single = {"category": category_of(line), "text": line[:200], **measured}
    items = foods_in(line)
    if schema is not None:
        values = _field_values(prompt, line, single["category"], items) | single | _summed(items)
        facts = SchemaFacts(line.split() or ["sample"], values, items, _FIELDS)
        return json.dumps(instance_of(schema, dice, facts), ensure_ascii=False)
    document = {**single, "items": items}
    if not items:
        document["answer"] = _words(prompt, dice, voice)
    return json.dumps(document, ensure_ascii=False)


def _field_values(prompt: Prompt, line: str, category: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """What else a schema may ask for, by the names of its fields."""
    topic = topic_of(line)
    kcal = sum(item["kcal"] for item in items)
    steps = [
        {"what": action, "category": kind, "reason": reason, "entries": latest_of_kind(prompt.data, _RESTS_ON[kind])}
        for action, reason, kind in topic["steps"]
    ]
    return {
        "daysago": int(re.search(r"\b(yesterday|gestern|ayer)\b", line, re.IGNORECASE) is not None),
        "time": time_in(line),
        "confidence": _confidence_in(line),
        "unclear": "" if prompt.text or sample_of(prompt) else "a simulated model goes by the picture's colours",
        "facts": _figures(line, category, items),
        "weeks": weeks_for(prompt.data, TABLE),
        "findings": _findings(prompt.data),
        "recommendations": steps,
        "remark": "",
        "kcallow": round(kcal * 0.85),
        "kcalhigh": round(kcal * 1.15),
    }


def _confidence_in(line: str) -> float:
    """How sure it is of an entry's kind: not at all of one that is about nothing it knows."""
    return 0.95 if is_clear(line) else 0.8 if is_known(line) else 0.4


def _findings(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a checking model says of a program, about weeks that it has."""
    request = data.get("asked")
    weeks = request.get("weeks", 0) if isinstance(request, Mapping) else 0
    return [{"week": None, **finding} for finding in TABLE["findings"] if finding.get("week", 0) <= weeks]


def _figures(line: str, category: str, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The figures of an entry: with units, as sets and repetitions, or as how many of a food.

    A number belongs to its own clause: in `ran 28 min, slept 7 h` only the second is sleep.
    """
    figures: list[dict[str, Any]] = []
    for clause in re.split(r",(?!\d)|;|\n|\b(?:and|und|y)\b", line):
        read = [(number, unit) for number, unit in figures_in(clause) if number <= _LARGEST]
        figures += [_figure_of(number, unit, clause, category) for number, unit in read]
        figures += _bare_weight(clause)
    for sets, repetitions in re.findall(r"\b(\d+) ?[x×] ?(\d+)\b", line):
        figures += [{"measure": "sets", "value": float(sets), "unit": ""}]
        figures += [{"measure": "repetitions", "value": float(repetitions), "unit": ""}]
    if category != "meal":
        return figures
    counted = [item for item in items if item["quantity"] != 1 and item["unit"] == "portion"]
    return figures + [
        {"measure": "quantity", "value": item["quantity"], "unit": _plural_of(item["food"])} for item in counted
    ]


def _figure_of(number: float, unit: str, clause: str, category: str) -> dict[str, Any]:
    is_weight = unit == "kg" and (category == "measurement" or _WEIGHS.search(clause))
    is_sleep = unit in ("h", "min") and re.search(r"\bsle(ep|pt)|\bschl(af|ief)|geschlafen", clause, re.IGNORECASE)
    measure = "weight" if is_weight else "sleep" if is_sleep else TABLE["measures"].get(unit, "other")
    return {"measure": measure, "value": number, "unit": "percent" if unit == "%" else unit}


_WEIGHS = re.compile(r"\b(?:weigh\w*|gewicht|wiege)\b", re.IGNORECASE)
_BARE_WEIGHT = re.compile(rf"{_WEIGHS.pattern}\D{{0,12}}?(\d+(?:[.,]\d+)?)(?![\d.,]*\d| ?[a-z%])", re.IGNORECASE)


def _bare_weight(clause: str) -> list[dict[str, Any]]:
    """A weight without its unit, as `weight 81,9`: the unit is left open, since nobody said it."""
    match = _BARE_WEIGHT.search(clause)
    return [{"measure": "weight", "value": float(match[1].replace(",", ".")), "unit": ""}] if match else []


def _plural_of(food: str) -> str:
    return food if food.endswith("s") else f"{food}{'es' if food.endswith('o') else 's'}"


def _summed(items: list[dict[str, Any]]) -> dict[str, Any]:
    """What all the foods come to, for fields outside a list of them."""
    sums = ("grams", "kcal", "protein", "carbohydrate", "fat", "fibre")
    return {name: round(sum(item[name] for item in items), 1) for name in sums} if items else {}


def _schema_in(text: str) -> Mapping[str, Any] | None:
    """The JSON schema that the messages themselves hold, as they do where a model has no mode for it."""
    start = text.find("{", text.lower().find("schema"))
    if "schema" not in text.lower() or start < 0:
        return None
    try:
        schema, _ = json.JSONDecoder().raw_decode(text[start:])
    except ValueError:
        return None
    return schema if isinstance(schema, dict) and schema.keys() & {"type", "properties", "$ref", "anyOf"} else None
