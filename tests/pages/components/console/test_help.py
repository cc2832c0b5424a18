"""The help in the sidebar shows the documents of `docs/`."""

import pytest

from pages.components.console.help import DOCUMENTS, document_text


@pytest.mark.parametrize("name", DOCUMENTS.values())
def test_a_document_is_shown_without_pictures_and_without_links_that_lead_nowhere(name):
    text = document_text(name)
    assert len(text) > 1_000
    assert "](" not in text
    assert "![" not in text


def test_every_page_has_the_help_in_its_sidebar(show):
    app = show("shell.py")
    assert [button.label for button in app.sidebar.button if button.key == "help"] == ["Help"]
