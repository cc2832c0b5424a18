"""Pictures of every page, from a console on simulated providers with a sample month in its log.

`python -m tests.browser.screenshots` makes those of `docs/`; with `--all FOLDER` also dark, narrow and empty ones, to
be looked at before a change is called done.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser import console

ROOT = Path(__file__).parents[2]

PAGES = sorted(
    file.stem.replace("_", "-") for file in (ROOT / "pages").glob("*.py") if file.stem not in ("__init__", "shell")
)
"""Every page by its address, and `run` for the one that has none."""

COLOURS = 256
"""Colours of a picture in `docs/`: text stays crisp, a provider keeps its colour, and a picture takes a third of the
room."""

TWO = "groq:openai/gpt-oss-20b,groq:openai/gpt-oss-120b"
"""Two simulated models that differ in what they know."""

MONTH = "?rows=Simulated&period=30+days"


def main(folder: Path, *, every_look: bool) -> None:
    """Take them all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, console.running_console(place) as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=console.CHROMIUM, args=console.ARGUMENTS)
        page = browser.new_page(viewport=console.WIDE, color_scheme="light")
        if every_look:
            _tour(page, url, folder, "-empty")
        _fill(page, url)
        _tour(page, url, folder, "", act=True)
        page.close()
        for scheme, size, look in _LOOKS if every_look else ():
            page = browser.new_page(viewport=size, color_scheme=scheme)
            _tour(page, url, folder, look)
            page.close()
        browser.close()


_LOOKS = (
    ("dark", console.WIDE, "-dark"),
    ("light", console.NARROW, "-narrow"),
    ("dark", console.NARROW, "-narrow-dark"),
)


def _tour(page: Page, url: str, folder: Path, look: str, *, act: bool = False) -> None:
    for name in PAGES:
        path = "" if name == "run" else name
        console.opened(page, f"{url}/{path}" + (MONTH if name in ("usage", "history") else ""))
        if act and name in _ACTS:
            _ACTS[name](page)
        expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=60_000)  # what a busy machine loads late
        page.wait_for_timeout(1_500)  # plots are drawn by themselves after the page is ready
        _save(page.screenshot(), folder / f"{name}{look}.png")


def _save(data: bytes, path: Path) -> None:
    with Image.open(io.BytesIO(data)) as opened:
        # By coverage: a median cut gives a few letters in a provider's colour none of their own. One round of means
        # after it brings large grounds back to what they are.
        few = opened.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, 1, dither=Image.Dither.NONE)
        few.save(path, optimize=True)


def _fill(page: Page, url: str) -> None:
    """A sample month, some entries of today, and a program."""
    console.opened(page, f"{url}/demonstration")
    console.press(page, "sample-add")
    console.ready(page)
    for line in ("2 eggs and toast", "bench press 3x8 at 60 kg", "weight 82.4 kg this morning"):
        console.opened(page, f"{url}/quick-entry")
        page.get_by_role("textbox", name="Entry").fill(line)
        _send(page)


def _send(page: Page) -> None:
    console.press(page, "send")
    page.wait_for_url("**entry=**", wait_until="commit", timeout=60_000)
    console.ready(page)


def _ask(page: Page) -> None:
    console.write(page, "I slept badly and have leg day planned. Should I train or rest?").press("Control+Enter")
    page.wait_for_url("**run=**")
    console.ready(page)


def _compare(page: Page) -> None:
    console.write(page, "I slept badly and have leg day planned. Should I train or rest?")
    console.press(page, "run_both")
    page.wait_for_url("**left=**")
    console.ready(page)


def _look(page: Page) -> None:
    console.press(page, "sample_breakfast-plate")
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).not_to_have_value("")
    console.ready(page)
    console.press(page, "look")
    page.wait_for_url("**run=**")
    console.ready(page)


def _use_example(page: Page) -> None:
    console.press(page, "example")
    expect(page.get_by_role("textbox").first).not_to_have_value("")
    console.ready(page)
    _send(page)


def _write_program(page: Page) -> None:
    _use_example(page)
    console.key(page, "csv-program").wait_for(timeout=60_000)  # its job is named in the address from the beginning
    console.ready(page)


def _write_line(page: Page) -> None:
    page.get_by_role("textbox", name="Entry").fill("ran 5 km in 27 min yesterday at 07:30")
    _send(page)


def _ask_coach(page: Page) -> None:
    console.press(page, "ask-1")
    page.get_by_text("Routing trace").first.wait_for(timeout=60_000)
    console.ready(page)


def _evaluate(page: Page) -> None:
    console.opened(page, f"{page.url}?task=quick-categorization&targets={TWO}&cases=16")
    page.get_by_role("button", name="Evaluate", exact=True).click()
    page.get_by_role("button", name="Take it").wait_for(timeout=180_000)
    console.ready(page)
    page.get_by_role("heading", name="Results").scroll_into_view_if_needed()
    page.mouse.wheel(0, 600)


def _play_act(page: Page) -> None:
    console.press(page, "trouble-quota")
    page.locator(".st-key-side-routed .verdict.answered").wait_for(timeout=60_000)
    console.ready(page)


_ACTS: dict[str, Callable[[Page], None]] = {
    "run": _ask,
    "compare": _compare,
    "vision": _look,
    "meals": _use_example,
    "programs": _write_program,
    "quick-entry": _write_line,
    "coach": _ask_coach,
    "demonstration": _play_act,
    "evaluate": _evaluate,
}
"""What is done on a page before its picture is taken."""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every look, into this folder")
    options = parser.parse_args()
    main(options.all or ROOT / "docs", every_look=options.all is not None)
