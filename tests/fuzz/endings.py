"""Finish reasons in every place and spelling, and what each means for the text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.fuzz.odd_json import (
    replaced,
)
from tests.fuzz.scenes import Meaning, Scene, Written

_LENGTH = (
    "length", "LENGTH", "max_tokens", "MAX_TOKENS", "Length", "max_output_tokens", "model_length", "out_of_tokens",
    "output_limit", "context_limit", "exceeded_context", "too_long", "limit", "budget_exceeded",
)  # fmt: skip
_FILTER = (
    "content_filter", "CONTENT_FILTER", "SAFETY", "safety", "Content_Filter", "PROHIBITED_CONTENT", "unsafe",
    "harmful", "jailbreak", "toxicity",
)  # fmt: skip
_ERROR = ("error", "ERROR", "Error", "rate_limit", "time_limit", "out_of_memory")
_UNKNOWN = ("crashed", "killed", "terminated", "disconnected", "oom", "internal", "preempted", "denied", "early_stop")
_WHOLE = (
    "stop", "STOP", "end_turn", "eos", "stop_sequence", "Stop", "completed", "eos_token_found", "message_complete",
    "</s>", "<|eot_id|>",
)  # fmt: skip
_NOTHING = (None, "", "null", "none", "None", "unspecified", "FINISH_REASON_UNSPECIFIED")


def ending(scene: Scene) -> Written:
    """Finish reasons in other spellings, too early, on every event, in the provider's own field, or none."""
    way = scene.dice.choice(
        ("length", "filter", "error", "stop", "nothing", "every", "early", "again", "done", "unknown")
    )
    return _ENDINGS[way](scene)


def _reason(scene: Scene, word: str | None, meaning: Meaning, *, done: bool = True) -> Written:
    documents = scene.documents(word)
    # What the upstream said itself stands beside what was made of it; where that is nothing, the other one holds.
    if word not in _NOTHING and scene.case.provider == "openrouter" and scene.dice.random() < 0.5:
        choice = {**documents[-1]["choices"][0], "finish_reason": "stop", "native_finish_reason": word}
        documents[-1] = {**documents[-1], "choices": [choice]}
    return scene.written(documents, meaning, done=done)


def _ends_at_length(scene: Scene) -> Written:
    meaning = scene.whole if scene.case.limit else Meaning()
    return _reason(scene, scene.dice.choice(_LENGTH), meaning)


def _ends_at_filter(scene: Scene) -> Written:
    return _reason(scene, scene.dice.choice(_FILTER), Meaning(refusal=True))


def _ends_in_error(scene: Scene) -> Written:
    return _reason(scene, scene.dice.choice(_ERROR), Meaning())


def _ends_whole(scene: Scene) -> Written:
    return _reason(scene, scene.dice.choice(_WHOLE), scene.whole)


def _ends_in_nothing(scene: Scene) -> Written:
    word, done = scene.dice.choice(_NOTHING), scene.dice.random() < 0.5
    # A plain body has its own end, and so has a stream that says it is done and gives reasons that mean nothing.
    whole = not scene.streams or (word is not None and done)
    return _reason(scene, word, scene.perhaps if whole else Meaning(), done=done)


def _reasons_everywhere(scene: Scene) -> Written:
    documents = scene.documents()
    word = scene.dice.choice(("stop", "", "null"))
    if scene.streams:
        documents = [*(replaced(document, ("choices", 0, "finish_reason"), word) for document in documents[:-1]),
                     documents[-1]]  # fmt: skip
    return scene.written(documents, scene.whole)


def _reason_too_early(scene: Scene) -> Written:
    documents = scene.documents()
    if scene.streams:
        place = scene.dice.randrange(len(documents) - 1)
        documents[place] = replaced(documents[place], ("choices", 0, "finish_reason"), "stop")
    return scene.written(documents, scene.whole)


def _ends_in_the_unknown(scene: Scene) -> Written:
    word = scene.dice.choice(_UNKNOWN)
    documents = scene.documents(word)
    if scene.dice.random() < 0.5:
        choice = {**documents[-1]["choices"][0], "finish_reason": None, "native_finish_reason": word}
        documents[-1] = {**documents[-1], "choices": [choice]}
    return scene.written(documents, Meaning())


def _whole_again(scene: Scene) -> Written:
    documents = scene.documents()
    if scene.streams:
        again = scene.dice.choice(
            (
                {"message": {"role": "assistant", "content": scene.text}},
                {"text": scene.text},
                {"output_text": scene.text},
                {"delta": {"message": {"content": scene.text}}},
            )
        )
        documents[-1] = {**documents[-1], "choices": [{**documents[-1]["choices"][0], **again}]}
    written = scene.written(documents, scene.whole)
    if scene.streams and scene.dice.random() < 0.3:
        written = replace(written, body=written.body + written.body)
    return written


def _no_done(scene: Scene) -> Written:
    return scene.written(scene.documents(), scene.whole, done=False)


_ENDINGS: dict[str, Callable[[Scene], Written]] = {
    "length": _ends_at_length,
    "filter": _ends_at_filter,
    "error": _ends_in_error,
    "stop": _ends_whole,
    "nothing": _ends_in_nothing,
    "every": _reasons_everywhere,
    "early": _reason_too_early,
    "again": _whole_again,
    "unknown": _ends_in_the_unknown,
    "done": _no_done,
}
