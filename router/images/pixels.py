"""A picture's values as 8 bits of red, green and blue, shrunk on the way.

Where a picture has more than 8 bits to a value the library cuts them off: everything above 255 becomes white. So they
are scaled, by what white is in that picture.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from router.images.limits import LONG_SIDE, NARROWEST, PictureError

if TYPE_CHECKING:  # Pillow is loaded with the first picture
    from PIL.Image import Image

_SIXTEEN_BITS = ("I;16", "I;16B", "I;16L", "I;16N")
_WHITES = (1.0, 255.0, 65535.0)
"""What white is by custom, where a picture does not say."""

_NEAR = 0.25
"""The lightest value of a picture to its white: under it the custom is not believed, and what is lightest is white."""


def size_sent(size: tuple[int, int]) -> tuple[int, int]:
    """Width and height as sent: the longer side shrunk to the most, the shorter with it, yet not to nothing."""
    factor = min(1.0, LONG_SIDE / max(size))
    # A line of text a hundred times as long as high would be a hairline: it is squeezed no further than this.
    least = math.ceil(max(size) * factor / NARROWEST)
    width, height = (max(round(side * factor), min(side, least)) for side in size)
    return width, height


def plain_pixels(image: Image) -> Image:
    """The opened picture as sent: an RGB picture without anything beside its pixels, transparent parts on white.

    Raises:
        PictureError: none of its values is a number.
    """
    from PIL import Image as images

    shrunk = _coloured(_shrunk(image, size_sent(image.size)))
    if shrunk.mode not in ("RGBA", "LA"):
        return shrunk.convert("RGB")
    with_alpha = shrunk.convert("RGBA")
    ground = images.new("RGB", shrunk.size, "white")
    ground.paste(with_alpha, mask=with_alpha.getchannel("A"))
    return ground


def _shrunk(image: Image, size: tuple[int, int]) -> Image:
    # First by a whole factor, then finely: at 1.5 times the size the copy in between stays small.
    return _averageable(image).resize(size, reducing_gap=1.5)


def _averageable(image: Image) -> Image:
    """The picture in values of which an average can be taken: of a palette's numbers, say, it would mean nothing."""
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB")
    if image.mode in _SIXTEEN_BITS:
        wide = image if image.mode == "I;16" else image.convert("I")
        return _scaled(wide.convert("F"), 0.0, _WHITES[-1])
    if image.mode == "I":
        return _scaled(image.convert("F"), *_range_of(image))
    if image.mode == "F":
        numbers = _numbers_only(image)
        return _scaled(numbers, *_range_of(numbers))
    return image


def _range_of(image: Image) -> tuple[float, float]:
    """What is black and what is white in a picture of wide values."""
    # mypy: of a picture with one band these are two numbers.
    darkest, lightest = (float(value) for value in image.getextrema())  # type: ignore[arg-type]
    if darkest >= 0:
        for white in _WHITES if image.mode == "F" else _WHITES[1:]:
            if white * _NEAR <= lightest <= white:
                return 0.0, white
    return darkest, lightest


def _scaled(image: Image, black: float, white: float) -> Image:
    factor = 255.0 / (white - black) if white > black else 0.0
    offset = 0.5 - black * factor if factor else 127.5  # one value all over says nothing: grey
    return image.point(lambda value: value * factor + offset).convert("L")


def _numbers_only(image: Image) -> Image:
    """The picture with 0 where a value is none (NaN, infinite), as instruments mark what they did not measure."""
    from PIL import Image as images
    from PIL import ImageMath

    finite = ImageMath.lambda_eval(lambda names: names["convert"]((names["a"] - names["a"] == 0) * 255, "L"), a=image)
    if finite.getextrema()[1] == 0:
        raise PictureError("none of the picture's values is a number")
    return images.composite(image, images.new("F", image.size), finite)


def _coloured(image: Image) -> Image:
    if image.mode != "LAB":
        return image
    from PIL import ImageCms

    profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    # mypy: in place it would give nothing.
    return ImageCms.applyTransform(image, ImageCms.buildTransform(*profiles, "LAB", "RGB"))  # type: ignore[return-value]


def widened(image: Image) -> Image:
    """The picture with white at its sides where it is so narrow that models refuse it."""
    from PIL import Image as images

    least = math.ceil(max(image.size) / NARROWEST)
    width, height = (max(side, least) for side in image.size)
    if (width, height) == image.size:
        return image
    ground = images.new("RGB", (width, height), "white")
    ground.paste(image, ((width - image.width) // 2, (height - image.height) // 2))
    return ground
