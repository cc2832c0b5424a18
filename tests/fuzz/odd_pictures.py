"""Pictures with bytes changed, dropped, repeated or cut off."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image

_MODES = {"JPEG": "RGB", "PNG": "RGBA", "GIF": "P", "WEBP": "RGB", "BMP": "RGB", "TIFF": "RGB"}
_ODD_MODES = (("PNG", "I;16"), ("PNG", "LA"), ("PNG", "1"), ("TIFF", "F"), ("TIFF", "CMYK"), ("JPEG", "L"))
_HEAD = 200
"""Bytes: most of what is changed is among the first of a file, where its structure stands."""


@cache
def whole_pictures() -> tuple[bytes, ...]:
    """A small picture in each format and in each odd mode, with metadata where the format has some."""
    return tuple(_encoded(kind, mode) for kind, mode in (*_MODES.items(), *_ODD_MODES))


def _encoded(kind, mode):
    colour = Image.linear_gradient("L").resize((40, 30))
    target = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a description"
    extra = {"exif": exif} if kind in ("JPEG", "WEBP", "PNG") else {}
    colour.convert(mode).save(target, kind, **extra)
    return target.getvalue()


def spoiled_picture(dice) -> bytes:
    """One of them, spoiled in one to six places."""
    data = bytearray(dice.choice(whole_pictures()))
    for _ in range(dice.randint(1, 6)):
        place = dice.randrange(min(len(data), _HEAD) if dice.random() < 0.7 else len(data))
        way = dice.randrange(5)
        if way == 0:
            data[place] = dice.randrange(256)
        elif way == 1:
            data[place] ^= 1 << dice.randrange(8)
        elif way == 2:
            del data[place : place + dice.randint(1, 8)]
        elif way == 3:
            data[place:place] = data[place : place + dice.randint(1, 40)]
        elif len(data) > _HEAD:
            del data[max(20, place) :]
        if len(data) < 2:
            break
    return bytes(data)
