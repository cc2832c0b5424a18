"""`/v1/router/…`: what the Python API gives under the same names, in JSON; and whether the gateway is ready."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from router.api import DualModelRouter
from router.gateway.bodies import read_object
from router.gateway.chat.requests import read_chat_call
from router.gateway.errors import bad_request
from router.gateway.field_names import of_value_error
from router.ports import Allowance, Cooldown
from router.request.parameters import short_form
from router.types import PlannedTarget, TaskConfig, TaskType

_PLACEHOLDER = [{"role": "user", "content": "?"}]


def plan_document(data: bytes, router: DualModelRouter, app: str) -> dict[str, Any]:
    """The targets that a request would try, each kept or passed over with its reason.

    Args:
        data: a body as `/v1/chat/completions` takes it; messages may be left out.

    Raises:
        GatewayError, ValueError: as for that.
    """
    body = read_object(data)
    body.setdefault("messages", _PLACEHOLDER)
    call = read_chat_call(body, router, app)
    try:
        plan = router.plan(config=call.config, messages=call.messages, **call.options)
    except ValueError as error:
        raise of_value_error(error, call.names) from None
    return {"task": str(call.config.type), "targets": [_line_document(line) for line in plan]}


def _line_document(line: PlannedTarget) -> dict[str, Any]:
    return {
        "target": str(line.target),
        "provider": line.provider,
        "model": line.model,
        "kept": line.kept,
        "state": str(line.state),
        "reason": line.reason,
        "until": None if line.until is None else line.until.isoformat(),
        "stands_for": None if line.stands_for is None else str(line.stands_for),
        "chosen": line.chosen,
        "joined": line.joined,
        "last_resort": line.last_resort,
    }


def quotas_document(router: DualModelRouter) -> dict[str, Any]:
    """What is left of each allowance that is known."""
    return {"quotas": [_allowance_document(allowance) for allowance in router.quotas()]}


def _allowance_document(allowance: Allowance) -> dict[str, Any]:
    # Without the account: a key's fingerprint and a base URL are the operator's.
    return {
        "provider": allowance.provider,
        "model": allowance.model,
        "unit": allowance.unit,
        "span": allowance.span,
        "limit": allowance.limit,
        "remaining": allowance.remaining,
        "resets_at": _moment(allowance.resets_at),
        "seen_at": _moment(allowance.seen_at),
    }


def failures_document(router: DualModelRouter) -> dict[str, Any]:
    """What cools down now, the latest first."""
    return {"failures": [_cooldown_document(cooldown) for cooldown in router.failures()]}


def _cooldown_document(cooldown: Cooldown) -> dict[str, Any]:
    document = asdict(cooldown)
    del document["account"]
    return document | {name: _moment(document[name]) for name in ("since", "until", "probe_until")}


def _moment(epoch: float | None) -> str | None:
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC).isoformat()


def reset_failures(data: bytes, router: DualModelRouter, app: str) -> dict[str, Any]:
    """Forget what failed: of one provider, of one model, or of all where the body says nothing.

    Args:
        app: whose key the request came with; its name stands in the reset's row.

    Raises:
        GatewayError: the body is no object, or what it names is no text or nothing that could be reset.
    """
    body = read_object(data) if data.strip() else {}
    for name, value in body.items():
        if name not in ("provider", "model"):
            # Elsewhere a field that nobody knows changes nothing; here all would be forgotten in place of one.
            raise bad_request(f"{name} is not known here; provider and model are, and nothing means all.", param=name)
        if not isinstance(value, str):
            raise bad_request(f"{name} has to be a text.", param=name)
    provider = body.get("provider")
    if provider is not None and provider not in router.table.providers:
        known = ", ".join(router.table.providers)
        raise bad_request(f"provider is {short_form(provider)}; it has to be one of: {known}", param="provider")
    by_app = nullcontext() if router.store is None else router.store.authors.acting_app(app)
    with by_app:
        return {"reset": router.reset_failures(provider, body.get("model"))}


def readiness(router: DualModelRouter) -> dict[str, Any]:
    """Whether at least one target serves each task; no provider is called."""
    tasks = {str(task): any(line.kept for line in router.plan(config=TaskConfig(type=task))) for task in TaskType}
    return {"ready": all(tasks.values()), "tasks": tasks}
