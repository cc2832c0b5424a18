"""What this console is set up with: the process's environment, `.env`, and Streamlit's secrets."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from router.errors import ConfigurationError
from router.settings import Settings


def secrets() -> Mapping[str, str]:
    """Streamlit's secrets, as far as they are plain texts; none where there is no such file.

    Raises:
        ConfigurationError: the file is no UTF-8 text, which Streamlit itself does not expect.
    """
    try:
        if not st.secrets.load_if_toml_exists():
            return {}
    except UnicodeDecodeError:
        raise ConfigurationError(".streamlit/secrets.toml is no UTF-8 text; save it as UTF-8") from None
    return {name: value for name, value in st.secrets.to_dict().items() if isinstance(value, str)}


def console_settings() -> Settings:
    """The settings: the process's environment over `.env` over Streamlit's secrets.

    Raises:
        ConfigurationError: a value that cannot be used.
    """
    return Settings.from_env(beneath=secrets())
