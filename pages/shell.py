"""The frame around every page: navigation, the band while simulated providers serve, and what an operator must know."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import streamlit as st

from pages.components.console import looks
from pages.components.console.access.sign_in import show_person, stop_unless_signed_in
from pages.components.console.addresses import say_unknown
from pages.components.console.database_words import say_if_unreadable
from pages.components.console.environment import is_fixed
from pages.components.console.help import show_help_button
from pages.components.console.last_address import note_page
from pages.components.console.page_faults import say_if_broken
from pages.components.console.runtime import Runtime, runtime, runtime_or_stop
from pages.components.evaluate.leaving_models import show_leaving_notice
from pages.components.setup.alert_view import count_alerts, show_stopping
from router.errors import ConfigurationError

# A file of ours: Streamlit fetches the picture of a Material icon from another host.
ICON = Path(__file__).parent / "components" / "console" / "icon.png"
SIDEBAR = 200  # pixels: the names of the pages fit, and the pages keep the rest
NAME = "Dual-router console"
PURPOSE = "Ask once, get an answer from whichever free model is up."
st.set_page_config(page_title=NAME, page_icon=ICON, layout="wide", initial_sidebar_state=SIDEBAR)

# Setup also works where the console cannot start for want of a key.
SETUP = st.Page("setup.py", title="Setup", icon=":material/key:", url_path="setup")


def pages_of_console(running: Runtime | None) -> dict[str, list[st.Page]]:
    """The pages by section; Health says how much is down."""
    return {
        "Prompts": [
            st.Page("run.py", title="Run", icon=":material/play_arrow:", default=True),
            st.Page("compare.py", title="Compare", icon=":material/compare_arrows:", url_path="compare"),
            st.Page("vision.py", title="Vision", icon=":material/image_search:", url_path="vision"),
        ],
        "Operations": [
            st.Page("health.py", title=health_title(running), icon=":material/favorite:", url_path="health"),
            st.Page("history.py", title="History", icon=":material/history:", url_path="history"),
            st.Page("usage.py", title="Usage", icon=":material/monitoring:", url_path="usage"),
            st.Page("routing.py", title="Routing", icon=":material/route:", url_path="routing"),
            st.Page("evaluate.py", title="Evaluate", icon=":material/fact_check:", url_path="evaluate"),
            st.Page("apps.py", title="Apps", icon=":material/apps:", url_path="apps"),
        ],
        "Fitness example": [
            st.Page("quick_entry.py", title="Quick entry", icon=":material/edit_note:", url_path="quick-entry"),
            st.Page("meals.py", title="Meals", icon=":material/restaurant:", url_path="meals"),
            st.Page("coach.py", title="Coach", icon=":material/sports:", url_path="coach"),
            st.Page("programs.py", title="Programs", icon=":material/event_note:", url_path="programs"),
        ],
        "Console": [
            st.Page(
                "demonstration.py", title="Demonstration", icon=":material/theater_comedy:", url_path="demonstration"
            ),
            SETUP,
        ],
    }


def health_title(running: Runtime | None) -> str:
    """The name of Health's link, with how many alerts stand, or how many models cool down while any do."""
    if running is None:
        return "Health"
    if alerts := count_alerts(running):
        return f"Health · {alerts} {'alert' if alerts == 1 else 'alerts'}"
    ends, now = [cooldown.until for cooldown in running.router.failures()], time.time()
    down = sum(end is None or end > now for end in ends)
    return f"Health · {down} cooling" if down else f"Health · {len(ends)} to retry" if ends else "Health"


def show_brand() -> None:
    """Name, logo and purpose, above the pages' names (the style sheet moves them there)."""
    picture = base64.b64encode(ICON.read_bytes()).decode()
    with st.sidebar:
        st.html(
            f'<div class="brand"><img src="data:image/png;base64,{picture}" alt="">'
            f"<b>Dual-router<br>console</b><p>{PURPOSE}</p></div>"
        )


def simulated_band(running: Runtime, at: str) -> None:
    """Say on every page that invented answers are served, and how that ends; narrow screens have room for less.

    Args:
        at: the address of the page below.
    """
    if not running.simulated:
        return
    far, link = _way_to_real(running, at)
    wide = f'<span class="wide">on this machine. To use real ones, {far}</span>'
    words = f'<b>Simulated providers.</b> Prompts stay {wide}<span class="narrow">here.</span>{link}'
    st.html(f'<div class="band" role="status">{words}</div>')


def _way_to_real(running: Runtime, at: str) -> tuple[str, str]:
    """How one comes by real providers: in words, and the link that ends them; none where one is there already."""
    is_fixed_here = is_fixed("ROUTER_MODE")
    if at == SETUP.url_path and st.query_params.get("view", "Keys") == "Keys":
        how = "follow the steps" if is_fixed_here else "add a key" if running.keyless else "switch to Live"
        return f"{how} below.", ""
    how = "see" if is_fixed_here else "add a key on" if running.keyless else "switch on"
    name = "Keys" if at == SETUP.url_path else "Setup"
    return how, f' <a href="./setup" target="_self">{name}</a>.'


def show_warnings(running: Runtime, at: str) -> None:
    """What cannot wait until somebody looks for it.

    Args:
        at: the address of the page below.
    """
    error = running.store.log_error
    if error is not None and error.writing:
        st.warning(f"{error.text[:1].upper()}{error.text[1:]}.", icon=":material/save:")
    elif error is not None:
        st.warning(
            f"The log cannot be written ({error.text}). Requests are still served, and what is to be written waits in "
            "memory: once that is put right, writing goes on by itself.",
            icon=":material/save:",
        )
    elif (fault := running.router.recording_fault) is not None:
        st.warning(
            f"Not all that happens is recorded ({looks.plain(fault.text)}). Requests are still served.",
            icon=":material/save:",
        )
    if not running.router.table.free_only:
        st.warning("free_only is false in the routing table: models that cost money may be called.")
    if at != "health":
        show_stopping(running)
    show_leaving_notice(running)
    billed = [cooldown for cooldown in running.router.failures() if cooldown.outcome == "billed"]
    if billed:
        names = looks.plain(", ".join(cooldown.model for cooldown in billed))
        st.error(f"A free request came back with a cost ({names}). It is held until somebody resets it on Health.")


def running_or_none() -> Runtime | None:
    """The runtime; none where the console cannot start, which the page itself then says."""
    try:
        return runtime()
    except ConfigurationError:
        return None


running = running_or_none()
page = st.navigation(pages_of_console(running), position="sidebar", expanded=True)
st.set_page_config(page_title=f"{page.title.partition(' · ')[0]} · {NAME}")
with st.sidebar:
    st.html(looks.STYLE)  # in the page itself its empty place would push the title down, and then let go of it
stop_unless_signed_in()
show_brand()
show_person()
show_help_button()
if running is None and page.url_path != SETUP.url_path:
    runtime_or_stop()
if running is not None:
    simulated_band(running, page.url_path)
    show_warnings(running, page.url_path)
say_unknown()
note_page(page.url_path)
with say_if_broken(page.title), say_if_unreadable():
    page.run()
