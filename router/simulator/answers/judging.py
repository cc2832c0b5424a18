"""What a simulated model says as a judge of two answers: what it knows of them, and now and then the one it saw first.

So that a judge can be tried without a key: a question of `known_answers.toml` has its right answer, any other is drawn
once for the answer and what it is judged by. A pair that a judge is not sure of it decides by the place, as real ones
do; whoever asks twice with the places changed finds that out.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

from router.simulator.answers.answers import MARK
from router.simulator.answers.known_answers import known_table

_ASKED, _CRITERION, _SIDES = "asked_of_both", "right_when", ("answer_a", "answer_b")


def judge_answers(model: str, data: Mapping[str, Any]) -> str | None:
    """The verdicts as JSON; None where the data are no question to a judge.

    Args:
        data: the JSON object of the last message.
    """
    question, criterion, first, second = (data.get(name) for name in (_ASKED, _CRITERION, *_SIDES))
    if not (isinstance(question, str) and isinstance(criterion, str)):
        return None
    if not (isinstance(first, str) and isinstance(second, str)):
        return None
    if _is_unsure(model, question, {first, second}):
        return _verdicts(f"{MARK} The first one convinces.", first=True, second=False)
    sides = [_is_right(question, criterion, answer) for answer in (first, second)]
    return _verdicts(f"{MARK} Held against: {criterion[:200]}", first=sides[0], second=sides[1])


def _verdicts(reason: str, *, first: bool, second: bool) -> str:
    return json.dumps({"reason": reason, "a_is_right": first, "b_is_right": second}, ensure_ascii=False)


def _is_unsure(model: str, question: str, answers: set[str]) -> bool:
    """Drawn for the judge and the pair, whichever comes first; two answers that are the same tempt nobody."""
    draw = random.Random(f"{model}|{question}|{'|'.join(sorted(answers))}").random()
    return len(answers) > 1 and draw < float(known_table()["judges"]["unsure"])


def _is_right(question: str, criterion: str, answer: str) -> bool:
    plain = answer.removeprefix(MARK).strip()
    entries = (entry for entry in known_table()["known"] if question.endswith(entry["ask"]) and "right" in entry)
    entry = next(entries, None)
    if entry is not None and plain in (entry["right"], entry["wrong"]):
        return bool(plain == entry["right"])
    return random.Random(f"{criterion}|{plain}").random() < float(known_table()["judges"]["right"])
