"""The one router of this console: built once a process, used by every page and session."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from router.api import DualModelRouter
from router.errors import ConfigurationError
from router.portal import Portal
from router.routes import load_routes
from router.settings import Mode, Settings
from router.store import Store


@dataclass(frozen=True)
class Runtime:
    """A running router.

    Attributes:
        simulated: whether simulated providers serve.
        keyless: whether they serve because there is no key.
    """

    portal: Portal
    simulated: bool
    keyless: bool

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

    def close(self) -> None:
        """Stop everything; what is under way is cancelled."""
        self.portal.close()


def start(settings: Settings) -> Runtime:
    """Build the router; with no key in mode `auto`, on simulated providers.

    Raises:
        ConfigurationError: something an operator has to mend; says what.
    """
    keyless = settings.mode is Mode.AUTO and not _has_key(settings)
    if keyless:
        settings = replace(settings, mode=Mode.SIMULATED)
    portal = Portal(DualModelRouter.from_settings(settings))
    return Runtime(portal, settings.mode is Mode.SIMULATED, keyless)


def _has_key(settings: Settings) -> bool:
    providers = load_routes(settings.routes).providers.values()
    return any(entry.key_env and settings.secret(entry.key_env) for entry in providers)


@st.cache_resource(show_spinner=False, on_release=lambda runtime: runtime.close())
def runtime() -> Runtime:
    """This process's runtime.

    Raises:
        ConfigurationError: as `start`; not kept, so that the next look tries again.
    """
    return start(Settings.from_env())


def runtime_or_stop() -> Runtime:
    """The runtime; where there is none, the page says what to do and ends."""
    try:
        return runtime()
    except ConfigurationError as error:
        st.error("The console cannot start with these settings.", icon=":material/settings_alert:")
        st.code(str(error), language=None, wrap_lines=True)
        st.markdown(
            "Mend the setting in the environment or in `.env`, then start the console again. "
            "`.env.example` lists every setting with its meaning."
        )
        st.stop()
