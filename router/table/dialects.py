"""How a provider's wire differs from the plain OpenAI shape, as the routing table says it: a `Dialect` is data.

What stands here is what can be said, never of whom: the vendors' own facts are in `routes.toml`. A further provider,
however odd its wire, is an entry in a file and no code.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, ValidationError, model_validator

from router.errors import ConfigurationError
from router.table.rows import Count, TableRow, Words, faults_in_words
from router.types.request_kinds import RECORDING_FORMATS, RecordingFormat

Meaning = Literal[
    "account_minute_used_up",
    "account_day_used_up",
    "model_minute_used_up",
    "model_day_used_up",
    "no_allowance",
    "unauthorized",
    "key_limit",
    "account_restricted",
    "model_restricted",
    "payment_required",
    "gone",
    "too_large",
    "context_length",
    "unsupported",
    "unsupported_format",
    "content_policy",
    "server_error",
]
"""What a refusal of a provider's own wording can be said to mean; `router.failures.outcomes` has a row for each."""

SPANS: Mapping[str, float] = {"second": 1.0, "minute": 60.0, "hour": 3_600.0, "day": 86_400.0, "month": 2_678_400.0}
"""Seconds of the spans that a limit can be for; a month is the longest one."""

PLACEHOLDERS = ("key", "app_title", "app_url")
"""What may stand in braces in a header's value; a header whose placeholder has no value is not sent."""

_STEP = r"(?:[^\s.\[\]]+(?:\[\])?|\[\])"


def _readable_place(text: str) -> str:
    if text and not re.fullmatch(rf"{_STEP}(?:\.{_STEP})*", text):
        raise ValueError("it is no place; names with dots between are, with [] behind a list: message.detail[]")
    return text


Place = Annotated[str, Field(max_length=200), AfterValidator(_readable_place)]
"""Where something stands in a document: names with dots between, `[]` behind one whose entries are all meant."""

Address = Annotated[str, Field(pattern=r"^/[!-~]*$")]
"""A path below the base URL, perhaps with a query: a key is sent to no other host than the one that it is for."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("it is no time zone; names such as UTC or America/Los_Angeles are") from None
    return name


def _readable_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"it is no regular expression ({error})") from None
    return text


def _known_placeholders(value: str) -> str:
    for name in re.findall(r"{([^{}]*)}", value):
        if name not in PLACEHOLDERS:
            raise ValueError(f"{{{name}}} is no placeholder; there are: {', '.join(PLACEHOLDERS)}")
    return value


Zone = Annotated[str, AfterValidator(_known_zone)]
Pattern = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_readable_pattern)]
HeaderValue = Annotated[str, Field(max_length=500), AfterValidator(_known_placeholders)]


class LimitHeaders(TableRow):
    """The headers in which a reply tells of one allowance.

    Attributes:
        unit: what is counted.
        span: what the limit is for.
        limit, remaining: the headers' names, each with a number in it.
        reset: the header that tells when it is whole again; None where none does.
        form: how that is written: a duration (`7m30.5s`, or seconds), or a moment (seconds or milliseconds since the
            epoch, told apart by their size; an ISO or HTTP date).
    """

    unit: Literal["requests", "tokens", "audio seconds"]
    span: Literal["second", "minute", "hour", "day", "month"]
    limit: Words
    remaining: Words
    reset: Words | None = None
    form: Literal["duration", "epoch", "date"] = "duration"

    @model_validator(mode="before")
    @classmethod
    def _small_letters(cls, values: object) -> object:
        """HTTP knows no capitals in a header's name, and they are looked up in small letters."""
        if not isinstance(values, Mapping):
            return values
        names = ("limit", "remaining", "reset")
        return {
            name: value.lower() if name in names and isinstance(value, str) else value for name, value in values.items()
        }


class ErrorForm(TableRow):
    """Where an error stands in a body whose form no other has.

    Attributes:
        at: its place; with `[]` every entry is one, and their words are joined.
        message, code: where sentence and code stand in it; empty where it is a sentence itself.
    """

    at: Annotated[Place, Field(min_length=1)]
    message: Place = "message"
    code: Place = "code"


class Refusal(TableRow):
    """A provider's own words for something, and what they mean.

    Attributes:
        statuses: the HTTP statuses that it may come with; any where there are none.
        words: regular expressions, of which one is found in the message, in whatever case.
        codes: machine words, of which one stands in the error; words and codes need not both fit.
    """

    means: Meaning
    words: tuple[Pattern, ...] = ()
    codes: tuple[Words, ...] = ()
    statuses: tuple[Annotated[int, Field(ge=400, le=599)], ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Refusal:
        if not (self.words or self.codes or self.statuses):
            raise ValueError("it needs words, codes or statuses to be known by")
        return self


class ListForm(TableRow):
    """Where a provider lists its models, and in which form.

    Attributes:
        at: the address; None where there is no list.
        entries: the place of the models in the answer; empty where the answer is the list itself.
        fields: our fields (`id`, `name`, `context_length`, …), each with its place in an entry, where they differ.
        only: places in an entry, each with the value that a model's has; others are left out.
        is_complete: whether a model that it does not hold is gone.
        is_public: whether it answers without a key, so that it tells nothing of one.
    """

    at: Address | None = "/models"
    entries: Place = "data"
    fields: dict[
        Literal[
            "id", "name", "context_length", "max_completion_tokens", "input_modalities", "output_modalities",
            "supported_parameters", "expiration_date", "active",
        ],
        Annotated[Place, Field(min_length=1)],
    ] = {}  # fmt: skip
    only: dict[Annotated[Place, Field(min_length=1)], str | bool | int] = {}
    is_complete: bool = True
    is_public: bool = False


class AccountForm(TableRow):
    """Where an account tells of itself, without spending quota, and what of its answer is read.

    Attributes:
        at: the address.
        limit, used: places of the day's requests for all free models together.
        credit: place of the dollars that are left on the key.
        expires: place of the key's last day.
    """

    at: Address
    limit: Place = ""
    used: Place = ""
    credit: Place = ""
    expires: Place = ""


class TranscriptionForm(TableRow):
    """Where recordings are written down, and the form that is sent there.

    Attributes:
        at: the address.
        file_field, model_field: the form's fields for the recording and the model.
        language_field: the field for the language that is spoken; empty where there is none.
        fields: further fields, sent with every recording.
        text, language, seconds: places in the answer of what was said, in which language, and of the recording's
            length; empty where it has none.
        largest: bytes of a recording at the most.
        formats: what kinds of recording are taken.
        least_seconds: a shorter recording counts as one of this length against an allowance of seconds.
    """

    at: Address
    file_field: Words = "file"
    model_field: Words = "model"
    language_field: str = "language"
    fields: dict[str, str] = {}
    text: Annotated[Place, Field(min_length=1)] = "text"
    language: Place = "language"
    seconds: Place = "duration"
    largest: Count = 25 * 2**20
    formats: tuple[RecordingFormat, ...] = RECORDING_FORMATS
    least_seconds: Annotated[float, Field(ge=0, le=600)] = 0.0


class Dialect(TableRow):
    """How one wire differs from the plain OpenAI shape.

    Attributes:
        like: another dialect, whose settings hold where this one names none.
        output_field: the field that limits the output.
        seed_field: the field for the caller's seed; empty where the wire has none, and it is left out.
        leave_out: fields of a caller's that are not sent, since they are refused.
        schema_form: how a JSON schema is asked for: `json_schema` as OpenAI has it; `bare_schema` with the schema in
            the place of its wrapper; `json_object` with the schema beside that type; `field` with the schema alone in
            `schema_field`; `none` where it cannot be.
        schema_field: the field that holds it.
        json_object: whether there is a mode for any JSON object.
        always: fields sent with every request.
        when_free: fields sent while only free models may be called; nothing of the table's `params` overrides them.
        paid: fields that may cost money with a free model too, or bring a paid one in: never sent while only free
            models may be called.
        when_strict: fields sent with a strict schema.
        when_streaming: fields sent where the answer is to come piece by piece.
        when_tools: fields sent with tools.
        strict_tools: whether a tool may be sent as a strict one.
        returned_reasoning: the field in which a model's own reasoning goes back to it with the calls that came of it;
            None where the wire has none.
        key_header, key_form: the header that carries the key, and its value with `{key}` in it.
        headers: further headers of every request; `PLACEHOLDERS` may stand in braces.
        id_prefix: what the provider writes ahead of its models' ids, and takes them without.
        chat: the address that completions are asked for at.
        transcription: how recordings are written down; None where they are not.
        models: the list.
        account: what the account tells of itself; None where it does not.
        key_test: how a key is tried: at the `account`, by the `list`, or with a completion of one token (`chat`), which
            uses one request.
        limits: the headers of limits.
        errors: forms of error bodies that are looked for ahead of the usual ones.
        refusals: the provider's own words; the first that fits counts, ahead of what all providers say alike.
        midnight: the time zone whose 00:00 begins the provider's day.
    """

    like: str | None = None
    output_field: Words = "max_tokens"
    seed_field: str = "seed"
    leave_out: tuple[Words, ...] = ()
    schema_form: Literal["json_schema", "bare_schema", "json_object", "field", "none"] = "json_schema"
    schema_field: Words = "response_format"
    json_object: bool = True
    always: dict[str, Any] = {}
    when_free: dict[str, Any] = {}
    paid: tuple[Words, ...] = ()
    when_strict: dict[str, Any] = {}
    when_streaming: dict[str, Any] = {}
    when_tools: dict[str, Any] = {}
    strict_tools: bool = False
    returned_reasoning: Literal["reasoning", "reasoning_details"] | None = None
    key_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")] = "Authorization"
    key_form: HeaderValue = "Bearer {key}"
    headers: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")], HeaderValue] = {}
    id_prefix: str = ""
    chat: Address = "/chat/completions"
    transcription: TranscriptionForm | None = None
    models: ListForm = ListForm.model_construct()
    account: AccountForm | None = None
    key_test: Literal["account", "list", "chat"] = "list"
    limits: tuple[LimitHeaders, ...] = ()
    errors: tuple[ErrorForm, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    midnight: Zone = "UTC"

    @model_validator(mode="after")
    def _can_test_keys(self) -> Dialect:
        if "{key}" not in self.key_form:
            raise ValueError("key_form needs {key}, where the key is put")
        if self.key_test == "account" and self.account is None:
            raise ValueError("key_test = 'account' needs an account with its address")
        if self.key_test == "list" and (self.models.at is None or self.models.is_public):
            raise ValueError("key_test = 'list' needs a list that asks for a key; 'chat' needs none")
        return self

    def bare_id(self, model: str) -> str:
        """A model's id as it is called."""
        return model.removeprefix(self.id_prefix)


def resolved_dialects(rows: Mapping[str, Any]) -> dict[str, Any]:
    """Dialects' settings with those that they are `like` beneath them; what is no table stays as it is.

    Raises:
        ConfigurationError: a dialect is like one that there is not, or like itself in the end.
    """
    return {name: _resolved(name, rows, ()) if isinstance(row, Mapping) else row for name, row in rows.items()}


def _resolved(name: str, rows: Mapping[str, Any], above: tuple[str, ...]) -> dict[str, Any]:
    row = rows[name]
    base = row.get("like") if isinstance(row, Mapping) else None
    if base is None:
        return dict(row)
    if not isinstance(base, str) or base not in rows or base in (*above, name):
        known = ", ".join(other for other in rows if other not in (*above, name))
        raise ConfigurationError(f"  dialects.{name}.like = {base!r}: it is no other dialect; there are: {known}")
    return {**_resolved(base, rows, (*above, name)), **row}


@cache
def shipped_rows() -> Mapping[str, Any]:
    """The dialects of the table that comes with the router, as it has them: other tables may name them too."""
    document = tomllib.loads((Path(__file__).parent / "routes.toml").read_text(encoding="utf-8"))
    rows: dict[str, Any] = document["dialects"]
    return rows


@cache
def shipped_dialects() -> Mapping[str, Dialect]:
    """The dialects of the table that comes with the router."""
    return read_dialects(shipped_rows(), "the shipped routing table")


def read_dialects(rows: Mapping[str, Any], name: str) -> dict[str, Dialect]:
    """Dialects out of plain values.

    Raises:
        ConfigurationError: they say something that cannot hold; names each setting and its value.
    """
    dialects = {}
    for dialect, row in resolved_dialects(rows).items():
        try:
            dialects[dialect] = Dialect.model_validate(row)
        except ValidationError as error:
            raise ConfigurationError(
                f"{name} does not hold, in dialects.{dialect}:\n{faults_in_words(error)}"
            ) from None
    return dialects


PLAIN = Dialect.model_construct()
"""A wire of which nothing is known: the plain OpenAI shape."""
