"""Pictures on their way out: upright, small, without metadata; what is none is refused in words."""

import base64
import io
import random
import struct
import zlib

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from router.images import LONG_SIDE, PictureError, prepare_picture


def encoded(image, kind, **options):
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def reopened(picture):
    return Image.open(io.BytesIO(picture.data))


def photograph():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)  # where it was taken
    exif[0x010F] = "Camera maker"
    return encoded(Image.new("RGB", (400, 200), "orange"), "JPEG", exif=exif)


def test_a_photograph_loses_its_metadata_and_stands_upright():
    picture = prepare_picture(photograph())
    assert (picture.width, picture.height) == (200, 400)
    assert not reopened(picture).getexif()
    assert b"Camera maker" not in picture.data


def test_a_large_picture_is_shrunk():
    picture = prepare_picture(encoded(Image.new("RGB", (6000, 3000), "teal"), "JPEG"))
    assert (picture.width, picture.height) == (LONG_SIDE, LONG_SIDE // 2)
    assert (picture.original_width, picture.original_height) == (6000, 3000)


def test_a_picture_that_does_not_shrink_well_still_fits_its_budget():
    noise = Image.effect_noise((1500, 1500), 200)
    assert len(prepare_picture(encoded(noise, "PNG"), budget=60_000).data) * 4 / 3 <= 60_000


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "LA", "CMYK", "1", "I;16"])
def test_every_kind_of_pixel_becomes_a_plain_jpeg(mode):
    kind = "TIFF" if mode in ("CMYK", "I;16") else "PNG"
    assert reopened(prepare_picture(encoded(Image.new(mode, (20, 30)), kind))).mode == "RGB"


def test_a_png_that_is_named_jpg_is_read_as_what_it_is():
    assert prepare_picture(encoded(Image.new("RGB", (20, 30), "red"), "PNG")).width == 20


def test_of_an_animation_the_first_frame_is_used_and_that_is_said():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "green")]
    assert "first frame" in prepare_picture(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])).note


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"these are notes", "no picture"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "HEIC"),
        (b"\0\0\0\x18ftypisom" + b"\0" * 40, "film"),
        (encoded(Image.new("RGB", (300, 300), "red"), "PNG")[:-200], "damaged or cut off"),
        (encoded(Image.new("RGB", (1, 1)), "PNG"), "only 1 × 1"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(data, words):
    with pytest.raises(PictureError, match=words):
        prepare_picture(data)


def lying_photograph(*odd):
    """A photograph on its side, with one more value in its metadata: tag, type, count and four bytes."""
    turned = (0x0112, 3, 1, struct.pack("<HH", 6, 0))
    entries = b"".join(struct.pack("<HHI", *entry[:3]) + entry[3] for entry in sorted([turned, odd]))
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + entries + bytes(4)
    return encoded(Image.new("RGB", (40, 20), "orange"), "JPEG", exif=exif)


@pytest.mark.parametrize(
    "odd",
    [
        (0x0100, 2, 4, b"ab\0\0"),  # a width in letters
        (0x0101, 9, 1, struct.pack("<i", -5)),  # a height below nothing
        (0x0102, 11, 1, struct.pack("<f", 1e30)),  # a number of bits with a fraction
        (0x0106, 8, 1, struct.pack("<hh", -1, 0)),
        (0x8825, 4, 1, struct.pack("<I", 9999)),  # a place that is not in the file
    ],
)
def test_a_good_photograph_with_an_odd_value_in_its_metadata_is_taken_and_stands_upright(odd):
    picture = prepare_picture(lying_photograph(*odd))
    assert (picture.width, picture.height) == (20, 40)


@pytest.mark.parametrize("orientation", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 60_000])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_every_way_to_lie_is_turned_upright(orientation, kind):
    exif = Image.Exif()
    exif[0x0112] = orientation
    flat = Image.new("RGB", (40, 20), "white")
    flat.paste("red", (0, 0, 20, 10))  # the corner that tells which side is up
    upright = reopened(prepare_picture(encoded(flat, kind, exif=exif)))
    assert upright.size == ((20, 40) if orientation in (5, 6, 7, 8) else (40, 20))
    x, y = {2: (1, 0), 3: (1, 1), 4: (0, 1), 6: (1, 0), 7: (1, 1), 8: (0, 1)}.get(orientation, (0, 0))
    _, green, _ = upright.getpixel((x * (upright.width - 1), y * (upright.height - 1)))
    assert green < 100


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_a_damaged_file_is_a_picture_or_refused_as_none_whatever_the_library_raises(kind):
    chance = random.Random(5)
    exif = {} if kind in ("GIF", "BMP") else {"exif": reopened(prepare_picture(photograph())).getexif()}
    if exif:
        exif["exif"].update({0x0112: 6, 0x010F: "Camera maker", 0x0101: 5})
    whole = encoded(Image.effect_noise((24, 16), 90), kind, **exif)
    outcomes = set()
    for _ in range(400):
        damaged = bytearray(whole)
        for _ in range(chance.choice([1, 2, 4])):
            damaged[chance.randrange(min(len(damaged), 260))] = chance.randrange(256)
        outcomes.add(outcome_of(bytes(damaged[: chance.choice([None, len(damaged) - 9])])))
    assert outcomes == {"taken", "refused"}


def outcome_of(data):
    try:
        prepare_picture(data)
    except PictureError:
        return "refused"
    return "taken"


@pytest.mark.parametrize(("side", "words"), [(40_000, "pixels"), (10_000, "10000 × 10000 pixels; 64 megapixels")])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(side, words):
    header = encoded(Image.new("1", (8, 8)), "PNG")
    bomb = header[:16] + side.to_bytes(4, "big") * 2 + header[24:]
    # The header's checksum goes with its figures.
    bomb = bomb[:29] + zlib.crc32(bomb[12:29]).to_bytes(4, "big") + bomb[33:]
    with pytest.raises(PictureError, match=words):
        prepare_picture(bomb)


@pytest.mark.parametrize("size", [(2, 20_000), (20_000, 2), (100, 20_000), (3, 1_000)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_narrow_picture_keeps_its_narrow_side_and_is_no_narrower_than_models_take(size, kind):
    picture = prepare_picture(encoded(Image.new("RGB", size, "black"), kind))
    sent = reopened(picture).convert("L")
    assert max(sent.size) <= LONG_SIDE
    assert min(sent.size) * 100 >= max(sent.size)
    short = sent.height if size[0] > size[1] else sent.width
    middle = [sent.getpixel((sent.width // 2, y) if size[0] > size[1] else (y, sent.height // 2)) for y in range(short)]
    dark = sum(value < 128 for value in middle)
    assert dark >= min(min(size), 15)
    assert bool(picture.note) is (min(size) < 15 and dark < short)


def test_a_phones_picture_with_more_behind_it_is_the_first_of_them():
    first, second = Image.new("RGB", (9000, 8000), "teal"), Image.new("RGB", (64, 48), "red")
    picture = prepare_picture(encoded(first, "MPO", save_all=True, append_images=[second]))
    assert (picture.width, picture.height, picture.note) == (1500, 1333, "")


def test_of_a_tiff_the_first_page_is_used_and_that_is_said():
    pages = [Image.new("L", (20, 20), shade) for shade in (0, 255)]
    picture = prepare_picture(encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert picture.note == "only the first page is used"
    assert reopened(picture).convert("L").getpixel((9, 9)) < 10


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "WEBP"])
def test_no_word_of_a_files_remarks_is_sent(kind):
    secret, options = b"taken at home", {}
    if kind == "PNG":
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_text("comment", secret.decode())
    elif kind in ("JPEG", "GIF"):
        options["comment"] = secret
    elif kind == "TIFF":
        options["description"] = secret.decode()
    else:
        options["xmp"] = secret
    data = encoded(Image.new("RGB", (30, 20), "red"), kind, icc_profile=b"taken at home" * 20, **options)
    assert secret in data
    picture = prepare_picture(data)
    assert secret not in picture.data
    assert secret not in base64.b64decode(picture.thumbnail.partition(",")[2])


def test_a_budget_that_no_picture_fits_is_refused():
    with pytest.raises(PictureError, match="send fewer pictures"):
        prepare_picture(photograph(), budget=10_000)
