"""Which model may check another's work: one of another family, so that they do not share their mistakes."""

from __future__ import annotations

from router.api import DualModelRouter
from router.types import Target, TaskConfig

_UNKNOWN = (None, "", "any")


def family_of(router: DualModelRouter, target: Target, served: str = "") -> str | None:
    """A target's family by the table; None where it is not known.

    Args:
        served: the model that answered in its place, where a router at the provider chose one.
    """
    for model in (target, Target(target.provider, served or target.model)):
        family = router.table.model(model).family
        if family not in _UNKNOWN:
            return family
    return None


def others(router: DualModelRouter, config: TaskConfig, writer: Target, served: str = "") -> list[Target]:
    """The targets of a task that would be tried now and are of a known family other than the writer's."""
    own = family_of(router, writer, served)
    plan = [line.target for line in router.plan(config=config) if line.kept]
    return [target for target in plan if family_of(router, target) not in (None, own)] if own else []
