"""The events of a stream put together to an answer: what is text, whether it is whole, when it ended. No I/O here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from router.failures.outcomes import Kind, Signal
from router.providers.decoding.blanks import shows_nothing
from router.providers.decoding.call_parts import CallGatherer, DetailGatherer
from router.providers.decoding.completions import NO_FACTS, CallParts, ReplyFacts
from router.providers.decoding.thinking import Part, Piece, ThinkSplitter
from router.providers.replies import ProviderFailure, Reply
from router.providers.streaming.events import Chunk, EventReader
from router.table.dialects import PLAIN, Dialect
from router.types import Usage

_DONE = b"[DONE]"
_BYTES_A_TOKEN = 4
"""The same rough measure as `router.request.Call.prompt_tokens` uses."""

_LONGEST_TOKEN = 12
"""Characters: an event with no more text than a word is one token, as most providers send them."""


def _pace_tokens(text: str) -> float:
    return 1.0 if len(text) <= _LONGEST_TOKEN else len(text) / _BYTES_A_TOKEN


class StreamedAnswer:
    """Feed it the data of events, in order; `reply` grows with each.

    A finish reason is believed when it comes after some of the answer and nothing comes after it. Some providers write
    `stop` on every event, some ahead of the text: content takes such a reason back, and from then on only the stream's
    own end is one.

    Args:
        secrets: what must not be shown of what events say.
        loop_time: the event loop's clock.
        dialect: the provider's wire.

    Attributes:
        alive_at: when content or reasoning last came; None before any.
        finished_at: when the reason came that counts; None while there is none.
        done_at: when the stream said that it is over.
        is_doubtful: whether this stream's reasons have been wrong.
        tokens: of answer and reasoning, estimated, since they were last looked at.
    """

    def __init__(self, secrets: Sequence[str], loop_time: Callable[[], float], dialect: Dialect = PLAIN) -> None:
        self.reply = Reply()
        self.alive_at: float | None = None
        self.finished_at: float | None = None
        self.done_at: float | None = None
        self.is_doubtful = False
        self.tokens = 0.0
        self._loop_time = loop_time
        self._dialect = dialect
        self._reader = EventReader(secrets, dialect)
        self._splitter = ThinkSplitter()
        self._calls = CallGatherer()
        self._details = DetailGatherer()
        self._latest_facts = NO_FACTS
        self._has_delta = False
        self._written: list[str] = []  # the content as it came, marks and thoughts included
        self._written_size = 0  # characters; a message is compared only where it is as long
        self._blanks: list[str] = []
        self._has_answer = False
        self._has_content = False
        self._has_reason_word = False
        self._has_content_without_reason = False

    def feed(self, data: bytes, pieces: list[Piece]) -> None:
        """Take in one event, and add to `pieces` what it settles.

        Raises:
            ProviderFailure: it is an error, or cannot be read though it may hold some of the answer.
        """
        if self.done_at is not None:
            return  # what a stream sends behind its own end is none of the answer
        if data == _DONE:
            self.done_at = self._loop_time()
            return
        chunk = self._reader.read(data)
        if chunk is None:
            return
        parts = chunk.parts
        if parts.calls is not None or parts.details is not None:
            self._take_calls(parts, is_message=chunk.place == "message")
        if chunk.unread or chunk.place != "delta":
            chunk = self._new_in_whole(chunk)
        elif chunk.content:
            self._has_delta = True
        if chunk.content:
            self._written.append(chunk.content)
            self._written_size += len(chunk.content)
        if chunk.content or chunk.reasoning:
            self._take_text(chunk.content, chunk.reasoning, pieces)
        facts = chunk.facts
        if facts.finish_reason is None and (chunk.content or parts.calls):
            self._has_content_without_reason = True
        if facts is not self._latest_facts:  # they are the same ones on every ordinary event
            self._latest_facts = facts
            if facts.model is not None:
                self.reply.model = self._dialect.bare_id(facts.model)
        if facts.usage is not None or facts.has_reason_word:
            self._note(facts)

    def close(self, pieces: list[Piece]) -> None:
        """The stream has ended: what was kept back is decided."""
        last = self._reader.close()
        if last.content or last.reasoning:
            self._take_text(last.content, last.reasoning, pieces)
        for piece in self._splitter.close(is_cut=self.reply.finish_reason != "stop"):
            self._keep(piece, pieces)
        self._put_calls_down()

    def check_whole(self) -> None:
        """Hold a stream that has ended against what an end is.

        Raises:
            ProviderFailure: it broke off.
        """
        if self.reply.finish_reason is not None or self.alive_at is None:
            return
        # Its own end counts where it has given reasons, though they meant nothing; without any, a proxy in between
        # may have written the end of an answer that broke off behind it.
        if self.done_at is None or not self._has_reason_word:
            raise ProviderFailure(Signal(Kind.CUT, http_status=200, message="the stream ended without an end"))
        self.reply.finish_reason = "stop"

    def is_over(self) -> bool:
        """Whether a stream that brings no more may be taken for ended."""
        return self.done_at is not None or (self.finished_at is not None and not self.is_doubtful)

    @property
    def has_telling_reason(self) -> bool:
        """Whether the reason differs from what stood on the events before it, and so says something."""
        return self._has_content_without_reason

    def estimate_usage(self, prompt_tokens: int) -> None:
        """Put an estimate where the provider's count never came."""
        self._put_calls_down()
        texts = (*self.reply.answer, *self.reply.thoughts, *(call.arguments for call in self.reply.calls))
        written = sum(len(text.encode("utf-8", "replace")) for text in texts)
        if self.reply.usage is None and written:
            completion = max(1, written // _BYTES_A_TOKEN)
            self.reply.usage = Usage(prompt_tokens, completion, prompt_tokens + completion)
            self.reply.usage_is_estimated = True

    # --- text -------------------------------------------------------------------------------------------------------

    def _new_in_whole(self, chunk: Chunk) -> Chunk:
        """What an event adds that holds text elsewhere than in its delta.

        Raises:
            ProviderFailure: that is not to be told, and some of the answer would be lost.
        """
        if chunk.unread:
            self._check_repeated("".join(chunk.unread), chunk)
        if chunk.place == "message":
            return self._new_in_message(chunk)
        if chunk.place == "text" and self._has_delta and chunk.content:
            self._check_repeated(chunk.content, chunk)
            return Chunk(facts=chunk.facts)
        return chunk

    def _new_in_message(self, chunk: Chunk) -> Chunk:
        """What is new in a whole message: what it has behind all that came, or a piece where messages hold pieces."""
        came = "".join(self._written) if len(chunk.content) >= self._written_size else None
        reasoning = "" if self.reply.thoughts else chunk.reasoning
        if came is not None and chunk.content.startswith(came):
            return Chunk(chunk.content[len(came) :], reasoning, chunk.facts)
        if self._has_delta:  # it repeats what came, or puts it otherwise
            return Chunk(facts=chunk.facts)
        return Chunk(chunk.content, reasoning, chunk.facts)

    def _check_repeated(self, text: str, chunk: Chunk) -> None:
        """Hold a text that stands where none is looked for against what came of the answer.

        Raises:
            ProviderFailure: it is no repetition of it, so that it would be lost.
        """
        wholes = ("".join(self._written), "".join(self._written) + chunk.content, self.reply.text)
        if text.strip() not in {whole.strip() for whole in wholes}:
            words = "some of the answer stands where none is looked for"
            raise ProviderFailure(Signal(Kind.CUT, http_status=200, message=words))

    def _take_text(self, content: str, reasoning: str, pieces: list[Piece]) -> None:
        if reasoning:
            self._keep(Piece(Part.REASONING, reasoning), pieces)
            self.tokens += _pace_tokens(reasoning)
        if content:
            for piece in self._splitter.feed(content):
                if self._has_answer and piece.part is Part.ANSWER:  # nearly every piece, so without a call
                    self.reply.answer.append(piece.text)
                    pieces.append(piece)
                else:
                    self._keep(piece, pieces)
            self.tokens += _pace_tokens(content)
            if not self._has_content:
                self._has_content = not shows_nothing(content)
        if self.alive_at is not None or self._has_content or reasoning:
            self.alive_at = self._loop_time()
        if self.reply.finish_reason is not None and not (content + reasoning).isspace():
            self._take_reason_back()

    def _take_calls(self, parts: CallParts, *, is_message: bool) -> None:
        """Take in what is there of calls; a whole message behind pieces repeats them."""
        if is_message and (self._calls or self._details.has_come()):
            return
        self._details.feed(parts.details)
        size = self._calls.feed(parts.calls) if parts.calls is not None else 0
        if not size:
            return
        self.tokens += max(1.0, size / _BYTES_A_TOKEN)
        self._has_content = True  # a reason that comes with it or behind it ends the answer
        self.alive_at = self._loop_time()
        if self.reply.finish_reason is not None:
            self._take_reason_back()

    def _put_calls_down(self) -> None:
        self.reply.calls, self.reply.details = self._calls.calls(), self._details.details()

    def _take_reason_back(self) -> None:
        self.is_doubtful = self.is_doubtful or self.finished_at is not None
        self.reply.finish_reason = self.finished_at = None

    def _keep(self, piece: Piece, pieces: list[Piece]) -> None:
        """Add a piece; blanks ahead of an answer wait for it, since nobody may take them for its beginning."""
        if not self._has_answer:
            if piece.part is Part.VOID:
                self._blanks.clear()
                return
            if piece.part is Part.ANSWER:
                if shows_nothing(piece.text):
                    self._blanks.append(piece.text)
                    return
                piece = Piece(Part.ANSWER, "".join([*self._blanks, piece.text]))
                self._has_answer = True
        elif piece.part is Part.VOID:
            self._has_answer = False
            self._blanks.clear()
        self.reply.take(piece)
        pieces.append(piece)

    def _note(self, facts: ReplyFacts) -> None:
        reply = self.reply
        if facts.usage is not None:
            reply.usage = facts.usage
        if facts.cost is not None:
            reply.cost = facts.cost
        self._has_reason_word = self._has_reason_word or facts.has_reason_word
        # A refusal in the model's own words is one, also where the stream then ends as any does.
        is_refused = reply.finish_reason == "content_filter" and not self._has_content
        if facts.finish_reason is not None and not is_refused:
            reply.finish_reason = facts.finish_reason
            if self._has_content:  # ahead of any answer it is noted, and ends nothing
                self.finished_at = self.finished_at or self._loop_time()
