"""First visit without keys, and a key saved in Setup and used."""

import pytest
from playwright.sync_api import expect

from router.simulator import Simulator
from tests.browser import console

pytestmark = pytest.mark.timeout(180)


def test_a_first_visit_without_keys_leads_to_setup_where_a_key_is_tried_saved_and_used(page, tmp_path):
    with Simulator(pace=0.2) as simulator:
        places = {"GROQ_BASE_URL": simulator.groq_url, "OPENROUTER_BASE_URL": simulator.openrouter_url}
        with console.running_console(tmp_path, ROUTER_MODE="", **places) as address:
            page.set_viewport_size(console.NARROW)
            console.opened(page, address)
            expect(page.get_by_role("status").get_by_role("link", name="Setup")).to_be_visible()
            page.set_viewport_size(console.WIDE)
            page.get_by_role("status").get_by_role("link", name="Setup").click()
            expect(console.heading(page, "Setup")).to_be_visible()
            band = page.get_by_role("status").filter(has_text="Simulated providers")
            expect(band).to_contain_text("Prompts stay on this machine. To use real ones, add a key below.")
            expect(band.get_by_role("link")).to_have_count(0)
            expect(page.get_by_text("until there is a key. Save one below")).to_be_visible()
            page.get_by_role("textbox", name="Groq key").focus()
            page.keyboard.type("gsk_0123456789abcdef")
            page.keyboard.press("Enter")
            expect(page.get_by_text("Groq accepts it.")).to_be_visible(timeout=20_000)
            expect(page.get_by_text("Saved to .env, and used from now on.")).to_be_visible(timeout=20_000)
            assert (tmp_path / ".env").read_text() == "GROQ_API_KEY=gsk_0123456789abcdef\n"
            page.get_by_role("textbox", name="OpenRouter key").focus()
            page.keyboard.type("sk-or-v1-revoked0123456789")
            page.keyboard.press("Tab")  # to the button that shows the key
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            expect(page.get_by_text("Not saved; nothing has changed.")).to_be_visible(timeout=20_000)
            assert (tmp_path / ".env").read_text() == "GROQ_API_KEY=gsk_0123456789abcdef\n"
            console.go(page, "Run")
            expect(page.get_by_role("status").filter(has_text="Simulated providers")).to_have_count(0)
            console.write(page, "Train or rest?")
            console.press(page, "run")
            expect(console.answer(page)).to_contain_text("Simulated reply", timeout=30_000)
            assert simulator.requests[-1].key == "gsk_0123456789abcdef"
            assert "0123456789abcdef" not in page.content()


def test_a_key_in_streamlits_secrets_is_used_and_setup_says_where_it_is_from(page, tmp_path):
    folder = tmp_path / ".streamlit"
    folder.mkdir()
    (folder / "secrets.toml").write_text('GROQ_API_KEY = "gsk_0123456789secret"\n')
    with Simulator(pace=0.2) as simulator:
        places = {"GROQ_BASE_URL": simulator.groq_url, "OPENROUTER_BASE_URL": simulator.openrouter_url}
        with console.running_console(tmp_path, ROUTER_MODE="", **places) as address:
            console.opened(page, f"{address}/setup")
            expect(page.get_by_text("comes from Streamlit's secrets")).to_be_visible()
            expect(page.get_by_role("status").filter(has_text="Simulated providers")).to_have_count(0)
            console.go(page, "Run")
            console.write(page, "Train or rest?")
            console.press(page, "run")
            expect(console.answer(page)).to_contain_text("Simulated reply", timeout=30_000)
            assert simulator.requests[-1].key == "gsk_0123456789secret"
            assert "0123456789secret" not in page.content()
