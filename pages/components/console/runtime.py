"""The one router of this console: built once a process, used by every page and session."""

from __future__ import annotations

import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace

import streamlit as st

from pages.components.console.access.sign_in import current_person
from pages.components.console.environment import console_settings
from pages.components.console.notes import show_notes
from router.alerts import AlertWatch, chosen_kinds
from router.api import DualModelRouter
from router.background.loop_thread import LoopThread
from router.errors import ConfigurationError
from router.providers.accounts import configured_account
from router.settings import Mode, Settings
from router.simulated_mode import simulator_of
from router.simulator import Simulator
from router.store import Store
from router.table.operator_files import load_table


@dataclass(frozen=True)
class Runtime:
    """A running router.

    Attributes:
        simulated: whether simulated providers serve.
        keyless: whether they serve because there is no key.
        watch: looks for what somebody has to be told.
        simulator: the simulated providers, which outlive a change of the settings: what they refuse, and how much is
            left of their quota, is no setting.
    """

    portal: LoopThread
    simulated: bool
    keyless: bool
    watch: AlertWatch
    simulator: Simulator | None

    @property
    def router(self) -> DualModelRouter:
        """The router itself."""
        return self.portal.router

    @property
    def store(self) -> Store:
        """Its database."""
        store = self.router.store
        assert store is not None, "a router from settings has a store"
        return store

    def close(self, going_on: Simulator | None = None) -> None:
        """Stop everything but the simulated providers that go on; what is under way is cancelled."""
        self.watch.stop()
        self.portal.close()
        if self.simulator is not None and self.simulator is not going_on:
            self.simulator.stop()


def start(settings: Settings, before: Runtime | None = None) -> Runtime:
    """Build the router; with no key in mode `auto`, on simulated providers.

    Args:
        before: the runtime whose place it takes.

    Raises:
        ConfigurationError: something an operator has to mend; says what.
    """
    keyless = settings.mode is Mode.AUTO and not _has_key(settings)
    if keyless:
        settings = replace(settings, mode=Mode.SIMULATED)
    kinds, url = chosen_kinds(settings.text("ROUTER_ALERTS")), settings.alert_url
    with ExitStack() as opened:
        simulator = simulator_of(settings, opened, _simulator_before(settings, before))
        portal = LoopThread(DualModelRouter.from_settings(settings, simulator=simulator))
        opened.pop_all()
    watch = AlertWatch(portal.router, kinds=kinds, url=url)
    watch.start()
    running = Runtime(portal, settings.mode is Mode.SIMULATED, keyless, watch, simulator)
    running.store.authors.source = current_person
    return running


def _simulator_before(settings: Settings, before: Runtime | None) -> Simulator | None:
    """The simulated providers that go on serving, where they are asked for at the same port."""
    simulator = None if before is None else before.simulator
    return simulator if simulator is not None and settings.simulator_port in (0, simulator.port) else None


def _has_key(settings: Settings) -> bool:
    entries = load_table(settings.routes, settings.providers).entries
    return any(
        configured_account(name, entry, settings) is not None
        for name, entry in entries.items()
        if entry.key_env or entry.needs_address
    )


class _Holder:
    """Holds the runtime, so that another can take its place while the process goes on."""

    def __init__(self, first: Runtime) -> None:
        self.current = first

    def replace(self, new: Runtime) -> None:
        """Use another from now on; the old one ends when its last run has."""
        old, self.current = self.current, new
        new.portal.adopt(old.portal)
        threading.Thread(target=_end, args=(old, new.simulator), name="ending router", daemon=True).start()


def _end(old: Runtime, going_on: Simulator | None) -> None:
    old.portal.wait_until_idle()
    old.close(going_on)


@st.cache_resource(show_spinner=False, on_release=lambda holder: holder.current.close())
def _holder() -> _Holder:
    return _Holder(start(console_settings()))


def runtime() -> Runtime:
    """This process's runtime.

    Raises:
        ConfigurationError: as `start`; not kept, so that the next look tries again.
    """
    return _holder().current


def close() -> None:
    """End the runtime, with the server."""
    _holder.clear()


def rebuild() -> None:
    """Read the settings anew, and use them from now on; what is under way ends as it began.

    Raises:
        ConfigurationError: they cannot be used; the runtime before stays.
    """
    holder = _holder()
    holder.current.store.flush()  # the next one begins with what the database says
    holder.replace(start(console_settings(), holder.current))


def note_change(kind: str, *, provider: str | None = None, detail: str | None = None) -> None:
    """Write into the log's events who has just changed something that no table of its own keeps.

    Args:
        kind: what it was, such as `settings saved`.
        detail: more of it; never a value.
    """
    with suppress(ConfigurationError):  # without a router there is no log
        runtime().store.events.note(kind, provider=provider, detail=detail)


def runtime_or_stop() -> Runtime:
    """The runtime; where there is none, the page says what to do and ends. First comes what the last action came to."""
    show_notes()
    try:
        return runtime()
    except ConfigurationError as error:
        st.error("The console cannot start with these settings.", icon=":material/settings_alert:")
        st.code(str(error), language=None, wrap_lines=True)
        st.markdown(
            "Mend the setting in the environment or in `.env`, then start the console again; a missing key can also be "
            "pasted on [Setup](./setup). `.env.example` lists every setting with its meaning."
        )
        st.stop()
