"""Draws the sample pictures anew: `python tests/samples.py`.

What they are is said beside them: burned into a picture it could not be read where the picture is small.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

PLACE = Path(__file__).parents[1] / "data" / "samples"
SIZE = (900, 675)


def canvas(colour):
    image = Image.new("RGB", SIZE, colour)
    return image, ImageDraw.Draw(image)


def write(pen, place, text, size, colour="#1b1f27"):
    pen.text(place, text, colour, ImageFont.load_default(size))


def plate():
    image, pen = canvas("#7a5a3c")
    pen.ellipse((130, 40, 770, 640), fill="#e6ded0")
    pen.ellipse((160, 70, 740, 610), fill="#f8f4ec")
    for left, top in ((260, 170), (410, 130)):
        pen.ellipse((left, top, left + 190, top + 170), fill="#fffdf7", outline="#e8e2d2", width=4)
        pen.ellipse((left + 60, top + 50, left + 130, top + 120), fill="#f2b327")
    pen.rounded_rectangle((220, 360, 430, 530), 28, fill="#c98d4b", outline="#8f5b28", width=10)
    pen.rounded_rectangle((250, 388, 400, 500), 18, fill="#edcf8e")
    for number in range(9):
        left, top = 480 + (number % 3) * 66, 350 + (number // 3) * 56
        pen.ellipse((left, top, left + 78, top + 62), fill=("#4f8f3a", "#69a84f", "#3f7a2f")[number % 3])
    for left, top in ((500, 380), (600, 430), (560, 480)):
        pen.ellipse((left, top, left + 48, top + 48), fill="#c8352b")
    return image


def label():
    image, pen = canvas("#d9dde3")
    pen.rounded_rectangle((230, 40, 670, 630), 12, fill="#ffffff", outline="#1b1f27", width=5)
    write(pen, (255, 60), "Nutrition per 100 g", 36)
    rows = [("Energy", "372 kcal"), ("Fat", "7.0 g"), ("Carbohydrate", "58.7 g"), ("of which sugars", "0.7 g")]
    rows += [("Fibre", "10.0 g"), ("Protein", "13.5 g"), ("Salt", "0.02 g")]
    for number, (name, value) in enumerate(rows):
        top = 130 + 68 * number
        pen.line((250, top - 8, 650, top - 8), "#1b1f27", 3)
        write(pen, (255, top + 6), name, 32)
        write(pen, (510, top + 6), value, 32)
    return image


def board():
    image, pen = canvas("#f3f5f2")
    pen.rectangle((20, 20, 880, 655), outline="#8b8f96", width=16)
    write(pen, (80, 60), "TUESDAY - UPPER BODY", 50, "#14532d")
    for number, line in enumerate(
        ("Bench press   3 x 8   60 kg", "Row           3 x 10  45 kg", "Press         3 x 6   35 kg")
    ):
        write(pen, (80, 180 + 100 * number), line, 46, "#1e3a8a")
    write(pen, (80, 500), "Rest 2 min.  Stop if it hurts.", 40, "#9f1239")
    return image


def scale():
    image, pen = canvas("#c7ccd4")
    pen.rounded_rectangle((150, 90, 750, 590), 60, fill="#2b303a")
    pen.rounded_rectangle((180, 120, 720, 560), 46, fill="#3a414e")
    pen.rounded_rectangle((300, 170, 600, 300), 16, fill="#c9e4c5")
    write(pen, (325, 180), "72.4 kg", 82)
    for left in (250, 500):
        pen.ellipse((left, 330, left + 150, 540), fill="#4b5464")
    return image


def main() -> None:
    PLACE.mkdir(parents=True, exist_ok=True)
    for name, draw in (("breakfast-plate", plate), ("nutrition-label", label), ("gym-board", board), ("scale", scale)):
        draw().save(PLACE / f"{name}.jpg", quality=82, optimize=True)


if __name__ == "__main__":
    main()
