"""What can be measured in a picture: size, brightness, contrast and main colours."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

from PIL import Image, ImageStat

_LARGEST = 33_000_000
"""Pixels a picture may have (Groq's documentation "Vision", 2026); `_LEAST` is the shortest side."""
_LEAST = 2
_SMALL = 48
_DIFFERING = 5  # bits of 64 in which a look may differ
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


class BadPicture(ValueError):
    """An image part holds no picture, or one that is too large or too small."""


def bytes_of(url: str) -> bytes | None:
    """The bytes of a data URL; None for an address, which is not fetched.

    Raises:
        BadPicture: it is not base64.
    """
    if not url.startswith("data:"):
        return None
    try:
        return base64.b64decode(url.partition(",")[2], validate=True)
    except ValueError as error:
        raise BadPicture("invalid base64 image data") from error


def measure(pictures: Sequence[bytes | None]) -> dict[str, Any]:
    """What is to be said of the first picture; all of them are decoded.

    Raises:
        BadPicture: one cannot be decoded.
    """
    opened = [None if data is None else _open(data) for data in pictures]
    if not opened:
        return {}
    remark = f" It is the first of {len(opened)} pictures." if len(opened) > 1 else ""
    first = _describe(opened[0]) if opened[0] else _UNSEEN
    return {**first, "composition": f"{first['composition']}{remark}"}


def look_of(data: bytes) -> str:
    """A picture's look as 16 hexadecimal digits, nearly the same after it was shrunk or compressed: its dHash.

    Each bit says whether a spot is brighter than the one to its right, of nine by eight grey spots.

    Raises:
        BadPicture: it cannot be decoded.
    """
    spots = _open(data)[2].convert("L").resize((9, 8)).tobytes()
    bits = [spots[row * 9 + column] > spots[row * 9 + column + 1] for row in range(8) for column in range(8)]
    return f"{sum(bit << place for place, bit in enumerate(bits)):016x}"


def looks_alike(look: str, second_look: str) -> bool:
    """Whether two looks are those of one picture."""
    return (int(look, 16) ^ int(second_look, 16)).bit_count() <= _DIFFERING


_UNSEEN = {
    "width": 0,
    "height": 0,
    "brightness": "unseen",
    "colours": "colours unknown",
    "composition": "Only an address was given, and nothing is fetched.",
}


def _open(data: bytes) -> tuple[int, int, Image.Image]:
    try:
        with Image.open(io.BytesIO(data)) as opened:
            width, height = opened.size
            if width * height > _LARGEST or min(width, height) < _LEAST:
                raise BadPicture(f"{width} × {height} pixels are too many or too few")
            return width, height, opened.convert("RGB").resize((_SMALL, _SMALL))
    except (OSError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPicture("could not decode image") from error


def _describe(picture: tuple[int, int, Image.Image]) -> dict[str, Any]:
    width, height, small = picture
    light = ImageStat.Stat(small.convert("L"))
    mean, spread = light.mean[0], light.stddev[0]
    shape = "wider than high" if width > height else "higher than wide" if height > width else "square"
    busy = "even" if spread < 25 else "varied" if spread < 60 else "full of contrast"
    return {
        "width": width,
        "height": height,
        "brightness": "dark" if mean < 85 else "bright" if mean > 170 else "evenly lit",
        "colours": _main_colours(small),
        "composition": f"It is {shape} and {busy} (mean brightness {mean:.0f} of 255).",
    }


def _main_colours(image: Image.Image) -> str:
    counted: Any = image.quantize(4).convert("RGB").getcolors(_SMALL * _SMALL)
    names = [_nearest(colour) for _, colour in sorted(counted, reverse=True)]
    return " and ".join(list(dict.fromkeys(names))[:3])


def _nearest(colour: tuple[int, int, int]) -> str:
    return min(_COLOURS, key=lambda name: sum((a - b) ** 2 for a, b in zip(_COLOURS[name], colour, strict=True)))
