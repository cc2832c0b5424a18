"""The launcher: Streamlit's server over `pages/shell.py`, with the gateway, the console's router and its headers."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from pages.components.apps.gateway_routes import GATEWAY_ROUTES
from pages.components.console import frame
from pages.components.console.access.security import SecurityHeaders, guarded_by_host, refuse_foreign_targets
from pages.components.console.access.sign_in import say_refusal
from pages.components.console.access.sign_in_gate import guarded_by_sign_in, refuse_unsafe_start
from pages.components.console.environment import routes_below_base
from pages.components.log import export
from pages.components.run import answer_actions

SHELL = Path(__file__).parent / "pages" / "shell.py"

# For each run of a script Streamlit puts the shell's folder on the path of imports and takes it off again; an import
# that the router's thread makes in that moment can miss a folder. A path that has it already is left alone.
sys.path.append(str(SHELL.parent))


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Stop the router with the server, so that what is under way is ended upstream and written down."""
    yield
    from pages.components.console import runtime
    from pages.components.demonstration.stage import stages

    stages.clear()
    runtime.close()


app = st.App(
    SHELL,
    lifespan=lifespan,
    middleware=[
        Middleware(SecurityHeaders),
        Middleware(guarded_by_host),
        Middleware(guarded_by_sign_in),
        Middleware(frame.FramedPages),
    ],
    on_script_error=say_refusal,
    routes=routes_below_base([*frame.ROUTES, *answer_actions.ROUTES, *export.ROUTES, *GATEWAY_ROUTES]),
)

refuse_unsafe_start()
refuse_foreign_targets()
