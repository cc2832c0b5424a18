"""The models that the simulated providers list and serve."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from router.simulator.faults.faults import Fault
from router.simulator.wire.odd import ID_PREFIX
from router.simulator.wire.registry import WIRES

FREE_ROUTER = "openrouter/free"
_RPM, _RPD, _TPM, _TPD = 30, 1_000, 8_000, 200_000
_NEWEST = 1_790_000_000
"""When the newest shipped model was made, in seconds since the epoch: September 2026."""
_FEATURES = {"json_schema": "structured_outputs", "json_object": "json_mode"}
_PARAMETERS = {"json_schema": "structured_outputs", "json_object": "response_format"}


@dataclass(frozen=True, slots=True)
class Model:
    """A model that is served.

    Attributes:
        context: tokens it takes; `max_output` those it writes.
        json: the response formats it takes.
        tools: whether it calls tools; `one_call` whether no more than one in a turn, as gpt-oss does.
        reasons: whether it thinks before it answers; `aloud` whether in its content, unless told otherwise.
        speech: whether it writes recordings down, and answers no prompts.
        price: USD for a token in and out, as `/models` writes them.
        limits: the free plan's, by the name that Groq's refusal gives them.
        fault: what every request to it meets.
        created: seconds since the epoch.
        listed: its entry in `/models`, where one was given.
    """

    id: str
    context: int = 131_072
    max_output: int = 16_384
    vision: bool = False
    json: tuple[str, ...] = ("json_object",)
    tools: bool = True
    one_call: bool = False
    reasons: bool = False
    aloud: bool = False
    speech: bool = False
    price: tuple[str, str] = ("0", "0")
    limits: Mapping[str, int] = field(default_factory=lambda: {"RPM": _RPM, "RPD": _RPD, "TPM": _TPM, "TPD": _TPD})
    fault: Fault | None = None
    created: int = _NEWEST
    listed: Mapping[str, Any] = field(default_factory=dict)

    def takes(self, *, vision: bool, json: str | None, tools: bool = False) -> bool:
        """Whether it can serve a request with pictures, in a JSON mode, or with tools."""
        return (self.vision or not vision) and (json is None or json in self.json) and (self.tools or not tools)


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "models.toml").read_text(encoding="utf-8"))


@cache
def shipped() -> Mapping[str, Mapping[str, Model]]:
    """The models of `models.toml`, by provider and id; a plain OpenAI server has the open ones that Groq has."""
    entries = {**_table(), "openai": _table()["groq"]}
    return {name: {entry["id"]: _read(entry, age) for age, entry in enumerate(entries[name])} for name in WIRES}


def _read(entry: Mapping[str, Any], age: int) -> Model:
    fault = Fault(**entry["fault"]) if "fault" in entry else None
    price = tuple(entry.get("price", ("0", "0")))
    typed = {"json": tuple(entry["json"]), "price": price, "fault": fault, "created": _NEWEST - 86_400 * 7 * age}
    return Model(**{**entry, **typed})


def wording_of_gone(provider: str, model: str) -> str:
    """The variant of the fault `gone` with which a model that is not served is refused."""
    once = _table()["retired"].get(provider, {})
    if model in once:
        return str(once[model])
    if provider != "openrouter":
        return "model_not_found"
    return "no_endpoints" if model in shipped()[provider] else "not_a_valid_model_id"


def listing(provider: str, models: Sequence[Model]) -> dict[str, Any]:
    """The body of `/models`."""
    data = [entry_of(provider, model) for model in models]
    if provider == "odd":
        return {"success": True, "result": {"items": data, "page": 1}}
    if provider != "openrouter":
        return {"object": "list", "data": data}
    return {"data": data, "total_count": len(data), "links": {"next": None}}


def entry_of(provider: str, model: Model) -> dict[str, Any]:
    """One model as the provider lists it."""
    if model.listed:
        return dict(model.listed)
    return _ENTRIES[provider](model)


def _openai_entry(model: Model) -> dict[str, Any]:
    return {"id": model.id, "object": "model", "created": model.created, "owned_by": model.id.partition("/")[0]}


def _odd_entry(model: Model) -> dict[str, Any]:
    return {
        "uid": model.created,
        "slug": f"{ID_PREFIX}{model.id}",
        "title": f"{model.id} (simulated)",
        "task": {"name": "hear" if model.speech else "talk"},
        "sizes": {"window": model.context, "answer": model.max_output},
        "senses": _inputs(model),
    }


def _groq_entry(model: Model) -> dict[str, Any]:
    features = ["tools"] if model.tools else []
    features += [_FEATURES[mode] for mode in model.json] + (["reasoning"] if model.reasons else [])
    return {
        "id": model.id,
        "object": "model",
        "created": model.created,
        "owned_by": model.id.partition("/")[0],
        "active": True,
        "context_window": model.context,
        "max_completion_tokens": model.max_output,
        "public_apps": None,
        "name": f"{model.id.rpartition('/')[2]} (simulated)",
        "input_modalities": ["audio"] if model.speech else _inputs(model),
        "output_modalities": ["text"],
        "supported_features": features,
        "pricing": {"prompt": model.price[0], "completion": model.price[1]},
    }


def _openrouter_entry(model: Model) -> dict[str, Any]:
    thinking = ["reasoning", "include_reasoning"] if model.reasons else []
    modes = [_PARAMETERS[mode] for mode in model.json] + (["tools", "tool_choice"] if model.tools else [])
    top = {"context_length": model.context, "max_completion_tokens": model.max_output, "is_moderated": False}
    return {
        "id": model.id,
        "canonical_slug": model.id.partition(":")[0],
        "name": f"{model.id.partition('/')[2]} (simulated)",
        "created": model.created,
        "description": "A simulated model: it measures pictures and answers from a table.",
        "context_length": model.context,
        "architecture": {
            "modality": "+".join(_inputs(model)) + "->text",
            "input_modalities": _inputs(model),
            "output_modalities": ["text"],
            "tokenizer": "Other",
            "instruct_type": None,
        },
        "pricing": {"prompt": model.price[0], "completion": model.price[1], "request": "0", "image": "0"},
        "top_provider": top,
        "per_request_limits": None,
        "supported_parameters": ["max_tokens", "temperature", "seed", "stop", *modes, *thinking],
        "supported_voices": None,
        "default_parameters": {},
        "expiration_date": None,
        "knowledge_cutoff": None,
        "hugging_face_id": None,
        "links": {"details": f"/api/v1/models/{model.id}/endpoints"},
    }


def endpoints_of(model: Model) -> dict[str, Any]:
    """OpenRouter's list of who serves a model: here one endpoint, which is always up."""
    entry = entry_of("openrouter", model)
    measured = ("latency_last_30m", "throughput_last_30m", "uptime_last_1d", "uptime_last_30m", "uptime_last_5m")
    endpoint = {
        **dict.fromkeys(measured),  # null to whoever gives no key, and so to everybody here
        "name": f"Simulated | {model.id}",
        "model_id": model.id,
        "model_name": entry["name"],
        "context_length": model.context,
        "max_completion_tokens": model.max_output,
        "max_prompt_tokens": model.context,
        "pricing": entry["pricing"],
        "provider_name": "Simulated",
        "tag": "simulated",
        "quantization": "unknown",
        "service_tier": None,
        "status": 0,
        "supported_parameters": entry["supported_parameters"],
        "native_tools": {},
        "supports_diarization": False,
        "supports_implicit_caching": False,
        "supports_tool_choice": dict.fromkeys(("auto", "none", "required", "function"), model.tools),
    }
    facts = {name: entry[name] for name in ("id", "name", "created", "description", "architecture")}
    return {**facts, "endpoints": [endpoint]}


_ENTRIES = {"groq": _groq_entry, "openrouter": _openrouter_entry, "openai": _openai_entry, "odd": _odd_entry}


def _inputs(model: Model) -> list[str]:
    return ["text", "image"] if model.vision else ["text"]


def model_entry(provider: str, id: str, **facts: Any) -> dict[str, Any]:
    """A new model's entry for `set_models`, as the provider's `/models` would list it.

    Args:
        facts: fields of `Model` other than their defaults, such as `vision=True` or `context=8192`.
    """
    return entry_of(provider, Model(id, **facts))


def models_of(entries: Sequence[Mapping[str, Any]]) -> dict[str, Model]:
    """Models that are listed exactly as given, and served.

    Raises:
        ValueError: an entry has no id.
    """
    if bad := [entry for entry in entries if not isinstance(entry, Mapping) or not isinstance(entry.get("id"), str)]:
        raise ValueError(f"every model needs an 'id', as in /models; got {bad[0]!r}")
    return {entry["id"]: _model_of(entry) for entry in entries}


def _model_of(entry: Mapping[str, Any]) -> Model:
    architecture = entry.get("architecture") or {}
    inputs = entry.get("input_modalities") or architecture.get("input_modalities") or ["text"]
    features = entry.get("supported_features") or entry.get("supported_parameters")
    words = {mode: (_FEATURES[mode], _PARAMETERS[mode]) for mode in _FEATURES}
    json = tuple(mode for mode, names in words.items() if features is None or any(name in features for name in names))
    context = entry.get("context_length") or entry.get("context_window") or 131_072
    tools = features is None or "tools" in features
    speech = "whisper" in entry["id"]
    return Model(
        entry["id"], speech=speech, context=int(context), vision="image" in inputs, json=json, tools=tools, listed=entry
    )
