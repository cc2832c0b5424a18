"""What a page says in place of what it would have read from a database that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from router.errors import ConfigurationError


@contextmanager
def say_if_unreadable() -> Iterator[None]:
    """Say which file cannot be read and what to do, and end the page there; also as a decorator, below a fragment."""
    try:
        yield
    except ConfigurationError as error:
        st.error("What this page shows cannot be read.", icon=":material/save:")
        st.code(str(error), language=None, wrap_lines=True)
        st.markdown("Requests are still served. When that is mended, load this page again.")
