"""The help in the sidebar shows the documents of `docs/`."""

import re

import pytest

from pages.components.console.help import DOCUMENTS, document_text


@pytest.mark.parametrize("name", DOCUMENTS.values())
def test_a_document_is_shown_without_pictures_and_without_links_that_lead_nowhere(name):
    text = document_text(name)
    assert len(text) > 1_000
    assert all(link.startswith("./") for link in re.findall(r"\]\(([^)]*)\)", text)), "pages alone are linked"
    assert "![" not in text


def test_a_newcomer_reads_first_what_this_is_and_is_told_no_command_that_starts_what_is_running():
    first = document_text(next(iter(DOCUMENTS.values())))
    assert "today's quota is used up" in first
    assert "make run" not in first
    assert "[**Demonstration**](./demonstration)" in first


def test_what_to_do_begins_with_what_one_sees():
    text = document_text("operators.md")
    assert text.index("| you see |") < text.index("```")


def test_every_page_has_the_help_in_its_sidebar(show):
    app = show("shell.py")
    assert [button.label for button in app.sidebar.button if button.key == "help"] == ["Help"]
