"""The cache on Setup: how long answers are given again, how many are kept, and a button that forgets them."""

from __future__ import annotations

import streamlit as st

from pages.components.console import looks
from pages.components.console.access.sign_in import may_change
from pages.components.console.environment import source_of
from pages.components.console.runtime import Runtime, runtime
from pages.components.operate import key_view
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
    _choose_time(settings)
    _show_kept(settings)


def _choose_time(settings: Settings) -> None:
    now = f"{settings.cache_seconds:.0f}"
    times = TIMES if now in TIMES else {**TIMES, now: looks.span(settings.cache_seconds)}
    source = source_of(VARIABLE)
    if key_view.is_locked(VARIABLE):
        where = source.words if source is not None and source.locked else "on the machine itself"
        st.markdown(f"**{times[now]}** now; `{VARIABLE}` is set {where}.")
        return
    # Set at each run: what stands in the file decides, whoever has written it.
    st.session_state["cache_time"] = now
    st.segmented_control(
        "Reuse answers for", list(times), key="cache_time", format_func=times.__getitem__, required=True,
        on_change=_save_time, help=f"Kept as {VARIABLE} in {env_file().name}.",
    )  # fmt: skip
    if problem := st.session_state.pop("cache_problem", None):
        st.error(looks.plain(problem))


def _save_time() -> None:
    chosen = str(st.session_state.get("cache_time") or "0")
    if problem := key_view.save_key({VARIABLE: chosen}):
        st.session_state["cache_problem"] = problem


def _show_kept(settings: Settings) -> None:
    try:
        running = runtime()
    except ConfigurationError:
        return  # the page has said so
    if words := st.session_state.pop("cache_said", None):
        st.info(words, icon=":material/delete_sweep:")
    size = running.store.answers.size()
    if not size.answers:
        length = looks.span(settings.cache_seconds)
        on = f"On: answers of the last {length} are given again. None is stored yet."
        st.caption(on if settings.cache_seconds else "Off: every prompt asks a provider. No answers are kept.")
        return
    count = "1 answer is" if size.answers == 1 else f"{size.answers:,} answers are"
    st.caption(f"{count} kept, {size.characters / 1000:,.0f} kB. Usage counts the requests that this saves.")
    st.button("Empty the cache", key="empty_cache", on_click=_empty, args=(running,), disabled=not may_change())


def _empty(running: Runtime) -> None:
    count = running.store.answers.clear()
    words = "nothing; the database cannot be written now" if count is None else f"{count:,}"
    st.session_state["cache_said"] = f"Deleted: {words}."
