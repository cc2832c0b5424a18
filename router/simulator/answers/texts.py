"""The text of a simulated answer: in words or as JSON, as the request wants it, and from what a model knows."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from router.simulator.answers.answers import answer_json, answer_text, voice_of
from router.simulator.answers.judging import judge_answers
from router.simulator.answers.known_answers import known_answer
from router.simulator.answers.prompts import Prompt
from router.simulator.answers.tool_calls import ToolRequest, answer_with_results

_JSON_IN_WORDS = re.compile(r"answer with one json (object|document) and nothing else", re.IGNORECASE)
"""What a model without a JSON mode is told by a caller who wants JSON all the same."""


def dice_for(body: Mapping[str, Any], prompt: Prompt) -> random.Random:
    """What chooses among what could be said: always the same where the request asks for that."""
    seed, temperature = body.get("seed"), body.get("temperature")
    fixed = seed is not None or temperature == 0
    return random.Random(f"{seed}|{temperature}|{prompt.text}" if fixed else None)


def text_of(model: str, body: Mapping[str, Any], prompt: Prompt, *, request: ToolRequest, mode: str | None) -> str:
    """A model's answer: to a few questions what it knows of them, to all others what is asked about, in its voice.

    Args:
        request: what the request has of tools.
        mode: its JSON mode.
    """
    is_json = mode is not None or _JSON_IN_WORDS.search(prompt.everything) is not None
    # First of all: a judge's question quotes the question of a case, which is not put to the judge.
    if (verdicts := judge_answers(model, prompt.data)) is not None and is_json:
        return verdicts
    known = None if request.results else known_answer(model, prompt)
    if known is not None and known.text is not None:
        return known.finished(is_json=is_json)
    text = _made_text(body, prompt, request=request, mode=mode, voice=voice_of(model))
    return text if known is None else known.spoiled(text)


def _made_text(body: Mapping[str, Any], prompt: Prompt, *, request: ToolRequest, mode: str | None, voice: str) -> str:
    dice = dice_for(body, prompt)
    if request.results and not (mode or _JSON_IN_WORDS.search(prompt.everything)):
        return answer_with_results(request.results)
    if request.results:
        prompt = replace(prompt, text=" ".join([prompt.text, *(result for _, result in request.results)]))
    if mode is None and not _JSON_IN_WORDS.search(prompt.everything):
        return answer_text(prompt, dice, voice)
    schema = body["response_format"]["json_schema"]["schema"] if mode == "json_schema" else None
    return answer_json(prompt, schema, dice, voice)
