"""A JPEG's header tells whether it can be read piece by piece."""

import io

import pytest
from PIL import Image

from router.images.jpeg import read_jpeg_frame


def jpeg(**options):
    target = io.BytesIO()
    Image.effect_noise((64, 48), 50).convert("RGB").save(target, "JPEG", **options)
    return target.getvalue()


def test_a_jpegs_header_tells_how_it_has_to_be_read():
    plain, progressive = read_jpeg_frame(jpeg()), read_jpeg_frame(jpeg(progressive=True))
    assert (plain.in_scans, plain.scans, plain.samples_by_pixel) == (False, 1, 1.5)
    assert progressive.in_scans
    assert progressive.scans > 5
    assert read_jpeg_frame(jpeg(subsampling=0)).samples_by_pixel == 3


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe0", jpeg()[:30], b"\xff\xd8\xff\xc0\0\0" * 3])
def test_a_jpeg_whose_header_cannot_be_followed_is_taken_for_the_costliest(data):
    assert read_jpeg_frame(data).in_scans


def test_what_a_camera_writes_ahead_of_the_picture_is_stepped_over():
    exif = Image.Exif()
    exif[0x010F] = "\xff\xda" * 50  # the sign of a scan, in the maker's name
    frame = read_jpeg_frame(jpeg(exif=exif, comment=b"\xff\xda" * 50))
    assert (frame.in_scans, frame.scans) == (False, 1)
