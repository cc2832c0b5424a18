"""A gateway on simulated providers for all tests of a module, and what the clients that are tried on it are told."""

import base64
import io
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from router.simulator import Fault, Simulator
from tests.clients.gateway_process import GatewayProcess

HERE = Path(__file__).parent
GOOD = "groq:openai/gpt-oss-120b"
BROKEN = "groq:openai/gpt-oss-20b"
"""A target whose streams are cut after two thirds of the text."""
SLOW = "openrouter:nvidia/nemotron-3-super-120b-a12b:free"
"""A target that falls silent in the middle."""


def red_picture():
    """A red picture, as a `data:` URL."""
    target = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(target, "PNG")
    return "data:image/png;base64," + base64.b64encode(target.getvalue()).decode()


@dataclass
class Playground:
    """The simulated providers and a gateway on them.

    Attributes:
        key: of an app without limits; `limited_key` is of one whose day is used up.
    """

    simulator: Simulator
    gateway: GatewayProcess
    key: str
    limited_key: str

    def environment(self, **more):
        """What a client is told of the gateway."""
        return {
            "PATH": os.environ["PATH"],
            "GATEWAY_URL": self.gateway.url,
            "GATEWAY_KEY": self.key,
            "LIMITED_KEY": self.limited_key,
            "MODEL": "auto",
            "GOOD_MODEL": GOOD,
            "BROKEN_MODEL": BROKEN,
            "SLOW_MODEL": SLOW,
            "PICTURE": red_picture(),
            **more,
        }


@pytest.fixture(scope="module")
def playground(tmp_path_factory):
    with Simulator(pace=0) as simulator:
        simulator.set_fault(*BROKEN.split(":", 1), Fault("cut"))
        simulator.set_fault(*SLOW.split(":", 1), Fault("stall"))
        gateway = GatewayProcess(simulator, tmp_path_factory.mktemp("gateway"))
        key, limited_key = gateway.add_key("clients"), gateway.add_key("limited", per_day=1)
        with gateway.running():
            assert gateway.ask(limited_key).status_code == 200
            yield Playground(simulator, gateway, key, limited_key)
