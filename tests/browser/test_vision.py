"""Vision: a real JPEG with EXIF, files that are no pictures, samples, and both lanes."""

import base64
import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser import console

pytestmark = pytest.mark.timeout(180)


def photograph(folder):
    """A photograph as a telephone makes it: turned by its EXIF, with the place where it was taken."""
    image = Image.effect_noise((800, 600), 90).convert("RGB")
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Telephone"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    path = folder / "photo.jpg"
    image.save(path, exif=exif, quality=90)
    return path


def upload(page, *paths):
    page.locator('input[type="file"]').set_input_files([str(path) for path in paths])


def look(page, prompt="What is this?"):
    page.get_by_role("textbox", name="Prompt", exact=True).fill(prompt)
    console.press(page, "look")


def test_a_photograph_is_shown_as_it_is_sent_without_its_place_and_looked_at(page, stage, tmp_path):
    console.opened(page, f"{stage.url}/vision")
    upload(page, photograph(tmp_path))
    expect(page.get_by_text("Removed: where it was taken (GPS), camera")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Before: 800 × 600")).to_contain_text("Sent: 600 × 800")
    look(page)
    expect(console.answer(page)).to_contain_text("600 × 800 pixels", timeout=30_000)
    parts = stage.simulator.requests[-1].body["messages"][-1]["content"]
    sent = base64.b64decode(parts[1]["image_url"]["url"].partition(",")[2])
    with Image.open(io.BytesIO(sent)) as picture:
        assert len(picture.getexif()) == 0
    assert b"Telephone" not in sent


def test_what_is_no_usable_picture_is_refused_in_words_and_what_is_one_by_its_bytes_is_taken(page, stage, tmp_path):
    text, heic, cut, named = (tmp_path / name for name in ("text.jpg", "new.heic", "cut.jpg", "really-a-png.jpg"))
    text.write_text("no picture")
    heic.write_bytes(b"\0\0\0\x18ftypheic" + b"\0" * 100)
    cut.write_bytes(photograph(tmp_path).read_bytes()[:5_000])
    Image.new("RGB", (60, 40), "red").save(named, "PNG")
    console.opened(page, f"{stage.url}/vision")
    upload(page, text, heic, cut, named)
    expect(page.get_by_text("text.jpg: the file is no picture")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("new.heic: HEIC pictures cannot be read here")).to_be_visible()
    expect(page.get_by_text("cut.jpg: the picture is damaged or cut off")).to_be_visible()
    expect(console.key(page, "tray")).to_contain_text("really-a-png.jpg")


def test_a_sample_goes_to_both_lanes_as_the_same_picture(page, stage):
    console.opened(page, f"{stage.url}/vision")
    page.get_by_role("button", name="Breakfast plate", exact=True).click()
    expect(console.key(page, "tray")).to_contain_text("breakfast-plate.jpg", timeout=20_000)
    page.get_by_text("Compare two models", exact=True).click()
    expect(console.key(page, "see_left_lane")).to_be_visible()
    before = len(stage.simulator.requests)
    look(page)
    for side in ("left", "right"):
        expect(console.key(page, f"lane_{side}")).to_contain_text("two fried eggs", timeout=30_000)
    pair = stage.simulator.requests[before:]
    assert {request.provider for request in pair} == {"groq", "openrouter"}
    assert len({request.body["messages"][-1]["content"][1]["image_url"]["url"] for request in pair}) == 1


def test_the_address_brings_prompt_and_answer_back_on_a_reload_a_step_back_and_a_link(page, stage, browser):
    console.opened(page, f"{stage.url}/vision")
    page.get_by_role("button", name="Gym board", exact=True).click()
    expect(console.key(page, "tray")).to_contain_text("gym-board.jpg", timeout=20_000)
    look(page, "What is on the board?")
    expect(console.answer(page)).to_contain_text("Bench press 3 × 8", timeout=30_000)
    first = page.url
    look(page, "And how heavy is it?")
    page.wait_for_url(lambda address: address != first)
    expect(console.answer(page)).to_contain_text("Bench press 3 × 8", timeout=30_000)
    console.ready(page)
    for change, words in ((page.reload, "And how heavy is it?"), (page.go_back, "What is on the board?")):
        change()
        console.ready(page)
        expect_question_and_answer(page, words)
    other = browser.new_page(viewport=console.WIDE)
    console.opened(other, first)
    expect_question_and_answer(other, "What is on the board?")
    other.close()


def expect_question_and_answer(page, words):
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value(words)
    expect(console.key(page, "question")).to_contain_text(words)
    expect(console.key(page, "question").locator("img")).to_have_count(1)
    expect(console.answer(page)).to_contain_text("Bench press 3 × 8")
