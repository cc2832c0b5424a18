"""The mode without keys: simulated providers in this process."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from router.errors import ConfigurationError
from router.settings import Mode, Settings

if TYPE_CHECKING:
    from router.simulator import Simulator


def simulator_of(settings: Settings, opened: ExitStack) -> Simulator | None:
    """The simulated providers, started where the settings ask for them; whoever closes `opened` stops them.

    Raises:
        ConfigurationError: their port cannot be listened on.
    """
    if settings.mode is not Mode.SIMULATED:
        return None
    from router.simulator import Simulator  # it loads much that a program with keys never needs

    try:
        return opened.enter_context(Simulator(port=settings.simulator_port))
    except OSError as error:
        raise ConfigurationError(
            f"ROUTER_SIMULATOR_PORT={settings.simulator_port} cannot be listened on ({error.strerror}); name another "
            "port, or 0 for any free one"
        ) from None
