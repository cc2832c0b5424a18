"""The simulated providers: Groq's and OpenRouter's wires over real HTTP on loopback, with faults by name."""

from router.simulator.faults.faults import FAULTS, Fault, UnknownFault
from router.simulator.models.catalogue import model_entry
from router.simulator.providers import EVERY, Providers, SeenRequest, SetFault
from router.simulator.server.app import create_app
from router.simulator.server.simulator import Simulator, serve

__all__ = [
    "EVERY",
    "FAULTS",
    "Fault",
    "Providers",
    "SeenRequest",
    "SetFault",
    "Simulator",
    "UnknownFault",
    "create_app",
    "model_entry",
    "serve",
]
