"""The launcher: Streamlit's server over `pages/shell.py`, with the console's router and its security headers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from pages.components.export import ROUTES
from pages.components.security import SecurityHeaders


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Stop the router with the server, so that what is under way is ended upstream and written down."""
    yield
    from pages.components import runtime
    from pages.components.stage import stages

    stages.clear()
    runtime.close()


app = st.App(
    Path(__file__).parent / "pages" / "shell.py",
    lifespan=lifespan,
    middleware=[Middleware(SecurityHeaders)],
    routes=ROUTES,
)
