"""Pictures of every page, light and dark, wide and narrow: `python tests/browser/screenshots.py [FOLDER]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.browser import console


def main(folder: Path) -> None:
    """Take them all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, console.running_console(place) as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=console.CHROMIUM, args=console.ARGUMENTS)
        for scheme in ("light", "dark"):
            for size in (console.WIDE, console.NARROW):
                page = browser.new_page(viewport=size, color_scheme=scheme)
                _tour(page, url, folder, f"{scheme}-{size['width']}")
                page.close()
        browser.close()


def _tour(page, url, folder, name):
    console.opened(page, url)
    page.screenshot(path=folder / f"run-empty-{name}.png", full_page=True)
    console.write(page, "Should I train today?").press("Control+Enter")
    page.wait_for_url("**run=**")
    console.ready(page)
    page.screenshot(path=folder / f"run-{name}.png", full_page=True)
    for path, title in list(console.PAGES.items())[1:]:
        console.opened(page, url + path)
        console.heading(page, title).wait_for()
        page.wait_for_timeout(1500)
        page.screenshot(path=folder / f"{title.lower()}-{name}.png", full_page=True)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots"))
