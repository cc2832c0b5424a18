"""Setup: which keys there are, where to get one, what its provider says of it, and live or simulated providers."""

from __future__ import annotations

import streamlit as st

from pages.components.console import looks
from pages.components.console.environment import console_settings
from pages.components.console.runtime import runtime
from pages.components.console.sign_in import may_change
from pages.components.operate import key_view
from router.errors import ConfigurationError
from router.providers.key_check import KeyVerdict
from router.settings import Mode, Settings, env_file
from router.table.routes import ProviderEntry, RoutingTable, load_routes
from router.types import TargetState

LIVE, SIMULATED = "Live", "Simulated"


def key_field(name: str) -> str:
    """The key of a provider's field."""
    return f"key_{name}"


def take_pasted(name: str) -> str:
    """What stands in a provider's field."""
    return str(st.session_state.get(key_field(name)) or "").strip()


def submit_key(name: str, entry: ProviderEntry) -> None:
    """Ask the provider about the pasted key, and use it once it is accepted; with none, ask about the one in use.

    A key that is not accepted is kept in its field and nowhere else: the one before goes on serving.
    """
    pasted = take_pasted(name)
    verdict = key_view.ask_about_key(name, entry, pasted)
    if pasted and verdict.accepted:
        verdict = _saved_verdict(name, entry, verdict.words)
    st.session_state[f"said_{name}"] = verdict


def save_untested(name: str, entry: ProviderEntry) -> None:
    """Use the pasted key although its provider has not accepted it: the provider may be down just now."""
    st.session_state[f"said_{name}"] = _saved_verdict(name, entry, f"{entry.label} has not accepted it yet.")


def _saved_verdict(name: str, entry: ProviderEntry, words: str) -> KeyVerdict:
    assert entry.key_env is not None
    problem = key_view.save_key({entry.key_env: take_pasted(name)})
    if problem:
        return KeyVerdict(False, problem)
    st.session_state[key_field(name)] = ""
    use = "used from now on. Runs in progress keep their key"
    if runtime().simulated:
        use = "not used yet: simulated providers serve until you switch to Live below"
    return KeyVerdict(True, f"{words} Saved to {env_file().name}, and {use}.")


def switch_mode() -> None:
    """Write the mode to the file, and use it."""
    mode = Mode.SIMULATED if st.session_state.get("providers") == SIMULATED else Mode.AUTO
    if problem := key_view.save_key({"ROUTER_MODE": mode.value}):
        st.session_state["mode_problem"] = problem


def show_provider(settings: Settings, name: str, entry: ProviderEntry) -> None:
    """One provider: its key, and one form to change it, which Enter sends."""
    assert entry.key_env is not None
    source = key_view.source_of(entry.key_env)
    locked = not key_view.is_writable() or (source is not None and source.locked)
    with st.container(border=True, key=f"provider_{name}"):
        show_key(settings, entry)
        with st.form(f"form_{name}", border=False):
            field, button = st.columns([5, 1], vertical_alignment="bottom")
            field.text_input(
                f"{entry.label} key", key=key_field(name), type="password", autocomplete="off",
                placeholder="Paste a key", disabled=locked,
            )  # fmt: skip
            button.form_submit_button(
                "Test key" if locked else "Save and test", key=f"submit_{name}", on_click=submit_key,
                args=(name, entry), width="stretch",
            )  # fmt: skip
        show_verdict(name, entry)
        if source is not None and source.locked:
            st.caption(f"{entry.key_env} is set {source.words}, which wins over {env_file().name}: change it there.")
        elif entry.key_page:
            st.link_button("Get a key", entry.key_page, icon=":material/open_in_new:", type="tertiary")


def show_key(settings: Settings, entry: ProviderEntry) -> None:
    """Whether there is a key, masked."""
    assert entry.key_env is not None
    try:
        secret = settings.secret(entry.key_env)
        state = str(TargetState.NO_KEY) if secret is None else f"key {secret.hint}"
    except ConfigurationError as error:
        secret, state = None, str(error)
    source = key_view.source_of(entry.key_env)
    icon = ":material/key:" if secret else ":material/key_off:"
    st.markdown(f"**{entry.label}** {icon} {looks.plain(state)} {source.words if source and secret else ''}")


def show_verdict(name: str, entry: ProviderEntry) -> None:
    """What came of the key; where it was refused, what that means and how to keep it all the same."""
    verdict: KeyVerdict | None = st.session_state.get(f"said_{name}")
    if verdict is None:
        return
    pasted = take_pasted(name)
    if verdict.accepted or not pasted:
        (st.success if verdict.accepted else st.error)(looks.plain(verdict.words))
        return
    st.error(f"{looks.plain(verdict.words)} **Not saved**; nothing has changed.")
    if key_view.is_savable(entry, pasted):
        st.button("Save anyway", key=f"anyway_{name}", on_click=save_untested, args=(name, entry))


def show_mode(settings: Settings, simulated: bool) -> None:
    """Live or simulated providers, and what that means."""
    source = key_view.source_of("ROUTER_MODE")
    locked = not key_view.is_writable() or (source is not None and source.locked)
    st.session_state["providers"] = SIMULATED if simulated else LIVE
    st.segmented_control(
        "Providers",
        [LIVE, SIMULATED],
        key="providers",
        on_change=switch_mode,
        disabled=locked,
        required=True,
        label_visibility="collapsed",
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
st.caption(
    "One key is enough: that provider then serves all tasks. The test asks the provider itself and costs no quota."
)
if may_change() and not key_view.is_writable():
    st.warning(
        "This console can be reached from other machines (server.address is not 127.0.0.1), so it writes no keys: "
        "put them into the environment or into .env on the machine itself.",
        icon=":material/lock:",
    )
for name, entry in providers.items():
    show_provider(settings, name, entry)
st.header("Live or simulated", anchor=False)
show_mode(settings, bool(simulated))
