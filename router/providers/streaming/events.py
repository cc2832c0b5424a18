"""Reads the events of one stream: what each brought, in whatever shape it came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

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
    text_of,
)
from router.providers.decoding.error_bodies import find_error, first_choice, place_of_choice, salvage_error
from router.providers.decoding.json_reader import CharacterJoiner, may_hold_content, parse_leniently
from router.providers.decoding.sse import ErrorData, NoticeData
from router.providers.decoding.stated_refusals import error_in_form
from router.providers.decoding.unread_text import gives_two_values, unread_texts
from router.providers.replies import ProviderFailure, signal_of
from router.table.dialects import PLAIN, Dialect

_EVENT_FIELDS = frozenset(
    {
        "id",
        "object",
        "created",
        "model",
        "choices",
        "system_fingerprint",
        "service_tier",
        "provider",
        "usage",
        "obfuscation",
    }
)
_CHOICE_FIELDS = frozenset({"index", "delta", "logprobs", "finish_reason", "native_finish_reason"})
_NO_INDEX = object()
_DELTA_FIELDS = frozenset({"content", "role", "reasoning", "reasoning_content", "channel"})
"""Fields in which nothing stands that an ordinary piece of text would not have; any further one is looked into."""


@dataclass(slots=True)  # not frozen: there is one for each event, and to make a frozen one takes twice as long
class Chunk:
    """What one stream event brought.

    Attributes:
        place: where the content stands: under `delta`; under `message`, which holds a whole text; or in the choice's
            own `text`, which holds a piece, or the whole where deltas came.
        unread: texts of the event in places where none is looked for.
        parts: what there is of tool calls in it, and of the details of reasoning.
    """

    content: str = ""
    reasoning: str = ""
    facts: ReplyFacts = NO_FACTS
    place: str = "delta"
    unread: tuple[str, ...] = ()
    parts: CallParts = NO_CALL_PARTS


class EventReader:
    """Feed it the data of one stream's events, in order: some characters come in two of them.

    Args:
        secrets: what must not be shown of what an event says.
        dialect: the provider's wire.
    """

    __slots__ = (
        "_content", "_dialect", "_has_halves", "_index", "_model", "_model_facts", "_place", "_reasoning", "_secrets",
    )  # fmt: skip

    def __init__(self, secrets: Iterable[str] = (), dialect: Dialect = PLAIN) -> None:
        self._secrets = tuple(secrets)
        self._dialect = dialect
        self._content = CharacterJoiner()
        self._reasoning = CharacterJoiner()
        self._has_halves = False
        self._index: Any = _NO_INDEX  # as it stood on the latest unusual event, which ordinary ones are compared with
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
        # The ordinary event of a stream, of which there are thousands: nothing in it but a piece of text.
        if (
            type(event) is dict
            and type(data) is bytes
            and event.keys() <= _EVENT_FIELDS
            and type(choices := event.get("choices")) is list
            and len(choices) == 1
            and type(choice := choices[0]) is dict
            and choice.keys() <= _CHOICE_FIELDS
            and choice.get("index") == self._index
            and type(delta := choice.get("delta")) is dict
            and type(content := delta.get("content")) is str
            and content
            and choice.get("finish_reason") is None
            and choice.get("native_finish_reason") is None
            and event.get("usage") is None
            and (len(delta) == 1 or delta.keys() <= _DELTA_FIELDS)
            and data.count(b'"content"') == data.count(b'"delta"') == 1
        ):
            model = event.get("model")
            return Chunk(
                self._content.feed(content) if self._has_halves else content,
                self._reasoning.feed(reasoning_of(delta)) if len(delta) > 1 else "",
                self._model_facts if model == self._model else self._facts_of_model(model),
            )
        if type(event) is not dict or isinstance(data, ErrorData):
            self._check_unusual(event, data)
            return None
        self._raise_error(event, is_notice=isinstance(data, NoticeData))
        if gives_two_values(data):
            self._refuse("an event of the stream gives one name two values")
        return self._unusual_chunk(event)

    def close(self) -> Chunk:
        """What has waited for a second half in vain."""
        return Chunk(self._content.close(), self._reasoning.close())

    def _facts_of_model(self, model: Any) -> ReplyFacts:
        """The facts of an ordinary delta; made once a model, since a stream has thousands of them."""
        self._model, self._model_facts = model, ReplyFacts(model=read_model(model, self._secrets))
        return self._model_facts

    def _unusual_chunk(self, event: Mapping[str, Any]) -> Chunk:
        choice = first_choice(event)
        place = next((place for place in ("delta", "message") if _brings_any(choice, place)), "text")
        content, reasoning = content_of({**choice, "text": None}, place) if place != "text" else content_of(choice)
        # What stands in the places behind it is the same once more, or the whole of it.
        behind = [content_of({**choice, "text": None}, "message")[0], text_of(choice.get("text"))]
        read = (content, reasoning, *(behind if content else ()))
        if (content or reasoning) and not self._is_ours(choice):
            self._refuse("an event of the stream belongs to another answer")
        return Chunk(
            content=self._content.feed(content),
            reasoning=self._reasoning.feed(reasoning),
            facts=read_facts(event, self._secrets),
            place=place,
            parts=parts_of_calls(choice, "message" if place == "message" else "delta"),
            unread=tuple(unread_texts(event, read)),
        )

    def _is_ours(self, choice: Mapping[str, Any]) -> bool:
        """Whether a choice goes on with the answer that the stream has begun with: one is all that is asked for."""
        place = place_of_choice(choice)
        if self._place < 0:
            self._place = place
        self._index = choice.get("index")
        return place == self._place

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
        return None if error is None else signal_of(200, {}, error, self._secrets, self._dialect)

    def _check_unusual(self, event: Any, data: bytes) -> None:
        """Look at an event that is no object, or that is named an error.

        Raises:
            ProviderFailure: unless it is surplus.
        """
        if isinstance(data, ErrorData):
            text = data.decode("utf-8", "replace")
            error = self._error_in_form(event) or find_error(event, is_error=True) or salvage_error(text)
            error = error or {"message": text}
            raise ProviderFailure(signal_of(200, {}, error, self._secrets, self._dialect))
        if isinstance(event, list):
            self._raise_error(event)
        self._refuse_if_content(data)

    def _raise_error(self, event: Any, *, is_notice: bool = False) -> None:
        error = self._error_in_form(event) or find_error(event, is_error=False, is_notice=is_notice)
        if error is not None:
            raise ProviderFailure(signal_of(200, {}, error, self._secrets, self._dialect))

    def _error_in_form(self, event: Any) -> Mapping[str, Any] | None:
        return error_in_form(event, self._dialect.errors) if self._dialect.errors else None

    def _refuse_if_content(self, data: bytes) -> None:
        """An answer with a hole in it is worse than none: the event counts as the end of the stream."""
        if may_hold_content(data):
            self._refuse("an event of the stream that holds some of the answer cannot be read")

    def _refuse(self, words: str) -> NoReturn:
        raise ProviderFailure(Signal(Kind.CUT, http_status=200, message=words))


def _brings_any(choice: Mapping[str, Any], place: str) -> bool:
    """Whether anything of the answer stands in a place: text, reasoning, or some of a tool call."""
    parts = parts_of_calls(choice, place)
    return any(content_of({**choice, "text": None}, place)) or bool(parts.calls or parts.details)
