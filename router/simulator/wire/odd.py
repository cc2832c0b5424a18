"""A wire like nobody's, and each of its oddities like somebody's: what an entry in the routing table can describe.

Errors come as a list, under `errors`, under `detail` and under `message.detail`; ids have a prefix; the list has
another form at another address, and there is no `/models`; headers tell a day and a minute; the fields of a request
have names of their own, and any other is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from router.simulator.wire.script import Step, json_reply
from router.simulator.wire.wires import Answer, OpenAI

ID_PREFIX = "models/"

_NAMES = {"most_tokens": "max_tokens", "random_seed": "seed"}
_TAKEN = frozenset(
    {"model", "messages", "stream", "temperature", "top_p", "stop", "tools", "tool_choice", "response_format", "shape",
     "count_tokens", *_NAMES}
)  # fmt: skip


class Odd(OpenAI):
    """Plain OpenAI answers in odd wrappings."""

    name = "odd"

    def _odd_head(self, document: dict[str, Any]) -> dict[str, Any]:
        return {**document, "model": f"{ID_PREFIX}{document['model']}"}

    def completion(self, answer: Answer) -> dict[str, Any]:
        """With the prefixed id."""
        return self._odd_head(super().completion(answer))

    def chunk(self, answer: Answer, delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
        """With the prefixed id."""
        return self._odd_head(super().chunk(answer, delta, finish))

    def error(self, status: int, message: str, **fields: Any) -> Any:
        """One of four forms, by its status."""
        code = fields.get("code") or fields.get("type") or status
        if status in (400, 422):
            return {"object": "error", "message": {"detail": [{"loc": ["body"], "msg": message, "type": str(code)}]}}
        if status == 429:
            return [{"error": {"code": status, "message": message, "status": str(code).upper()}}]
        if status in (401, 403):
            return {"detail": message}
        return {"success": False, "errors": [{"code": code, "message": message}], "result": None}

    def refusal(self, status: int, message: str, headers: Mapping[str, str] | None = None, **fields: Any) -> list[Step]:
        """An error as a reply."""
        return json_reply(self.error(status, message, **fields), status, headers)


def foreign_fields(body: Mapping[str, Any]) -> list[str]:
    """The fields of a request that this wire does not have."""
    return sorted(name for name in body if name not in _TAKEN)


def usual_request(body: Mapping[str, Any]) -> dict[str, Any]:
    """A request in the names that all wires share."""
    usual = {_NAMES.get(name, name): value for name, value in body.items() if name not in ("shape", "count_tokens")}
    if "shape" in body:
        schema = {"name": "shape", "schema": body["shape"], "strict": True}
        usual["response_format"] = {"type": "json_schema", "json_schema": schema}
    if body.get("count_tokens") is True:
        usual["stream_options"] = {"include_usage": True}
    return usual
