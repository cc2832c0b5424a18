"""Which models may check others' work: those of another family, so that they do not share their mistakes."""

from __future__ import annotations

from collections.abc import Iterable

from router.api import DualModelRouter
from router.services.shapes import Served
from router.table.families import family
from router.types import Target, TaskConfig


def others(router: DualModelRouter, config: TaskConfig, served: Iterable[Served]) -> list[Target]:
    """The targets of a task that would be tried now and are of a known family other than all that answered.

    Args:
        served: who answered.
    """
    own = {family(router.table, Target(one.provider, one.model)) for one in served}
    plan = [line.target for line in router.plan(config=config) if line.kept]
    known = [] if None in own else plan
    return [target for target in known if family(router.table, target) not in {None, *own}]
