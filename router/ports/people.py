"""Who is behind a change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Who is behind a change; without sign-in it is whoever is at this machine.

    Attributes:
        address: the e-mail address that they signed in with; empty without sign-in.
        may_change: whether they may change things, and not only look and run.
    """

    address: str = ""
    may_change: bool = True
