"""Machines as namespaces: each has processes, a network and a loopback of its own, and a cable to the database."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import subprocess
import threading
from contextlib import suppress

_NEW_NET = 0x4000_0000
_PROGRAMS = ("ip", "unshare", "nsenter", "setpriv")


class NoMachinesError(Exception):
    """Namespaces cannot be made here; its text says why."""


def _run(*line):
    result = subprocess.run(line, capture_output=True, text=True, check=False)
    if result.returncode:
        raise NoMachinesError(f"`{' '.join(line)}` is refused here: {result.stderr.strip()}")


class Network:
    """A bridge on which the database listens, and machines with a cable to it; a context manager.

    Attributes:
        address: where the database is to listen; `block`: the addresses of all.

    Raises:
        NoMachinesError: there are no namespaces for this user here.
    """

    def __init__(self) -> None:
        missing = [name for name in _PROGRAMS if shutil.which(name) is None]
        if os.geteuid() != 0 or missing:
            raise NoMachinesError(f"namespaces are root's to make, with {', '.join(_PROGRAMS)} (Debian: iproute2)")
        number = os.getpid()
        self._beginning = f"10.{100 + number % 100}.{number // 100 % 250}"
        self._name = f"rb{number}"
        self.address, self.block = f"{self._beginning}.1", f"{self._beginning}.0/24"
        self._machines: list[Machine] = []

    def __enter__(self):
        try:
            _run("ip", "link", "add", self._name, "type", "bridge")
            _run("ip", "address", "add", f"{self.address}/24", "dev", self._name)
            _run("ip", "link", "set", self._name, "up")
        except NoMachinesError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for machine in self._machines:
            machine.close()
        with suppress(NoMachinesError):
            _run("ip", "link", "delete", self._name)

    def add_machine(self):
        """One more machine."""
        number = len(self._machines) + 2
        machine = Machine(f"{self._name}m{number}")
        self._machines.append(machine)
        machine.plug_in(self._name, f"{self._beginning}.{number}/24")
        return machine


class Machine:
    """One machine: process ids begin at 1 there, and `/proc` shows its own."""

    def __init__(self, name) -> None:
        # It goes with this process, however that ends.
        line = [
            "setpriv",
            "--pdeathsig",
            "KILL",
            "unshare",
            "--net",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "sh",
            "-c",
        ]
        # Whoever is the first process of a machine takes the dead ones in.
        self._holder = subprocess.Popen([*line, "echo ready; exec sleep infinity"], stdout=subprocess.PIPE, text=True)
        if self._holder.stdout.readline() != "ready\n":
            raise NoMachinesError("`unshare --net --pid` is refused here")
        children = f"/proc/{self._holder.pid}/task/{self._holder.pid}/children"
        with open(children) as listing:
            self._first = listing.read().split()[0]
        self._cable = name

    def plug_in(self, bridge, address):
        """Lay the cable to the bridge."""
        inner = f"{self._cable}i"
        _run("ip", "link", "add", self._cable, "type", "veth", "peer", "name", inner, "netns", self._first)
        _run("ip", "link", "set", self._cable, "master", bridge)
        _run("ip", "link", "set", self._cable, "up")
        for line in (
            ["address", "add", address, "dev", inner],
            ["link", "set", inner, "up"],
            ["link", "set", "lo", "up"],
        ):
            _run(*self.entered(), "ip", *line)

    def pull_cable(self):
        """Nothing that is sent arrives any more, and nobody is told."""
        _run("ip", "link", "set", self._cable, "down")

    def push_cable(self):
        """It arrives again."""
        _run("ip", "link", "set", self._cable, "up")

    def entered(self):
        """What a command line begins with that runs on this machine."""
        return ["nsenter", "--target", self._first, "--net", "--pid", "--mount"]

    def kill(self, pid):
        """`kill -9` of a process by its id on this machine."""
        _run(*self.entered(), "kill", "-9", str(pid))

    def listening_socket(self, port=0):
        """A socket on this machine's loopback that a server of this process can use."""
        made = []

        def make():
            # A thread may be in another network than its process; it ends there.
            with open(f"/proc/{self._first}/ns/net") as network:
                if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), _NEW_NET) == 0:
                    made.append(socket.create_server(("127.0.0.1", port)))

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        if not made:
            raise NoMachinesError("another network cannot be entered here")
        return made[0]

    def close(self):
        """Switch it off: its processes are killed."""
        self._holder.kill()
        self._holder.wait()
        with suppress(NoMachinesError):
            _run("ip", "link", "delete", self._cable)
