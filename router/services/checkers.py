"""Which models may check others' work: those of another family, so that they do not share their mistakes."""

from __future__ import annotations

from collections.abc import Iterable

from router.api import DualModelRouter
from router.services.shapes import Served
from router.table.families import family
from router.types import Target, TaskConfig


def foreign_checkers(router: DualModelRouter, config: TaskConfig, served: Iterable[Served]) -> list[Target]:
    """The targets of a task that would be tried now and are of a known family other than all that answered.

    Args:
        served: who answered.
    """
    families = {family(router.table, Target(answer.provider, answer.model)) for answer in served}
    plan = [line.target for line in router.plan(config=config) if line.kept]
    known = [] if None in families else plan
    return [target for target in known if family(router.table, target) not in {None, *families}]
