"""A simulated failure that is made, met, and ended on Health, in a real browser: the menu's number follows at once."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import console

pytestmark = pytest.mark.timeout(180)


def test_after_the_end_of_a_simulated_failure_the_menu_says_at_once_that_nothing_is_down(page, tmp_path):
    with console.running_console(tmp_path) as address:
        console.opened(page, f"{address}/health")
        page.get_by_text("Make a simulated model fail").click()
        console.press(page, "fail")
        expect(page.get_by_text("Simulated failure.")).to_be_visible()
        console.opened(page, address)
        console.write(page, "Train or rest?").press("Control+Enter")
        page.wait_for_url("**run=**")
        expect(page.get_by_role("table", name="Routing trace")).to_contain_text("answered", timeout=60_000)
        console.opened(page, f"{address}/health")
        menu = page.get_by_test_id("stSidebarNav")
        expect(menu).to_contain_text(re.compile(r"Health · 1 (cooling|alert)"))
        page.get_by_role("button", name="End failure and reset").click()
        # A fragment that draws itself alone would leave the number as it was until the next page.
        expect(menu).not_to_contain_text("Health ·", timeout=15_000)
        expect(page.get_by_text("Simulated failure")).to_have_count(0)
