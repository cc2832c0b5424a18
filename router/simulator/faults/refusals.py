"""Faults that are a status and an error body, each in the words of its provider.

A keyword of a function here is a parameter of the fault; the first line of its docstring is what operators read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Literal

from router.simulator.faults.scene import Scene
from router.simulator.wire.script import EVENTS, Script, Send, Start, json_reply

Kind = Literal["RPM", "RPD", "TPM", "TPD", "ITPM", "OTPM", "ASPH", "ASPD"]
Gone = Literal[
    "model_not_found",
    "model_decommissioned",
    "not_a_valid_model_id",
    "no_endpoints",
    "unavailable_for_free",
    "period_ended",
]

_KINDS: Mapping[str, str] = {
    "RPM": "requests per minute",
    "RPD": "requests per day",
    "TPM": "tokens per minute",
    "TPD": "tokens per day",
    "ITPM": "input tokens per minute",
    "OTPM": "output tokens per minute",
    "ASPH": "seconds of audio per hour",
    "ASPD": "seconds of audio per day",
}
_LIMITS: Mapping[str, int] = {
    "RPM": 30, "RPD": 1_000, "TPM": 8_000, "TPD": 200_000, "ITPM": 7_000, "OTPM": 1_000, "ASPH": 7_200, "ASPD": 28_800,
}  # fmt: skip
"""Groq's free plan, of one model (its documentation, September and October 2026)."""
_USED, _REQUESTED = 6_644 / 8_000, 2_931 / 8_000
"""Shares of a limit in a refusal as it was seen: together more than the whole."""
_ORGANIZATION = "org_simulated0001"
_DAY = 86_400
FREE_A_MINUTE, FREE_A_DAY = 20, 50
"""OpenRouter's `:free` models, each account: requests a minute, and a day without credit (its documentation, 2026)."""


def go_duration(seconds: float) -> str:
    """Seconds as Groq writes them: `134ms`, `7.66s`, `2m59.56s`, `1h34m52.896s`."""
    if 0 < seconds < 1:
        return f"{seconds * 1000:.4g}ms"
    minutes, remainder = divmod(round(seconds, 3), 60)
    hours, minutes = divmod(int(minutes), 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + f"{remainder:.6g}s"


def rate_limited(
    scene: Scene,
    *,
    retry_after: float | None = 2.0,
    kind: Kind = "TPM",
    limit: int | None = None,
    used: int | None = None,
    requested: int | None = None,
) -> Script:
    """429 of one model, with the wait stated or without (None): Groq's limits, OpenRouter's upstream pool."""
    headers = {} if retry_after is None else {"retry-after": f"{retry_after:g}"}
    if not scene.is_groq:
        return _pool_is_full(scene, retry_after, headers)
    limit = _LIMITS[kind] if limit is None else limit
    whole = kind.startswith("RP")
    used = (limit if whole else round(limit * _USED)) if used is None else used
    requested = (1 if whole else round(limit * _REQUESTED)) if requested is None else requested
    if kind == "RPD":
        headers |= _empty_day(scene, limit)
    again = "" if retry_after is None else f" Please try again in {go_duration(retry_after)}."
    message = (
        f"Rate limit reached for model `{scene.answer.model}` in organization `{_ORGANIZATION}` service tier "
        f"`on_demand` on {_KINDS[kind]} ({kind}): Limit {limit}, Used {used}, Requested {requested}.{again} "
        "Need more tokens? Upgrade to Dev Tier today at https://console.groq.com/settings/billing"
    )
    unit = {"RP": "requests", "AS": "audio_seconds"}.get(kind[:2], "tokens")
    return scene.wire.refusal(429, message, headers, type=unit, code="rate_limit_exceeded")


def _empty_day(scene: Scene, limit: int | None = None) -> dict[str, str]:
    """The headers of a reply that refuses for the day: a wire that tells of its day's requests tells that none is left.

    Args:
        limit: the requests a day; None where the reply's other headers state it.
    """
    if scene.wire.name == "odd":
        return {"x-quota-calls-day-left": "0", "x-quota-calls-day-whole-in": f"{_DAY:.3f}"}
    if scene.wire.name != "groq":
        return {}
    stated = {} if limit is None else {"x-ratelimit-limit-requests": str(limit)}
    # Steadily refilled, so that what is empty is whole again after the whole span.
    return {**stated, "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": go_duration(_DAY)}


def _pool_is_full(scene: Scene, wait: float | None, headers: Mapping[str, str]) -> Script:
    raw = (
        f"{scene.answer.model} is temporarily rate-limited upstream. Please retry shortly, or add your own key to "
        "accumulate your rate limits: https://openrouter.ai/settings/integrations"
    )
    metadata = {
        "raw": raw,
        "provider_name": "Simulated",
        "is_byok": False,
        "limit_source": "upstream_provider_shared_pool",
        **({} if wait is None else {"retry_after_seconds": wait}),
    }
    return scene.wire.refusal(429, "Provider returned error", headers, metadata=metadata)


def free_cap(
    scene: Scene,
    *,
    period: Literal["day", "minute"] = "day",
    where: Literal["status", "body", "stream"] = "status",
    reset_at: float | None = None,
) -> Script:
    """OpenRouter's cap on an account's free requests: as a 429, inside a 200, or as a stream's error."""
    day = period == "day"
    limit, length = (FREE_A_DAY, _DAY) if day else (FREE_A_MINUTE, 60)
    reset = (time.time() // length + 1) * length if reset_at is None else reset_at
    metadata = {
        "headers": {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": str(int(reset * 1000)),
        },
        "limit_source": "openrouter_free_tier_daily" if day else "openrouter_free_tier_per_minute",
        "provider_name": None,
    }
    which = "day. Add 10 credits to unlock 1000 free model requests per day" if day else "min."
    document = scene.wire.error(429, f"Rate limit exceeded: free-models-per-{which}", metadata=metadata)
    if where == "stream" and scene.stream:
        return [Start(200, EVENTS), *scene.wire.stream_error(document)]
    return json_reply(document, 429 if where == "status" else 200)


def day_cap(scene: Scene, *, retry_after: float | None = 30.0) -> Script:
    """429: the day's bucket is empty, in words of a provider's own and with seconds that say nothing of a day."""
    headers = ({} if retry_after is None else {"retry-after": f"{retry_after:g}"}) | _empty_day(scene)
    return scene.wire.refusal(429, "The bucket is empty: come back with the sun.", headers, code="bucket_empty")


def too_large_413(scene: Scene, *, limit: int = 8000, requested: int = 12931) -> Script:
    """One request above the whole minute's allowance: Groq's 413 with code rate_limit_exceeded."""
    message = (
        f"Request too large for model `{scene.answer.model}` in organization `{_ORGANIZATION}` service tier "
        f"`on_demand` on tokens per minute (TPM): Limit {limit}, Requested {requested}, please reduce your message "
        "size and try again. Need more tokens? Upgrade to Dev Tier today at https://console.groq.com/settings/billing"
    )
    return scene.wire.refusal(413, message, **_size_fields(scene, "payload_too_large"))


def output_too_large(scene: Scene, *, limit: int = 1000, requested: int = 1295, status: int = 429) -> Script:
    """More reserved output than a minute allows: Groq's OTPM refusal."""
    message = (
        f"Request too large for model `{scene.answer.model}` in organization `{_ORGANIZATION}` on output tokens per "
        f"minute (OTPM): Limit {limit}, Requested {requested}, please reduce max_tokens and try again."
    )
    return scene.wire.refusal(status, message, **_size_fields(scene, "max_tokens_exceeded"))


def _size_fields(scene: Scene, error_type: str) -> dict[str, Any]:
    if scene.is_groq:
        return {"type": "tokens", "code": "rate_limit_exceeded"}
    return {"metadata": {"error_type": error_type}}


_SICK: Mapping[int, tuple[str, str]] = {
    500: ("Internal Server Error", "server"),
    502: ("Provider returned an invalid response", "provider_unavailable"),
    503: ("The service is over capacity; try again later", "provider_overloaded"),
    504: ("Upstream request timed out", "timeout"),
    524: ("A timeout occurred", "timeout"),
    529: ("Provider is overloaded", "provider_overloaded"),
}


def server_error(scene: Scene, *, status: int = 503, retry_after: float | None = None) -> Script:
    """A 5xx with the provider's error body."""
    message, kind = _SICK.get(status, _SICK[500])
    headers = {} if retry_after is None else {"retry-after": f"{retry_after:g}"}
    extra = {"type": "internal_server_error"} if scene.is_groq else {"metadata": {"error_type": kind}}
    return scene.wire.refusal(status, message, headers, **extra)


def html_error(scene: Scene, *, status: int = 502) -> Script:
    """An HTML page with any status, 200 among them."""
    body = b"<!doctype html><html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>"
    return [Start(status, {"content-type": "text/html; charset=utf-8"}), Send(body)]


_GONE: Mapping[str, tuple[int, str, str]] = {
    "model_not_found": (404, "model_not_found", "The model `{model}` does not exist or you do not have access to it."),
    "model_decommissioned": (
        400,
        "model_decommissioned",
        "The model `{model}` has been decommissioned and is no longer supported. Please refer to "
        "https://console.groq.com/docs/deprecations for a recommendation on which model to use instead.",
    ),
    "not_a_valid_model_id": (400, "", "{model} is not a valid model ID"),
    "no_endpoints": (404, "", "No endpoints found for {model}."),
    "unavailable_for_free": (
        404,
        "",
        "This model is unavailable for free. The paid version is available now - use this slug instead: {paid}",
    ),
    "period_ended": (
        404,
        "",
        "The free {model} period has ended. To continue using this model, please use the paid slug: {paid}",
    ),
}


def gone(scene: Scene, *, variant: Gone | None = None) -> Script:
    """The model is not there any more, in one of six wordings."""
    model = scene.answer.model
    status, code, message = _GONE[variant or ("model_not_found" if scene.is_groq else "no_endpoints")]
    extra = {"code": code} if scene.is_groq and code else {}
    return scene.wire.refusal(status, message.format(model=model, paid=model.removesuffix(":free")), None, **extra)


def context_length(scene: Scene, *, limit: int | None = None) -> Script:
    """400: more tokens than the model takes."""
    if scene.is_groq:
        words = "Please reduce the length of the messages or completion."
        return scene.wire.refusal(400, words, code="context_length_exceeded", param="messages")
    limit = scene.context if limit is None else limit
    words = f"This endpoint's maximum context length is {limit} tokens. Please reduce the length of the prompt."
    return scene.wire.refusal(400, words, metadata={"error_type": "context_length_exceeded"})


def json_validate_failed(
    scene: Scene, *, variant: Literal["text", "max_tokens"] = "text", generation: str | None = None
) -> Script:
    """Groq's 400 over its own model's text, with `failed_generation`."""
    if generation is None:
        generation = scene.answer.text[: len(scene.answer.text) // 2]
    if variant == "max_tokens":
        generation = "max completion tokens reached before generating a valid document"
    message = "Failed to validate JSON. Please adjust your prompt. See 'failed_generation' for more details."
    return scene.wire.refusal(400, message, code="json_validate_failed", failed_generation=generation)


def _fixed(status: int, groq: str, openrouter: str = "", *, code: str = "", **metadata: Any) -> Callable[..., Script]:
    """A refusal without parameters: `code` goes into Groq's error, `metadata` into OpenRouter's."""

    def refuse(scene: Scene) -> Script:
        words = (groq if scene.is_groq else openrouter or groq).format(model=scene.answer.model)
        if scene.is_groq:
            return scene.wire.refusal(status, words, None, **({"code": code} if code else {}))
        return scene.wire.refusal(status, words, **({"metadata": metadata} if metadata else {}))

    refuse.__doc__ = f"{status}: {(openrouter or groq).format(model='X')}"
    return refuse


content_policy = _fixed(
    400,
    "This request violates our content policy.",
    "The request was refused under the provider's content policy.",
    code="content_policy_violation",
    error_type="content_policy_violation",
)
moderation_403 = _fixed(
    403,
    "This request was flagged by moderation.",
    "Your chosen model requires moderation and your input was flagged for violence.",
    reasons=["violence"],
    flagged_input="…",
    provider_name="Simulated",
    model_slug="simulated/model",
)
guardrail_403 = _fixed(403, "Request blocked by a guardrail.", patterns=["simulated-pattern"])
key_limit_403 = _fixed(403, "Key limit exceeded (total limit). Manage it at https://openrouter.ai/settings/keys")
gated_403 = _fixed(
    403, "{model} is only available on enterprise plans.", "{model} is only available on agentic harnesses."
)
network_403 = _fixed(403, "Access denied. Please check your network settings.")
unauthorized = _fixed(401, "Invalid API Key", "User not found.", code="invalid_api_key")
payment_required = _fixed(
    402,
    "Payment required.",
    "Insufficient credits. Add more using https://openrouter.ai/settings/credits",
    limit_source="openrouter_credits",
)
data_policy_404 = _fixed(
    404,
    "The model `{model}` does not exist or you do not have access to it.",
    "No endpoints found matching your data policy (Free model publication). Configure: "
    "https://openrouter.ai/settings/privacy",
)


def no_image_support(scene: Scene) -> Script:
    """A picture for a model that takes text only: Groq's 400, OpenRouter's 404."""
    if scene.is_groq:
        return scene.wire.refusal(400, "This model does not support image input.")
    return scene.wire.refusal(404, "No endpoints found that support image input")


def unsupported_response_format(
    scene: Scene, *, response_format: Literal["json_schema", "json_object"] = "json_schema"
) -> Script:
    """A JSON mode that the model does not have: Groq's 400, OpenRouter's 404."""
    if scene.is_groq:
        words = f"This model does not support response format `{response_format}`"
        return scene.wire.refusal(400, words, param="response_format")
    return scene.wire.refusal(404, "No endpoints found that can handle the requested parameters.")
