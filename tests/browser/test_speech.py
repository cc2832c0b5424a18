"""A line spoken into a microphone, on a narrow screen and with the keyboard alone: its words stand in the field."""

import re
import wave

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser import console, keyboard
from tests.sounds import SAMPLES

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A browser whose microphone hears a sample."""
    if console.CHROMIUM is None:
        pytest.skip("no browser: Debian's package chromium brings one")
    heard = tmp_path_factory.mktemp("sound") / "heard.wav"
    with wave.open(str(SAMPLES / "spoken-entry.wav")) as sample, wave.open(str(heard), "wb") as file:
        file.setparams(sample.getparams())
        file.writeframes(sample.readframes(sample.getnframes()))
    fake = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=console.CHROMIUM,
            args=[*console.ARGUMENTS, *fake, f"--use-file-for-fake-audio-capture={heard}"],
        )
        yield browser
        browser.close()


def test_a_spoken_line_comes_into_the_field_by_keyboard_on_a_narrow_screen(page, stage):
    page.set_viewport_size(console.NARROW)
    console.opened(page, f"{stage.url}/quick-entry")
    keyboard.press(page, page.locator("summary", has_text="Speak instead of typing"))
    keyboard.press(page, page.get_by_role("button", name="Record", exact=True))
    page.wait_for_timeout(1_500)
    keyboard.press(page, page.get_by_role("button", name="Stop recording", exact=True), at_once=True)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    keyboard.press(page, console.key(page, "write-line").get_by_role("button"))
    said = re.compile(r"Simulated transcription of a recording of \d+ seconds")
    expect(page.get_by_role("textbox", name="Entry")).to_have_value(said, timeout=60_000)
    expect(page.get_by_text("Written down by Whisper Large v3 Turbo at Groq, simulated")).to_be_visible()
    assert page.complaints == []
