"""What comes back: a whole answer, and the attempts that it took."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from router.types.attempt_outcomes import AttemptOutcome, attempt_failed
from router.types.cache_use import CacheUse
from router.types.openai_shape import Choice, ChoiceMessage, ToolCall


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer, as the provider counted them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call to a target, or one target passed over (`outcome="skipped"`).

    Attributes:
        outcome: as in the log: `not_sent` where it never left, whatever ended it.
        error: what went wrong in words fit for a page; for a skipped target its reason.
        latency_ms, ttft_ms: from when it was sent; None where it was skipped or nothing streamed.
        retry_at: until when the target cools down because of it.
        came_to: what ended it, also where it never left; None is `outcome`.
    """

    provider: str
    model: str
    outcome: AttemptOutcome
    http_status: int | None = None
    error: str | None = None
    started_at: datetime | None = None
    latency_ms: float | None = None
    ttft_ms: float | None = None
    retry_at: datetime | None = None
    came_to: AttemptOutcome | None = None

    @property
    def failed(self) -> bool:
        """Whether it is a call that came to nothing; a target passed over or a call that somebody stopped is none."""
        return attempt_failed(self.outcome, self.came_to)


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer and how it came about.

    Attributes:
        text: the answer; with JSON asked for, the valid (if need be mended) document.
        parsed: the document as Python values, or None where no JSON was asked for.
        reasoning: the model's reasoning, kept apart from the answer; empty where there was none.
        tool_calls: the tools that the model calls, each whole; the text is then mostly empty, and no answer yet.
        provider, model: who served.
        requested_model: the model that was asked at that provider.
        finish_reason: the provider's word (`stop`, `length`, ...); `tool_calls` wherever there are some.
        cost_usd: what the provider says it cost, in US dollars.
        latency_ms, ttft_ms: from the start of the request; `ttft_ms` is None where nothing was streamed.
        degraded: answered by a lower tier than `critical_accuracy` asks for.
        simulated: answered by the simulated providers.
        request_id: ULID, the id of the row in the log.
        attempts: everything that was tried or passed over, in order.
        cache: what came of looking into the cache; None where the request may not be answered from it. An answer from
            it used no tokens, cost nothing and has no attempts.
    """

    text: str
    provider: str
    model: str
    requested_model: str
    request_id: str
    finish_reason: str | None = None
    parsed: Any = None
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage = field(default_factory=Usage)
    cost_usd: float = 0.0
    latency_ms: float = 0.0
    ttft_ms: float | None = None
    degraded: bool = False
    simulated: bool = False
    attempts: tuple[Attempt, ...] = ()
    cache: CacheUse | None = None

    @property
    def from_cache(self) -> bool:
        """Whether an earlier answer was given again, and no provider was called."""
        return self.cache is not None and self.cache.is_hit

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The answer in the OpenAI shape: `choices[0].message.content`, and `.tool_calls` beside it."""
        content = None if self.tool_calls and not self.text else self.text
        return (Choice(ChoiceMessage(content, self.tool_calls or None), self.finish_reason),)


@dataclass(frozen=True, slots=True)
class Transcription(Completion):
    """What was said in a recording; `text` is empty where no words were heard.

    Attributes:
        language: the language that was heard, in the provider's word for it; None where it says nothing of it.
        seconds: how long the recording is, by the provider's word; None where it says nothing of it.
    """

    language: str | None = None
    seconds: float | None = None

    @classmethod
    def of(cls, completion: Completion, language: str | None, seconds: float | None) -> Transcription:
        """The answer to a recording, with what its provider says of it."""
        values = {name: getattr(completion, name) for name in Completion.__dataclass_fields__}
        return cls(**values, language=language, seconds=seconds)
