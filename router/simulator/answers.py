"""What a simulated model answers: text by the words of the prompt, JSON by the schema, pictures by measurement."""

from __future__ import annotations

import base64
import io
import json
import random
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router.simulator.instances import instance_of

_TABLE: dict[str, Any] = tomllib.loads((Path(__file__).parent / "replies.toml").read_text(encoding="utf-8"))
_COUNT_WORDS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "half": 0.5}


class BadPicture(ValueError):
    """An image part holds no picture."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request's messages, taken apart.

    Attributes:
        text: the last user message's text.
        everything: all text of all messages.
        pictures: the bytes of every picture; None for one that is only an address.
    """

    text: str
    everything: str
    pictures: tuple[bytes | None, ...]

    @property
    def tokens(self) -> int:
        """About four characters to a token, and 800 for a picture."""
        return max(1, len(self.everything) // 4) + 800 * len(self.pictures)


def read_prompt(messages: Sequence[Mapping[str, Any]]) -> Prompt:
    """Take the messages apart.

    Raises:
        BadPicture: a data URL is not base64.
    """
    texts, pictures, last = [], [], ""
    for message in messages:
        content = message.get("content")
        parts: list[Any] = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
        text = " ".join(part.get("text", "") for part in parts if part.get("type") == "text")
        pictures += [_bytes_of(part["image_url"]["url"]) for part in parts if part.get("type") == "image_url"]
        texts.append(text)
        last = text if message.get("role") == "user" and text.strip() else last
    return Prompt(last, "\n".join(texts), tuple(pictures))


def _bytes_of(url: str) -> bytes | None:
    if not url.startswith("data:"):
        return None
    try:
        return base64.b64decode(url.partition(",")[2], validate=True)
    except ValueError as error:
        raise BadPicture("invalid base64 image data") from error


def answer_text(prompt: Prompt, label: str, seed: int | None, temperature: float) -> str:
    """The answer in words; opens with the mark that says it is simulated.

    Args:
        label: the simulated model's name, for the mark.
        seed: the same seed gives the same words; None leaves the choice to the temperature.
    """
    dice = random.Random(f"{seed}|{prompt.text}" if seed is not None or temperature == 0 else None)
    kind = "vision" if prompt.pictures else _kind_of(prompt.everything.lower())
    facts = {"quote": _quote(prompt.text), "category": category_of(prompt.text), **_seen(prompt.pictures)}
    paragraphs = [dice.choice(alternatives).format(**facts) for alternatives in _TABLE["kinds"][kind]["say"]]
    return f"*Simulated reply ({label}).* " + "\n\n".join(paragraphs)


def answer_reasoning(prompt: Prompt) -> str:
    """What a reasoning model thinks before it answers."""
    return "".join(_TABLE["reasoning"]["say"]).format(quote=_quote(prompt.text))


def answer_json(prompt: Prompt, schema: Mapping[str, Any] | None, seed: int | None) -> str:
    """A JSON document: a valid instance of the schema, or what can be read out of the prompt."""
    dice = random.Random(f"{seed}|{prompt.text}")
    schema = schema or _schema_in(prompt.everything)
    if schema is not None:
        return json.dumps(instance_of(schema, dice, prompt.text), ensure_ascii=False)
    items = foods_in(prompt.text)
    document = {"category": category_of(prompt.text), "text": prompt.text[:200], "items": items}
    return json.dumps(document, ensure_ascii=False)


def _schema_in(text: str) -> Mapping[str, Any] | None:
    """The JSON schema that the messages themselves hold, as they do where a model has no mode for it."""
    start = text.find("{", text.lower().find("schema"))
    if "schema" not in text.lower() or start < 0:
        return None
    try:
        found, _ = json.JSONDecoder().raw_decode(text[start:])
    except ValueError:
        return None
    return found if isinstance(found, dict) and found.keys() & {"type", "properties", "$ref", "anyOf"} else None


def _kind_of(text: str) -> str:
    kinds: dict[str, Any] = _TABLE["kinds"]
    return next((kind for kind, entry in kinds.items() if any(word in text for word in entry["words"])), "chat")


def _quote(text: str) -> str:
    flat = " ".join(text.split()).replace("*", "")
    return flat if len(flat) <= 160 else flat[:157] + "…"


def category_of(text: str) -> str:
    """Which kind of entry a line is, by the words in it."""
    line = text.rpartition(":")[2].lower() if ":" in text else text.lower()
    found = (name for name, words in _TABLE["categories"].items() if any(word in line for word in words))
    return next(found, "note")


def foods_in(text: str) -> list[dict[str, Any]]:
    """The foods of the table that a line names, with the quantity before them and reference values for it."""
    items = []
    for name, facts in _TABLE["foods"].items():
        found = re.search(rf"(?:(\d+(?:\.\d+)?|{'|'.join(_COUNT_WORDS)})\s+)?\b{name}s?\b", text.lower())
        if found:
            count = _COUNT_WORDS.get(found[1] or "one") or float(found[1])
            items.append(_portion(name, count, facts))
    return items


def _portion(name: str, count: float, facts: Mapping[str, float]) -> dict[str, Any]:
    grams = count * facts["portion"]
    values = {key: round(facts[key] * grams / 100, 1) for key in ("kcal", "protein", "carbohydrate", "fat", "fibre")}
    return {"food": name, "quantity": count, "unit": "portion", "grams": round(grams, 1), **values}


# --- pictures ----------------------------------------------------------------------------------------------------

_COLOURS = {
    "black": (20, 20, 20),
    "white": (240, 240, 240),
    "grey": (128, 128, 128),
    "red": (200, 40, 40),
    "orange": (230, 140, 40),
    "yellow": (235, 215, 70),
    "green": (70, 150, 70),
    "blue": (60, 100, 200),
    "purple": (130, 70, 160),
    "brown": (120, 80, 50),
    "beige": (220, 200, 170),
    "pink": (230, 150, 170),
}


def _seen(pictures: Sequence[bytes | None]) -> dict[str, Any]:
    """What can be measured in the first picture.

    Raises:
        BadPicture: it cannot be decoded.
    """
    blank = {"width": 0, "height": 0, "brightness": "", "colours": "", "composition": ""}
    if not pictures:
        return blank
    data = pictures[0]
    if data is None:
        return blank | {"brightness": "unseen", "colours": "unknown ones", "composition": "Only an address was given."}
    return _measured(data, len(pictures))


def _measured(data: bytes, count: int) -> dict[str, Any]:
    from PIL import Image, ImageStat

    try:
        with Image.open(io.BytesIO(data)) as opened:
            width, height = opened.size
            small = opened.convert("RGB").resize((48, 48))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadPicture("could not decode image") from error
    light = ImageStat.Stat(small.convert("L"))
    shape = "wider than high" if width > height else "higher than wide" if height > width else "square"
    busy = "even" if light.stddev[0] < 25 else "varied" if light.stddev[0] < 60 else "full of contrast"
    many = f" It is the first of {count} pictures." if count > 1 else ""
    return {
        "width": width,
        "height": height,
        "brightness": "dark" if light.mean[0] < 85 else "bright" if light.mean[0] > 170 else "evenly lit",
        "colours": _main_colours(small),
        "composition": f"It is {shape} and {busy} (mean brightness {light.mean[0]:.0f} of 255).{many}",
    }


def _main_colours(image: Any) -> str:
    palette = image.quantize(4).convert("RGB").getcolors(48 * 48)
    names = [_nearest(colour) for _, colour in sorted(palette, reverse=True)]
    return " and ".join(list(dict.fromkeys(names))[:3])


def _nearest(colour: tuple[int, int, int]) -> str:
    return min(_COLOURS, key=lambda name: sum((a - b) ** 2 for a, b in zip(_COLOURS[name], colour, strict=True)))
