"""The frame around every page: navigation, the band while simulated providers serve, and what an operator must know."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.components import looks
from pages.components.runtime import Runtime, runtime_or_stop

# A file of ours: Streamlit fetches the picture of a Material icon from another host.
ICON = Path(__file__).parent / "components" / "icon.png"
SIDEBAR = 200  # pixels: the names of the pages fit, and the pages keep the rest
st.set_page_config(page_title="Dual-router console", page_icon=ICON, layout="wide", initial_sidebar_state=SIDEBAR)

PAGES = {
    "Prompts": [
        st.Page("run.py", title="Run", icon=":material/play_arrow:", default=True),
    ],
    "Operations": [
        st.Page("health.py", title="Health", icon=":material/favorite:", url_path="health"),
        st.Page("history.py", title="History", icon=":material/history:", url_path="history"),
        st.Page("usage.py", title="Usage", icon=":material/monitoring:", url_path="usage"),
    ],
    "Coach": [
        st.Page("quick_entry.py", title="Quick entry", icon=":material/edit_note:", url_path="quick-entry"),
        st.Page("meals.py", title="Meals", icon=":material/restaurant:", url_path="meals"),
        st.Page("coach.py", title="Coach", icon=":material/sports:", url_path="coach"),
        st.Page("programs.py", title="Programs", icon=":material/event_note:", url_path="programs"),
    ],
}


def simulated_band(running: Runtime) -> None:
    """Say on every page that invented answers are served, and how that ends."""
    if not running.simulated:
        return
    names = [entry.key_env for entry in running.router.table.providers.values() if entry.key_env]
    keys = f"Set {' or '.join(names)} in .env"
    how = (
        f"{keys} and start again to go live." if running.keyless else f"{keys}, take ROUTER_MODE out, and start again."
    )
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


page = st.navigation(PAGES, position="sidebar", expanded=True)
st.html(looks.STYLE)
running = runtime_or_stop()
simulated_band(running)
warnings(running)
page.run()
