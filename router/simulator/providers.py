"""The simulated providers' mind: which models they serve, what they answer, which faults are set, what they saw."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from router.simulator import catalogue
from router.simulator.answers import BadPicture, Prompt, answer_json, answer_reasoning, answer_text, read_prompt
from router.simulator.faults import FAULTS, Fault, Scene
from router.simulator.limits import Limits
from router.simulator.script import Script, with_headers
from router.simulator.wires import WIRES, Answer, Model, Wire

EVERY = "*"
_FIRST_TOKEN = {"groq": (0.1, 0.3), "openrouter": (0.5, 1.5)}
"""Seconds to the first token, as in life."""
_PER_TOKEN = {"groq": 1 / 450, "openrouter": 1 / 90}
"""Seconds a token: some 450 and 90 tokens a second."""
_NO_JSON_WORD = "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
_GROQ_BYTES, _GROQ_PICTURES = 4_000_000, 3


@dataclass
class SeenRequest:
    """A request for a completion as it arrived.

    Attributes:
        at: monotonic seconds; `disconnected_at` is when the caller hung up before the reply's end.
        finished: whether the reply went out to its end.
    """

    id: int
    provider: str
    model: str
    at: float
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    disconnected_at: float | None = None
    finished: bool = False


@dataclass
class _Set:
    fault: Fault
    left: int | None = field(default=None)


class Refused(Exception):
    """The request is refused before a model sees it; carries the reply."""

    def __init__(self, script: Script) -> None:
        super().__init__("refused")
        self.script = script


class Providers:
    """Both simulated providers; safe to steer from any thread.

    Args:
        pace: natural delays times this; 0 answers at once.
        limits: whether the free tiers' limits are enforced.
    """

    def __init__(self, *, pace: float = 1.0, limits: bool = False) -> None:
        self.pace = pace
        self.enforce = limits
        self.requests: list[SeenRequest] = []
        self.limits = Limits()
        self._faults: dict[tuple[str, str], _Set] = {}
        self._models = catalogue.shipped()
        self._lock = threading.Lock()
        self._count = count(1)

    # --- steering ------------------------------------------------------------------------------------------------

    def set_fault(self, provider: str, model: str, fault: Fault) -> None:
        """Set the fault of one model (`*`: of all at that provider), in place of what was set for it."""
        _known(provider)
        with self._lock:
            self._faults[provider, model] = _Set(fault, fault.times)

    def clear_faults(self, provider: str | None = None, model: str | None = None) -> None:
        """Take faults away: one model's, a provider's, or all."""
        with self._lock:
            for key in list(self._faults):
                if provider in (None, key[0]) and model in (None, key[1]):
                    del self._faults[key]

    def faults(self) -> list[dict[str, Any]]:
        """What is set now."""
        with self._lock:
            return [
                {"provider": key[0], "model": key[1], "fault": entry.fault.name, "left": entry.left}
                for key, entry in self._faults.items()
            ]

    def set_models(self, provider: str, entries: Sequence[Mapping[str, Any]] | None) -> None:
        """List and serve exactly these models, given as `/models` has them; None brings back the shipped ones."""
        _known(provider)
        found = catalogue.shipped()[provider] if entries is None else catalogue.models_of(entries)
        with self._lock:
            self._models[provider] = found

    def remove_model(self, provider: str, model: str) -> None:
        """Neither list nor serve a model any more."""
        with self._lock:
            self._models[provider] = {name: one for name, one in self._models[provider].items() if name != model}

    def models(self, provider: str) -> list[Model]:
        """What a provider lists."""
        with self._lock:
            return list(self._models[provider].values())

    # --- answering -----------------------------------------------------------------------------------------------

    def saw(self, provider: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> SeenRequest:
        """Note a request as it arrives."""
        model = str(body.get("model"))
        seen = SeenRequest(next(self._count), provider, model, time.monotonic(), body, headers)
        self.requests.append(seen)
        return seen

    def reply(self, provider: str, seen: SeenRequest, size: int) -> Script:
        """The reply to a request, as a script."""
        wire, body = WIRES[provider], seen.body
        key = seen.headers.get("authorization", "").removeprefix("Bearer ").strip()
        try:
            self._check_key(wire, key)
            scene = self._scene(wire, body, seen, size)
            found = self._fault(provider, seen.model) or self._limit(provider, key, scene)
            script = FAULTS[found.name](replace(scene, params=found.params)) if found else scene.reply()
        except Refused as refused:
            script = refused.script
        return with_headers(script, self._headers(wire, key, seen))

    def key_info(self, key: str) -> Mapping[str, object]:
        """The body of OpenRouter's `GET /key`."""
        return {"data": self.limits.openrouter_key(key)}

    def unauthorized(self, provider: str, key: str) -> Script | None:
        """The refusal of a key that is missing or marked as bad, or None."""
        try:
            self._check_key(WIRES[provider], key)
        except Refused as refused:
            return refused.script
        return None

    def _check_key(self, wire: Wire, key: str) -> None:
        if not key or "invalid" in key or "revoked" in key:
            groq = wire.name == "groq"
            words = "Invalid API Key" if groq else "User not found." if key else "No auth credentials found"
            raise Refused(wire.refusal(401, words, None, **({"code": "invalid_api_key"} if groq else {})))

    def _headers(self, wire: Wire, key: str, seen: SeenRequest) -> dict[str, str]:
        own = {"x-simulated-provider": "true"}
        if wire.name == "groq":
            return {**own, **self.limits.groq_headers(key, seen.model), "x-request-id": f"req_{seen.id}"}
        return {**own, "x-generation-id": f"gen-{seen.id}"}

    def _fault(self, provider: str, model: str) -> Fault | None:
        with self._lock:
            for key in ((provider, model), (provider, EVERY)):
                entry = self._faults.get(key)
                if entry is None:
                    continue
                if entry.left is not None:
                    entry.left -= 1
                    if entry.left <= 0:
                        del self._faults[key]
                return entry.fault
        return None

    def _limit(self, provider: str, key: str, scene: Scene) -> Fault | None:
        refusal = self.limits.use(provider, key, scene.answer.model, scene.answer.prompt_tokens + 1_000)
        return refusal if self.enforce else None

    def _scene(self, wire: Wire, body: Mapping[str, Any], seen: SeenRequest, size: int) -> Scene:
        model = self._model(wire, seen.model)
        try:
            prompt = read_prompt(body.get("messages") or ())
            self._check(wire, model, body, prompt, size)
            answer = self._answer(wire, model, body, prompt, seen)
        except BadPicture as error:
            raise Refused(wire.refusal(400, f"Invalid image: {error}")) from None
        wants_json = (body.get("response_format") or {}).get("type") in ("json_object", "json_schema")
        return Scene(wire, answer, bool(body.get("stream")), wants_json, {})

    def _model(self, wire: Wire, name: str) -> Model:
        with self._lock:
            served = self._models[wire.name]
        if name == "openrouter/free" and name in served:
            return next(model for model in served.values() if model.id != name)
        if name not in served:
            gone = Scene(wire, Answer("", name, ""), False, False, {})
            raise Refused(FAULTS["gone"](gone))
        return served[name]

    def _check(self, wire: Wire, model: Model, body: Mapping[str, Any], prompt: Prompt, size: int) -> None:
        """Refuse what the real providers refuse."""
        groq = wire.name == "groq"
        scene = Scene(wire, Answer("", model.id, ""), False, False, {})
        wanted = (body.get("response_format") or {}).get("type")
        if prompt.pictures and not model.vision:
            raise Refused(FAULTS["no_image_support"](scene))
        if groq and size > _GROQ_BYTES:
            raise Refused(wire.refusal(413, "Request Entity Too Large"))
        if groq and len(prompt.pictures) > _GROQ_PICTURES:
            words = "Too many images provided. This model supports up to 3 images"
            raise Refused(wire.refusal(400, words))
        if groq and wanted == "json_schema" and wanted not in model.json:
            raise Refused(FAULTS["unsupported_response_format"](scene))
        if groq and wanted == "json_object" and "json" not in prompt.everything.lower():
            words = (
                "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
            )
            raise Refused(wire.refusal(400, words))
        if groq and wanted in ("json_object", "json_schema") and body.get("stream"):
            raise Refused(wire.refusal(400, "`response_format` does not support streaming"))

    def _answer(self, wire: Wire, model: Model, body: Mapping[str, Any], prompt: Prompt, seen: SeenRequest) -> Answer:
        low, high = _FIRST_TOKEN[wire.name]
        text = _text(model, body, prompt)
        limit = body.get("max_completion_tokens") or body.get("max_tokens")
        shortened, finish = _limited(text, limit)
        for stop in _stops(body.get("stop")):
            shortened = shortened.partition(stop)[0]
        return Answer(
            id=f"{'chatcmpl-' if wire.name == 'groq' else 'gen-'}{seen.id}",
            model=model.id,
            text=shortened,
            reasoning=answer_reasoning(prompt) if _thinks(model, body) else "",
            finish_reason=finish,
            prompt_tokens=prompt.tokens,
            first_token=self.pace * (low + (high - low) * ((seen.id * 37) % 100) / 100),
            per_token=self.pace * _PER_TOKEN[wire.name],
        )


def _known(provider: str) -> None:
    if provider not in WIRES:
        raise ValueError(f"unknown provider {provider!r}; it is one of: {', '.join(WIRES)}")


def _thinks(model: Model, body: Mapping[str, Any]) -> bool:
    effort = body.get("reasoning_effort") or (body.get("reasoning") or {}).get("effort")
    wants_json = (body.get("response_format") or {}).get("type") in ("json_object", "json_schema")
    return model.reasons and effort != "none" and not wants_json


def _text(model: Model, body: Mapping[str, Any], prompt: Prompt) -> str:
    wanted = body.get("response_format") or {}
    seed, temperature = body.get("seed"), body.get("temperature")
    if wanted.get("type") == "json_schema":
        return answer_json(prompt, wanted["json_schema"]["schema"], seed)
    if wanted.get("type") == "json_object":
        return answer_json(prompt, None, seed)
    return answer_text(prompt, model.id, seed, 1.0 if temperature is None else temperature)


def _limited(text: str, limit: int | None) -> tuple[str, str]:
    if limit is None or len(text) <= limit * 4:
        return text, "stop"
    return text[: limit * 4], "length"


def _stops(stop: Any) -> list[str]:
    return [stop] if isinstance(stop, str) else list(stop or ())
