"""Replies as models have given them, served word for word by the simulated providers."""

import json
from itertools import count

from router.simulator import Fault

_numbers = count(1)


def says(answer, *, times=None, finish="stop"):
    """A fault that answers exactly this, a document or a text."""
    text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}
    usage = {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20}
    body = {"id": f"recorded-{next(_numbers)}", "object": "chat.completion", "model": "recorded", "choices": [choice]}
    steps = [
        {"status": 200, "headers": {"content-type": "application/json"}},
        {"bytes": json.dumps(body | {"usage": usage})},
    ]
    return Fault("script", times=times, steps=steps)


def streams(text):
    """A fault that streams exactly this."""
    event = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": "stop"}]}
    steps = [{"status": 200, "headers": {"content-type": "text/event-stream"}}]
    return Fault("script", steps=[*steps, {"bytes": f"data: {json.dumps(event)}\n\n"}, {"bytes": "data: [DONE]\n\n"}])


def everybody_says(simulator, answer, **options):
    for provider in ("groq", "openrouter"):
        simulator.set_fault(provider, "*", says(answer, **options))


def food(**changes):
    """Two eggs as they are, 100 g: USDA FoodData Central."""
    eggs = {
        "name": "eggs",
        "quantity": 2,
        "unit": "piece",
        "grams": 100,
        "kcal": 143,
        "protein": 12.6,
        "carbohydrate": 0.7,
        "fat": 9.5,
        "fibre": 0,
        "alcohol": 0,
    }
    return eggs | changes


def meal(*items, title="Breakfast", unclear=""):
    return {"title": title, "items": list(items), "unclear": unclear}


def entry(**changes):
    return {
        "category": "activity",
        "summary": "A run",
        "days_ago": 0,
        "time": None,
        "facts": [{"measure": "distance", "value": 5, "unit": "km"}],
        "confidence": 0.9,
    } | changes


def exercise(**changes):
    return {
        "name": "Goblet squat",
        "equipment": ["dumbbells"],
        "sets": 3,
        "repetitions": 10,
        "seconds": None,
        "load_kg": None,
        "rpe": 7,
        "rest_seconds": 90,
    } | changes


def week(number, *exercises, days=1, **changes):
    session = {"title": "Session", "exercises": list(exercises) or [exercise(rpe=6 + number / 4)]}
    return {"number": number, "focus": "build up", "sessions": [session] * days} | changes
