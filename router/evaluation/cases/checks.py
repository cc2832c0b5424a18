"""Whether an answer is right: by rules alone, each of which says what it misses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from router.evaluation.cases.case import Case, Form
from router.evaluation.cases.languages import LANGUAGES, language_of
from router.evaluation.cases.service_cases import energy_fault, service_faults
from router.json_answers import schema_faults
from router.services.meals import MealReading

_NUMBER = re.compile(r"(?<![\w.,])[-−+]?\d+(?:[.,]\d+)*")
_ROW = re.compile(r"^\s*\|.*\|\s*$", re.MULTILINE)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+\S", re.MULTILINE)
_STEP = re.compile(r"^\s*\d+[.)]\s+\S", re.MULTILINE)
_MARKS = re.compile(r"^\s*(?:#{1,6}\s|[-*]\s|>|```|\|.*\|)|\*\*|__", re.MULTILINE)
_STEPS = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def faults_in_answer(case: Case, text: str, parsed: Any) -> list[str]:
    """What is wrong with an answer, a sentence each; empty where it is right.

    Args:
        text: the answer.
        parsed: the JSON document, where JSON was asked for.
    """
    return [
        *_label_faults(case, text),
        *_number_faults(case, text),
        *_document_faults(case, parsed),
        *_word_faults(case, text),
        *_length_faults(case, text),
        *_form_faults(case.form, text),
        *_service_faults(case, parsed),
    ]


# --- one word, one number ------------------------------------------------------------------------------------------


def _label_faults(case: Case, text: str) -> Iterator[str]:
    if case.label is None:
        return
    named = label_in(text, case.labels)
    if named is None:
        yield f"it does not say which of {', '.join(case.labels)} it is, and {case.label} is right"
    elif named.casefold() != case.label.casefold():
        yield f"it says {named}, and {case.label} is right"


def label_in(text: str, labels: Sequence[str]) -> str | None:
    """The label that a text settles on: the only one in its first line that has one, as models explain it afterwards.

    Returns:
        None where there is none, or where that line names several.
    """
    for line in text.splitlines():
        named = {label for label in labels if _occurs(label, line, whole=True)}
        if named:
            return named.pop() if len(named) == 1 else _first_sentence_label(line, labels)
    return None


def _first_sentence_label(line: str, labels: Sequence[str]) -> str | None:
    """The only label in the first sentence of a line that has one: what comes after it is the reason."""
    for sentence in re.split(r"(?<=[.!?:])\s", line):
        named = [label for label in labels if _occurs(label, sentence, whole=True)]
        if named:
            return named[0] if len(named) == 1 else None
    return None


def _number_faults(case: Case, text: str) -> Iterator[str]:
    if case.number is None:
        return
    numbers = [reading for match in _NUMBER.findall(text)[-1:] for reading in _readings_of(match)]
    if not numbers:
        yield f"it names no number, and {case.number:g} is right"
    elif not any(_agrees(number, case.number, case.tolerance) for number in numbers):
        yield f"it comes to {numbers[0]:g}, and {case.number:g} is right"


def _readings_of(digits: str) -> list[float]:
    """A number as it may be meant: the last mark as the decimal one, and all of them as marks of thousands."""
    digits = digits.replace("−", "-")
    whole, mark, part = max(digits.rpartition("."), digits.rpartition(","), key=lambda split: len(split[0]))
    decimal = float(f"{re.sub('[.,]', '', whole)}.{part}") if mark else float(part)
    # Three digits behind a mark may be thousands; fewer or more are none.
    return [float(re.sub("[.,]", "", digits)), decimal] if mark and len(part) == 3 else [decimal]


def _agrees(value: float, right: float, tolerance: float) -> bool:
    # A hair more than said: 29.4 lies within 0.05 of 29.35 for people, and not for binary fractions.
    return abs(value - right) <= tolerance + 1e-9 * max(1.0, abs(right))


# --- JSON ----------------------------------------------------------------------------------------------------------


def _document_faults(case: Case, parsed: Any) -> Iterator[str]:
    if case.schema_text is not None:
        yield from (fault.words for fault in schema_faults(parsed, json.loads(case.schema_text)))
    for path, right in case.fields.items():
        try:
            value = value_at(parsed, path)
        except LookupError:
            yield f"{path} is not there, and {_shown(right)} is right"
            continue
        if not _is_same(value, right, case.tolerance):
            yield f"{path} is {_shown(value)}, and {_shown(right)} is right"


def value_at(document: Any, path: str) -> Any:
    """What stands at a place of a document, such as `items[0].food`.

    Raises:
        LookupError: there is no such place.
    """
    for name, number in _STEPS.findall(path):
        if name and isinstance(document, Mapping):
            document = document[name]
        elif number and isinstance(document, list):
            document = document[int(number)]
        else:
            raise LookupError(path)
    return document


def _is_same(value: Any, right: Any, tolerance: float) -> bool:
    numbers = [isinstance(side, int | float) and not isinstance(side, bool) for side in (value, right)]
    if all(numbers):
        return _agrees(value, right, tolerance)
    if isinstance(value, str) and isinstance(right, str):
        return value.strip().casefold() in {name.strip().casefold() for name in right.split("|")}
    return type(value) is type(right) and bool(value == right)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    text = text.replace("|", " or ")
    return text if len(text) <= 60 else text[:59] + "…"


# --- words, length, form -------------------------------------------------------------------------------------------


def _word_faults(case: Case, text: str) -> Iterator[str]:
    for words in case.includes:
        if not any(_occurs(word, text) for word in words.split("|")):
            yield f"it does not say {' or '.join(words.split('|'))}"
    for words in case.excludes:
        yield from (f"it must not say {word}" for word in words.split("|") if _occurs(word, text))
    if case.language is not None and (language := language_of(text)) != case.language:
        words = f"in {LANGUAGES[language]}" if language else "in no language that can be told"
        yield f"it is {words}, and {LANGUAGES[case.language]} is right"


def _occurs(word: str, text: str, *, whole: bool = False) -> bool:
    """Whether a word, or what it begins, stands in a text; case is no difference."""
    end = r"(?!\w)" if whole else ""
    return re.search(rf"(?<!\w){re.escape(word.strip())}{end}", text, re.IGNORECASE) is not None


def _length_faults(case: Case, text: str) -> Iterator[str]:
    count = len(text.split())
    if case.most_words is not None and count > case.most_words:
        yield f"it has {count} words, and {case.most_words} are the most"
    if case.least_words is not None and count < case.least_words:
        yield f"it has {count} words, and {case.least_words} are the least"


def _form_faults(form: Form | None, text: str) -> Iterator[str]:
    missed = {
        "list": len(_BULLET.findall(text)) < 2,
        "steps": len(_STEP.findall(text)) < 2,
        "table": len(_ROW.findall(text)) < 2,
        "one line": len(text.strip().splitlines()) != 1,
        "plain": _MARKS.search(text) is not None,
    }
    if form is not None and missed[form]:
        yield {
            "list": "it is no list", "steps": "it has no numbered steps", "table": "it holds no table",
            "one line": "it is more than one line", "plain": "it holds Markdown, and plain text was wanted",
        }[form]  # fmt: skip


# --- the services' own ---------------------------------------------------------------------------------------------


def _service_faults(case: Case, parsed: Any) -> Iterator[str]:
    if case.question is None:
        return
    reading, faults = service_faults(case.question, parsed)
    yield from faults
    if case.kcal is not None and isinstance(reading, MealReading) and (fault := energy_fault(reading, case.kcal)):
        yield fault
