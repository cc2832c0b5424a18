"""The words on pages: a state has one word, which comes from one place, and what was badly worded stays away."""

import ast
import re
from pathlib import Path

import pytest

from pages.components.console import looks
from router.types import AttemptOutcome, TargetState

ROOT = Path(__file__).parents[2]
# The demonstration stages its own story and words it for an audience.
SOURCES = [path for path in sorted((ROOT / "pages").rglob("*.py")) if path.parent.name != "demonstration"]
STATE_WORDS = {str(state) for state in TargetState}

BETTER_WORDED = (
    "As asked for", "As the catalogue has changed it", "As edited", "Serves now", "Export for ROUTER_ROUTES",
    "Drop the draft", "It holds from the next request", "Any ending", "Whatever failed", "Export what is filtered",
    "can be searched for no more", "By whom", "... of its own", "What it would have cost", "Refresh by itself",
    "Days are those of UTC", "Read the lists now", "has an announced end", "Nobody would be tried", "Held now",
    "what was told in 2025", "only one living target left",
)  # fmt: skip


def texts_of(path):
    """Every text in a file that a page could show, its docstrings left out."""
    tree = ast.parse(path.read_text())
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
            yield node.value


def test_every_state_has_an_icon_and_a_word_and_readme_lists_them_all():
    assert set(looks.STATE_ICONS) == set(TargetState)
    rows = re.findall(r"^\| ([a-z -]+) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert [row for row in rows if row in STATE_WORDS] == [str(state) for state in TargetState]


def test_every_ending_has_a_word_for_people():
    for outcome in AttemptOutcome:
        word = looks.status_word(str(outcome))
        assert word
        assert "_" not in word


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_state_is_named_in_one_place_alone(path):
    if path.name != "looks.py":
        assert [text for text in texts_of(path) if text in STATE_WORDS] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_worded_better_now_does_not_come_back(path):
    text = " ".join(texts_of(path))
    assert [words for words in BETTER_WORDED if words in text] == []
