"""Families of replies whose text stands in another place, in other marks, or without events around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tests.fuzz.odd_json import write_json
from tests.fuzz.scenes import Scene, Written, cut_text


def elsewhere(scene: Scene) -> Written:
    """One piece of the text stands in another place or form than the rest: read there, or no whole answer."""
    documents = scene.documents()
    place = scene.dice.randrange(1, len(documents) - 1) if scene.streams else 0
    name = "delta" if scene.streams else "message"
    choice = documents[place]["choices"][0]
    text = choice[name]["content"]
    moved = scene.dice.choice(_MOVES)(documents[place], choice, name, text)
    if isinstance(moved, bytes):
        texts = [write_json(document).encode() for document in documents]
        return scene.joined([*texts[:place], moved, *texts[place + 1 :]], scene.perhaps)
    documents[place] = moved
    return scene.written(documents, scene.perhaps)


def _with_choice(document: Mapping[str, Any], choice: Any) -> dict[str, Any]:
    return {**document, "choices": [choice]}


_MOVES: tuple[Callable[[Any, Any, str, str], Any], ...] = (
    lambda whole, choice, name, text: {**whole, "choices": {"0": choice}},
    lambda whole, choice, name, text: {**whole, "choices": [None, choice]},
    lambda whole, choice, name, text: {**whole, "choices": choice},
    lambda whole, choice, name, text: {"data": whole},
    lambda whole, choice, name, text: {"Choices": whole["choices"]},
    lambda whole, choice, name, text: {**whole, "choices": [], "text": text},
    lambda whole, choice, name, text: {**whole, "choices": [], "message": {"content": text}},
    lambda whole, choice, name, text: {"candidates": [{"content": {"parts": [{"text": text}]}}]},
    lambda whole, choice, name, text: _with_choice(whole, {**choice, name: text}),
    lambda whole, choice, name, text: _with_choice(whole, {**choice, name: {"text": text}}),
    lambda whole, choice, name, text: _with_choice(whole, {**choice, name: {"Content": text}}),
    lambda whole, choice, name, text: _with_choice(whole, {**choice, name: {}, "output": {"content": text}}),
    lambda whole, choice, name, text: _with_choice(whole, {**choice, name: {"content": {"text": {"value": text}}}}),
    lambda whole, choice, name, text: _with_choice(whole, {**choice, name: {"content": {"content": text}}}),
    lambda whole, choice, name, text: _with_choice(whole, {**choice, name: {"content": [[text]]}}),
    lambda whole, choice, name, text: _with_choice(whole, {**choice, name: {"content": [{"words": text}]}}),
    lambda whole, choice, name, text: {**whole, "choices": [{**choice, name: {"content": text[:1]}},
                                                            {**choice, name: {"content": text[1:]}}]},
    lambda whole, choice, name, text: write_json(whole)
    .replace('"content": ', '"content": "", "content": ', 1)
    .encode(),
    lambda whole, choice, name, text: write_json(whole)
    .replace(f'"{name}": ', f'"{name}": {write_json({"content": text})}, "{name}": ', 1)
    .replace('"content": ', '"role": ')
    .replace('"role": ', '"content": ', 1)
    .encode(),
    lambda whole, choice, name, text: re.sub(r'"(\w+)": ', r"\1: ", write_json(whole)).encode(),
)  # fmt: skip
"""Ways to write a piece of a text elsewhere; bytes where it is no JSON, or JSON that gives a name twice."""


def templates(scene: Scene) -> Written:
    """A chat template's marks ahead of the answer and behind it: taken off."""
    opening, closing = scene.dice.choice(
        (
            ("<|header_start|>assistant<|header_end|>\n\n", "<|eot|>"),
            ("<|im_start|>assistant\n", "<|im_end|>\n"),
            ("<start_of_turn>model\n", "<end_of_turn>"),
            ("<|turn>model\n", "<turn|>"),
            ("<s>", "</s>"),
            ("<bos>", "<eos>"),
            ("<｜Assistant｜>", "<｜end▁of▁sentence｜>"),
            ("<|START_RESPONSE|>", "<|END_RESPONSE|><|END_OF_TURN_TOKEN|>"),
            ("[|assistant|]", "[|endofturn|]"),
        )
    )
    whole = scene.dice.choice((f"{opening}{scene.text}", f"{scene.text}{closing}", f"{opening}{scene.text}{closing}"))
    scene.deltas = cut_text(scene.dice, whole)
    scene.answer = replace(scene.answer, text=whole)
    return scene.written(scene.documents(), scene.whole)


def unframed(scene: Scene) -> Written:
    """Documents without events around them, what says nothing behind them, a status of success that is not 200."""
    dice = scene.dice
    texts = [write_json(document).encode() for document in scene.documents()]
    ways = [
        b"\n".join(texts),
        b"[" + b", ".join(texts) + b"]",
        b"".join(texts),
        b"\x1e" + b"\n\x1e".join(texts) + b"\n",
    ]
    body = dice.choice(ways) + dice.choice((b"", b"\n\n: done", b"\n: a\n: b\n\n", b"\n"))
    return Written(body, scene.whole, events=dice.random() < 0.3, status=dice.choice((200, 200, 201, 203, 206)))
