"""Every page with five providers: each of them in sight, and none of them in another's colour."""

import shutil
from pathlib import Path

import pytest

from pages.components.console import looks
from pages.components.console.runtime import runtime
from router.comparison.speed_run import make_plan
from tests.pages.test_pages import words

ENTRY = Path(__file__).parents[2] / "data" / "samples" / "odd-provider.toml"
FIVE = ["groq", "openrouter", "cerebras", "ollama", "odd"]
LABELS = ["Groq", "OpenRouter", "Cerebras", "Ollama", "Odd one"]
PAGES = [
    "run.py", "compare.py", "vision.py", "health.py", "history.py", "usage.py", "routing.py", "apps.py", "setup.py",
    "demonstration.py", "quick_entry.py", "meals.py", "coach.py", "programs.py",
]  # fmt: skip


@pytest.fixture
def five(environment, simulator, tmp_path):
    folder = tmp_path / "providers"
    folder.mkdir()
    shutil.copy(ENTRY, folder)
    for name, value in {
        "ROUTER_PROVIDERS": str(folder),
        "CEREBRAS_API_KEY": "csk-0123456789abcdef",
        "CEREBRAS_BASE_URL": simulator.url_of("openai"),
        "OLLAMA_BASE_URL": simulator.url_of("openai"),
        "ODD_API_KEY": "odd-key-0123456789",
        "ODD_BASE_URL": simulator.url_of("odd"),
    }.items():
        environment.setenv(name, value)
    return environment


@pytest.mark.parametrize("page", PAGES)
def test_every_page_takes_five_providers(show, five, page):
    app = show(page)
    assert not app.exception
    assert list(runtime().router.table.providers) == FIVE


def test_health_has_a_column_for_each(show, five):
    app = show("health.py")
    cells = [button.label for button in app.button if button.key and button.key.startswith("cell-real-time-chat-")]
    assert len(cells) == 5
    for label in LABELS:
        assert any(label in cell for cell in cells), label


def test_each_has_its_own_colour_wherever_it_is_named(show, five):
    show("health.py")
    table = runtime().router.table
    assert len({looks.provider_css(name, list(table.providers)) for name in FIVE}) == 5
    assert len({looks.provider_text(name, table).partition("[")[0] for name in FIVE}) == 5


def test_the_speed_table_measures_each(show, five):
    show("health.py")
    plan = make_plan(runtime().router, 1)
    assert {step.provider for step in plan.steps} >= {"groq", "openrouter", "odd"}


def test_routing_says_what_came_with_a_key(show, five):
    shown = words(show("routing.py", task="vision"))
    assert "added by its key" in shown
    assert "Plate reader" in shown.replace("\\", "")
