"""`make machines`: two machines on one PostgreSQL at full size, and the figures of it; ends with 1 where a rule broke.

It needs root, for its machines are namespaces.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.databases import NoServerError
from tests.machines.acts import FULL, SMALL, play
from tests.machines.namespaces import NoMachinesError
from tests.machines.world import machines_world


def main(arguments):
    """Play everything once."""
    began = time.monotonic()
    notes = {}
    with tempfile.TemporaryDirectory() as folder:
        try:
            with machines_world(Path(folder)) as world:
                notes = world.notes
                try:
                    play(world, SMALL if "small" in arguments else FULL)
                finally:
                    world.note_complaints()
        except (NoMachinesError, NoServerError) as error:
            raise SystemExit(f"nothing was played: {error}") from None
        finally:
            for name, figure in notes.items():
                print(f"{name:60} {figure}")  # noqa: T201
    print(f"{'seconds in all':60} {time.monotonic() - began:.0f}")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
