"""A response on its way, as the events of `/v1/responses`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import orjson

from router.gateway.bodies import GatewayCall
from router.gateway.errors import GatewayError
from router.gateway.model_names import now_seconds
from router.gateway.responses.replies import (
    call_item,
    message_id,
    message_item,
    open_response,
    response_document,
    text_part,
)
from router.gateway.responses.requests import ResponsesCall
from router.types import Completion, ToolCall


class ResponseEvents:
    """Writes one stream's events.

    An item is announced, filled and closed before the next one is announced: clients attach what comes to the item
    that they were told of last. Each event is numbered.

    Args:
        request_id: the request's ULID.
        target: who answers, as far as is known: `provider:model`.
    """

    def __init__(self, call: GatewayCall, request_id: str, target: str) -> None:
        assert isinstance(call, ResponsesCall), "this API's requests are read as such"
        self._call = call
        self._head = {"id": request_id, "created": now_seconds(), "model": target}
        self._id = f"resp_{request_id}"
        self._message_id = message_id(self._id)
        self._numbers = count()
        self._items = 0
        self._text: list[str] = []
        self._is_open = False
        self._in_text = False

    def opening(self) -> bytes:
        """The response as it begins."""
        self._is_open = True
        response = open_response(self._head, self._call.body)
        return b"".join(self._event(f"response.{word}", response=response) for word in ("created", "in_progress"))

    def reasoning(self, text: str) -> bytes:
        """Nothing: clients of this API send reasoning back to the server that keeps it, and nothing is kept here."""
        return b""

    def text(self, text: str) -> bytes:
        """A piece of the answer."""
        head = b"" if self._in_text else self._begin_text()
        self._text.append(text)
        return head + self._part_event("response.output_text.delta", delta=text, logprobs=[])

    def tool_calls(self, calls: Sequence[ToolCall], first: int) -> bytes:
        """Calls to tools, each whole."""
        head = self._end_text() if self._in_text else b""
        items = (call_item(self._id, place, call.as_message()) for place, call in enumerate(calls, first))
        return head + b"".join(event for item in items for event in self._call_events(item))

    def restart(self, target: str) -> bytes:
        """Nothing: no client of this API can take back what it has shown, so `mark` is refused with the request."""
        return b""

    def closing(self, completion: Completion) -> bytes:
        """The end of a whole answer, which holds all of it once more."""
        response = response_document(completion, self._call)
        response |= {"id": self._id, "created_at": self._head["created"]}
        head = b"" if self._items else self._begin_text()
        head += self._end_text(response["status"]) if self._in_text else b""
        return head + self._event(f"response.{response['status']}", response=response)

    def failure(self, error: GatewayError) -> bytes:
        """The end of an answer that is not whole, in both forms that clients look for.

        The response's own end is what most look at. The second has the error where every reader of OpenAI's streams
        expects it, and raises it for a program that goes through the events one by one.
        """
        head = b"" if self._is_open else self.opening()
        words = {"code": error.code, "message": str(error)}
        response = open_response(self._head, self._call.body) | {"status": "failed", "error": words}
        facts = error.document()["error"]
        return head + self._event("response.failed", response=response) + self._event("error", **words, error=facts)

    # --- items -------------------------------------------------------------------------------------------------------

    def _begin_text(self) -> bytes:
        self._in_text = True
        self._items += 1
        added = self._item_event("added", message_item(self._id, "", "in_progress"))
        return added + self._part_event("response.content_part.added", part=text_part(""))

    def _end_text(self, status: str = "completed") -> bytes:
        self._in_text = False
        text = "".join(self._text)
        events = self._part_event("response.output_text.done", text=text, logprobs=[])
        events += self._part_event("response.content_part.done", part=text_part(text))
        return events + self._item_event("done", message_item(self._id, text, status))

    def _call_events(self, item: dict[str, Any]) -> Iterator[bytes]:
        self._items += 1
        place = {"item_id": item["id"], "output_index": self._items - 1}
        arguments = item["arguments"]
        yield self._item_event("added", item | {"arguments": "", "status": "in_progress"})
        yield self._event("response.function_call_arguments.delta", **place, delta=arguments)
        yield self._event("response.function_call_arguments.done", **place, name=item["name"], arguments=arguments)
        yield self._item_event("done", item)

    def _item_event(self, word: str, item: dict[str, Any]) -> bytes:
        return self._event(f"response.output_item.{word}", output_index=self._items - 1, item=item)

    def _part_event(self, kind: str, **fields: Any) -> bytes:
        return self._event(kind, item_id=self._message_id, output_index=self._items - 1, content_index=0, **fields)

    def _event(self, kind: str, **fields: Any) -> bytes:
        document = {"type": kind, "sequence_number": next(self._numbers), **fields}
        return b"event: %s\ndata: %s\n\n" % (kind.encode(), orjson.dumps(document))
