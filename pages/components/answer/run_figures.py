"""A run's figures in words, of an answer that has just come and of one that the log keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.components.answer.trace import FROM_CACHE, TraceLine, length_of, lines_of_attempts
from pages.components.console import looks
from pages.components.console.runtime import Runtime
from pages.components.console.targets import target_name
from router.comparison.trials import tokens_per_second
from router.store.database.times import epoch_of
from router.types import CacheUse, Completion, Target


def figures_of(running: Runtime, completion: Completion, *, titled: Target | None = None) -> list[tuple[str, str, str]]:
    """Who answered, how fast, and at what cost; taken in the router.

    Args:
        titled: the target that need not be named.
    """
    speed = tokens_per_second(completion)
    target = Target(completion.provider, completion.requested_model)
    name = target_name(running, str(target)) + (" (simulated)" if completion.simulated else "")
    who = [("", name, f"{completion.provider}:{completion.model}")] if target != titled else []
    if completion.cache is not None and completion.from_cache:
        return [*who, *_cache_figures(completion.cache, completion.latency_ms)]
    return [
        *who,
        ("first token", looks.seconds(completion.ttft_ms), f"{completion.ttft_ms or 0:.1f} ms"),
        ("total", looks.seconds(completion.latency_ms), f"{completion.latency_ms:.1f} ms"),
        *outside_fact(completion.latency_ms, lines_of_attempts(completion.attempts)),
        token_fact(completion.usage.prompt_tokens, completion.usage.completion_tokens),
        ("", looks.per_second(speed), f"{speed or 0:.2f} tokens per second"),
        ("", f"${completion.cost_usd:.4f}" if completion.cost_usd else "free", f"{completion.cost_usd} USD"),
    ]


_LEAST_SHARE, _LEAST_MS = 0.025, 100.0
"""What is told of the time that is in none of a request's calls: of less, or of a blink, nobody would wonder."""


def outside_fact(total_ms: float | None, lines: Sequence[TraceLine]) -> list[tuple[str, str, str]]:
    """What of a request's time is in none of its calls, where its trace would else seem to tell another total.

    Args:
        total_ms: of the whole request, in milliseconds.
        lines: its trace.
    """
    calls_ms = length_of(lines)
    outside = (total_ms or 0.0) - (calls_ms or 0.0)
    if not total_ms or not calls_ms or outside < max(_LEAST_MS, _LEAST_SHARE * total_ms):
        return []
    return [("of it waiting", looks.seconds(outside), f"{outside:.1f} ms in none of the calls")]


def token_fact(prompt: int, completion: int) -> tuple[str, str, str]:
    """A request's tokens as a fact: `13 in + 110 out = 123 tokens`, the sum that History and Usage count by."""
    whole = looks.counted(prompt + completion, "token")
    return f"{prompt:,} in + {completion:,} out =", whole, f"{prompt:,} of the prompt, {completion:,} of the answer"


def _cache_figures(use: CacheUse, latency_ms: float) -> list[tuple[str, str, str]]:
    """What there is to say of an answer that was given again."""
    return [
        ("", FROM_CACHE, f"the answer to request {use.request_id}; no provider was called"),
        ("answered", f"{looks.span(use.age)} ago", ""),
        ("total", looks.seconds(latency_ms), f"{latency_ms:.1f} ms"),
        (
            "",
            f"{looks.counted(use.saved_tokens, 'token')} saved",
            "prompt and answer, as the provider counted them then",
        ),
    ]


def show_figures(running: Runtime, completion: Completion, *, titled: Target | None = None) -> None:
    """`figures_of` as a line, and what the figures do not say."""
    looks.show_facts(figures_of(running, completion, titled=titled))
    if completion.degraded:
        st.caption("Answered by a lower tier than critical accuracy asks for: no accuracy provider has a key.")


def stored_figures(running: Runtime, row: Any, lines: Sequence[TraceLine]) -> Sequence[tuple[str, str, str]]:
    """A run's figures as the log kept them.

    Args:
        lines: its trace.
    """
    name = f"{row['provider']}:{row['model']}" if row["provider"] and row["model"] else ""
    return [
        ("", looks.status_word(row["status"]), row["status"]),
        *([("by", target_name(running, name), name)] if name else []),
        *([("", FROM_CACHE, f"the answer to request {row['cached_from']}")] if row["cached_from"] else []),
        ("first token", looks.seconds(row["ttft_ms"]), f"{row['ttft_ms'] or 0:.1f} ms"),
        ("total", looks.seconds(row["latency_ms"]), f"{row['latency_ms'] or 0:.1f} ms"),
        *outside_fact(row["latency_ms"], [] if row["cached_from"] else lines),
        token_fact(row["prompt_tokens"] or 0, row["completion_tokens"] or 0),
        ("started", looks.clock_time(epoch_of(row["started_at"])), f"{row['started_at']} (UTC)"),
    ]
