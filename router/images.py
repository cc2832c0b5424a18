"""Pictures on their way out: turned upright, shrunk to what every target takes, stripped of all metadata.

Where a picture was taken never leaves this machine. The limits are the narrower of both providers': Groq takes
4 MB for a whole request and 33 megapixels a picture, so all pictures of a request together stay under 3 MB of base64.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from router.request import Call
from router.types import Message

if TYPE_CHECKING:  # Pillow is loaded with the first picture
    from PIL.Image import Image

LONG_SIDE = 1500
"""Pixels: the longer side of a picture that is sent."""

TOTAL_BYTES = 3_000_000
"""Bytes of base64: all pictures of one request together."""

MOST_PIXELS = {"JPEG": 200_000_000}
"""By format: a picture with more pixels is refused before it is decoded. A JPEG is shrunk while it is read."""

MOST_PIXELS_DECODED = 64_000_000
"""... of all other formats, which are decoded whole: some 250 MB."""

THUMBNAIL_SIDE = 160
"""Pixels: the longer side of the picture that the log keeps."""

_ORIENTATION = 0x0112
_QUALITIES = (85, 75, 60, 45, 30)
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")


class PictureError(ValueError):
    """A file cannot be used as a picture; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is sent.

    Attributes:
        data: the JPEG's bytes, without metadata.
        width, height: in pixels, as sent.
        original_bytes, original_width, original_height: as it was given.
        sha256: of the bytes that are sent, in hex.
        thumbnail: a small JPEG as a data URL, for the log.
        note: what was done that one would not expect (first frame of an animation, ...); empty if nothing.
    """

    data: bytes
    width: int
    height: int
    original_bytes: int
    original_width: int
    original_height: int
    sha256: str
    thumbnail: str
    note: str = ""

    @property
    def url(self) -> str:
        """The picture as a data URL."""
        return _data_url(self.data)

    @property
    def part(self) -> dict[str, Any]:
        """The picture as a message part; the thumbnail in it goes to the log and never over the wire."""
        return {"type": "image_url", "image_url": {"url": self.url}, "thumbnail": self.thumbnail, "sha256": self.sha256}


def prepare_picture(data: bytes, *, budget: int = TOTAL_BYTES) -> Picture:
    """Make a picture fit to be sent.

    Args:
        data: the file's bytes, of whatever name and format.
        budget: bytes of base64 that it may take.

    Raises:
        PictureError: it is no picture, is broken or truncated, or has more pixels than its format may.
    """
    with open_picture(data) as image:
        return _prepared(image, data, budget)


@contextmanager
def open_picture(data: bytes) -> Iterator[Image]:
    """The picture that a file's bytes are, while the context lasts; its pixels and metadata are read on demand.

    Raises:
        PictureError: it is no picture, or it cannot be read, now or within the context.
    """
    from PIL import Image, UnidentifiedImageError

    if not data:
        raise PictureError("the file is empty")
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures and of odd metadata: our own limit holds, and metadata are left out.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
                yield image
    except PictureError:
        raise
    except UnidentifiedImageError:
        raise PictureError(_unknown(data)) from None
    except Image.DecompressionBombError:
        raise PictureError("the picture has far too many pixels; save it smaller and try again") from None
    except Exception as error:
        # Pillow names no set of errors for damaged files: struct.error, IndexError, TypeError and more were seen.
        raise PictureError("the picture is damaged or cut off; save it anew and try again") from error


def _prepared(image: Image, data: bytes, budget: int) -> Picture:
    width, height = image.size
    most = MOST_PIXELS.get(image.format or "", MOST_PIXELS_DECODED)
    if width * height > most:
        raise PictureError(
            f"the picture has {width} × {height} pixels; {most // 1_000_000} megapixels is the most for a "
            f"{image.format}; save it smaller and try again"
        )
    if min(width, height) < 2:
        raise PictureError(f"the picture is only {width} × {height} pixels")
    note = "only the first frame of the animation is used" if getattr(image, "n_frames", 1) > 1 else ""
    image.draft("RGB", (LONG_SIDE, LONG_SIDE))
    upright = _upright(image)
    encoded = _encode(upright, budget)
    thumbnail = upright.copy()
    thumbnail.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Picture(
        data=encoded,
        width=upright.width,
        height=upright.height,
        original_bytes=len(data),
        original_width=width,
        original_height=height,
        sha256=hashlib.sha256(encoded).hexdigest(),
        thumbnail=_data_url(_jpeg(thumbnail, 60)),
        note=note,
    )


def _upright(image: Image) -> Image:
    """A new picture of plain pixels: shrunk, turned as its metadata says, transparent parts on white."""
    from PIL import Image as images
    from PIL import ImageOps

    # A TIFF turns itself while it is loaded; only then does its metadata say what is still to be done.
    image.load()
    orientation = _orientation(image)
    image.thumbnail((LONG_SIDE, LONG_SIDE))
    plain = image.convert("RGBA")
    ground = images.new("RGB", plain.size, "white")
    ground.paste(plain, mask=plain.getchannel("A"))
    # Turned by itself: beside the file's other metadata Pillow would write those anew, and fail at an odd value.
    ground.getexif()[_ORIENTATION] = orientation
    ImageOps.exif_transpose(ground, in_place=True)
    return ground


def _orientation(image: Image) -> int:
    """How the picture lies, as EXIF counts it: 1 is upright, and so is what cannot be read."""
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 – whatever is wrong with the metadata, the pixels are good
        return 1
    return orientation if isinstance(orientation, int) else 1


def _encode(image: Image, budget: int) -> bytes:
    for quality in _QUALITIES:
        encoded = _jpeg(image, quality)
        if len(encoded) * 4 // 3 <= budget:
            return encoded
    smaller = image.copy()
    smaller.thumbnail((image.width // 2, image.height // 2))
    return _encode(smaller, budget)


def _jpeg(image: Image, quality: int) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=quality, optimize=True)
    return target.getvalue()


def _data_url(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def _unknown(data: bytes) -> str:
    if data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc", b"ftypavif"):
        return "HEIC and AVIF pictures cannot be read here; save it as JPEG or PNG and try again"
    return "the file is no picture; JPEG, PNG, WebP and GIF are read"


# --- in a call ---------------------------------------------------------------------------------------------------


def prepare_call(call: Call) -> Call:
    """The call with every picture in it made fit to be sent; addresses of pictures are left as they are.

    Raises:
        PictureError: one cannot be used; names its place in the messages.
    """
    budget = TOTAL_BYTES // max(call.images, 1)
    return replace(call, messages=tuple(_message(i, message, budget) for i, message in enumerate(call.messages)))


def _message(index: int, message: Message, budget: int) -> Message:
    content = message["content"]
    if isinstance(content, str):
        return message
    return {**message, "content": _parts(f"messages[{index}].content", content, budget)}


def _parts(where: str, parts: Sequence[Mapping[str, Any]], budget: int) -> list[Mapping[str, Any]]:
    return [_part(f"{where}[{index}]", part, budget) for index, part in enumerate(parts)]


def _part(where: str, part: Mapping[str, Any], budget: int) -> Mapping[str, Any]:
    if part["type"] != "image_url" or "thumbnail" in part:
        return part
    url = part["image_url"]["url"]
    if not url.startswith("data:"):
        return part
    try:
        picture = prepare_picture(_decoded(url), budget=budget)
    except PictureError as error:
        raise PictureError(f"{where}: {error}") from error
    detail = {name: value for name, value in part["image_url"].items() if name != "url"}
    return {**picture.part, "image_url": {"url": picture.url, **detail}}


def _decoded(url: str) -> bytes:
    head, comma, body = url.partition(",")
    if not comma or not head.endswith(";base64"):
        raise PictureError("the data URL is not base64")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise PictureError("the data URL's base64 is damaged") from error
