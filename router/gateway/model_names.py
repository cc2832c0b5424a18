"""What may stand in `model`: a task type, `auto`, or a target; and the list of all of them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from router.api import DualModelRouter
from router.gateway.errors import GatewayError, bad_request
from router.types import Target, TargetState, TaskConfig, TaskType

AUTO = "auto"
MODIFIERS: Mapping[str, str] = {
    "speed": "prioritize_speed",
    "accuracy": "prioritize_accuracy",
    "critical": "critical_accuracy",
}
"""What may stand behind a task type and a plus sign, and the flag of the task that it sets."""

_CREATED = 1_735_689_600
"""Every client wants a time here, and no task type has one: the beginning of 2025."""

_USABLE = frozenset({TargetState.SERVING, TargetState.HALF_OPEN})


@dataclass(frozen=True, slots=True)
class AskedModel:
    """What a caller wrote in `model`.

    Attributes:
        task: the task type; None where the request itself decides (`auto`, or a pinned target).
        flags: those of `TaskConfig` that were asked for.
        target: the pinned target.
    """

    task: TaskType | None = None
    flags: Mapping[str, bool] = field(default_factory=dict)
    target: Target | None = None


def read_model(name: object, router: DualModelRouter) -> AskedModel:
    """What a `model` means.

    Raises:
        GatewayError: 400 where it is missing or no text, 404 where there is no such model.
    """
    if name is None:
        raise bad_request(f"model is missing; {_choices(router)}", param="model", code="missing_required_parameter")
    if not isinstance(name, str):
        raise bad_request(f"model has to be a text; {_choices(router)}", param="model")
    word, plus, modifier = name.strip().partition("+")
    model = _TASKS.get(word)
    if model is not None and not plus:
        return model
    if model is not None and modifier in MODIFIERS:
        return AskedModel(model.task, {MODIFIERS[modifier]: True})
    target = known_target(name.strip(), router)
    if target is None:
        raise unknown_model(name, router)
    return AskedModel(target=target)


_TASKS = {AUTO: AskedModel()} | {str(task): AskedModel(task) for task in TaskType}


def unknown_model(name: str, router: DualModelRouter, *, param: str = "model") -> GatewayError:
    """There is no such model; here is what there is."""
    shown = name if len(name) <= 80 else f"{name[:80]}…"
    message = f"The model {shown!r} does not exist; {_choices(router)}"
    return GatewayError(404, message, code="model_not_found", param=param)


def _choices(router: DualModelRouter) -> str:
    targets = ", ".join(map(str, serving_targets(router)))
    plus = ", ".join(f"+{word}" for word in MODIFIERS)
    return f"there are: {', '.join(_TASKS)} (each also with {plus}), and the targets {targets or '(none serves now)'}"


def known_target(text: str, router: DualModelRouter) -> Target | None:
    """The target of that name, if the table or its provider's list has it, whether it serves now or not."""
    try:
        target = Target.parse(text)
    except ValueError:
        return None
    if target.provider not in router.table.providers:
        return None
    listing = router.listings().get(target.provider)
    is_listed = listing is not None and target.model in listing.models
    return target if is_listed or str(target) in router.table.models else None


def serving_targets(router: DualModelRouter) -> list[Target]:
    """The targets that would be tried now for one task or another, in the order of the tasks."""
    lines = (line for task in TaskType for line in router.plan(config=TaskConfig(type=task)))
    return list(dict.fromkeys(line.target for line in lines if line.kept and line.state in _USABLE))


def model_list(router: DualModelRouter, allowed: Iterable[str] | None) -> dict[str, Any]:
    """All models that a key may use, as `/v1/models` has them; no provider is called.

    Args:
        allowed: the task types that the key may use; None is all.
    """
    tasks = [task for task in TaskType if allowed is None or str(task) in allowed]
    names = [AUTO, *map(str, tasks)]
    data = [_task_document(name) for name in names]
    data += [_target_document(target) for target in serving_targets(router)]
    return {"object": "list", "data": data}


def model_document(name: str, router: DualModelRouter) -> dict[str, Any]:
    """One model of the list.

    Raises:
        GatewayError: 404, as `read_model`.
    """
    model = read_model(name, router)
    return _task_document(name) if model.target is None else _target_document(model.target)


def _task_document(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": _CREATED, "owned_by": "router", "name": name}


def _target_document(target: Target) -> dict[str, Any]:
    return {
        "id": str(target),
        "object": "model",
        "created": _CREATED,
        "owned_by": target.provider,
        "name": str(target),
    }


def now_seconds() -> int:
    """The time as OpenAI's objects have it."""
    return int(time.time())
