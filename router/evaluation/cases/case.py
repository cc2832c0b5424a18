"""The cases: what is asked, and what is right. A file for each task under `shipped/`, to be read and edited by people.

A case is known by its id and by the digest of all that it holds: answers to two versions of a case are never held
against each other.
"""

from __future__ import annotations

import base64
import hashlib
import json
import tomllib
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from router.errors import ConfigurationError
from router.evaluation.cases.languages import LANGUAGES
from router.evaluation.cases.service_cases import meal_case, program_case
from router.json_answers import check_schema
from router.services.asking import Question
from router.services.meals import MealReading
from router.services.programs import WeeksReading
from router.services.training import ProgramRequest
from router.settings import PROJECT
from router.types import Message, TaskConfig, TaskType

_FOLDER = Path(__file__).with_name("shipped")
_PICTURES = PROJECT / "data" / "samples"

LONGEST_PROMPT = 20_000
"""Characters of a case's prompt."""

MOST_TURNS = 40
"""Turns of a conversation ahead of a case's prompt."""

LONGEST_CRITERION = 2_000
"""Characters of what a judge goes by."""

Form = Literal["list", "steps", "table", "one line", "plain"]
_Text = Annotated[str, Field(min_length=1, max_length=LONGEST_PROMPT)]
_Words = tuple[Annotated[str, Field(min_length=1, max_length=300)], ...]
_Count = Annotated[int, Field(ge=1, le=100_000)]
_CHECKS = (
    "label", "number", "fields", "schema_text", "includes", "excludes", "language", "least_words", "most_words",
    "form", "service",
)  # fmt: skip


class EarlierTurn(BaseModel):
    """What was said in a conversation before a case's prompt."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Literal["user", "assistant"]
    content: _Text


class Case(BaseModel):
    """One case; every check that it names has to hold for an answer to be right.

    Attributes:
        system: an instruction that goes ahead of the prompt.
        earlier: the turns of the conversation that the prompt goes on with.
        picture: the name of a file among the console's sample pictures.
        label: the one of `labels` that is right.
        number: what the last number of the answer has to be, within `tolerance` (0 wants it exactly).
        fields: what stands at these places of the JSON, as `items[0].food`; several spellings with `|` between.
        schema_text: the JSON schema that is sent, and that the answer has to fit; `schema` in the files.
        includes, excludes: words that have to occur, or must not; of several with `|` between, one is enough.
        language: the language of the answer, by its two letters.
        least_words, most_words: the length of the answer.
        service: asked as this service asks, and held against the service's own checks.
        request: what a program is asked to be.
        kcal: between how many kilocalories a meal lies.
        judge: what makes an answer right, in a sentence, where no rule can tell: a model is asked, where that is on.
        note: where it comes from, for people.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, arbitrary_types_allowed=True)

    id: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[\w.-]+$")]
    task: TaskType
    prompt: Annotated[str, Field(max_length=LONGEST_PROMPT)] = ""
    system: Annotated[str, Field(max_length=LONGEST_PROMPT)] = ""
    earlier: Annotated[tuple[EarlierTurn, ...], Field(max_length=MOST_TURNS)] = ()
    picture: Annotated[str, Field(pattern=r"^[\w.-]+$")] | None = None
    label: _Text | None = None
    labels: _Words = ()
    number: Annotated[float, Field(allow_inf_nan=False)] | None = None
    tolerance: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    fields: dict[str, Any] = {}
    schema_text: Annotated[str, Field(max_length=60_000)] | None = Field(default=None, alias="schema")
    includes: _Words = ()
    excludes: _Words = ()
    language: str | None = None
    least_words: _Count | None = None
    most_words: _Count | None = None
    form: Form | None = None
    service: Literal["meal", "program"] | None = None
    request: ProgramRequest | None = None
    kcal: tuple[float, float] | None = None
    judge: Annotated[str, Field(min_length=1, max_length=LONGEST_CRITERION)] | None = None
    note: Annotated[str, Field(max_length=300)] = ""

    @field_validator("schema_text")
    @classmethod
    def _check_schema(cls, text: str | None) -> str | None:
        if text is not None:
            schema = json.loads(text)
            if not isinstance(schema, dict):
                raise ValueError("a JSON schema is an object")
            check_schema(schema)
        return text

    @field_validator("language")
    @classmethod
    def _check_language(cls, language: str | None) -> str | None:
        if language is not None and language not in LANGUAGES:
            raise ValueError(f"one of {', '.join(LANGUAGES)} can be told")
        return language

    @model_validator(mode="after")
    def _whole(self) -> Case:
        if self.judge is not None and not self.judge.strip():
            raise ValueError("its judge has nothing to go by: say what makes an answer right, in a sentence")
        if not self.has_rules and self.judge is None:
            raise ValueError(
                "it says nothing of what is right: a label, a number, fields, words, a language, a length, or a "
                "sentence for a judge"
            )
        if self.label is not None and self.label.casefold() not in {name.casefold() for name in self.labels}:
            raise ValueError(f"the label {self.label!r} is none of its labels")
        if (self.service == "program") is not (self.request is not None):
            raise ValueError("a request belongs to the service 'program', and to it alone")
        if not self.prompt.strip() and self.request is None:
            raise ValueError("it has no prompt")
        if self.picture is not None and not (_PICTURES / self.picture).is_file():
            raise ValueError(f"there is no picture {self.picture!r} among the samples")
        return self

    @cached_property
    def digest(self) -> str:
        """Twelve digits that change with whatever changes of the case; its note and its name aside."""
        document = self.model_dump(mode="json", exclude={"id", "note"}, exclude_defaults=True)
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def has_rules(self) -> bool:
        """Whether rules say anything of an answer; only a judge can where they do not."""
        return any(getattr(self, name) not in (None, (), {}) for name in _CHECKS)

    @property
    def title(self) -> str:
        """What is asked, for people."""
        return _spoken_part(self.prompt) or (self.request.goal if self.request is not None else self.id)

    @property
    def question(self) -> Question[WeeksReading] | Question[MealReading] | None:
        """What the service asks, where the case is one of a service."""
        if self.request is not None:
            return program_case(self.request)
        return meal_case(self.prompt) if self.service == "meal" else None

    @property
    def wants_json(self) -> bool:
        """Whether the answer is one JSON document."""
        return bool(self.fields) or self.schema_text is not None or self.service is not None

    @property
    def config(self) -> TaskConfig:
        """The router's configuration for it."""
        return TaskConfig(self.task, requires_vision=self.picture is not None, requires_json=self.wants_json)

    def messages(self) -> list[Message]:
        """The conversation."""
        question = self.question
        if question is not None:
            return question.messages
        system: list[Message] = [{"role": "system", "content": self.system}] if self.system else []
        earlier: list[Message] = [{"role": turn.role, "content": turn.content} for turn in self.earlier]
        return [*system, *earlier, {"role": "user", "content": self._content()}]

    def _content(self) -> Any:
        if self.picture is None:
            return self.prompt
        url = _picture_url(self.picture)
        return [{"type": "text", "text": self.prompt}, {"type": "image_url", "image_url": {"url": url}}]

    def options(self) -> dict[str, Any]:
        """What goes with the request besides: the answer that a model is surest of, in the format that is wanted."""
        question, options = self.question, {"config": self.config, "temperature": 0.0}
        if question is not None:
            return options | {"response_format": question.response_format}
        if self.schema_text is None:
            return options
        schema = {"name": "answer", "strict": True, "schema": json.loads(self.schema_text)}
        return options | {"response_format": {"type": "json_schema", "json_schema": schema}}


class CaseSet(BaseModel):
    """The cases of one file."""

    model_config = ConfigDict(frozen=True)

    task: TaskType
    version: Annotated[int, Field(ge=1)]
    cases: tuple[Case, ...]


@cache
def shipped_cases(task: TaskType) -> CaseSet:
    """The cases that the router comes with.

    Raises:
        ConfigurationError: the file does not hold; names it, the case and what is wrong.
    """
    path = _FOLDER / f"{task}.toml"
    try:
        return read_case_set(task, tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"the cases in {path} cannot be used: {error}") from error


def read_case_set(task: TaskType, document: Mapping[str, Any]) -> CaseSet:
    """The cases of a file's document; `lead`, `labels` and `schemas` at its head hold for all of them.

    Raises:
        ValueError: names the case and what is wrong with it.
    """
    lead, schemas = str(document.get("lead", "")), document.get("schemas", {})
    cases = []
    for entry in document.get("case", ()):
        values = {"labels": document.get("labels", ()) if "label" in entry else (), **entry, "task": task}
        if "prompt" in entry:
            values["prompt"] = lead + str(entry["prompt"])
        if "schema" in entry:
            values["schema"] = schemas.get(entry["schema"], entry["schema"])
        cases.append(read_case(values))
    if len({case.id for case in cases}) < len(cases):
        raise ValueError("two cases have the same id")
    return CaseSet(task=task, version=document.get("version", 1), cases=tuple(cases))


def read_case(values: Mapping[str, Any]) -> Case:
    """A case out of plain values.

    Raises:
        ValueError: names the case, the field and what is wrong with it.
    """
    try:
        return Case.model_validate(dict(values))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(map(str, fault["loc"]))
        words = str(fault["msg"]).removeprefix("Value error, ")
        raise ValueError(f"case {str(values.get('id', '?'))[:80]}: {f'{place}: ' if place else ''}{words}") from None


def _spoken_part(prompt: str) -> str:
    """What a person said: a service sends that as the first text of a JSON document, beside its data."""
    if not prompt.startswith("{"):
        return prompt
    try:
        document = json.loads(prompt)
    except (ValueError, RecursionError):
        return prompt
    return next((value for value in document.values() if isinstance(value, str) and value.strip()), prompt)


@cache
def _picture_url(name: str) -> str:
    return "data:image/jpeg;base64," + base64.b64encode((_PICTURES / name).read_bytes()).decode()
