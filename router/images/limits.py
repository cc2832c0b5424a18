"""How large a picture may be, told from its header before a pixel is decoded, and how many are decoded at once.

What is sent is narrow because both providers' limits are: Groq takes 4 MB for a whole request and 33 megapixels a
picture. What is read is bounded by memory and time: 300 MB and some 3 s for the worst of files. Bytes to a pixel are
what the library was seen to take, its copies on the way included.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from typing import TYPE_CHECKING

from router.images.jpeg import read_jpeg_frame

if TYPE_CHECKING:  # Pillow is loaded with the first picture
    from PIL.Image import Image

LONG_SIDE = 1500
"""Pixels: the longer side of a picture that is sent."""

NARROWEST = 100
"""The longer side of what is sent to the shorter: models refuse what is narrower than 200 to 1."""

TOTAL_BYTES = 3_000_000
"""Bytes of base64: all pictures of one request together."""

LEAST_BYTES = 20_000
"""Bytes of base64 that a picture gets at least: with less of them nothing could be told from it."""

THUMBNAIL_SIDE = 160
"""Pixels: the longer side of the picture that the log keeps."""

MOST_MEMORY = 280_000_000
"""Bytes: what decoding one picture may take, and all that are decoded at once together."""

MOST_PIXELS = 200_000_000
"""Pixels of a JPEG, which is shrunk while it is read: the largest that phones take. It takes some 2 s."""

MOST_PIXELS_DECODED = 64_000_000
"""Pixels of any other format, which is decoded whole, however few bytes its pixels take."""

MOST_PIXELS_WRITTEN = 800_000_000
"""Pixels of a JPEG in several scans, each of which goes over the picture anew: pixels times scans."""

MOST_PIXELS_RUN_LENGTH = 2_000_000
"""Pixels of a run-length encoded BMP, which the library decodes in Python."""

_BYTES_BY_MODE = {
    "1": 3, "L": 2, "P": 6, "LA": 10, "PA": 14, "RGB": 5, "RGBA": 10, "RGBX": 5, "CMYK": 5, "YCbCr": 5, "LAB": 5,
    "I": 13, "I;16": 11, "I;16B": 15, "I;16L": 15, "I;16N": 15, "F": 22,
}  # fmt: skip
"""Bytes to a pixel by its mode: the picture, and the copy that is made of it before it is shrunk."""

_BYTES_OF_OTHER_MODES = 12
_BYTES_BESIDE = {"WEBP": 13, "AVIF": 15}
"""... that a format's decoder takes besides."""

_WIDTH, _ROWS_PER_STRIP, _SAMPLES, _BITS, _TILE_WIDTH, _TILE_HEIGHT = 256, 278, 277, 258, 322, 323
"""Tags of a TIFF."""


class PictureError(ValueError):
    """A file cannot be used as a picture; the text says why and what to do."""


def check_header(data: bytes) -> None:
    """Refuse a file that the library could not even open in bounds: its WebP decoder takes all memory at once.

    Raises:
        PictureError: it has too many pixels.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return
    width, height = _webp_size(data)
    _check_pixels("WEBP", (width, height), MOST_MEMORY // (_BYTES_BY_MODE["RGB"] + _BYTES_BESIDE["WEBP"]))


def _webp_size(data: bytes) -> tuple[int, int]:
    kind, body = data[12:16], data[20:30]
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF


def memory_needed(image: Image, data: bytes) -> int:
    """Bytes that decoding an opened picture takes.

    Raises:
        PictureError: it is too large or too small to be used.
    """
    width, height = image.size
    if min(width, height) < 2:
        raise PictureError(f"the picture is only {width} × {height} pixels")
    if image.format == "JPEG":
        return _jpeg_memory(image, data)
    if image.format == "BMP" and image.info.get("compression") in (1, 2):
        _check_pixels("BMP", image.size, MOST_PIXELS_RUN_LENGTH)
    bytes_of_pixel = _BYTES_BY_MODE.get(image.mode, _BYTES_OF_OTHER_MODES) + _BYTES_BESIDE.get(image.format or "", 0)
    if image.mode == "P" and "transparency" in image.info:
        bytes_of_pixel += 4  # with transparency it becomes a picture of four bands
    strip_bytes = _strip_bytes(image) if image.format == "TIFF" else 0
    most = min(MOST_PIXELS_DECODED, max(MOST_MEMORY - strip_bytes, 0) // bytes_of_pixel)
    _check_pixels(image.format, image.size, most)
    return width * height * bytes_of_pixel + strip_bytes


def _check_pixels(kind: str | None, size: tuple[int, int], most: int) -> None:
    width, height = size
    if width * height > most:
        raise PictureError(
            f"the picture has {width} × {height} pixels; {most // 1_000_000} megapixels is the most for "
            f"such a {kind}; save it smaller, or as JPEG, and try again"
        )


def _jpeg_memory(image: Image, data: bytes) -> int:
    """A JPEG is shrunk as it is read, unless its pixels come in several scans: then all of it is kept meanwhile."""
    _check_pixels("JPEG", image.size, MOST_PIXELS)
    frame = read_jpeg_frame(data)
    width, height = image.size
    if not frame.in_scans:
        return 4 * (4 * LONG_SIDE * LONG_SIDE)
    coefficients = int(2 * frame.samples_by_pixel * width * height)
    if coefficients > MOST_MEMORY or width * height * frame.scans > MOST_PIXELS_WRITTEN:
        raise PictureError(
            f"the picture is a progressive JPEG of {width} × {height} pixels in {frame.scans} scans, too large to be "
            "read in one piece; save it smaller, or without “progressive”, and try again"
        )
    return coefficients


def _strip_bytes(image: Image) -> int:
    """What a TIFF's reader holds besides: one strip or tile, which may be the whole picture."""
    if image.info.get("compression") == "raw":
        return 0  # read from the file's bytes themselves
    tags = getattr(image, "tag_v2", {})
    width, height = image.size
    bits = tags.get(_BITS, (8,))
    sample_bits = sum(bits) if isinstance(bits, tuple) else bits
    if _TILE_WIDTH in tags and _TILE_HEIGHT in tags:
        return int(tags[_TILE_WIDTH] * tags[_TILE_HEIGHT] * sample_bits // 8)
    return int(width * min(tags.get(_ROWS_PER_STRIP, height), height) * sample_bits // 8)


class DecodingMemory:
    """The memory that all pictures share while they are decoded; who finds none left waits."""

    def __init__(self, most: int = MOST_MEMORY) -> None:
        self.most = most
        self.taken = 0
        self._freed = Condition()

    @contextmanager
    def take(self, needed: int) -> Iterator[None]:
        """Hold so many bytes while the context lasts."""
        with self._freed:
            # A picture alone is always let in, or one of just over the most would wait for ever.
            self._freed.wait_for(lambda: self.taken == 0 or self.taken + needed <= self.most)
            self.taken += needed
        try:
            yield
        finally:
            with self._freed:
                self.taken -= needed
                self._freed.notify_all()


DECODING = DecodingMemory()
"""The process's own: several routers in it share one memory."""
