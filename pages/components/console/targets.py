"""Targets on a page: which are there, which take a prompt, and what they are called."""

from __future__ import annotations

from datetime import UTC, datetime

from pages.components.console.runtime import Runtime
from router.types import SpeechTask, Target


def living_targets(running: Runtime) -> list[Target]:
    """The table's models that are there, of the providers that can be called."""
    today = datetime.now(UTC).date()
    models = running.router.table.models
    targets = [Target.parse(name) for name, entry in models.items() if not entry.retired_on(today)]
    return [target for target in targets if target.provider in running.router.accounts]


def prompt_targets(running: Runtime) -> list[Target]:
    """Those of them that can be sent a prompt: what only writes recordings down answers none."""
    table = running.router.table
    answering = {target for task in table.tasks.values() for target in task.targets}
    speech = set(table.task(SpeechTask.TRANSCRIPTION).targets) - answering
    return [target for target in living_targets(running) if target not in speech]


def target_name(running: Runtime, name: str) -> str:
    """`Groq` or `Groq Qwen3.8-27b`, for a provider or a target."""
    table = running.router.table
    if name in table.providers:
        return table.providers[name].label
    target = Target.parse(name)
    entry = table.providers.get(target.provider)
    return f"{entry.label if entry else target.provider} {table.label(target)}"
