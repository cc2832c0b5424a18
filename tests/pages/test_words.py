"""The words on pages: a state has one word, which comes from one place, and what was badly worded stays away."""

import ast
import re
from pathlib import Path

import pytest

from pages.components.console import looks
from router.settings import SHIPPED_ROUTES
from router.table.route_file import load_routes
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
    "what was told in 2025", "only one living target left", "As the routing table says", "Override", "As it went out",
    "As it came back", "check is no proof", "what had come by then", "as early as can be", "one label out", "Left lane",
    "Right lane", "Fall back", "Repeat it", "A list of prompts", "more than is left today", "Both lanes",
    "held no metadata", "Read the meal", "Sums are computed", "Begin anew", "No diagnosis", "How sure",
    "One line, whatever it is", "checked by figures", "Staged on", "Press one of", "On stage now", "speed override",
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


@pytest.mark.parametrize("path", sorted((ROOT / "pages").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_worded_better_now_does_not_come_back(path):
    text = " ".join(texts_of(path))
    assert [words for words in BETTER_WORDED if words in text] == []


def test_what_a_task_is_for_is_worded_for_people():
    purposes = " ".join(task.purpose for task in load_routes(SHIPPED_ROUTES).tasks.values())
    assert [words for words in BETTER_WORDED if words in purposes] == []


@pytest.mark.parametrize(
    "path",
    [*sorted((ROOT / "pages").rglob("*.py")), *sorted((ROOT / "router" / "report").glob("*.py"))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_a_percentage_is_written_without_a_blank(path):
    code = re.sub(r'"""(?:.|\n)*?"""', "", path.read_text())
    assert re.findall(r"(?:\d|\}) %(?![\w({])[^|]{0,20}", code) == []


NOUNS = (
    "answers|apps|attempts|calls|cooldowns|days|entries|files|messages|models|pictures|prompts|providers|requests|rows|"
    "runs|sessions|targets|tasks|times|tokens|votes|weeks"
)
ALWAYS_SEVERAL = (
    "invented requests", "pictures are too many", "tokens per second", "in prompts", "tasks are served.**",
    "tasks are edited.", "requests are made. It can be stopped", "requests; ",
    "requests were answered with", "requests**, about", "f'in {days} days'", "f'Repeat {count} times'",
)  # fmt: skip
"""What is counted here is never one: 4,000 rows, a speed, the eight tasks, a run of at least three repeats."""


def bare_plurals(path):
    """Texts of a file in which a count stands before a plural, whatever the count is."""
    tree = ast.parse(path.read_text())
    chosen = {
        id(inner) for node in ast.walk(tree) if isinstance(node, ast.IfExp) for inner in ast.walk(node) if inner != node
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and id(node) not in chosen:
            text = ast.unparse(node)
            if re.search(rf"\}} (?:\w+ )?(?:{NOUNS})\b", text) and not any(words in text for words in ALWAYS_SEVERAL):
                yield text


@pytest.mark.parametrize("path", sorted((ROOT / "pages").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_says_1_models(path):
    assert list(bare_plurals(path)) == []


def test_a_count_has_the_number_of_its_noun():
    assert [looks.counted(count, "week") for count in (0, 1, 2, 1_200)] == [
        "0 weeks",
        "1 week",
        "2 weeks",
        "1,200 weeks",
    ]
