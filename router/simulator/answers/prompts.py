"""A request's messages taken apart, and what can be read out of their words: kind, topic, foods, figures."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from router.simulator.answers.pictures import bytes_of, look_of, looks_alike
from router.simulator.answers.prompt_data import data_in, entries_in, words_in
from router.simulator.wire.wires import tokens_of

TABLE: Mapping[str, Any] = tomllib.loads((Path(__file__).parent / "replies.toml").read_text(encoding="utf-8"))
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBERS = {word: number for number, word in enumerate(_WORDS, start=1)}
ORDINALS: Mapping[str, int] = {
    word: number for number, word in enumerate(("first", "second", "third", "fourth", "fifth", "sixth"), start=1)
}
_UNITS = {unit: unit for unit in ("kg", "kcal", "km", "g", "min", "h", "%", "l", "ml", "bpm", "steps")} | {
    "minutes": "min", "hours": "h", "hour": "h", "litres": "l", "litre": "l", "liters": "l", "liter": "l",
}  # fmt: skip
"""Units as people write them, and as they are named."""

_AMOUNTS: Mapping[str, float] = {"a": 1, "an": 1, "half": 0.5, **_NUMBERS}
_PICTURE_TOKENS = 800
_ABOUT_A_TOPIC = ("chat", "reason", "feedback", "shorter", "follow_up")
"""Kinds of answers that say something on the prompt's topic, and nothing where it has none."""
_GENERAL = "general"
_LEANING = re.compile(
    r"\A\W*(and|but|so|then|or|also|why|how come|what (about|if|else)|how about|please|now|ok(ay)?|und|aber|y|et)\b"
    r"|\b(it|that|this|these|those|them|instead|again|else|more|longer|shorter|simpler)\b",
    re.IGNORECASE,
)
"""Words that lean on what was said before: with them a question need not name what it is about."""
_CHANGE = re.compile(
    r"\A(?!\W*(why|what|how|when|is|are|does|do)\b).*?(?:\b(shorter|longer|easier|harder|lighter|heavier|gentler|tougher|fewer|less)\b"
    r"|\b(only|just|make it|rather|instead)\b.*\b(days|sessions|times|workouts|runs|weeks?)\b)",
    re.IGNORECASE | re.DOTALL,
)
"""Words that want a program otherwise than it was written."""
_FEW_WORDS = 4
"""So few words lean on what was said before, whichever they are: `Kürzer, bitte`."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request's messages, taken apart.

    Attributes:
        text: the last user message's text; where it is JSON data, what the person says in them.
        everything: all text of all messages.
        pictures: the bytes of every picture; None for one that is only an address.
        earlier: what the user wrote before it in the same conversation, the first of it first.
        frame: all text but that of the conversation before it: what the request wants comes from there.
        tool_text: what the request has of tools: their definitions, and the calls in its history.
        data: the JSON object that the last user message is or ends with; empty where it is none.
    """

    text: str
    everything: str
    pictures: tuple[bytes | None, ...]
    data: Mapping[str, Any] = field(default_factory=dict)
    tool_text: str = ""
    earlier: tuple[str, ...] = ()
    frame: str = ""

    @property
    def is_follow_up(self) -> bool:
        """Whether it has no topic of its own and leans on what was asked before: `Why?`, `And tomorrow?`."""
        if not self.earlier or (self.data and "question" not in self.data) or set(_topic_names(self.text)) - {_GENERAL}:
            return False
        return bool(_LEANING.search(self.text)) or len(self.text.split()) <= _FEW_WORDS

    @property
    def asks_about_day(self) -> bool:
        """Whether it is about a day as a whole, of which its log tells more than its words."""
        return _any(TABLE["log"]["asked"], self.text)

    @property
    def subject(self) -> str:
        """The text that says what it is about: of a follow-up the latest question before it that has a topic."""
        if self.asks_about_day and (entries := entries_in(self.data)):
            return "; ".join(entries)
        if not self.is_follow_up:
            return self.text
        latest = list(reversed(self.earlier))
        specific = [text for text in latest if set(_topic_names(text)) - {_GENERAL}]
        return next(iter([*specific, *(text for text in latest if _topic_names(text))]), self.text)

    @property
    def program_request(self) -> str:
        """What asks for a program: where this changes one that was asked for before, what asked for that."""
        before = next((text for text in reversed(self.earlier) if not _CHANGE.search(text)), "")
        is_change = _CHANGE.search(self.text) and _asks_for_program(before) and not _asks_for_program(self.text)
        return before if is_change else self.text

    @property
    def changes_program(self) -> bool:
        """Whether it wants a program that an earlier answer gave, with something changed in it."""
        return self.program_request != self.text

    @property
    def tokens(self) -> int:
        """About four characters to a token, and 800 for a picture."""
        return max(1, tokens_of(self.everything) + tokens_of(self.tool_text)) + _PICTURE_TOKENS * len(self.pictures)

    @property
    def quote(self) -> str:
        """The last user message on one line, shortened."""
        flat = " ".join(self.text.split()).replace("*", "").removesuffix(".")
        return flat if len(flat) <= 160 else flat[:157] + "…"

    @property
    def entry(self) -> str:
        """What stands behind the last colon of it: the line to be sorted, without the instruction."""
        return self.quote.rpartition(": ")[2]


def read_prompt(messages: Sequence[Mapping[str, Any]], tools: Sequence[Any] = ()) -> Prompt:
    """Take the messages apart.

    Args:
        tools: the definitions that came with them.

    Raises:
        BadPicture: a data URL is not base64.
    """
    texts: list[str] = []
    pictures: list[bytes | None] = []
    questions = [""]
    roles: list[Any] = []
    for message in messages:
        content = message.get("content")
        parts: Any = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
        text = " ".join(part["text"] for part in parts if part["type"] == "text")
        pictures += [bytes_of(part["image_url"]["url"]) for part in parts if part["type"] == "image_url"]
        texts.append(text)
        roles.append(message.get("role"))
        questions += [text] if message.get("role") == "user" and text.strip() else []
    *earlier, last = questions
    data = data_in(last)
    calls = [call["function"] for message in messages for call in message.get("tool_calls") or ()]
    tool_text = json.dumps([*tools, *calls]) if tools or calls else ""
    around = [text for text, role in zip(texts, roles, strict=True) if role not in ("user", "assistant")]
    return Prompt(
        text=words_in(data) if data else last,
        everything="\n".join(texts),
        pictures=tuple(pictures),
        data=data,
        tool_text=tool_text,
        earlier=tuple(filter(None, earlier)),
        frame="\n".join([*around, last]),
    )


def kind_of(prompt: Prompt) -> str:
    """Which kind of answer is matching for: by what the user writes, else by what the system's message says."""
    if prompt.pictures:
        is_checked = _any(TABLE["kinds"]["checked_sample"]["patterns"], prompt.text)
        return "vision" if sample_of(prompt) is None else "checked_sample" if is_checked else "sample"
    if prompt.data and prompt.asks_about_day and not _any(TABLE["kinds"]["feedback"]["patterns"], prompt.text):
        return "day" if entries_in(prompt.data) else "empty_day"
    if prompt.changes_program:
        return "changed_program"
    kinds: Mapping[str, Any] = TABLE["kinds"]
    matching = (name for text in (prompt.text, prompt.frame) for name in kinds if _any(kinds[name]["patterns"], text))
    kind = next(matching, "follow_up" if prompt.is_follow_up else "chat")
    return "unknown" if kind in _ABOUT_A_TOPIC and not _topic_names(prompt.subject) else kind


def _asks_for_program(text: str) -> bool:
    return _any(TABLE["kinds"]["program"]["patterns"], text)


def sample_of(prompt: Prompt) -> Mapping[str, Any] | None:
    """The console's own sample that the first picture is, or None.

    Raises:
        BadPicture: it cannot be decoded.
    """
    if not prompt.pictures or prompt.pictures[0] is None:
        return None
    look = look_of(prompt.pictures[0])
    return next((sample for sample in TABLE["samples"] if looks_alike(look, sample["look"])), None)


def topic_of(text: str) -> Mapping[str, Any]:
    """The topic with the most words in `text`, the first of several."""
    topic: Mapping[str, Any] = TABLE["topics"][next(iter(_topic_names(text)), "general")]
    return topic


@lru_cache(maxsize=16)  # asked three times of one prompt, and a long one takes a fifth of a second each time
def _topic_names(text: str) -> tuple[str, ...]:
    """The topics of which words stand in `text`, the one with the most of them first; none where it is about none."""
    topics: Mapping[str, Mapping[str, Any]] = TABLE["topics"]
    found = {name: [hit for word in topic["words"] if (hit := _word(word, text))] for name, topic in topics.items()}
    hits = {name: matches for name, matches in found.items() if matches}

    def rank(name: str) -> tuple[bool, int, int]:
        # What is about everything gives way to what is about something; of equals the one that is named first leads.
        return name == _GENERAL, -len(hits[name]), min(match.start() for match in hits[name])

    return tuple(sorted(hits, key=rank))


def program_for(text: str) -> Mapping[str, Any]:
    """The first program whose words stand in `text`."""
    programs: Mapping[str, Any] = TABLE["programs"]
    return next(
        program
        for program in programs.values()
        if not program["words"] or any(_word(word, text) for word in program["words"])
    )


def category_of(text: str) -> str:
    """Which kind of entry a line is, by the words behind its last colon."""
    line = text.rpartition(": ")[2]
    names = (name for name, words in TABLE["categories"].items() if any(_word(word, line) for word in words))
    return next(names, "note")


def is_clear(text: str) -> bool:
    """Whether the words of a line are those of one kind of entry alone."""
    line = text.rpartition(": ")[2]
    return sum(any(_word(word, line) for word in words) for words in TABLE["categories"].values()) == 1


def is_known(text: str) -> bool:
    """Whether a line is about anything of the table: a kind of entry, or a topic."""
    line = text.rpartition(": ")[2]
    return bool(_topic_names(line)) or any(
        _word(word, line) for words in TABLE["categories"].values() for word in words
    )


def number_before(words: str, text: str, default: int, most: int) -> int:
    """The number before one of `words`, in digits or as a word."""
    match = re.search(rf"\b(\d+|{'|'.join(_NUMBERS)})[- ](?:{words})", text, re.IGNORECASE)
    number = 0 if match is None else _NUMBERS.get(match[1].lower()) or int(match[1])
    return min(number, most) or default


def figures_in(text: str) -> list[tuple[float, str]]:
    """Numbers with their units."""
    matches = re.findall(rf"(\d+(?:[.,]\d+)?) ?({'|'.join(_UNITS)})(?!\w)", text)
    return [(float(number.replace(",", ".")), _UNITS[unit]) for number, unit in matches]


def foods_in(text: str) -> list[dict[str, Any]]:
    """The foods of the table that a line names, in its order, with the quantity before them and what is in it."""
    found = [(match.start("food"), _food_of(name, match)) for name in TABLE["foods"] if (match := _named(name, text))]
    return [item for _, item in sorted(found, key=lambda pair: pair[0])]


_GRAMS = {"g": 1.0, "kg": 1_000.0, "ml": 1.0, "l": 1_000.0}
"""Units of a food that stand before it, and about how many grams each is."""


def _named(name: str, text: str) -> re.Match[str] | None:
    amount = rf"\b(?P<number>\d+(?:[.,]\d+)?|{'|'.join(_AMOUNTS)})(?: ?(?P<unit>{'|'.join(_GRAMS)})(?: of)?)? "
    return re.search(rf"(?:{amount})?\b(?P<food>{name})(?:e?s)?\b", text, re.IGNORECASE)


def _food_of(name: str, match: re.Match[str]) -> dict[str, Any]:
    number = (match["number"] or "one").lower()
    count = _AMOUNTS.get(number) or float(number.replace(",", "."))
    facts, unit = TABLE["foods"][name], (match["unit"] or "portion").lower()
    grams = count * _GRAMS.get(unit, facts["portion"])
    values = {key: round(facts[key] * grams / 100, 1) for key in ("kcal", "protein", "carbohydrate", "fat", "fibre")}
    amount = {"quantity": round(count, 2), "unit": unit, "grams": round(grams, 1), "alcohol": 0.0}
    return {"food": name, **amount, **values}


def plate_of(colours: str) -> str:
    """Foods for a picture, by the names of its main colours."""
    return ", ".join(food for colour, food in TABLE["plate"].items() if colour in colours) or "rice"


def _any(patterns: Iterable[str], text: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE | re.DOTALL) for pattern in patterns)


def _word(word: str, text: str) -> re.Match[str] | None:
    return re.search(rf"\b(?:{word})\b", text, re.IGNORECASE | re.DOTALL)
