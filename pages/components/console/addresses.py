"""The pages' addresses: one that is nearly a page's leads there, and any other to the first page, which says so.

Streamlit itself lays a dialog of its own over the first page, and takes the address away that somebody has mistyped.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st
from starlette.types import Scope

from pages.components.console import looks
from pages.components.console.environment import base_path, path_below_base

FIRST = "run"
"""The page that has the address without a name."""

NAMES = tuple(
    path.stem.replace("_", "-") for path in sorted(Path(__file__).parents[2].glob("*.py")) if path.stem != "shell"
)
"""What each page is called in its address: what its file is called."""

UNKNOWN = "unknown"
"""The parameter that tells the first page which address was asked for."""

_LONGEST = 60  # characters of a mistyped address
_IFRAMES = "/component/"  # Streamlit's own, of widgets that are pages of their own


def better_address(scope: Scope) -> str | None:
    """Where a person should be led who has asked for a page at this address; None where it is a page's own."""
    path, query = path_below_base(scope), scope["query_string"].decode("latin-1")
    name = path.strip("/").lower().replace("_", "-").removesuffix(".py")
    if path == "/" or path.removeprefix("/") in set(NAMES) - {FIRST} or path.startswith(_IFRAMES):
        return None
    if name not in NAMES:
        return f"{base_path()}/?{urlencode({UNKNOWN: path.strip('/')[:_LONGEST]})}"
    return f"{base_path()}/{'' if name == FIRST else name}" + (f"?{query}" if query else "")


def say_unknown() -> None:
    """What was asked for and is not there, with the page that may have been meant; gone once something is asked."""
    query = st.query_params
    if UNKNOWN not in query:
        return
    if "run" in query:
        del query[UNKNOWN]
        return
    name = query[UNKNOWN][:_LONGEST]
    close = get_close_matches(name.lower(), NAMES, n=1)
    meant = f" Did you mean [{_title(close[0])}](./{close[0]})?" if close and close[0] != FIRST else ""
    st.warning(f"There is no page “{looks.plain(name)}”. This is Run.{meant}", icon=":material/wrong_location:")


def _title(name: str) -> str:
    return name.replace("-", " ").capitalize()
