"""The frame around every page: navigation, the band while simulated providers serve, and what an operator must know."""

from __future__ import annotations

import streamlit as st

from pages.components import looks
from pages.components.runtime import Runtime, runtime_or_stop

st.set_page_config(page_title="Dual-router console", page_icon=":material/alt_route:", layout="wide")

PAGES = {
    "Prompts": [st.Page("run.py", title="Run", icon=":material/play_arrow:", default=True)],
    "Operating": [
        st.Page("usage.py", title="Usage", icon=":material/monitoring:", url_path="usage"),
        st.Page("health.py", title="Health", icon=":material/favorite:", url_path="health"),
    ],
}


def simulated_band(running: Runtime) -> None:
    """Say on every page that invented answers are served, and how that ends."""
    if not running.simulated:
        return
    names = [entry.key_env for entry in running.router.table.providers.values() if entry.key_env]
    how = f"Set {' or '.join(names)} in .env and start again to go live." if running.keyless else "ROUTER_MODE says so."
    st.html(f'<div class="band" role="status"><b>Simulated providers.</b> Nothing leaves this machine. {how}</div>')


def warnings(running: Runtime) -> None:
    """What cannot wait until somebody looks for it."""
    error = running.store.log_error
    if error is not None:
        st.warning(
            f"The log cannot be written ({error.text}). Requests are still served; "
            "free some space or mend the file, and writing goes on by itself.",
            icon=":material/save:",
        )
    if not running.router.table.free_only:
        st.warning("free_only is false in the routing table: models that cost money may be called.")
    billed = [hold for hold in running.router.failures() if hold.outcome == "billed"]
    if billed:
        names = ", ".join(hold.model for hold in billed)
        st.error(f"A free request came back with a cost ({names}). It is held until somebody resets it on Health.")


page = st.navigation(PAGES, position="top")
st.html(looks.STYLE)
running = runtime_or_stop()
simulated_band(running)
warnings(running)
page.run()
