"""The mode without keys: simulated providers in this process."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from router.errors import ConfigurationError
from router.providers.accounts import Account, configured_accounts, simulated_accounts
from router.settings import Mode, Settings
from router.table.routes import RoutingTable

if TYPE_CHECKING:
    from router.simulator import Simulator


def simulator_of(settings: Settings, opened: ExitStack, running: Simulator | None = None) -> Simulator | None:
    """The simulated providers, started where the settings ask for them; whoever closes `opened` stops them.

    Args:
        running: those that run already, which are left to whoever started them.

    Raises:
        ConfigurationError: their port cannot be listened on.
    """
    if settings.mode is not Mode.SIMULATED:
        return None
    if running is not None:
        return running
    from router.simulator import Simulator  # it loads much that a program with keys never needs

    try:
        return opened.enter_context(Simulator(port=settings.simulator_port))
    except OSError as error:
        raise ConfigurationError(
            f"ROUTER_SIMULATOR_PORT={settings.simulator_port} cannot be listened on ({error.strerror}); name another "
            "port, or 0 for any free one"
        ) from None


def accounts_of(table: RoutingTable, settings: Settings, simulator: Simulator | None) -> dict[str, Account]:
    """The accounts at the simulated providers, or those that the settings have keys for.

    Raises:
        ConfigurationError: no key, or one that cannot be used.
    """
    if simulator is None:
        return configured_accounts(table, settings)
    return simulated_accounts(table, simulator, simulator.token)
