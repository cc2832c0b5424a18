"""Pages run in this process, on simulated providers that answer at once, with a database of the test's own."""

import secrets
import sys
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.components.console import page_faults

PAGES = Path(__file__).parents[2] / "pages"
sys.path.append(str(PAGES))  # as the launcher does


@pytest.fixture
def environment(simulator, tmp_path, monkeypatch):
    """The process's environment for a console with keys on the simulated providers; a test may change it further."""
    for name in ("GROQ_API_KEY", "OPENROUTER_API_KEY", "ROUTER_MODE"):
        monkeypatch.setenv(name, "")
    # A key of its own: the providers count each key's requests, and another test's are not this one's.
    token = secrets.token_hex(8)
    for name, value in {
        "GROQ_API_KEY": f"gsk_{token}",
        "OPENROUTER_API_KEY": f"sk-or-v1-{token}",
        "GROQ_BASE_URL": simulator.groq_url,
        "OPENROUTER_BASE_URL": simulator.openrouter_url,
        "ROUTER_DATABASE_URL": f"sqlite:///{tmp_path}/console.db",
        "ROUTER_ENV_FILE": f"{tmp_path}/.env",
    }.items():
        monkeypatch.setenv(name, value)
    yield monkeypatch
    st.cache_resource.clear()


@pytest.fixture
def show(environment):
    """Run a page by its file's name, alone or within the shell."""

    def run(name, **query):
        app = AppTest.from_file(str(PAGES / name), default_timeout=30)
        for key, value in query.items():
            app.query_params[key] = value
        return app.run()

    return run


@pytest.fixture(autouse=True)
def no_page_is_broken(caplog):
    """Within the shell a page's fault is a sentence on it; here it fails whatever test met it."""
    yield
    assert [record.getMessage() for record in caplog.get_records("call") if record.name == page_faults.__name__] == []
