"""What a simulated model knows: a few questions that it answers right or wrong, each model by its own skill.

So that an evaluation has something to find without a key. The table is `known_answers.toml`; whether a model gets a
question right is drawn once for the two of them, from a seed, and is the same at every asking and in every process.
"""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from router.simulator.answers.answers import MARK
from router.simulator.answers.prompts import Prompt


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """A model's answer to one of the questions.

    Attributes:
        text: the answer; None where it is made as always, from what is asked.
        slips: whether what is made has a slip put into it.
    """

    text: str | None
    slips: bool = False

    def finished(self, *, is_json: bool) -> str:
        """The answer as it is sent; words open with the mark of all simulated ones."""
        return f"{self.text}" if is_json else f"{MARK} {self.text}"

    def spoiled(self, text: str) -> str:
        """An answer that was made as always, with its slip where it has one."""
        return with_slip(text) if self.slips else text


@cache
def known_table() -> Mapping[str, Any]:
    """The table of `known_answers.toml`: skills, judges, and the questions with their answers."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@cache
def _questions() -> Mapping[str, Mapping[str, Any]]:
    return {entry["ask"]: entry for entry in known_table()["known"]}


def known_answer(model: str, prompt: Prompt) -> KnownAnswer | None:
    """What a model says to a question of the table; None to any other."""
    prompt_texts = [prompt.text.strip(), *(value for value in prompt.data.values() if isinstance(value, str))]
    entry = next((_questions()[text] for text in prompt_texts if text in _questions()), None)
    if entry is None:
        return None
    is_right = is_known_to(model, entry["task"], entry["ask"])
    if entry.get("slips"):
        return KnownAnswer(None, slips=not is_right)
    return KnownAnswer(entry["right" if is_right else "wrong"])


def is_known_to(model: str, task: str, question: str) -> bool:
    """Whether a model gets a question right."""
    skills = known_table()["skills"]
    skill = skills.get(model, skills["usual"])
    share: float = skill.get(task, skill["usual"])
    return random.Random(f"{model}|{question}").random() < share


def with_slip(text: str) -> str:
    """A plan or a meal with one slip in it: a week that lost a session, a food whose energy has a digit too many."""
    document = json.loads(text)
    if weeks := document.get("weeks"):
        weeks[-1]["sessions"] = weeks[-1]["sessions"][:-1]
    if items := document.get("items"):
        items[0]["kcal"] *= 10
    return json.dumps(document, ensure_ascii=False)
