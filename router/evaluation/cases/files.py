"""Cases in files: CSV and JSONL there and back, and promptfoo's YAML as far as it is plain.

What a file says that no case can hold is refused with its place, and nothing of the file is then taken.
"""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from router.evaluation.cases.case import Case, read_case
from router.types import TaskType

MOST_CASES = 500
"""Cases of one file: more would use up any free tier's week."""

LARGEST_FILE = 2_000_000
"""Bytes of one file."""

_COLUMNS = (
    "id", "task", "prompt", "system", "label", "labels", "number", "tolerance", "fields", "schema", "includes",
    "excludes", "language", "least_words", "most_words", "form", "service", "request", "kcal", "judge", "picture",
    "earlier", "note",
)  # fmt: skip
_AS_JSON = ("labels", "fields", "includes", "excludes", "request", "kcal", "earlier")
_NUMBERS = ("number", "tolerance", "least_words", "most_words")


def read_case_file(data: bytes, name: str, task: TaskType) -> list[Case]:
    """The cases of a file, by the end of its name.

    Args:
        name: the file's name: `.csv`, `.jsonl`, `.yaml` or `.yml`.
        task: what cases are of that do not say so themselves.

    Raises:
        ValueError: what is wrong, and in which line or test.
    """
    if len(data) > LARGEST_FILE:
        raise ValueError(f"the file has more than {LARGEST_FILE // 1_000_000} MB")
    readers = {"csv": _csv_cases, "jsonl": _jsonl_cases, "yaml": _promptfoo_cases, "yml": _promptfoo_cases}
    end = name.rpartition(".")[2].lower()
    if end not in readers:
        raise ValueError("cases come as .csv, .jsonl, or promptfoo's .yaml")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"the file is no UTF-8 text (byte {error.start})") from None
    # One more than the most is read, so that a file of too many is known for one.
    values = list(itertools.islice(readers[end](text), MOST_CASES + 1))
    if not values:
        raise ValueError("the file holds no case")
    if len(values) > MOST_CASES:
        raise ValueError(f"the file holds more than {MOST_CASES} cases")
    return [_placed_case(place, entry, task) for place, entry in values]


def _placed_case(place: str, entry: Mapping[str, Any], task: TaskType) -> Case:
    values = {"task": task, **entry}
    if "id" not in values:
        digest = hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()
        values["id"] = f"own-{digest[:10]}"
    try:
        return read_case(values)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None


# --- lines of JSON -------------------------------------------------------------------------------------------------


def _jsonl_cases(text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            raise ValueError(f"line {number} is no JSON") from None
        if not isinstance(entry, dict):
            raise ValueError(f"line {number} is no JSON object")
        yield f"line {number}", entry


def as_jsonl(cases: Iterable[Case]) -> str:
    """Cases as lines of JSON, which `read_case_file` reads."""
    return "".join(json.dumps(case_values(case), ensure_ascii=False) + "\n" for case in cases)


def case_values(case: Case) -> dict[str, Any]:
    """A case as plain values: only what is said in it."""
    return case.model_dump(mode="json", by_alias=True, exclude_defaults=True)


# --- tables --------------------------------------------------------------------------------------------------------


def _csv_cases(text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        unknown = set(reader.fieldnames or ()) - {*_COLUMNS, "expected"}
        if unknown or not {"prompt", "request"} & set(reader.fieldnames or ()):
            words = f"the table has unknown columns: {', '.join(sorted(map(str, unknown)))}" if unknown else "no prompt"
            raise ValueError(f"{words}; its columns may be {', '.join(_COLUMNS)}, or prompt and expected")
        for row in reader:
            place = f"line {reader.line_num}"
            if None in row:
                raise ValueError(f"{place} has more cells than the table has columns")
            yield place, dict(_cell_values(row, place))
    except csv.Error as error:  # which is no ValueError
        raise ValueError(f"the file cannot be read as a table ({error})") from None


def _cell_values(row: Mapping[str, str | None], place: str) -> Iterator[tuple[str, Any]]:
    for name, cell in row.items():
        text = (cell or "").strip()
        if not text:
            continue
        if name == "expected":
            yield from expected_values(text).items()
        elif name in _NUMBERS:
            yield name, _number_of(text, place, name)
        elif name in _AS_JSON:
            yield name, _json_cell(text, place, name)
        else:
            yield name, text


def expected_values(text: str) -> dict[str, Any]:
    """What one expected answer comes to: a number, the fields of a JSON object, or words that have to occur."""
    try:
        return {"number": float(text.replace(",", "."))}
    except ValueError:
        pass
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    return {"fields": document} if isinstance(document, dict) and document else {"includes": [text]}


def _number_of(text: str, place: str, name: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{place}: {name} is no number: {text[:40]}") from None


def _json_cell(text: str, place: str, name: str) -> Any:
    """A cell of JSON; a list may also be its items with semicolons between."""
    if text[0] not in "[{":
        return [part.strip() for part in text.split(";") if part.strip()]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"{place}: {name} is no JSON: {text[:40]}") from None


def as_csv(cases: Iterable[Case]) -> str:
    """Cases as a table, which `read_case_file` reads."""
    place = io.StringIO()
    writer = csv.DictWriter(place, _COLUMNS, restval="")
    writer.writeheader()
    for case in cases:
        values = case_values(case)
        values |= {name: json.dumps(values[name], ensure_ascii=False) for name in _AS_JSON if name in values}
        writer.writerow(values)
    return place.getvalue()


# --- promptfoo -----------------------------------------------------------------------------------------------------


def _promptfoo_cases(text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    import yaml  # only who brings such a file needs it

    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        where = getattr(error, "problem_mark", None)
        raise ValueError(f"the file is no YAML{'' if where is None else f' (line {where.line + 1})'}") from None
    if not isinstance(document, dict) or not isinstance(document.get("tests"), list):
        raise ValueError("a promptfoo file has prompts and, in the file itself, tests")
    prompts, shared = document.get("prompts") or ["{{prompt}}"], document.get("defaultTest") or {}
    tests = [test for test in document["tests"] if isinstance(test, dict)]
    labels = sorted({str(check["value"]) for test in tests for check in _checks_of(shared, test) if _is_equals(check)})
    for number, test in enumerate(document["tests"], start=1):
        if not isinstance(test, dict):
            raise ValueError(f"test {number} is no mapping")
        for prompt in prompts:
            yield f"test {number}", _promptfoo_case(prompt, shared, test, place=f"test {number}", labels=labels)


def _is_equals(check: Any) -> bool:
    return isinstance(check, dict) and check.get("type") == "equals" and "value" in check


def _checks_of(shared: Mapping[str, Any], test: Mapping[str, Any]) -> list[Any]:
    return [*(shared.get("assert") or []), *(test.get("assert") or [])]


def _promptfoo_case(
    prompt: Any, shared: Mapping[str, Any], test: Mapping[str, Any], *, place: str, labels: list[str]
) -> dict[str, Any]:
    variables = {**(shared.get("vars") or {}), **(test.get("vars") or {})}
    values: dict[str, Any] = {"prompt": _filled_prompt(prompt, variables, place)}
    if test.get("description"):
        values["note"] = str(test["description"])[:300]
    for check in _checks_of(shared, test):
        for name, value in _check_values(check, place, labels).items():
            if name == "judge" and name in values:
                # Several rubrics have all to be fulfilled.
                values[name] = f"{values[name]}\n{value}"
            else:
                values[name] = [*values[name], *value] if name in values and isinstance(value, list) else value
    return values


def _filled_prompt(prompt: Any, variables: Mapping[str, Any], place: str) -> str:
    """A prompt with its variables in it; files, programs and lists of values are no plain form."""
    if not isinstance(prompt, str) or prompt.startswith("file://"):
        raise ValueError(f"{place}: only prompts that stand in the file itself are read")
    missing = [name for name in re.findall(r"{{\s*([\w.-]+)\s*}}", prompt) if name not in variables]
    if missing:
        raise ValueError(f"{place}: its prompt needs {missing[0]}, which is not among its vars")
    filled = prompt
    for name, value in variables.items():
        if isinstance(value, list | dict) or str(value).startswith("file://"):
            raise ValueError(f"{place}: the variable {name} is no plain text")
        place_of_name = re.compile(rf"{{{{\s*{re.escape(str(name))}\s*}}}}")
        # Split and joined: in a replacement's text a backslash would be read as a sign.
        filled = str(value).join(place_of_name.split(filled))
    return filled


def _check_values(check: Any, place: str, labels: list[str]) -> dict[str, Any]:
    kind = check.get("type") if isinstance(check, dict) else None
    value = check.get("value") if isinstance(check, dict) else None
    several = [str(part) for part in value] if isinstance(value, list) else [str(value)]
    match kind:
        case "equals":
            number = expected_values(str(value)).get("number")
            return {"number": number} if number is not None else {"label": str(value), "labels": tuple(labels)}
        case "contains" | "icontains" | "contains-all" | "icontains-all":
            return {"includes": several}
        case "contains-any" | "icontains-any":
            return {"includes": ["|".join(several)]}
        case "not-contains" | "not-icontains" | "not-contains-any" | "not-icontains-any":
            return {"excludes": several}
        case "is-json":
            return {"schema": json.dumps(value) if isinstance(value, dict) else "{}"}
        case "llm-rubric":
            return {"judge": _criterion_of(value, place)}
    known = "equals, contains (all, any, not), is-json and llm-rubric are"
    raise ValueError(f"{place}: an assertion of the type {str(kind)[:40]!r} is not read; {known}")


def _criterion_of(value: Any, place: str) -> str:
    """What a rubric says; one with variables, or in a file, is no plain form."""
    if not isinstance(value, str) or not value.strip() or value.startswith("file://") or "{{" in value:
        raise ValueError(f"{place}: only rubrics that stand in the file itself, without variables, are read")
    return value.strip()
