"""The server: its port, its thread, and what is left when it has stopped."""

import socket
import threading

import pytest

from router.simulator import Simulator
from tests.simulator.calls import ask


def test_a_port_that_is_taken_is_an_error_at_once(simulator):
    with pytest.raises(OSError, match="in use"), Simulator(port=simulator.port):
        pass


def test_a_simulator_that_was_stopped_leaves_its_port_and_no_thread(simulator):
    before = threading.active_count()
    with Simulator() as other:
        port = other.port
    assert threading.active_count() == before
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


def test_it_can_be_started_twice_and_again_after_it_was_stopped():
    simulator = Simulator(pace=0)
    for _ in range(2):
        simulator.start()
        simulator.start()
        assert ask(simulator).status_code == 200
        simulator.stop()
        simulator.stop()
