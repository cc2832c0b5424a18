"""More providers on Setup: entries switched on by their key, and a provider of one's own added from a file."""

from pathlib import Path

import pytest

from pages.components.console.runtime import runtime
from router import TaskConfig, TaskType
from tests.pages.test_pages import words

ENTRY = Path(__file__).parents[4] / "data" / "samples" / "odd-provider.toml"
CHAT = TaskConfig(TaskType.REAL_TIME_CHAT)
OFFERS = (
    "Cerebras",
    "Google Gemini",
    "Mistral",
    "GitHub Models",
    "NVIDIA NIM",
    "Cloudflare Workers AI",
    "Ollama",
    "vLLM",
)


@pytest.fixture
def folder(environment, tmp_path):
    environment.setenv("ROUTER_PROVIDERS", str(tmp_path / "providers"))
    return tmp_path / "providers"


def press(app, key):
    (button,) = [button for button in app.button if button.key and button.key.endswith(key)]
    return button.click().run()


def added(show, text):
    app = show("setup.py", view="More providers")
    (field,) = [field for field in app.file_uploader if field.key == "own_provider"]
    return field.upload("mine.toml", text.encode(), "application/toml").run()


def test_a_closed_row_says_what_is_free_and_what_it_needs(show, folder):
    titles = [box.label.replace("\\", "") for box in show("setup.py", view="More providers").expander]
    for label in OFFERS:
        (title,) = [title for title in titles if title.startswith(f"**{label}** · off · ")]
        assert len(title) < 200, "what is free, as far as a line has room"
    for fact in (
        "30 requests and 60,000 tokens a minute, 14,400 requests", "no limits but the machine's own · needs an address",
        "40 requests a minute · needs a key", "some hundred answers · needs a key and an account id",
    ):  # fmt: skip
        assert [title for title in titles if fact in title]


def test_every_offer_says_where_to_get_a_key_what_is_allowed_and_how_sure_that_is(show, folder):
    app = show("setup.py", view="More providers")
    rows = " ".join(expander.label for expander in app.expander)
    shown = f"{rows} {words(app)}".replace("\\", "")
    for fact in ("10,000 neurons a day", "models:read", "Pacific time"):
        assert fact in shown
    assert "Limits as documented on 27 Nov 2026, not tested with a real key." in shown
    assert "Not known:" not in shown, "what only whoever asks wants to know is behind the question mark"
    assert any("Not known: the limits of today" in caption.proto.help.replace("\\", "") for caption in app.caption)


def test_what_is_missing_is_called_as_its_field_is(show, folder):
    app = press(show("setup.py", view="More providers"), "offer_submit_cloudflare")
    said = words(app)
    assert "Cloudflare Workers AI's account id" in said
    assert "CLOUDFLARE_ACCOUNT_ID" not in said


def test_a_provider_of_ones_own_is_added_from_a_file_tested_called_and_taken_away(
    show, environment, simulator, folder, tmp_path
):
    environment.setenv("ODD_BASE_URL", simulator.url_of("odd"))
    app = press(added(show, ENTRY.read_text()), "own_add")
    assert (folder / "odd.toml").is_file()
    app.text_input(key="offer_value_ODD_API_KEY").input("odd-key-0123456789")
    app = press(app, "offer_submit_odd")
    assert "Odd one accepts it. Free requests today" in words(app).replace("\\", "")
    assert "ODD_API_KEY=odd-key-0123456789" in (tmp_path / ".env").read_text()
    router = runtime().router
    assert list(router.table.providers) == ["groq", "openrouter", "odd"]
    assert [line.model for line in router.plan(config=CHAT) if line.joined] == ["fast-talker", "plate-reader"]
    assert "added by its key" in words(show("routing.py", task="real-time-chat"))
    press(show("setup.py", view="More providers"), "own_remove_odd")
    assert not list(folder.glob("*.toml"))
    assert "odd" not in runtime().router.accounts


def test_a_key_that_is_refused_changes_nothing(show, environment, simulator, folder, tmp_path):
    environment.setenv("ODD_BASE_URL", simulator.url_of("odd"))
    app = press(added(show, ENTRY.read_text()), "own_add")
    app.text_input(key="offer_value_ODD_API_KEY").input("revoked-0123456789")
    app = press(app, "offer_submit_odd")
    assert "Not saved" in words(app)
    assert not (tmp_path / ".env").exists()
    assert "odd" not in runtime().router.accounts


def test_a_file_that_cannot_be_used_is_refused_with_its_fault_and_not_kept(show, folder):
    app = added(show, ENTRY.read_text().replace('span = "day"', 'span = "daily"'))
    assert "dialects.odd.limits.0.span = 'daily'" in app.code[0].value
    assert not [button for button in app.button if button.key == "own_add"]
    assert not folder.exists()
