"""The simulated providers' mind: which models they serve, what they answer, which faults are set, what they saw."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from router.simulator.answers.answers import answer_reasoning
from router.simulator.answers.length import limit_calls, limit_of, limit_text
from router.simulator.answers.pictures import BadPicture
from router.simulator.answers.prompts import Prompt, read_prompt
from router.simulator.answers.schemas import BadSchema
from router.simulator.answers.texts import dice_for, text_of
from router.simulator.answers.tool_calls import choose_calls, read_tool_request
from router.simulator.checks import Refused, check_key, check_request, check_shape, json_mode
from router.simulator.faults.faults import Fault
from router.simulator.faults.scene import Scene
from router.simulator.models import catalogue
from router.simulator.models.catalogue import FREE_ROUTER, Model
from router.simulator.models.limits import Ask, TierLimits
from router.simulator.speech import RecordingForm, speech_scene
from router.simulator.wire.registry import WIRES
from router.simulator.wire.script import Script, with_headers
from router.simulator.wire.wires import Answer, Wire, generation_facts

EVERY = "*"
LISTING = "/models"
"""In place of a model: the fault is met by who reads the provider's list. `*` does not mean it."""
_FIRST_TOKEN = {"groq": (0.1, 0.3), "openrouter": (0.5, 1.5), "openai": (0.1, 0.5), "odd": (0.2, 0.6)}
"""Seconds to the first token, as in life."""
_PER_TOKEN = {"groq": 1 / 450, "openrouter": 1 / 90, "openai": 1 / 90, "odd": 1 / 120}
"""Seconds a token: some 450 and 90 tokens a second."""
_RESERVED = 1_024
"""Tokens of output that a request without a limit of its own is taken to reserve."""
_BODIES_KEPT = 1_000
_MOST_CALLS = 4
"""Tools that a model calls in one turn, unless it is one of those that call no more than one."""


@dataclass
class SeenRequest:
    """A request for a completion as it arrived.

    Attributes:
        at: monotonic seconds; `disconnected_at` is when the caller hung up before the reply's end.
        body: the JSON document; emptied once a thousand later ones have come, as pictures are large.
        finished: whether the reply went out to its end.
        answer: what the model had to say, as long as the body is there; None where no model saw the request.
    """

    id: int
    provider: str
    model: str
    at: float
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    disconnected_at: float | None = None
    finished: bool = False
    answer: Answer | None = None

    @property
    def streams(self) -> bool:
        """Whether a stream was asked for."""
        return bool(self.body.get("stream"))

    @property
    def key(self) -> str:
        """The API key that came with it; empty where there was none."""
        return key_in(self.headers)


def key_in(headers: Mapping[str, str]) -> str:
    """The API key in a request's headers, of whichever provider; empty where there is none."""
    if "x-odd-key" in headers:
        return headers["x-odd-key"].removeprefix("Key ").strip()
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


@dataclass
class _Set:
    """A fault that is set: for how many more requests, and until which monotonic second."""

    fault: Fault
    left: int | None
    until: float | None


@dataclass(frozen=True, slots=True)
class SetFault:
    """A fault that is set, as it is shown.

    Attributes:
        model: `*` for all of the provider's.
        fault: its name.
        left: for how many more requests; None is without end.
        seconds_left: how long it still lasts; None is until it is cleared.
        params: its parameters, as texts.
    """

    provider: str
    model: str
    fault: str
    left: int | None
    seconds_left: float | None
    params: Mapping[str, str]


class Providers:
    """All simulated providers; safe to steer from any thread.

    Args:
        pace: natural delays times this; 0 answers at once.
        limits: whether the free tiers' limits are enforced.
        clock: what their minutes and days are counted by, in seconds since the epoch.
    """

    def __init__(self, *, pace: float = 1.0, limits: bool = False, clock: Callable[[], float] = time.time) -> None:
        self.pace = pace
        self.enforce = limits
        self._clock = clock
        self.limits = TierLimits(clock)
        self._requests: list[SeenRequest] = []
        self._faults: dict[tuple[str, str], _Set] = {}
        self._models = dict(catalogue.shipped())
        self._lock = threading.Lock()
        self._count = count(1)

    # --- steering ------------------------------------------------------------------------------------------------

    @property
    def requests(self) -> list[SeenRequest]:
        """The requests for completions so far, in order of arrival."""
        return list(self._requests)

    def refill_limits(self) -> None:
        """Give every key its whole allowances back."""
        self.limits = TierLimits(self._clock)

    def set_fault(self, provider: str, model: str, fault: Fault) -> None:
        """Set the fault of one model (`*`: of all at that provider), in place of what was set for it."""
        _known(provider)
        until = None if fault.for_seconds is None else time.monotonic() + fault.for_seconds
        with self._lock:
            self._faults[provider, model] = _Set(fault, fault.times, until)

    def clear_faults(self, provider: str | None = None, model: str | None = None) -> None:
        """Take faults away: one model's, a provider's, or all."""
        if provider is not None:
            _known(provider)
        with self._lock:
            for key in list(self._faults):
                if provider in (None, key[0]) and model in (None, key[1]):
                    del self._faults[key]

    def faults(self) -> list[SetFault]:
        """What is set now; a fault whose time is over is not."""
        now = time.monotonic()
        with self._lock:
            return [
                SetFault(
                    *key,
                    fault=entry.fault.name,
                    left=entry.left,
                    seconds_left=None if entry.until is None else entry.until - now,
                    params={name: str(value) for name, value in entry.fault.params.items()},
                )
                for key, entry in self._faults.items()
                if entry.until is None or entry.until > now
            ]

    def set_models(self, provider: str, entries: Sequence[Mapping[str, Any]] | None) -> None:
        """List and serve exactly these models, given as `/models` has them; None brings back the shipped ones."""
        _known(provider)
        models = catalogue.shipped()[provider] if entries is None else catalogue.models_of(entries)
        with self._lock:
            self._models[provider] = models

    def remove_model(self, provider: str, model: str) -> None:
        """Neither list nor serve a model any more."""
        _known(provider)
        with self._lock:
            self._models[provider] = {name: served for name, served in self._models[provider].items() if name != model}

    def models(self, provider: str) -> list[Model]:
        """What a provider lists."""
        with self._lock:
            return list(self._models[provider].values())

    # --- answering -----------------------------------------------------------------------------------------------

    def saw(self, provider: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> SeenRequest:
        """Note a request as it arrives."""
        request = SeenRequest(
            id=next(self._count),
            provider=provider,
            model=str(body.get("model")),
            at=time.monotonic(),
            body=body,
            headers=headers,
        )
        self._requests.append(request)
        if len(self._requests) > _BODIES_KEPT:
            old = self._requests[-1 - _BODIES_KEPT]
            old.body, old.answer = {}, None
        return request

    def reply(self, provider: str, request: SeenRequest, size: int) -> Script:
        """The reply to a request of `size` bytes, as a script."""
        wire = WIRES[provider]
        try:
            check_key(wire, request.key)
            check_shape(wire, request.body)
            model = self._model(wire, request)
            scene, ask = self._scene(wire, model, request, size)
        except Refused as refused:
            return with_headers(refused.script, self._headers(wire, request, None))
        return with_headers(self._serve(scene, ask, model, request), self._headers(wire, request, model))

    def reply_to_recording(self, provider: str, request: SeenRequest, form: RecordingForm) -> Script:
        """The reply to a recording that is to be written down, as a script."""
        wire = WIRES[provider]
        try:
            check_key(wire, request.key)
            model = self._model(wire, request)
            scene = speech_scene(wire, model, form, number=request.id, pace=self.pace)
        except Refused as refused:
            return with_headers(refused.script, self._headers(wire, request, None))
        script = self._serve(scene, Ask(sound=scene.seconds), model, request)
        return with_headers(script, self._headers(wire, request, model))

    def _serve(self, scene: Scene, ask: Ask, model: Model, request: SeenRequest) -> Script:
        wire = scene.wire
        request.answer = scene.answer
        fault = self._fault(wire.name, request.model) or model.fault
        limit = self.limits.refusal(wire.name, request.key, model, ask) if self.enforce and not fault else None
        if limit is None or wire.name == "openrouter":  # where refused requests count too
            used = Ask() if fault or limit else replace(ask, reserved=scene.answer.completion_tokens)
            self.limits.count(wire.name, request.key, model, used)
        fault = fault or limit
        return fault.play(scene) if fault else scene.reply()

    def listing_fault(self, provider: str) -> Script | None:
        """What reading the list of models meets, where a fault is set on it."""
        key = provider, LISTING
        with self._lock:
            entry = self._faults.get(key)
            fault = None if entry is None else self._met(key, entry)
        return None if fault is None else fault.play(Scene(WIRES[provider], Answer("", LISTING, "")))

    def key_info(self, key: str) -> Mapping[str, object]:
        """The body of OpenRouter's `GET /key`."""
        return {"data": self.limits.openrouter_key(key)}

    def odd_account(self, key: str) -> Mapping[str, object]:
        """The body of the odd wire's `GET /me`."""
        return self.limits.odd_account(key, self.models("odd"))

    def generation(self, id: str, key: str) -> Mapping[str, object] | None:
        """What OpenRouter's `GET /generation` says of a reply; None where this key has had none of that id."""
        for request in reversed(self.requests[-_BODIES_KEPT:]):
            if request.answer is not None and (request.answer.id, request.key) == (id, key):
                return generation_facts(
                    request.answer, streams=request.streams, cancelled=request.disconnected_at is not None
                )
        return None

    def _headers(self, wire: Wire, request: SeenRequest, model: Model | None) -> Mapping[str, str]:
        if wire.name == "openrouter":
            return {"x-generation-id": f"gen-{request.id}"}
        if wire.name == "openai":
            return {"x-request-id": f"req_{request.id}"}
        if wire.name == "odd":
            return self.limits.odd_headers(request.key, model) if model else {}
        allowance = self.limits.groq_headers(request.key, model) if model else {}
        return {**allowance, "x-request-id": f"req_{request.id}", "x-groq-region": "simulated"}

    def _fault(self, provider: str, model: str) -> Fault | None:
        with self._lock:
            for key in ((provider, model), (provider, EVERY)):
                entry = self._faults.get(key)
                if entry is not None and (fault := self._met(key, entry)):
                    return fault
        return None

    def _met(self, key: tuple[str, str], entry: _Set) -> Fault | None:
        """The fault, where this request meets it; one that is used up is taken away."""
        over = entry.until is not None and time.monotonic() >= entry.until
        if over or random.random() >= entry.fault.probability:
            if over:
                del self._faults[key]
            return None
        if entry.left is not None:
            entry.left -= 1
            if entry.left <= 0:
                del self._faults[key]
        return entry.fault

    def _model(self, wire: Wire, request: SeenRequest) -> Model:
        with self._lock:
            served = self._models[wire.name]
        if request.model == FREE_ROUTER and FREE_ROUTER in served:
            return _pick(list(served.values()), request)
        if request.model not in served:
            gone = Fault("gone", variant=catalogue.wording_of_gone(wire.name, request.model))
            raise Refused(gone.play(Scene(wire, Answer("", request.model, ""))))
        return served[request.model]

    def _scene(self, wire: Wire, model: Model, request: SeenRequest, size: int) -> tuple[Scene, Ask]:
        if model.speech:
            raise Refused(wire.refusal(400, f"The model `{model.id}` does not support chat completions"))
        body, mode = request.body, json_mode(request.body)
        try:
            prompt = read_prompt(body["messages"], body.get("tools") or ())
            check_request(wire, model, body, prompt=prompt, size=size)
            answer = self._answer(wire, model, request, prompt=prompt)
        except BadPicture as error:
            raise Refused(wire.refusal(400, f"Invalid image: {error}")) from None
        except BadSchema as error:
            place = "tools" if body.get("tools") else "response_format"
            raise Refused(wire.refusal(400, f"invalid JSON schema for {place}: {error}")) from None
        scene = Scene(wire, answer, bool(body.get("stream")), mode is not None, model.context, body)
        if mode and wire.name == "groq" and answer.finish_reason == "length":
            raise Refused(Fault("json_validate_failed", variant="max_tokens").play(scene))
        return scene, Ask(prompt.tokens, limit_of(body) or _RESERVED)

    def _answer(self, wire: Wire, model: Model, seen: SeenRequest, *, prompt: Prompt) -> Answer:
        body = seen.body
        low, high = _FIRST_TOKEN[wire.name]
        thought, aloud = _thought(model, body, prompt)
        request = read_tool_request(body)
        calls = choose_calls(request, prompt, dice_for(body, prompt), most=1 if model.one_call else _MOST_CALLS)
        text = "" if calls else text_of(model.id, body, prompt, request=request, mode=json_mode(body))
        if aloud and thought:
            text, thought = f"<think>{thought}</think>\n\n{text}", ""
        thought, text, finish = limit_text(thought, text, body)
        calls, is_cut = limit_calls(thought, calls, body)
        return Answer(
            id=f"{'gen-' if wire.name == 'openrouter' else 'chatcmpl-'}{seen.id}",
            model=model.id,
            text=text,
            reasoning=thought,
            finish_reason="length" if is_cut else "tool_calls" if calls else finish,
            calls=calls,
            prompt_tokens=prompt.tokens,
            seed=body.get("seed") or seen.id,
            first_token=self.pace * (low + (high - low) * ((seen.id * 37) % 100) / 100),
            per_token=self.pace * _PER_TOKEN[wire.name],
            wants_usage=(body.get("stream_options") or {}).get("include_usage") is True,
        )


def _known(provider: str) -> None:
    if provider not in WIRES:
        raise ValueError(f"unknown provider {provider!r}; it is one of: {', '.join(WIRES)}")


def _pick(served: Sequence[Model], request: SeenRequest) -> Model:
    """The free router's choice: any free model that can do what the request needs."""
    parts = [part for message in request.body["messages"] for part in message.get("content") or ()]
    vision = any(isinstance(part, dict) and part["type"] == "image_url" for part in parts)
    able = [
        model
        for model in served
        if model.id != FREE_ROUTER
        and not model.fault
        and model.takes(vision=vision, json=json_mode(request.body), tools=bool(request.body.get("tools")))
    ]
    if not able:
        raise Refused(Fault("gone").play(Scene(WIRES[request.provider], Answer("", request.model, ""))))
    return random.Random(request.body.get("seed")).choice(able)


def _thought(model: Model, body: Mapping[str, Any], prompt: Prompt) -> tuple[str, bool]:
    """What the model thinks first, and whether it does so in its content."""
    reasoning = body.get("reasoning") or {}
    effort = body.get("reasoning_effort") or reasoning.get("effort") or "medium"
    excluded = body.get("include_reasoning") is False or reasoning.get("exclude")
    hidden = excluded or body.get("reasoning_format") == "hidden"
    if not model.reasons or effort == "none" or hidden:
        return "", False
    aloud = model.aloud and json_mode(body) is None and body.get("reasoning_format") in (None, "raw")
    return answer_reasoning(effort), aloud
