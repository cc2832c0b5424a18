"""Setup: which keys there are, where to get one, what its provider says of it, and live or simulated providers."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from pages.components.console import looks
from pages.components.console.access.sign_in import may_change
from pages.components.console.environment import ValueSource, console_settings, is_fixed, source_of
from pages.components.console.runtime import runtime
from pages.components.setup import key_view
from pages.components.setup.alert_settings import show_alert_settings
from pages.components.setup.cache_view import show_cache
from pages.components.setup.offer_view import is_any_on, show_offers
from router.errors import ConfigurationError
from router.providers.key_check import KeyVerdict
from router.settings import Mode, Settings, env_file
from router.table.route_file import load_routes
from router.table.routes import ProviderEntry, RoutingTable
from router.types import TargetState

LIVE, SIMULATED = "Live", "Simulated"
VIEWS = ("Keys", "More providers", "Alerts", "Cache")
NOTHING_PASTED = KeyVerdict(False, "Paste a key first.")
"""What is said where there is nothing to ask about; nobody was asked."""


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
    if not pasted and not is_any_set(entry):
        st.session_state[f"said_{name}"] = NOTHING_PASTED
        return
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
    use = key_view.use_words()
    more = "" if runtime().simulated else " Runs in progress keep their key."
    return KeyVerdict(True, f"{words} Saved to {env_file().name}, and {use}.{more}")


def switch_mode() -> None:
    """Write the mode to the file, and use it."""
    mode = Mode.SIMULATED if st.session_state.get("providers") == SIMULATED else Mode.AUTO
    if problem := key_view.save_key({"ROUTER_MODE": mode.value}):
        st.session_state["mode_problem"] = problem


def show_provider(settings: Settings, table: RoutingTable, name: str) -> None:
    """One provider: its key, and one form to change it, which Enter sends."""
    entry = table.providers[name]
    assert entry.key_env is not None
    source = source_of(entry.key_env)
    locked = not key_view.is_writable() or (source is not None and source.locked)
    with st.container(border=True, key=f"provider_{name}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            show_key(settings, entry, looks.provider_text(name, table))
            if entry.key_page and not locked:
                host = urlsplit(entry.key_page).hostname
                st.link_button(f"Get a key at {host}", entry.key_page, icon=":material/open_in_new:", type="tertiary")
        with st.form(f"form_{name}", border=False):
            field, button = st.columns([5, 1], vertical_alignment="bottom")
            if locked:
                field.markdown(_locked_words(entry.key_env, source))
            else:
                field.text_input(
                    f"{entry.label} key", key=key_field(name), type="password", autocomplete="off",
                    placeholder=f"Paste it here: {entry.key_prefix}…" if entry.key_prefix else "Paste it here",
                    label_visibility="collapsed",
                )  # fmt: skip
            button.form_submit_button(
                "Test key" if locked else "Save and test", key=f"submit_{name}", on_click=submit_key,
                args=(name, entry), width="stretch",
            )  # fmt: skip
            st.caption(hint_words(settings, name, entry, locked=locked))
        show_verdict(name, entry)


def hint_words(settings: Settings, name: str, entry: ProviderEntry, *, locked: bool) -> str:
    """The line below a field: whom a test asks; where there is nothing to test, that, so that nothing moves."""
    if st.session_state.get(f"said_{name}") == NOTHING_PASTED:
        words = "There is no key to test." if locked else NOTHING_PASTED.words
        return f":material/info: **{words}**"
    return f"A test sends the key to {looks.plain(key_view.host_of(name, entry, settings))}."


def _locked_words(variable: str, source: ValueSource | None) -> str:
    """Why a value cannot be changed on this page, and where it can."""
    if source is None or not source.locked:
        return f"Set `{variable}` in the environment or in `{env_file().name}` on the machine itself."
    return (
        f"`{variable}` comes {source.words}, which wins over `{env_file().name}`: change it there, and restart the "
        "console."
    )


def show_key(settings: Settings, entry: ProviderEntry, name: str) -> None:
    """A provider's name, as Markdown, and whether there is a key, masked."""
    assert entry.key_env is not None
    try:
        secret = settings.secret(entry.key_env)
    except ConfigurationError as error:
        st.markdown(f"{name} :red[{looks.plain(str(error))}]")
        return
    source = source_of(entry.key_env)
    if secret is None:
        st.markdown(f"{name} {looks.state_chip(TargetState.NO_KEY)}")
        return
    # Where a locked one is from stands below, with what can be done about it.
    where = f" :small[{source.words}]" if source and not source.locked else ""
    st.markdown(f"{name} :green-badge[:material/key: key {looks.plain(secret.hint)}]{where}")


def show_verdict(name: str, entry: ProviderEntry) -> None:
    """What came of the key; where it was refused, what that means and how to keep it all the same."""
    verdict: KeyVerdict | None = st.session_state.get(f"said_{name}")
    if verdict is None or verdict == NOTHING_PASTED:
        return
    pasted = take_pasted(name)
    if verdict.accepted or not pasted:
        (st.success if verdict.accepted else st.error)(looks.plain(verdict.words))
        return
    st.error(f"{looks.plain(verdict.words)} **Not saved**; nothing has changed.")
    if key_view.is_savable(entry, pasted):
        st.button("Save anyway", key=f"anyway_{name}", on_click=save_untested, args=(name, entry))


def show_mode(simulated: bool, has_key: bool) -> None:
    """Live or simulated providers: the choice, or why there is none here; with what each means."""
    if simulated and is_fixed("ROUTER_MODE"):
        key = "There is a key already" if has_key else "Save a key here"
        st.markdown(f"**To use real providers**\n1. {key}. It is not used while the console is simulated.")
        return
    reason = _why_no_choice(simulated, has_key)
    if reason:
        st.markdown(reason)
    else:
        st.session_state["providers"] = SIMULATED if simulated else LIVE
        st.segmented_control(
            "Providers", [LIVE, SIMULATED], key="providers", on_change=switch_mode, required=True,
            label_visibility="collapsed",
        )  # fmt: skip
    if problem := st.session_state.pop("mode_problem", None):
        st.error(problem)
    if not reason:
        st.caption(
            "**Live**: prompts go to the providers and use their free quota. **Simulated**: answers are invented, and "
            "History and Usage keep them apart."
        )


def _why_no_choice(simulated: bool, has_key: bool) -> str:
    """Why nobody can choose between live and simulated now; empty where one can. A grey button would not say it."""
    if is_fixed("ROUTER_MODE"):
        now = SIMULATED if simulated else LIVE
        return f"**{now}**, because {_locked_words('ROUTER_MODE', source_of('ROUTER_MODE'))}"
    if not key_view.is_writable():
        return f"Live or simulated: {_locked_words('ROUTER_MODE', None)}"
    if simulated and not has_key:
        then = "and live providers answer at once" if runtime().keyless else "then switch to Live here"
        return f"**{SIMULATED}** until there is a key. Save one below, {then}."
    return ""


def show_restart(source: ValueSource) -> None:
    """The last steps out of the simulated mode where whoever started the console has chosen it: no button ends it."""
    with st.container(gap="xsmall", key="way-to-live"):
        st.markdown(f"2. Stop this console, and set this {source.place}:")
        st.code(source.line("ROUTER_MODE", Mode.AUTO.value), language=None)
        st.markdown("3. Start it again. Prompts then go to the providers that have a key.")


def providers_of(table: RoutingTable) -> dict[str, ProviderEntry]:
    """The providers that take a key."""
    return {name: entry for name, entry in table.providers.items() if entry.key_env}


def status_words(simulated: bool | None, has_key: bool) -> str:
    """What to do for real answers, or who gives them; that they are simulated stands in the band on top."""
    if simulated is None:
        return "One key is enough: that provider then serves all tasks."
    if simulated and is_fixed("ROUTER_MODE"):
        return ""  # why it is so, and that a key would not change it, is said in its place
    if not simulated:
        entries = runtime().router.table.providers
        names = [looks.plain(entries[name].label) for name in runtime().router.accounts if name in entries]
        return f"**Live.** {' and '.join(names)} {'answers' if len(names) == 1 else 'answer'}."
    if not has_key:
        return "For real answers add a key: one is enough to serve all tasks."
    return "There is a key: switch to Live for real answers."


def is_any_set(entry: ProviderEntry) -> bool:
    """Whether there is a key of this provider now, or settings that cannot be read, which it is for others to say."""
    try:
        return is_set(console_settings(), entry)
    except ConfigurationError:
        return True


def is_set(settings: Settings, entry: ProviderEntry) -> bool:
    """Whether there is a key of this provider that can be sent."""
    try:
        return entry.key_env is not None and settings.secret(entry.key_env) is not None
    except ConfigurationError:
        return False


def is_simulated() -> bool | None:
    """Whether simulated providers serve now; None where the console cannot start, which is then said."""
    try:
        return runtime().simulated
    except ConfigurationError as error:
        st.error("The console cannot start with these settings.", icon=":material/key_off:")
        st.code(str(error), language=None, wrap_lines=True)
        return None


def settings_or_stop(simulated: bool | None) -> tuple[Settings, RoutingTable]:
    """The settings and the table that they name; the page ends where they cannot be read, which has been said."""
    try:
        settings = console_settings()
        return settings, load_routes(settings.routes)
    except ConfigurationError as error:
        if simulated is not None:  # the router that runs was built from what stood there before
            st.error("The settings have changed and cannot be read any more.", icon=":material/key_off:")
            st.code(str(error), language=None, wrap_lines=True)
        st.stop()


def show_keys(settings: Settings, table: RoutingTable, simulated: bool | None) -> None:
    """Who answers now, the switch between live and simulated, and a key for each provider that comes first."""
    providers = providers_of(table)
    has_key = any(is_set(settings, entry) for entry in providers.values()) or is_any_on(settings)
    if words := status_words(simulated, has_key):
        st.markdown(words)
    if simulated is not None:
        show_mode(simulated, has_key)
    if may_change() and not key_view.is_writable():
        st.warning(
            "This console can be reached from other machines (server.address is not 127.0.0.1), so it writes no keys: "
            "put them into the environment or into .env on the machine itself.",
            icon=":material/lock:",
        )
    st.caption(test_words(simulated))
    for name in providers:
        show_provider(settings, table, name)
    mode = source_of("ROUTER_MODE")
    if simulated and mode is not None and mode.locked:
        show_restart(mode)


def test_words(simulated: bool | None) -> str:
    """What the buttons of the keys do, ahead of them."""
    waits = simulated and not runtime().keyless
    used = "used once real providers serve" if waits else "used from the next request on"
    return (
        "The test asks the provider whether it accepts the key, and costs no quota. An accepted new key is saved to "
        f"{env_file().name} on this machine and {used}; a refused one changes nothing."
    )


with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    st.title("Setup", anchor=False, width="content")
    view = st.segmented_control(
        "View", VIEWS, default=VIEWS[0], key="view", bind="query-params", required=True, label_visibility="collapsed"
    )
simulated = is_simulated()
settings, table = settings_or_stop(simulated)
if view == "More providers":
    show_offers(settings)
elif view == "Alerts":
    show_alert_settings(settings)
elif view == "Cache":
    show_cache(settings)
else:
    show_keys(settings, table, simulated)
