"""Setup: which keys there are, where to get one, what its provider says of it, and live or simulated providers."""

from __future__ import annotations

import streamlit as st

from pages.components.console import looks
from pages.components.console.runtime import console_settings, runtime
from pages.components.operate import key_view
from router.errors import ConfigurationError
from router.providers.key_check import KeyVerdict
from router.settings import Mode, Settings, env_file
from router.table.routes import ProviderEntry, RoutingTable, load_routes

LIVE, SIMULATED = "Live", "Simulated"


def key_field(name: str) -> str:
    """The key of a provider's field."""
    return f"key_{name}"


def take_pasted(name: str) -> str:
    """What stands in a provider's field."""
    return str(st.session_state.get(key_field(name)) or "").strip()


def test_key(name: str, entry: ProviderEntry) -> None:
    """Ask the provider about the pasted key, or about the one that is set."""
    st.session_state[f"said_{name}"] = key_view.ask_about_key(name, entry, take_pasted(name))


def save_key(name: str, entry: ProviderEntry) -> None:
    """Write the pasted key to the file, and use it."""
    key = take_pasted(name)
    if not key or not entry.key_env:
        st.session_state[f"said_{name}"] = KeyVerdict(False, "Paste a key first.")
        return
    problem = key_view.save_key({entry.key_env: key})
    if problem:
        st.session_state[f"said_{name}"] = KeyVerdict(False, problem)
        return
    st.session_state[key_field(name)] = ""
    words = (
        f"Saved to {env_file().name}, and used from now on. Runs under way finish with the key that they began with."
    )
    st.session_state[f"said_{name}"] = KeyVerdict(True, words)


def switch_mode() -> None:
    """Write the mode to the file, and use it."""
    mode = Mode.SIMULATED if st.session_state.get("providers") == SIMULATED else Mode.AUTO
    if problem := key_view.save_key({"ROUTER_MODE": mode.value}):
        st.session_state["mode_problem"] = problem


def show_provider(settings: Settings, name: str, entry: ProviderEntry) -> None:
    """One provider: its key, and what can be done with it."""
    assert entry.key_env is not None
    with st.container(border=True, key=f"provider_{name}"):
        show_key(settings, entry)
        source = key_view.source_of(entry.key_env)
        locked = not key_view.is_writable() or (source is not None and source.locked)
        st.text_input(
            f"{entry.label} key", key=key_field(name), type="password", autocomplete="off",
            placeholder="Paste a key", disabled=locked,
        )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Test", on_click=test_key, args=(name, entry), key=f"test_{name}", icon=":material/network_check:"
            )
            words = f"Save to {env_file().name}"
            st.button(
                words,
                on_click=save_key,
                args=(name, entry),
                key=f"save_{name}",
                icon=":material/save:",
                disabled=locked,
            )
            if entry.key_page:
                st.link_button("Get a key", entry.key_page, icon=":material/open_in_new:", type="tertiary")
        show_verdict(name)
        if source is not None and source.locked:
            st.caption(f"{entry.key_env} is set {source.words}, which wins over {env_file().name}: change it there.")


def show_key(settings: Settings, entry: ProviderEntry) -> None:
    """Whether there is a key, masked."""
    assert entry.key_env is not None
    try:
        secret = settings.secret(entry.key_env)
        state = "no key" if secret is None else f"key {secret.hint}"
    except ConfigurationError as error:
        secret, state = None, str(error)
    source = key_view.source_of(entry.key_env)
    icon = ":material/key:" if secret else ":material/key_off:"
    st.markdown(f"**{entry.label}** {icon} {looks.plain(state)} {source.words if source and secret else ''}")


def show_verdict(name: str) -> None:
    """What was heard of the key."""
    said: KeyVerdict | None = st.session_state.get(f"said_{name}")
    if said is not None:
        (st.success if said.accepted else st.error)(looks.plain(said.words))


def show_mode(settings: Settings, simulated: bool) -> None:
    """Live or simulated providers, and what that means."""
    source = key_view.source_of("ROUTER_MODE")
    locked = not key_view.is_writable() or (source is not None and source.locked)
    st.session_state["providers"] = SIMULATED if simulated else LIVE
    st.segmented_control(
        "Providers", [LIVE, SIMULATED], key="providers", on_change=switch_mode, disabled=locked, required=True
    )
    if problem := st.session_state.pop("mode_problem", None):
        st.error(problem)
    if source is not None and source.locked:
        st.caption(f"ROUTER_MODE is set {source.words}, which wins over {env_file().name}.")
    if simulated and settings.mode is not Mode.SIMULATED:
        st.caption("There is no key, so simulated providers serve; with the first key that is saved, live ones do.")
    st.markdown(
        "- **Live**: prompts go to the providers and use their free quota. Rows in the log are live rows.\n"
        "- **Simulated**: nothing leaves this machine, answers are invented, and no quota is used. Every such row is "
        "marked simulated in the log; Usage and History keep both apart, and what a simulated provider did holds no "
        "live one."
    )


def providers_of(table: RoutingTable) -> dict[str, ProviderEntry]:
    """The providers that take a key."""
    return {name: entry for name, entry in table.providers.items() if entry.key_env}


def is_simulated() -> bool | None:
    """Whether simulated providers serve now; None where the console cannot start, which is then said."""
    try:
        return runtime().simulated
    except ConfigurationError as error:
        st.error("The console cannot start with these settings.", icon=":material/key_off:")
        st.code(str(error), language=None, wrap_lines=True)
        return None


def settings_or_stop(simulated: bool | None) -> tuple[Settings, dict[str, ProviderEntry]]:
    """The settings and the providers that take a key; the page ends where they cannot be read, which has been said."""
    try:
        settings = console_settings()
        return settings, providers_of(load_routes(settings.routes))
    except ConfigurationError as error:
        if simulated is not None:  # the router that runs was built from what stood there before
            st.error("The settings have changed and cannot be read any more.", icon=":material/key_off:")
            st.code(str(error), language=None, wrap_lines=True)
        st.stop()


st.title("Setup", anchor=False)
simulated = is_simulated()
settings, providers = settings_or_stop(simulated)
st.caption("One key is enough: that provider then serves all tasks. Test asks the provider itself, and costs no quota.")
if not key_view.is_writable():
    st.warning(
        "This console can be reached from other machines (server.address is not 127.0.0.1), so it writes no keys: "
        "put them into the environment or into .env on the machine itself.",
        icon=":material/lock:",
    )
for name, entry in providers.items():
    show_provider(settings, name, entry)
st.subheader("Live or simulated", anchor=False)
show_mode(settings, bool(simulated))
