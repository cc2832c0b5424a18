"""Commands: `python -m router simulate --port N` runs the simulated providers alone."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from router.errors import ConfigurationError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m router", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    simulate = commands.add_parser("simulate", help="run the simulated providers on this machine")
    simulate.add_argument("--port", type=int, default=8600, help="where they listen (default 8600)")
    simulate.add_argument("--pace", type=float, default=1.0, help="natural delays times this; 0 answers at once")
    simulate.add_argument("--limits", action="store_true", help="enforce the free tiers' limits")
    simulate.set_defaults(run=_simulate)
    return parser


def _simulate(options: argparse.Namespace) -> None:
    from router.simulator import serve

    serve(port=options.port, pace=options.pace, limits=options.limits)


if __name__ == "__main__":
    sys.exit(main())
