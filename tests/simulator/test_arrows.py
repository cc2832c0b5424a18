"""The simulator's rooms stand on each other in one order."""

import ast
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2] / "router" / "simulator"
ORDER = ["wire", "answers", "faults", "models", "tool_checks", "checks", "speech", "providers", "server", "__init__"]
"""One imports only what is named before it, and itself."""


def room_of(parts):
    return parts[0].removesuffix(".py") if parts else "__init__"


def imported_rooms(path):
    for node in ast.walk(ast.parse(path.read_text())):
        module = node.module if isinstance(node, ast.ImportFrom) else ""
        if module and module.startswith("router.simulator"):
            yield room_of(module.split(".")[2:])


@pytest.mark.parametrize("path", sorted(HOUSE.rglob("*.py")), ids=lambda path: str(path.relative_to(HOUSE)))
def test_a_room_of_the_simulator_stands_only_on_those_before_it(path):
    room = room_of(path.relative_to(HOUSE).parts)
    for imported in imported_rooms(path):
        assert ORDER.index(imported) <= ORDER.index(room), f"{path.name}: {room} → {imported}"
