"""A file made fit to be sent: a small upright JPEG without metadata."""

from __future__ import annotations

import base64
import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from router.images.limits import DECODING, LEAST_BYTES, THUMBNAIL_SIDE, TOTAL_BYTES, PictureError, memory_needed
from router.images.opening import open_picture
from router.images.pixels import plain_pixels, size_sent, widened
from router.images.prepared import PREPARED

if TYPE_CHECKING:  # Pillow is loaded with the first picture
    from PIL.Image import Image

_ORIENTATION = 0x0112
_QUALITIES = (85, 75, 60, 45, 30)


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
        return data_url(self.data)

    @property
    def part(self) -> dict[str, Any]:
        """The picture as a message part; the thumbnail in it goes to the log and never over the wire."""
        return picture_part(self.url, self.sha256, self.thumbnail)


def picture_part(url: str, sha256: str, thumbnail: str) -> dict[str, Any]:
    """A message part with what the log keeps of its picture."""
    return {"type": "image_url", "image_url": {"url": url}, "thumbnail": thumbnail, "sha256": sha256}


def prepare_picture(data: bytes, *, budget: int = TOTAL_BYTES) -> Picture:
    """Make a picture fit to be sent.

    Waits while others are decoded that take all the memory there is for it, so not to be called on an event loop.

    Args:
        data: the file's bytes, of whatever name and format.
        budget: bytes of base64 that it may take.

    Raises:
        PictureError: it is no picture, is broken or truncated, or has more pixels than its format may; or the budget
            is too small for any picture.
    """
    if budget < LEAST_BYTES:
        raise PictureError(f"{budget} bytes are too few for a picture; send fewer pictures in one request")
    with open_picture(data) as image, DECODING.take(memory_needed(image, data)):
        picture = _prepared(image, data, budget)
    PREPARED.add(picture.sha256, picture.thumbnail)
    return picture


def _prepared(image: Image, data: bytes, budget: int) -> Picture:
    width, height = image.size
    image.draft("RGB", size_sent(image.size))
    upright = _upright(image)
    notes = [_note_of_frames(image)]
    if upright.size not in (size_sent((width, height)), size_sent((height, width))):
        notes.append("it is so narrow that white was added at its sides")
    sent, encoded = _encode(upright, budget)
    thumbnail = upright.copy()
    thumbnail.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Picture(
        data=encoded,
        width=sent.width,
        height=sent.height,
        original_bytes=len(data),
        original_width=width,
        original_height=height,
        sha256=hashlib.sha256(encoded).hexdigest(),
        thumbnail=data_url(_jpeg(thumbnail, 60)),
        note="; ".join(note for note in notes if note),
    )


def _note_of_frames(image: Image) -> str:
    # Whether there are more, and not how many: a TIFF of 60,000 pages takes half a minute to count.
    if not getattr(image, "is_animated", False):
        return ""
    return f"only the first {'page' if image.format == 'TIFF' else 'frame of the animation'} is used"


def _upright(image: Image) -> Image:
    """A new picture of plain pixels, turned as its metadata says."""
    from PIL import ImageOps

    # A TIFF turns itself while it is loaded; only then does its metadata say what is still to be done.
    image.load()
    orientation = _orientation(image)
    plain = widened(plain_pixels(image))
    plain.info.clear()  # or a comment would be written again
    # Turned by itself: beside the file's other metadata Pillow would write those anew, and fail at an odd value.
    plain.getexif()[_ORIENTATION] = orientation
    ImageOps.exif_transpose(plain, in_place=True)
    return plain


def _orientation(image: Image) -> int:
    """How the picture lies, as EXIF counts it: 1 is upright, and so is what cannot be read."""
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 – whatever is wrong with the metadata, the pixels are good
        return 1
    return orientation if isinstance(orientation, int) else 1


def _encode(image: Image, budget: int) -> tuple[Image, bytes]:
    """The picture as it fits the budget, and its bytes: first in lower quality, then at half the size."""
    for quality in _QUALITIES:
        encoded = _jpeg(image, quality)
        if len(encoded) * 4 // 3 <= budget:
            return image, encoded
    smaller = image.copy()
    smaller.thumbnail((max(image.width // 2, 1), max(image.height // 2, 1)))
    return _encode(smaller, budget)


def _jpeg(image: Image, quality: int) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=quality, optimize=True)
    return target.getvalue()


def data_url(jpeg: bytes) -> str:
    """The address that holds a JPEG itself."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
