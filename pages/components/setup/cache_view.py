"""The cache on Setup: how long answers are given again, how many are kept, and a button that forgets them."""

from __future__ import annotations

import streamlit as st

from pages.components.console import looks
from pages.components.console.access.sign_in import may_change
from pages.components.console.environment import source_of
from pages.components.console.runtime import Runtime, runtime
from pages.components.setup import key_view
from router.errors import ConfigurationError
from router.settings import Settings, env_file

VARIABLE = "ROUTER_CACHE_SECONDS"

TIMES = {"0": "Off", "600": "10 minutes", "3600": "1 hour", "86400": "1 day", "604800": "1 week"}
"""What can be chosen, by the setting's value."""


def show_cache(settings: Settings) -> None:
    """The setting, what is kept, and how to be rid of it."""
    st.markdown(
        "The same prompt with the same settings gets the stored answer, and no provider is called. Only at temperature "
        "0 or with a seed, only whole answers, and marked wherever one is shown. Comparisons, speed runs, evaluations "
        "and tests always ask a provider."
    )
    if not settings.log_content:
        st.markdown("**Off**, since no texts are kept (`ROUTER_LOG_CONTENT=0`).")
        return
    times = _offered_times(settings)
    _show_now(settings, times)
    _choose_time(settings, times)
    if notice := st.session_state.pop("cache_said", None):
        good, words = notice
        (st.success if good else st.error)(looks.plain(words))


def _offered_times(settings: Settings) -> dict[str, str]:
    """What can be chosen, the time in force among it."""
    now = _now_value(settings)
    return TIMES if now in TIMES else {**TIMES, now: looks.span(settings.cache_seconds)}


def _now_value(settings: Settings) -> str:
    return f"{settings.cache_seconds:.0f}"


def _choose_time(settings: Settings, times: dict[str, str]) -> None:
    source = source_of(VARIABLE)
    if key_view.is_locked(VARIABLE):
        where = source.words if source is not None and source.locked else "on the machine itself"
        st.markdown(f"**{times[_now_value(settings)]}** now; `{VARIABLE}` is set {where}.")
        return
    # Set at each run: what stands in the file decides, whoever has written it.
    st.session_state["cache_time"] = _now_value(settings)
    with st.form("cache", border=False):
        st.segmented_control(
            "Reuse answers for", list(times), key="cache_time", format_func=times.__getitem__, required=True,
            help=f"Kept in {env_file().name} on this machine.",
        )  # fmt: skip
        st.form_submit_button("Save", key="cache_save", on_click=_save_time)


def _save_time() -> None:
    problem = key_view.save_key({VARIABLE: str(st.session_state.get("cache_time") or "0")})
    said = (False, problem) if problem else (True, f"Saved to {env_file().name}, and used from now on.")
    st.session_state["cache_said"] = said


def _show_now(settings: Settings, times: dict[str, str]) -> None:
    """Whether answers are given again, how many are stored, and a button that forgets them."""
    try:
        running = runtime()
    except ConfigurationError:
        return  # the page has said so
    size = running.store.answers.size()
    state = f"**On:** an answer is given again for {times[_now_value(settings)]}."
    if not settings.cache_seconds:
        state = "**Off:** every prompt asks a provider."
    stored = f" {looks.counted(size.answers, 'answer')} stored, {size.characters / 1000:,.0f} kB."
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(state + (stored if size.answers else " No answers are stored."), width="content")
        st.button("Empty the cache", key="empty_cache", on_click=_empty, args=(running,),
                  disabled=not (size.answers and may_change()))  # fmt: skip
    if size.answers:
        st.caption("Usage counts the requests that this saves.")


def _empty(running: Runtime) -> None:
    count = running.store.answers.clear()
    words = "Nothing was deleted; the database cannot be written now." if count is None else f"Deleted: {count:,}."
    st.session_state["cache_said"] = count is not None, words
