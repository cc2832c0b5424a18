"""What is wrong with an answer that was to be JSON, in words for the model and in words for the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_LONGEST = 300
"""Characters of one fault: a library quotes the whole value that is at fault, however long."""


@dataclass(frozen=True, slots=True)
class AnswerFault:
    """What does not fit.

    Attributes:
        words: with pieces of the answer, for the model that wrote it.
        place: where and against which rule, without a piece of the answer, for the log.
    """

    words: str
    place: str

    @classmethod
    def of(cls, words: str, place: str | None = None) -> AnswerFault:
        """A fault in words that can be encoded and are no longer than a model needs."""
        return cls(_writable(words), _writable(words if place is None else place))


def _writable(text: str) -> str:
    # Half a character, in a key of the answer say, can be neither sent nor stored.
    return whole_characters(text[:_LONGEST])


def whole_characters(text: str) -> str:
    """The text with halves of a character joined where both are there, and a replacement sign for a lone one."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class InvalidJson(ValueError):
    """A text is not the JSON that was asked for.

    Its text says where and against which rule, and nothing of the answer, so that it may be logged.

    Attributes:
        faults: each fault with its path and the value that is at fault.
        answer_faults: the same with both wordings.
    """

    def __init__(self, faults: tuple[AnswerFault, ...]) -> None:
        super().__init__("; ".join(fault.place for fault in faults))
        self.faults = tuple(fault.words for fault in faults)
        self.answer_faults = faults

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is rebuilt from its text otherwise, which is not what it is made of.
        return type(self), (self.answer_faults,)


NO_DOCUMENT = AnswerFault.of("the text holds no JSON document")
NO_OBJECT = AnswerFault.of("$: a JSON object was asked for")
TOO_DEEP = AnswerFault.of("$: it is nested too deeply")
TOO_LONG = AnswerFault.of("the answer is too long to be read as JSON")
TOO_MANY = AnswerFault.of("the answer holds too many values")
TOO_MUCH_WORK = AnswerFault.of("$: it takes too long to check against the schema")
TOO_MANY_BRACKETS = AnswerFault.of("the text holds too many brackets that lead to no JSON document")
NOWHERE = AnswerFault.of("$: the schema refers to nothing in it")
BROKEN = AnswerFault.of("the JSON document is broken: it is not well-formed")
AMBIGUOUS = AnswerFault.of("the text holds more than one JSON document, and which one is the answer is ambiguous")


def reask_text(faults: tuple[str, ...]) -> str:
    """What a model is told when it is asked once more."""
    listed = "\n".join(f"- {fault}" for fault in faults)
    return f"Your last answer was not valid:\n{listed}\nAnswer again with one valid JSON document and nothing else."
