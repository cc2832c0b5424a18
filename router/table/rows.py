"""What every row of the routing table has in common: it is frozen, read strictly, and a fault in it is said in full."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

Seconds = Annotated[float, Field(gt=0, le=86_400 * 31)]
Tokens = Annotated[int, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]
Words = Annotated[str, Field(min_length=1, max_length=2_000)]

_UNKNOWN_SETTING = "unknown_setting"


class TableRow(BaseModel):
    """One row: a name that it does not have is refused with the names that it has."""

    # Built at the first validation: 40 ms that `import router` would otherwise pay for a table that it may never read.
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _know_settings(cls, values: object) -> object:
        if not isinstance(values, Mapping):
            return values
        values = cls.with_old_names(values)
        known = sorted(field.alias or name for name, field in cls.model_fields.items())
        for name in values:
            if name not in known:
                near = get_close_matches(str(name), known, n=1)
                raise PydanticCustomError(
                    _UNKNOWN_SETTING,
                    "there is no such setting{near}; there are: {known}",
                    {"name": str(name), "near": f", perhaps {near[0]} is meant" if near else "",
                     "known": ", ".join(known)},
                )  # fmt: skip
        return values

    @classmethod
    def with_old_names(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The settings under today's names, where a row has had others."""
        return values


def faults_in_words(error: ValidationError) -> str:
    """A line for each fault: the setting's place, its value, and what is allowed."""
    return "\n".join(
        f"  {_place(fault)} = {_shown(fault)}: {fault['msg']}" for fault in error.errors(include_url=False)
    )


def _place(fault: Any) -> str:
    named = [fault["ctx"]["name"]] if fault["type"] == _UNKNOWN_SETTING else []
    return ".".join(map(str, [*fault["loc"], *named])) or "table"


def _shown(fault: Any) -> str:
    value = fault.get("input")
    if fault["type"] == _UNKNOWN_SETTING and isinstance(value, Mapping):
        value = value.get(fault["ctx"]["name"])
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
