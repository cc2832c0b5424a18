"""What a picture's values mean: scaled to 8 bits, averaged where an average has a meaning."""

import io
import struct

import pytest
from PIL import Image

from router.images import PictureError, prepare_picture
from router.images.pixels import size_sent


def encoded(image, kind, **options):
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def sent(image, kind, **options):
    return Image.open(io.BytesIO(prepare_picture(encoded(image, kind, **options)).data))


def shades(image):
    """The means of its left, middle and right thirds."""
    grey = image.convert("L")
    width = grey.width // 3
    thirds = [grey.crop((place * width + 2, 2, (place + 1) * width - 2, grey.height - 2)) for place in range(3)]
    return [sum(third.tobytes()) / len(third.tobytes()) for third in thirds]


def in_thirds(mode, values):
    image = Image.new(mode, (60, 20))
    for place, value in enumerate(values):
        image.paste(value, (place * 20, 0, place * 20 + 20, 20))
    return image


def wide(values, mode="I;16"):
    code, order = {"I;16": ("H", "<"), "I;16B": ("H", ">"), "I": ("i", "="), "F": ("f", "=")}[mode]
    row = [value for value in values for _ in range(20)] * 20
    return Image.frombytes(mode, (60, 20), struct.pack(f"{order}{len(row)}{code}", *row))


@pytest.mark.parametrize(
    ("mode", "kind", "values", "expected"),
    [
        ("I;16", "PNG", (0, 36_966, 65_535), (0, 143.8, 255)),
        ("I;16", "TIFF", (0, 36_966, 65_535), (0, 143.8, 255)),
        ("I;16B", "TIFF", (0, 36_966, 65_535), (0, 143.8, 255)),
        ("I;16", "PNG", (257, 514, 2_570), (1, 2, 10)),
        ("I", "TIFF", (0, 100, 255), (0, 100, 255)),
        ("I", "TIFF", (0, 36_966, 65_535), (0, 143.8, 255)),
        ("I", "TIFF", (-1_000_000, 0, 1_000_000), (0, 127.5, 255)),
        ("I", "TIFF", (0, 1, 2), (0, 127.5, 255)),
        ("F", "TIFF", (0.0, 0.25, 1.0), (0, 63.8, 255)),
        ("F", "TIFF", (0.0, 100.0, 255.0), (0, 100, 255)),
        ("F", "TIFF", (-3.0, 0.0, 3.0), (0, 127.5, 255)),
        ("F", "TIFF", (0.0, 1e30, 2e30), (0, 127.5, 255)),
        ("F", "TIFF", (7.0, 7.0, 7.0), (127.5, 127.5, 127.5)),
        ("F", "TIFF", (0.0, float("nan"), 1.0), (0, 0, 255)),
        ("F", "TIFF", (float("nan"), 0.5, 1.0), (0, 127.5, 255)),
        ("F", "TIFF", (float("inf"), 0.5, 1.0), (0, 127.5, 255)),
    ],
)
def test_wide_values_are_scaled_to_eight_bits(mode, kind, values, expected):
    assert shades(sent(wide(values, mode), kind)) == pytest.approx(expected, abs=2.5)


def test_a_picture_without_a_number_is_refused():
    with pytest.raises(PictureError, match="is a number"):
        prepare_picture(encoded(wide([float("nan")] * 3, "F"), "TIFF"))


@pytest.mark.parametrize(
    ("mode", "kind", "values"),
    [
        ("L", "PNG", (0, 128, 255)),
        ("1", "PNG", (0, 0, 1)),
        ("1", "TIFF", (0, 0, 1)),
        ("CMYK", "TIFF", ((0, 0, 0, 255), (0, 0, 0, 127), (0, 0, 0, 0))),
        ("CMYK", "JPEG", ((0, 0, 0, 255), (0, 0, 0, 127), (0, 0, 0, 0))),
        ("LAB", "TIFF", ((0, 128, 128), (137, 128, 128), (255, 128, 128))),
        ("YCbCr", "JPEG", ((0, 128, 128), (128, 128, 128), (255, 128, 128))),
        ("LA", "PNG", ((0, 255), (128, 255), (0, 0))),
        ("RGBA", "PNG", ((0, 0, 0, 255), (0, 0, 0, 127), (0, 0, 0, 0))),
        ("RGBA", "WEBP", ((0, 0, 0, 255), (0, 0, 0, 127), (0, 0, 0, 0))),
    ],
)
def test_every_kind_of_pixel_looks_as_it_did(mode, kind, values):
    dark, grey, light = shades(sent(in_thirds(mode, values), kind))
    assert dark < 8
    assert light > 247
    assert grey < 8 if mode == "1" else 110 < grey < 146


def test_a_palettes_transparent_colour_is_white_and_its_numbers_are_never_averaged():
    image = in_thirds("P", (0, 1, 2)).resize((6000, 2000))
    image.putpalette([255, 0, 0, 0, 0, 255, 0, 0, 0])
    picture = sent(image, "PNG", transparency=2)
    red, blue, white = (picture.getpixel((picture.width * place // 6, 99)) for place in (1, 3, 5))
    assert red[0] > 240 > 20 > red[2]
    assert blue[2] > 240 > 20 > blue[0]
    assert min(white) > 247


def test_a_fine_pattern_of_black_and_white_becomes_grey_when_it_is_shrunk():
    image = Image.new("1", (6000, 600))
    for x in range(0, 6000, 2):
        image.paste(1, (x, 0, x + 1, 600))
    assert shades(sent(image, "PNG")) == pytest.approx([127.5] * 3, abs=4)


@pytest.mark.parametrize(
    ("size", "smaller"),
    [
        ((400, 300), (400, 300)),
        ((6000, 3000), (1500, 750)),
        ((20_000, 2), (1500, 2)),
        ((20_000, 100), (1500, 15)),
        ((2, 2), (2, 2)),
    ],
)
def test_the_size_that_is_sent(size, smaller):
    assert size_sent(size) == smaller
