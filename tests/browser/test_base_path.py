"""A console under a path, as a proxy may serve it: its links and its downloads stay below that path."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser import console

pytestmark = pytest.mark.timeout(180)


def test_links_and_exports_stay_below_the_consoles_path(page, tmp_path):
    with console.running_console(tmp_path, base="/console") as address:
        for path in ("", "/usage"):
            console.opened(page, address + path)
            page.get_by_role("status").get_by_role("link", name="Setup").click()
            expect(console.heading(page, "Setup")).to_be_visible()
            assert page.url == f"{address}/setup"
        console.opened(page, f"{address}/usage")
        page.get_by_role("button", name="Go to Run").click()
        expect(console.heading(page, "Run")).to_be_visible()
        assert page.url.startswith(f"{address}/")
        console.write(page, "Train or rest?").press("Control+Enter")
        page.wait_for_url("**run=**")
        console.ready(page)
        console.opened(page, f"{address}/history")
        console.press(page, "export")
        for kind in ("CSV", "JSON"):
            with page.expect_download() as download:
                page.get_by_role("link", name=kind, exact=True).click()
            assert download.value.url.startswith(f"{address}/export/requests.{kind.lower()}")
            assert download.value.failure() is None
            assert "<!" not in Path(download.value.path()).read_text(), "Streamlit's page in the place of the export"
        for asked, leads_to in (("quick_entry", "quick-entry"), ("nothing", "?unknown=nothing")):
            reply = httpx.get(f"{address}/{asked}", headers={"Accept": "text/html"})
            assert reply.headers["location"] == f"/console/{leads_to}"
        assert httpx.get(f"{address}/livez").json() == {"status": "alive"}
        assert httpx.get(f"{address}/v1/models").status_code == 401
        links = page.locator("a[href^='/']").evaluate_all("links => links.map(link => link.href)")
        assert [link for link in links if not link.startswith(address)] == []
