"""Where programs find the gateway."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from pages.components.console.environment import base_path


def base_url() -> str:
    """This console's own address, as the operator's browser has it, with `/v1`."""
    address = urlsplit(st.context.url or "http://127.0.0.1:8501")
    return f"{address.scheme}://{address.netloc}{base_path()}/v1"
