"""How much one picture, and all together, may take; what is too much is told from its header."""

import io
import struct
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PIL import Image

from router.images import PictureError, prepare_picture
from router.images.limits import DecodingMemory

ROOT = Path(__file__).parent.parent.parent

MEASURED = """
import io, resource, sys, time
from router.images import PictureError, prepare_picture
from PIL import Image
small = io.BytesIO()
Image.new("RGB", (20, 20)).save(small, "PNG")
prepare_picture(small.getvalue())
data = sys.stdin.buffer.read()
before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
try:
    picture = prepare_picture(data)
    outcome = f"{picture.width} x {picture.height}"
except PictureError as error:
    outcome = str(error)
unit = 1 if sys.platform == "darwin" else 1024
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit, time.process_time() - began, outcome)
"""


def encoded(image, kind, **options):
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def pages(count):
    """A TIFF of so many pages of 8 by 8 pixels."""
    tags = [(256, 8), (257, 8), (258, 8), (259, 1), (262, 1), (273, 0), (277, 1), (278, 8), (279, 64)]
    size = 2 + 12 * len(tags) + 4
    written = bytearray(b"II*\0" + struct.pack("<I", 8))
    for page in range(count):
        written += struct.pack("<H", len(tags))
        for tag, value in tags:
            written += struct.pack("<HHII", tag, 4, 1, 8 + size * count if tag == 273 else value)
        written += struct.pack("<I", 8 + size * (page + 1) if page + 1 < count else 0)
    return bytes(written) + bytes(64)


HUGE = {
    "a TIFF of 60,000 pages": (lambda: pages(60_000), "8 x 8"),
    "a WebP of 64 megapixels": (lambda: encoded(Image.new("RGB", (8000, 8000)), "WEBP"), "15 megapixels is the most"),
    "a progressive JPEG of 177 megapixels": (
        lambda: encoded(Image.new("L", (13_300, 13_300)), "JPEG", progressive=True), "too large to be read",
    ),
    "a JPEG of 200 megapixels": (lambda: encoded(Image.new("L", (16_320, 12_240)), "JPEG"), "1500 x 1125"),
    "a PNG of 56 megapixels": (lambda: encoded(Image.new("RGB", (7500, 7460)), "PNG", compress_level=1), "1500 x 1492"),
    "a transparent PNG of 28 megapixels": (
        lambda: encoded(Image.new("RGBA", (5600, 4990)), "PNG", compress_level=1), "1500 x 1337",
    ),
    "a 16-bit PNG of 25 megapixels": (lambda: encoded(Image.new("I;16", (5000, 5000)), "PNG"), "1500 x 1500"),
    "an AVIF of 13 megapixels": (lambda: encoded(Image.new("RGB", (3600, 3600)), "AVIF", speed=10), "1500 x 1500"),
    "a TIFF in one strip": (
        lambda: encoded(Image.new("RGB", (8000, 7000)), "TIFF", compression="packbits", strip_size=2**31), "megapixels",
    ),
}  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such account of memory")
@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", HUGE)
def test_no_picture_takes_more_than_300_megabytes_or_three_seconds(kind):
    make, words = HUGE[kind]
    result = subprocess.run([sys.executable, "-c", MEASURED], input=make(), capture_output=True, cwd=ROOT, check=True)
    memory, seconds, outcome = result.stdout.decode().strip().split(" ", 2)
    assert words in outcome
    assert int(memory) < 330_000_000, "300 MB, and some slack for the machine's own account"
    assert float(seconds) < 6, "3 s, and as much again for a slow machine"


def test_scans_without_end_are_refused():
    data = encoded(Image.new("RGB", (5000, 4000)), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    with pytest.raises(PictureError, match="scans"):
        prepare_picture(data[:last] + data[last:-2] * 100 + data[-2:])


def test_a_bmp_in_runs_is_small_or_refused():
    header = encoded(Image.new("P", (8, 8)), "BMP")
    run_length = bytearray(header)
    run_length[18:26] = struct.pack("<ii", 6000, 6000)
    run_length[30:34] = struct.pack("<I", 1)
    with pytest.raises(PictureError, match="2 megapixels is the most"):
        prepare_picture(bytes(run_length))


def test_pictures_wait_for_each_others_memory():
    memory = DecodingMemory(most=100)
    inside, waiting = threading.Event(), threading.Event()

    def second():
        waiting.set()
        with memory.take(60):
            inside.set()

    thread = threading.Thread(target=second)
    with memory.take(60):
        thread.start()
        assert waiting.wait(10)
        assert not inside.wait(0.05)
        with memory.take(40):  # what fits beside it does not wait
            assert memory.taken == 100
    assert inside.wait(10)
    thread.join(10)
    assert memory.taken == 0


def test_a_picture_that_fails_gives_its_memory_back():
    memory = DecodingMemory(most=100)
    with pytest.raises(ValueError, match="damaged"), memory.take(100):
        raise ValueError("damaged")
    assert memory.taken == 0


def test_a_picture_alone_is_always_let_in():
    with DecodingMemory(most=100).take(101):
        pass
