"""A file is a picture or refused in words, whatever its bytes are and whatever the library raises."""

import io
import struct

import pytest
from PIL import Image

from router.images import PictureError, open_picture


def photograph(kind="JPEG", size=(40, 20)):
    target = io.BytesIO()
    Image.new("RGB", size, "orange").save(target, kind)
    return target.getvalue()


@pytest.mark.parametrize("error", [IndexError, struct.error, TypeError, SyntaxError, MemoryError, RecursionError])
def test_whatever_is_raised_while_a_picture_is_open_is_a_picture_error(error):
    with pytest.raises(PictureError, match="damaged or cut off"), open_picture(photograph()):
        raise error


@pytest.mark.parametrize("kind", ["JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_every_kind_of_file_that_pages_offer_is_read(kind):
    with open_picture(photograph(kind)) as image:
        assert image.size == (40, 20)


@pytest.mark.parametrize("kind", ["ICO", "PPM", "TGA", "PCX", "PDF", "JPEG2000"])
def test_no_reader_is_tried_that_nobody_needs(kind):
    with pytest.raises(PictureError), open_picture(photograph(kind)):
        pass


def test_a_webp_is_refused_before_its_reader_takes_the_memory():
    large = bytearray(photograph("WEBP", (300, 300)))
    place = large.index(b"\x9d\x01\x2a") + 3
    large[place : place + 4] = struct.pack("<HH", 16_000, 16_000)
    with pytest.raises(PictureError, match="16000 × 16000 pixels; 15 megapixels"), open_picture(bytes(large)):
        pass
