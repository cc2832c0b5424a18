"""The help in the sidebar: the documents for operators and for guests, as they stand in `docs/`."""

from __future__ import annotations

import re
from pathlib import Path

import streamlit as st

DOCUMENTS = {"In two minutes": "stakeholders.md", "What to do when …": "operators.md"}
"""The tabs of the help, by their documents."""

_FOLDER = Path(__file__).parents[3] / "docs"
_PICTURE = re.compile(r"^!\[[^\]]*\]\([^)]*\)\n?", re.MULTILINE)
_PAGES = ("Demonstration", "Health", "History", "Usage", "Routing", "Evaluate", "Setup")
_PAGE = re.compile(rf"\*\*({'|'.join(_PAGES)})\*\*")
_LINK = re.compile(r"\[([^\]]*)\]\((?!https?:)[^)]*\)")


def show_help_button() -> None:
    """A quiet button in the sidebar, under the name."""
    with st.sidebar:
        st.button("Help", key="help", icon=":material/help:", type="tertiary", on_click=show_help)


@st.dialog("Help", width="medium")
def show_help() -> None:
    """The documents, one in a tab."""
    with st.container(key="help-text"):
        for tab, name in zip(st.tabs(list(DOCUMENTS)), DOCUMENTS.values(), strict=True):
            tab.markdown(document_text(name))


def document_text(name: str) -> str:
    """A document without its title, its pictures and its links to files, which lead nowhere here; pages are linked."""
    text = (_FOLDER / name).read_text(encoding="utf-8")
    _, _, body = text.partition("\n")
    text = _LINK.sub(r"\1", _PICTURE.sub("", body)).strip()
    return _PAGE.sub(lambda page: f"[**{page[1]}**](./{page[1].lower()})", text)
