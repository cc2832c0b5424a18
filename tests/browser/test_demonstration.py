"""The demonstration on a phone: each side takes the room that it needs, and the buttons are of one size."""

import pytest
from playwright.sync_api import expect

from tests.browser import console

pytestmark = pytest.mark.timeout(180)


def test_on_a_phone_a_side_without_an_answer_keeps_no_room_for_one(page, stage):
    page.set_viewport_size(console.NARROW)
    console.opened(page, f"{stage.url}/demonstration")
    console.press(page, "trouble-quota")
    expect(console.key(page, "side-routed")).to_contain_text("Answered in", timeout=40_000)
    expect(console.key(page, "side-without")).to_contain_text("No answer")
    console.ready(page)
    way = console.key(page, "side-without").locator(".way").bounding_box()
    details = console.key(page, "details-without").bounding_box()
    assert details["y"] - (way["y"] + way["height"]) < 80
    assert console.key(page, "answer-routed").bounding_box()["height"] > 100, "the side with an answer shows it"


def test_on_a_phone_the_troubles_buttons_are_of_one_width_in_two_columns(page, stage):
    page.set_viewport_size(console.NARROW)
    console.opened(page, f"{stage.url}/demonstration")
    buttons = page.locator('[class*="st-key-trouble-"]').get_by_role("button")
    expect(buttons).to_have_count(6)
    page.evaluate("document.fonts.ready")  # before them an icon is its name, and as wide
    boxes = [button.bounding_box() for button in buttons.all()]
    assert max(box["width"] for box in boxes) - min(box["width"] for box in boxes) < 1
    assert len({round(box["x"]) for box in boxes}) == 2
