"""The models that the simulated providers list and serve."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from router.simulator.wires import Model

_FEATURES = {"json_schema": "structured_outputs", "json_object": "json_mode"}
_PARAMETERS = {"json_schema": "structured_outputs", "json_object": "response_format"}


def shipped() -> dict[str, dict[str, Model]]:
    """The models of `models.toml`, by provider and id."""
    data = tomllib.loads((Path(__file__).parent / "models.toml").read_text(encoding="utf-8"))
    return {
        provider: {entry["id"]: Model(**{**entry, "json": tuple(entry["json"])}) for entry in entries}
        for provider, entries in data.items()
    }


def listing(provider: str, models: Sequence[Model]) -> dict[str, Any]:
    """The body of `/models`."""
    list_one = {"groq": groq_entry, "openrouter": openrouter_entry}[provider]
    body: dict[str, Any] = {"data": [dict(model.listed) or list_one(model) for model in models]}
    return {"object": "list", **body} if provider == "groq" else {**body, "total_count": len(models)}


def groq_entry(model: Model) -> dict[str, Any]:
    """One model as Groq lists it."""
    features = [_FEATURES[mode] for mode in model.json] + (["reasoning"] if model.reasons else [])
    return {
        "id": model.id,
        "object": "model",
        "created": int(time.time()) - 86_400 * 90,
        "owned_by": model.id.partition("/")[0],
        "active": True,
        "context_window": model.context,
        "max_completion_tokens": model.max_output,
        "public_apps": None,
        "input_modalities": ["text", "image"] if model.vision else ["text"],
        "output_modalities": ["text"],
        "supported_features": features,
    }


def openrouter_entry(model: Model) -> dict[str, Any]:
    """One model as OpenRouter lists it."""
    inputs = ["text", "image"] if model.vision else ["text"]
    return {
        "id": model.id,
        "canonical_slug": model.id.partition(":")[0],
        "name": f"{model.id.partition('/')[2]} (simulated)",
        "created": int(time.time()) - 86_400 * 90,
        "context_length": model.context,
        "architecture": {
            "modality": "+".join(inputs) + "->text",
            "input_modalities": inputs,
            "output_modalities": ["text"],
        },
        "pricing": {"prompt": "0", "completion": "0", "request": "0", "image": "0"},
        "top_provider": {
            "context_length": model.context,
            "max_completion_tokens": model.max_output,
            "is_moderated": False,
        },
        "per_request_limits": None,
        "supported_parameters": ["max_tokens", "temperature", "seed", *(_PARAMETERS[mode] for mode in model.json)],
        "expiration_date": None,
    }


def models_of(entries: Sequence[Mapping[str, Any]]) -> dict[str, Model]:
    """Models that are listed exactly as given, and served."""
    return {entry["id"]: _model(entry) for entry in entries}


def _model(entry: Mapping[str, Any]) -> Model:
    architecture = entry.get("architecture") or {}
    inputs = entry.get("input_modalities") or architecture.get("input_modalities") or ["text"]
    return Model(
        id=entry["id"],
        context=entry.get("context_length") or entry.get("context_window") or 131_072,
        vision="image" in inputs,
        json=("json_schema", "json_object"),
        listed=entry,
    )
