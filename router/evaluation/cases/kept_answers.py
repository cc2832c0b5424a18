"""A case out of an answer that somebody has seen: the question as it was asked, and what would have been right."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from router.evaluation.cases.case import LONGEST_PROMPT, MOST_TURNS, Case, EarlierTurn, read_case
from router.evaluation.cases.files import expected_values
from router.types import TaskType

_SPEAKERS = {"user", "assistant"}


class RightKind(StrEnum):
    """How what is right is said."""

    WORDS = "words that have to occur"
    LABEL = "one label"
    NUMBER = "a number"
    FIELDS = "fields of the JSON"
    JUDGE = "a sentence for a judge"


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """A question that can become a case, with a guess at what is right: what was answered.

    Attributes:
        earlier: what was said before it.
        right: the guess as text, in the form that `kind` has.
    """

    task: TaskType
    prompt: str
    system: str
    earlier: tuple[EarlierTurn, ...]
    schema: str | None
    kind: RightKind
    right: str


def draft_case(
    task: TaskType, messages: Sequence[Mapping[str, Any]], schema: Mapping[str, Any] | None, *, answer: str
) -> CaseDraft | None:
    """A draft, or None where the question is no case: it has a picture or tools, is too long, or nothing is kept."""
    contents = [message.get("content") for message in messages]
    texts = [content for content in contents if isinstance(content, str) and content.strip()]
    if not texts or len(texts) < len(contents) or max(map(len, texts)) > LONGEST_PROMPT or not answer.strip():
        return None
    first = 1 if messages[0]["role"] == "system" else 0
    spoken = list(zip((message["role"] for message in messages[first:]), texts[first:], strict=True))
    if not 0 < len(spoken) <= MOST_TURNS or spoken[-1][0] != "user" or {role for role, _ in spoken} - _SPEAKERS:
        return None
    earlier = tuple(EarlierTurn(role=role, content=text) for role, text in spoken[:-1])
    kind, right = _guessed_right(answer)
    return CaseDraft(
        task=task,
        prompt=texts[-1],
        system=texts[0] if first else "",
        earlier=earlier,
        schema=None if schema is None else json.dumps(schema),
        kind=kind,
        right=right,
    )


def _guessed_right(answer: str) -> tuple[RightKind, str]:
    guess = expected_values(answer.strip())
    if "fields" in guess:
        # Nested parts are asked for by their places, which nobody wants to write for a whole document.
        fields = guess["fields"].items()
        plain = {
            name: value for name, value in fields if not isinstance(value, list | dict) and value not in ("", None)
        }
        return (RightKind.FIELDS, json.dumps(plain, ensure_ascii=False)) if plain else (RightKind.WORDS, "")
    if "number" in guess:
        return RightKind.NUMBER, answer.strip()
    is_short = len(answer.split()) <= 3
    return (RightKind.LABEL, answer.strip(" .*\n")) if is_short else (RightKind.WORDS, "")


def case_of_draft(draft: CaseDraft, case_id: str, kind: RightKind, *, right: str) -> Case:
    """The case, with what is right as a person has written it.

    Args:
        right: words with semicolons between, a label, a number, a JSON object of places and values, or what a judge
            goes by.

    Raises:
        ValueError: what is wrong with it.
    """
    values: dict[str, Any] = {"id": case_id, "task": draft.task, "prompt": draft.prompt, "system": draft.system}
    values["earlier"] = draft.earlier
    if draft.schema is not None:
        values["schema"] = draft.schema
    return read_case(values | _right_values(kind, right.strip()))


def _right_values(kind: RightKind, right: str) -> dict[str, Any]:
    if not right:
        raise ValueError("write what is right")
    expected = expected_values(right)
    match kind:
        case RightKind.JUDGE:
            return {"judge": right}
        case RightKind.WORDS:
            return {"includes": [word.strip() for word in right.split(";") if word.strip()]}
        case RightKind.LABEL:
            return {"label": right, "labels": [right]}
        case RightKind.NUMBER if "number" in expected:
            return expected
        case RightKind.FIELDS if "fields" in expected:
            return expected
    raise ValueError("that is no number" if kind is RightKind.NUMBER else "that is no JSON object of fields and values")
