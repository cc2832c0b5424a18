"""A file's bytes as a picture, whatever is wrong with them: the one place where the library's errors are translated."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from router.images.limits import PictureError, check_header

if TYPE_CHECKING:  # Pillow is loaded with the first picture
    from PIL.Image import Image

_FORMATS = ("PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
_JPEG = b"\xff\xd8\xff"
_HEIC = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc", b"ftypmsf1", b"ftypheim", b"ftypheis")


@contextmanager
def open_picture(data: bytes) -> Iterator[Image]:
    """The picture that a file's bytes are, while the context lasts; its pixels and metadata are read on demand.

    Raises:
        PictureError: it is no picture, or it cannot be read, now or within the context.
    """
    from PIL import Image, UnidentifiedImageError

    if not data:
        raise PictureError("the file is empty")
    check_header(data)
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures and of odd metadata: our own limit holds, and metadata are left out.
            warnings.simplefilter("ignore")
            with _opened(data) as image:
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


def _opened(data: bytes) -> Image:
    from PIL import Image
    from PIL.JpegImagePlugin import JpegImageFile

    if data.startswith(_JPEG):
        # By its own class: phones put further pictures behind the first (MPO), which would make a format of their own
        # of it, and Pillow's general limit is under what phones take today; ours is told from the header.
        return JpegImageFile(io.BytesIO(data))
    return Image.open(io.BytesIO(data), formats=_FORMATS)


def _unknown(data: bytes) -> str:
    if data[4:12] in _HEIC:
        return "HEIC pictures cannot be read here; save it as JPEG or PNG and try again"
    if data[4:8] == b"ftyp":
        return "the file is a film, or a picture that cannot be read here; save it as JPEG or PNG and try again"
    return "the file is no picture; JPEG, PNG, WebP, AVIF and GIF are read"
