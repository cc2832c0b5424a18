"""What is measured in a picture."""

import io
from pathlib import Path

import pytest
from PIL import Image

from router.simulator.answers.pictures import BadPicture, bytes_of, look_of, looks_alike, measure

SAMPLES = Path(__file__).parents[3] / "data" / "samples"


def encoded(colour, size):
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize(
    ("colour", "size", "brightness", "name", "shape"),
    [
        ("#101010", (40, 20), "dark", "black", "wider than high"),
        ("#ffffff", (20, 40), "bright", "white", "higher than wide"),
        ("#808080", (30, 30), "evenly lit", "grey", "square"),
    ],
)
def test_brightness_colour_and_shape_are_those_of_the_picture(colour, size, brightness, name, shape):
    facts = measure([encoded(colour, size)])
    assert (facts["width"], facts["height"]) == size
    assert (facts["brightness"], facts["colours"]) == (brightness, name)
    assert shape in facts["composition"]


def test_one_of_several_is_described_and_all_are_opened():
    whole = encoded("red", (8, 8))
    assert "first of 2 pictures" in measure([whole, whole])["composition"]
    with pytest.raises(BadPicture):
        measure([whole, whole[:40]])


@pytest.mark.parametrize("data", [b"", b"no picture", encoded("red", (1, 50))])
def test_what_cannot_be_used_is_a_bad_picture(data):
    with pytest.raises(BadPicture):
        measure([data])


def test_nothing_is_fetched():
    assert bytes_of("https://example.org/a.png") is None
    assert measure([None])["brightness"] == "unseen"
    assert measure([]) == {}


def test_a_picture_looks_the_same_after_it_was_shrunk_and_compressed_and_another_does_not():
    plate = (SAMPLES / "breakfast-plate.jpg").read_bytes()
    target = io.BytesIO()
    with Image.open(io.BytesIO(plate)) as opened:
        opened.resize((300, 225)).save(target, "JPEG", quality=40)
    assert looks_alike(look_of(plate), look_of(target.getvalue()))
    assert not looks_alike(look_of(plate), look_of((SAMPLES / "scale.jpg").read_bytes()))
