"""Further providers on Setup: the entries that are off until they have their key, and files of one's own making."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import streamlit as st

from pages.components.console import looks
from pages.components.console.access.sign_in import require_operator
from pages.components.console.environment import console_settings
from pages.components.console.runtime import note_change, rebuild
from pages.components.console.uploads import UploadLostError, read_upload
from pages.components.setup import key_view
from router.environment.env_file import set_values
from router.environment.setting_values import parse_key
from router.errors import ConfigurationError
from router.providers.accounts import configured_account
from router.providers.key_check import KeyVerdict
from router.settings import Settings, env_file
from router.table.operator_files import load_table, provider_files, read_provider_file
from router.table.routes import ProviderEntry, RoutingTable

_NO_WRITING = "This console can be reached from other machines, so it writes no settings."


def show_offers(settings: Settings) -> None:
    """Every provider that is off until it has what it needs, and the way to add one of one's own."""
    try:
        table = load_table(settings.routes, settings.providers)
    except ConfigurationError as error:
        st.error("A provider's file cannot be used.", icon=":material/error:")
        st.code(str(error), language=None, wrap_lines=True)
        _show_files(settings.providers)
        return
    st.markdown(
        "Off until you set what they need; a test sends that to the provider alone. Then they answer at the end of "
        "every task's chain; [Routing](./routing) puts them where you want them."
    )
    for name, entry in table.offers.items():
        _show_offer(settings, table, name, entry)
    _show_own(settings)


# --- one entry -----------------------------------------------------------------------------------------------------


def needed_variables(entry: ProviderEntry) -> dict[str, str]:
    """The variables that an entry needs, each with the words of its field."""
    needed = {entry.key_env: "Key"} if entry.key_env else {}
    needed |= {variable: part.replace("_", " ").capitalize() for part, variable in entry.url_parts.items()}
    return needed | ({entry.base_url_env: "Address"} if entry.needs_address and entry.base_url_env else {})


def is_on(settings: Settings, name: str, entry: ProviderEntry) -> bool:
    """Whether a provider has what it needs."""
    try:
        return configured_account(name, entry, settings) is not None
    except ConfigurationError:
        return False


def is_any_on(settings: Settings) -> bool:
    """Whether any of these providers has what it needs."""
    try:
        offers = load_table(settings.routes, settings.providers).offers
    except ConfigurationError:
        return False
    return any(is_on(settings, name, entry) for name, entry in offers.items())


def _show_offer(settings: Settings, table: RoutingTable, name: str, entry: ProviderEntry) -> None:
    with st.expander(_title(entry, is_on=is_on(settings, name, entry)), key=f"offer_{name}"):
        _show_facts(entry)
        needed = needed_variables(entry)
        with st.form(f"offer_form_{name}", border=False):
            for variable, words in needed.items():
                is_key = variable == entry.key_env
                st.text_input(
                    f"{entry.label}: {words.lower()}", key=_field(variable), type="password" if is_key else "default",
                    autocomplete="off", placeholder="Paste a key" if is_key else _placeholder(entry, variable),
                    disabled=key_view.is_locked(variable), help=_place_words(variable),
                )  # fmt: skip
            st.form_submit_button(
                "Save and test", key=f"offer_submit_{name}", on_click=_submit, args=(table, name, entry)
            )
        _show_verdict(table, name, entry)


_SHORT = 140
"""Characters of a provider's limits in the line that is shown unasked."""


def _title(entry: ProviderEntry, *, is_on: bool) -> str:
    """A closed row: whose it is, and by what one chooses: what is free there and what it takes to have it."""
    needs = "" if is_on else f" · {_need_words(entry)}"
    facts = f":gray[{looks.plain(_short_limits(entry))}{needs}]"
    return f"**{looks.plain(entry.label)}** · {'on' if is_on else 'off'} · {facts}"


def _need_words(entry: ProviderEntry) -> str:
    needed = [words.lower() for words in needed_variables(entry).values()]
    return "needs " + " and ".join(f"{'an' if words[0] in 'aeiou' else 'a'} {words}" for words in needed)


def _short_limits(entry: ProviderEntry) -> str:
    """The first thing that is said of a provider's limits; cut where a word ends, if even that is long."""
    words = re.split(r"[.;](?:\s|$)", entry.limits_note, maxsplit=1)[0] or "its limits are not known"
    words = re.sub(r"^None\b", "no limits", words)
    return words if len(words) <= _SHORT else f"{words[:_SHORT].rsplit(' ', 1)[0].rstrip(',;:.')} …"


def _further_limits(entry: ProviderEntry) -> str:
    """What the row above does not say of a provider's limits; all of it where that had to be cut."""
    first, _, further = re.sub(r"[.;](?=\s|$)", "\n", entry.limits_note, count=1).partition("\n")
    return entry.limits_note if len(first) > _SHORT else further.strip()


def _place_words(variable: str) -> str:
    """Where a value is kept; where this page cannot write it, what to set instead."""
    if key_view.is_locked(variable):
        return f"Set `{variable}` in the environment, or in {env_file().name} on the machine itself."
    return f"Kept in {env_file().name} on this machine."


def _show_facts(entry: ProviderEntry) -> None:
    """Where to get a key, what is allowed, what becomes of prompts, and how sure that is."""
    lines = {"Limits": _further_limits(entry), "Terms": entry.terms}
    st.markdown("  \n".join(f"**{title}**: {looks.plain(words)}" for title, words in lines.items() if words))
    links = {"Get a key": entry.key_page, "Read the terms": entry.terms_page}
    with st.container(horizontal=True, gap="small"):
        for title, page in links.items():
            if page:
                st.link_button(title, page, icon=":material/open_in_new:", type="tertiary")
    if entry.checked is not None:
        day = f"{entry.checked.day} {entry.checked:%b %Y}"
        # "With a real key. Not known: …": the first of it concerns whoever chooses, the rest whoever asks.
        tested = f", not tested {re.split('[.:;]', entry.untried)[0].lower()}" if entry.untried else ""
        more = f"Source: {entry.source}." + (f" Not tested: {entry.untried}" if entry.untried else "")
        st.caption(f"Limits as documented on {day}{looks.plain(tested)}.", help=looks.plain(more))


def _placeholder(entry: ProviderEntry, variable: str) -> str:
    return entry.base_url if variable == entry.base_url_env else "Paste it here"


def _field(variable: str) -> str:
    return f"offer_value_{variable}"


def _pasted(table: RoutingTable, name: str, entry: ProviderEntry) -> dict[str, str]:
    """What stands in an entry's fields, as it belongs in the file.

    Raises:
        ConfigurationError: another provider's key, or no key at all.
    """
    values = {
        variable: str(st.session_state.get(_field(variable)) or "").strip() for variable in needed_variables(entry)
    }
    if entry.key_env and values.get(entry.key_env):
        values[entry.key_env] = parse_key(entry.key_env, values[entry.key_env], table.foreign_keys(name))
    return {variable: value for variable, value in values.items() if value}


def _submit(table: RoutingTable, name: str, entry: ProviderEntry) -> None:
    """Ask the provider about what is in the fields, and use it once it is accepted."""
    try:
        pasted = _pasted(table, name, entry)
        settings = console_settings()
        verdict = key_view.ask_provider(name, entry, Settings.from_env({**settings.values, **pasted}))
    except ConfigurationError as error:
        pasted, verdict = {}, KeyVerdict(False, f"{error}.")
    if verdict.accepted and pasted:
        verdict = _saved(pasted, verdict.words)
    for variable, words in needed_variables(entry).items():
        verdict = replace(verdict, words=verdict.words.replace(variable, f"{entry.label}'s {words.lower()}"))
    st.session_state[f"offer_said_{name}"] = verdict


def _save_untested(table: RoutingTable, name: str, entry: ProviderEntry) -> None:
    verdict = _saved(_pasted(table, name, entry), f"{entry.label} has not accepted it yet.")
    st.session_state[f"offer_said_{name}"] = verdict


def _saved(values: dict[str, str], words: str) -> KeyVerdict:
    problem = _save(values)
    if problem:
        return KeyVerdict(False, problem)
    for variable in values:
        st.session_state[_field(variable)] = ""
    return KeyVerdict(True, f"{words} Saved to {env_file().name}, and {key_view.use_words()}.")


def _save(values: dict[str, str]) -> str:
    """Write variables to the file and use them at once; gives what went wrong, or nothing."""
    require_operator()
    if not key_view.is_writable():
        return _NO_WRITING
    try:
        set_values(env_file(), values)
        rebuild()
        note_change(key_view.SETTINGS_SAVED, detail=", ".join(values))
    except (ValueError, ConfigurationError) as error:
        return f"{error}."
    except OSError as error:
        return f"{env_file()} cannot be written ({error.strerror})."
    return ""


def _show_verdict(table: RoutingTable, name: str, entry: ProviderEntry) -> None:
    verdict: KeyVerdict | None = st.session_state.get(f"offer_said_{name}")
    if verdict is None:
        return
    if verdict.accepted:
        st.success(looks.plain(verdict.words))
        return
    st.error(f"{looks.plain(verdict.words)} **Not saved**; nothing has changed.")
    try:
        savable = bool(_pasted(table, name, entry)) and key_view.is_writable()
    except ConfigurationError:
        savable = False
    if savable:
        st.button("Save anyway", key=f"offer_anyway_{name}", on_click=_save_untested, args=(table, name, entry))


# --- entries of one's own --------------------------------------------------------------------------------------------


def _show_own(settings: Settings) -> None:
    """Add a provider from a file, and take one away; open where there is something of it to see."""
    words, has_files = st.session_state.pop("own_said", None), bool(provider_files(settings.providers))
    with st.expander("A provider of your own", icon=":material/description:", expanded=bool(words) or has_files):
        st.markdown(
            "Any provider can be described in a file: its address, its fields, its limits, its errors. "
            "`data/samples/odd-provider.toml` is one with every oddity; copy it, change it, and add it here."
        )
        _show_upload(settings)
        if words:
            st.info(looks.plain(words))
        _show_files(settings.providers)


def _show_upload(settings: Settings) -> None:
    if key_view.is_writable():
        file = st.file_uploader("Add a provider from a file", type="toml", key="own_provider", max_upload_size=1)
        if file is not None:
            try:
                _offer_file(settings, read_upload(file).data.decode("utf-8"), file.name)
            except (UploadLostError, UnicodeDecodeError):
                st.error("The file could not be read. It has to be text in UTF-8; choose it again.")


def _offer_file(settings: Settings, text: str, file: str) -> None:
    """What a file would add, or what is wrong with it."""
    try:
        added = read_provider_file(text, file)
    except ConfigurationError as error:
        st.error("This file cannot be used.", icon=":material/error:")
        st.code(str(error), language=None, wrap_lines=True)
        return
    labels = ", ".join(str(entry["label"]) for entry in added["providers"].values())
    first = next(iter(added["providers"]))
    st.button(
        f"Add {labels}", key="own_add", type="primary", icon=":material/add:", on_click=_add_file,
        args=(settings, first, text),
    )  # fmt: skip


def _add_file(settings: Settings, name: str, text: str) -> None:
    """Keep the file, unless the table would not hold with it."""
    require_operator()
    path = settings.providers / f"{name}.toml"
    before = path.read_text(encoding="utf-8") if path.is_file() else None
    try:
        settings.providers.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        load_table(settings.routes, settings.providers)
        rebuild()
        note_change("provider file added", provider=name)
    except (ConfigurationError, OSError) as error:
        _restore(path, before)
        st.session_state["own_said"] = f"Not added: {error}"
        return
    st.session_state["own_said"] = f"Added. Set what it needs above, under {name}."


def _restore(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink(missing_ok=True)
    else:
        path.write_text(text, encoding="utf-8")


def _show_files(folder: Path) -> None:
    """The files that are there, each with a way to take it away."""
    for path in provider_files(folder):
        words, button = st.columns([5, 1], vertical_alignment="center")
        words.markdown(f":material/description: `{path.name}`")
        button.button(
            "Remove", key=f"own_remove_{path.stem}", disabled=not key_view.is_writable(), on_click=_remove_file,
            args=(path,), help=f"Take {path.name} away; its key stays in {env_file().name}.",
        )  # fmt: skip


def _remove_file(path: Path) -> None:
    require_operator()
    try:
        path.unlink(missing_ok=True)
        rebuild()
        note_change("provider file removed", provider=path.stem)
    except (ConfigurationError, OSError) as error:
        st.session_state["own_said"] = f"{path.name} is taken away, but the console goes on as before: {error}"
