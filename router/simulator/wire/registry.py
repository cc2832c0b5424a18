"""All wires that the simulated providers speak, by provider."""

from __future__ import annotations

from collections.abc import Mapping

from router.simulator.wire.odd import Odd
from router.simulator.wire.wires import Groq, OpenAI, OpenRouter, Wire

WIRES: Mapping[str, Wire] = {"groq": Groq(), "openrouter": OpenRouter(), "openai": OpenAI(), "odd": Odd()}
"""All wires, by provider."""
