"""Families of models: those of one family share their mistakes, so none of them checks another's work."""

from __future__ import annotations

import re

from router.table.routes import RoutingTable
from router.types import Target


def family(table: RoutingTable, target: Target) -> str | None:
    """The family of a model: the table's word, else the first word of its name; None where it may be any."""
    named = table.model(target).family
    if named == "any":
        return None
    word = re.search(r"[a-z]+", (named or target.model.rpartition("/")[2]).lower())
    return word[0] if word else None
