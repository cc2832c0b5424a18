"""Reads the events of one stream: what each brought, in whatever shape it came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from router.failures.outcomes import Kind, Signal
from router.providers.decoding.completions import (
    NO_CALL_PARTS,
    NO_FACTS,
    CallParts,
    ReplyFacts,
    content_of,
    parts_of_calls,
    read_facts,
    read_model,
    reasoning_of,
)
from router.providers.decoding.error_bodies import find_error, first_choice, place_of_choice, salvage_error
from router.providers.decoding.json_reader import CharacterJoiner, may_hold_content, parse_leniently
from router.providers.decoding.sse import ErrorData
from router.providers.replies import ProviderFailure, signal_of

_HAS_PARTS = frozenset({"tool_calls", "function_call", "reasoning_details"})
"""Fields of a delta that are more than text."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one stream event brought.

    Attributes:
        is_message: whether it stands under `message`, which holds a whole text, and not under `delta`.
        parts: what there is of tool calls in it, and of the details of reasoning.
    """

    content: str = ""
    reasoning: str = ""
    facts: ReplyFacts = NO_FACTS
    is_message: bool = False
    parts: CallParts = NO_CALL_PARTS


class EventReader:
    """Feed it the data of one stream's events, in order: some characters come in two of them.

    Args:
        secrets: what must not be shown of what an event says.
    """

    __slots__ = ("_content", "_has_halves", "_model", "_model_facts", "_place", "_reasoning", "_secrets")

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = tuple(secrets)
        self._content = CharacterJoiner()
        self._reasoning = CharacterJoiner()
        self._has_halves = False
        self._place = -1  # which of the completion's choices the answer is; unknown before the first
        self._model: Any = None
        self._model_facts = NO_FACTS

    def read(self, data: bytes) -> Chunk | None:
        """What an event brought; None where it is surplus: no JSON object, and nothing of the answer in it.

        Raises:
            ProviderFailure: the event is an error, in whatever shape, or cannot be read and may hold some of the
                answer.
        """
        try:
            event = orjson.loads(data)
        except orjson.JSONDecodeError:
            event = self._read_again(data)
        if type(event) is not dict or type(data) is not bytes:
            self._check_unusual(event, data)
            return None
        choices = event.get("choices")
        choice = choices[0] if type(choices) is list and len(choices) == 1 else first_choice(event)
        if type(choice) is not dict:
            choice = {}
        if choice and choice.get("index") != self._place:
            self._check_place(choice)
        if not choice or "error" in event or "errors" in event or "x_groq" in event or "error" in choice:
            self._raise_error(event)
        delta = choice.get("delta")
        if (
            type(delta) is dict
            and type(content := delta.get("content")) is str
            and content
            and "usage" not in event
            and choice.get("finish_reason") is None
            and choice.get("native_finish_reason") is None
            and (len(delta) == 1 or _HAS_PARTS.isdisjoint(delta))
        ):
            return Chunk(
                self._content.feed(content) if self._has_halves else content,
                self._reasoning.feed(reasoning_of(delta)) if len(delta) > 1 else "",
                self._facts_of_model(event.get("model")),
            )
        return self._unusual_chunk(event, choice)

    def close(self) -> Chunk:
        """What has waited for a second half in vain."""
        return Chunk(self._content.close(), self._reasoning.close())

    def _facts_of_model(self, model: Any) -> ReplyFacts:
        """The facts of an ordinary delta; made once a model, since a stream has thousands of them."""
        if model != self._model:
            self._model, self._model_facts = model, ReplyFacts(model=read_model(model, self._secrets))
        return self._model_facts

    def _unusual_chunk(self, event: Mapping[str, Any], choice: Mapping[str, Any]) -> Chunk:
        if choice.get("finish_reason") is not None or choice.get("native_finish_reason") is not None:
            self._raise_error(event)
        content, reasoning = content_of({**choice, "text": None}, "delta")
        parts = parts_of_calls(choice, "delta")
        is_message = not (content or reasoning or parts.calls or parts.details)
        if is_message:
            content, reasoning = content_of(choice, "message")
            parts = parts_of_calls(choice, "message")
            is_message = not choice.get("text")
        return Chunk(
            content=self._content.feed(content),
            reasoning=self._reasoning.feed(reasoning),
            facts=read_facts(event, self._secrets),
            is_message=is_message,
            parts=parts,
        )

    def _check_place(self, choice: Mapping[str, Any]) -> None:
        """See that an event goes on with the answer that those before it are of.

        One answer is asked for. Of several, or of one under changing numbers, nobody can tell what belongs together.

        Raises:
            ProviderFailure: it holds text of another one.
        """
        if self._place < 0:
            self._place = place_of_choice(choice)
        elif place_of_choice(choice) != self._place and any(content_of(choice, "delta")):
            words = "the stream holds several answers at once"
            raise ProviderFailure(Signal(Kind.CUT, http_status=200, message=words))

    # --- what is no chunk ------------------------------------------------------------------------------------------

    def _read_again(self, data: bytes) -> Any:
        """What a strict reader has refused, read leniently; None where it is surplus."""
        self._has_halves = True
        try:
            return parse_leniently(data)
        except ValueError:
            if type(data) is not bytes:
                return None
            if not may_hold_content(data) and (error := self._salvaged(data)) is not None:
                raise ProviderFailure(error) from None
            self._refuse_if_content(data)
            return None

    def _salvaged(self, data: bytes) -> Signal | None:
        """The error in an event that is cut off, or none."""
        error = salvage_error(data.decode("utf-8", "replace")) if b"error" in data else None
        return None if error is None else signal_of(200, {}, error, self._secrets)

    def _check_unusual(self, event: Any, data: bytes) -> None:
        """Look at an event that is no object, or that is named an error.

        Raises:
            ProviderFailure: unless it is surplus.
        """
        if isinstance(data, ErrorData):
            text = data.decode("utf-8", "replace")
            error = find_error(event, is_error=True) or salvage_error(text) or {"message": text}
            raise ProviderFailure(signal_of(200, {}, error, self._secrets))
        if isinstance(event, list):
            self._raise_error(event)
        self._refuse_if_content(data)

    def _raise_error(self, event: Any) -> None:
        error = find_error(event, is_error=False)
        if error is not None:
            raise ProviderFailure(signal_of(200, {}, error, self._secrets))

    def _refuse_if_content(self, data: bytes) -> None:
        """An answer with a hole in it is worse than none: the event counts as the end of the stream."""
        if may_hold_content(data):
            words = "an event of the stream that holds some of the answer cannot be read"
            raise ProviderFailure(Signal(Kind.CUT, http_status=200, message=words))
