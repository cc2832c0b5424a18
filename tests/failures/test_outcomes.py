"""The outcome table: what each thing that can come back means, and that nothing falls outside it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.failures.cooldown_times import cooldown_seconds
from router.failures.outcomes import (
    BILLED,
    OUTCOMES,
    ActionBy,
    Kind,
    Next,
    Scope,
    Signal,
    classify,
    describe,
    stated_seconds,
)
from router.providers.replies import error_signal
from router.table.routes import Limits
from tests.dialects import OPENROUTER

DAY = 86_400.0
NOW = 1_790_000_000.0  # a Monday, 2026-09-21, 14:13:20 UTC


def signal(status, error, headers=None):
    return error_signal(status, headers or {}, json.dumps({"error": error}).encode(), dialect=OPENROUTER)


GROQ_TPM = (
    "Rate limit reached for model `M` in organization `org_01abc` service tier `on_demand` on tokens per minute (TPM): "
    "Limit 8000, Used 6644, Requested 2931. Please try again in 11.8125s. Need more tokens? Upgrade at …/billing"
)
UPSTREAM = {
    "message": "Provider returned error",
    "code": 429,
    "metadata": {"raw": "X:free is temporarily rate-limited"},
}
FREE_DAY = {
    "message": "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day",
    "code": 429,
    "metadata": {"headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int((NOW + 7200) * 1000))}},
}


def cooldowns(found, times=6, now=NOW):
    outcome = classify(found)
    return [cooldown_seconds(outcome, found, Limits(), strikes, now) for strikes in range(1, times + 1)]


REPLIES = [
    # F01, F02: the two 429s of OpenRouter
    (429, FREE_DAY, "free_day_used_up", Scope.FREE, 7200.0),
    (200, FREE_DAY, "free_day_used_up", Scope.FREE, 7200.0),
    (429, {"message": "Rate limit exceeded: free-models-per-min."}, "free_minute_used_up", Scope.FREE, 60.0),
    (429, UPSTREAM, "rate_limited", Scope.TARGET, 60.0),
    # F03, F04: Groq's
    (429, {"message": GROQ_TPM, "code": "rate_limit_exceeded"}, "rate_limited", Scope.TARGET, 11.8125),
    (413, {"message": "Request too large for model", "code": "rate_limit_exceeded"}, "too_large", Scope.NONE, None),
    (429, {"message": "Request too large … on output tokens per minute (OTPM)"}, "too_large", Scope.NONE, None),
    # F05: six wordings of gone
    (404, {"message": "The model `x` does not exist or you do not have access to it."}, "gone", Scope.TARGET, 86_400.0),
    (400, {"message": "decommissioned", "code": "model_decommissioned"}, "gone", Scope.TARGET, 86_400.0),
    (400, {"message": "x/y:free is not a valid model ID"}, "gone", Scope.TARGET, 86_400.0),
    (404, {"message": "No endpoints found for x/y:free."}, "gone", Scope.TARGET, 86_400.0),
    (404, {"message": "This model is unavailable for free. The paid version is available now"}, "gone", Scope.TARGET,
     86_400.0),
    (404, {"message": "The free X period has ended. To continue using it …"}, "gone", Scope.TARGET, 86_400.0),
    # F06 – F09: the account
    (404, {"message": "No endpoints found matching your data policy (Free model publication)."}, "data_policy",
     Scope.FREE, 3600.0),
    (404, {"message": "No endpoints available matching your guardrail restrictions and data policy"}, "data_policy",
     Scope.FREE, 3600.0),
    (401, {"message": "Invalid API Key", "code": "invalid_api_key"}, "unauthorized", Scope.PROVIDER, None),
    (402, {"message": "Insufficient credits"}, "payment_required", Scope.FREE, 3600.0),
    (403, {"message": "flagged", "metadata": {"reasons": ["violence"], "flagged_input": "…"}}, "moderated", Scope.NONE,
     None),
    (403, {"message": "Blocked", "metadata": {"patterns": ["x"]}}, "guardrail", Scope.NONE, None),
    (403, {"message": "Key limit exceeded (total limit)"}, "key_limit", Scope.PROVIDER, 3600.0),
    (403, {"message": "X is only available on agentic harnesses"}, "gated", Scope.TARGET, 86_400.0),
    (403, {"message": "Access denied. Please check your network settings."}, "network_blocked", Scope.PROVIDER, 60.0),
    # S12, S13
    (400, {"message": "too long", "code": "context_length_exceeded"}, "context_length", Scope.NONE, None),
    (400, {"message": "This model's maximum context length is 131072 tokens"}, "context_length", Scope.NONE, None),
    (400, {"message": "violates our content policy", "code": "content_policy_violation"}, "content_policy", Scope.NONE,
     None),
    # capabilities and forms
    (404, {"message": "No endpoints found that support image input"}, "unsupported", Scope.NONE, None),
    (400, {"message": "This model does not support response format `json_schema`"}, "unsupported_format", Scope.NONE,
     None),
    (404, {"message": "No endpoints found that can handle the requested parameters."}, "unsupported_format",
     Scope.NONE, None),
    (400, {"message": "invalid JSON schema for response_format: 'meal': …"}, "unsupported_format", Scope.NONE, None),
    (404, {"message": "No endpoints found that support tool use"}, "unsupported", Scope.NONE, None),
    (400, {"message": "Failed to validate JSON", "code": "json_validate_failed",
           "failed_generation": "max completion tokens reached before generating a valid document"}, "length",
     Scope.NONE, None),
    (400, {"message": "json", "code": "json_validate_failed"}, "json_validate_failed", Scope.NONE, None),
    (400, {"message": "'messages.0' must be an object"}, "bad_request", Scope.NONE, None),
    # the provider's state
    (500, {"message": "Internal Server Error"}, "server_error", Scope.TARGET, 5.0),
    (503, {"message": "over capacity"}, "server_error", Scope.TARGET, 5.0),
    (524, {"message": ""}, "server_error", Scope.TARGET, 5.0),
    (200, {"message": "Upstream error from Nvidia", "code": 502}, "server_error", Scope.TARGET, 5.0),
    (200, {"message": "boom", "code": "server_error"}, "server_error", Scope.TARGET, 5.0),
    (200, {"message": "?", "code": "rate_limit_exceeded"}, "rate_limited", Scope.TARGET, 60.0),
]  # fmt: skip


@pytest.mark.parametrize(("status", "error", "name", "scope", "seconds"), REPLIES)
def test_each_reply_of_the_wire_has_its_row_its_hold_and_its_time(status, error, name, scope, seconds):
    found = signal(status, error)
    outcome = classify(found)
    assert (outcome.name, outcome.cooldown) == (name, scope)
    if scope is not Scope.NONE:
        assert cooldown_seconds(outcome, found, Limits(), 1, NOW) == pytest.approx(seconds)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.REPLY])
def test_each_failure_without_a_reply_has_a_row_of_its_own(kind):
    outcome = classify(Signal(kind))
    assert outcome.kinds == {kind}
    assert outcome.says


def test_the_word_billing_in_groqs_advertisement_is_no_payment_error():
    assert classify(signal(429, {"message": GROQ_TPM})).name == "rate_limited"


def test_html_with_an_error_status_is_a_server_error():
    found = error_signal(502, {"content-type": "text/html"}, b"<html>Bad gateway</html>")
    assert classify(found).name == "server_error"
    assert describe(classify(found), found) == "the provider failed (502): an HTML page"


def test_limits_are_no_sickness_and_silence_is_one():
    assert not classify(signal(429, UPSTREAM)).sick
    assert not classify(signal(401, {"message": "no"})).sick
    assert classify(Signal(Kind.SILENT)).sick


def test_only_a_refusal_of_the_content_stops_the_request():
    stopping = {row.name for row in OUTCOMES if row.then is Next.STOP}
    assert stopping == {"guardrail", "moderated", "content_policy"}
    assert all(row.matter is ActionBy.CALLER for row in OUTCOMES if row.then is Next.STOP)


def test_no_key_and_no_account_id_is_in_what_an_outcome_says():
    found = signal(401, {"message": "Incorrect key gsk_abcdefgh12345678 of org_01h2x3 user_id=u-77 sk-or-v1-deadbeef"})
    words = describe(classify(found), found)
    assert "abcdefgh" not in words
    assert "01h2x3" not in words
    assert "u-77" not in words
    assert "deadbeef" not in words


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_errors = st.fixed_dictionaries(
    {},
    optional={
        "message": _json,
        "code": _json,
        "type": _json,
        "metadata": _json,
        "availability": _json,
        "failed_generation": _json,
    },
)


@given(
    st.integers(100, 999),
    _errors | _json,
    st.dictionaries(st.sampled_from(["retry-after", "x-ratelimit-reset"]), st.text()),
)
def test_nothing_that_can_come_back_falls_outside_the_table(status, error, headers):
    try:
        body = json.dumps({"error": error}).encode()
    except ValueError:
        body = b""
    found = error_signal(status, headers, body, dialect=OPENROUTER)
    outcome = classify(found)
    seconds = cooldown_seconds(outcome, found, Limits(), 3, NOW)
    assert seconds is None or 0 < seconds <= 31 * 86_400
    assert stated_seconds(found, NOW) is None or stated_seconds(found, NOW) >= 0


@given(st.binary(max_size=200), st.integers(100, 999))
def test_no_body_whatever_breaks_the_reading_of_errors(body, status):
    assert classify(error_signal(status, {}, body)) in OUTCOMES


# --- the account's trouble, told as the caller's ---------------------------------------------------------------------

ACCOUNT_TROUBLE = [
    (400, {"message": "Organization has been restricted.", "code": "organization_restricted"}),
    (400, {"message": "Organization has been restricted. Please reach out to support."}),
    (400, {"message": "?", "code": "account_suspended"}),
    (403, {"message": "Your account has been suspended for violating our content policy"}),
    (400, {"message": "This account is currently disabled."}),
    (400, {"message": "User account is under review"}),
    (403, {"message": "Your organization is not yet verified"}),
    (400, {"message": "Billing is not active on this account", "code": "billing_not_active"}),
    (400, {"message": "Please add a payment method to continue"}),
    (400, {"message": "Your credit balance is too low to access the API"}),
    (429, {"message": "You exceeded your current quota", "code": "insufficient_quota"}),
    (403, {"message": "You must accept the Terms of Service before using the API"}),
    (422, {"message": "The license agreement has not been accepted: please accept it"}),
    (200, {"message": "restricted", "code": "organization_restricted"}),
    (400, {"message": "?", "code": "blocked_api_access"}),
    (400, {"message": "?", "code": "project_archived"}),
    (400, {"message": "?", "code": "spend_limit_reached"}),
    (400, {"message": "Your subscription has expired"}),
    (400, {"message": "Account locked due to suspicious activity"}),
    (403, {"message": "Please verify your phone number"}),
    (422, {"message": "Confirm your email address to go on"}),
    (400, {"message": "Your trial has ended"}),
    (400, {"message": "You have been banned"}),
    (400, {"message": "API access has been revoked"}),
    (403, {"message": "Your access was terminated"}),
    (403, {"message": "We have suspended your account"}),
    (403, {"message": "Workspace disabled"}),
    (400, {"message": "Your team has no credits"}),
    (403, {"message": "Monthly budget exceeded"}),
    (403, {"message": "Your account is under sanctions review"}),
    (412, {"message": "account not activated"}),
]  # fmt: skip


@pytest.mark.parametrize(("status", "error"), ACCOUNT_TROUBLE)
def test_an_accounts_trouble_is_the_operators_matter_and_its_provider_is_left_alone_for_an_hour(status, error):
    found = signal(status, error)
    outcome = classify(found)
    assert (outcome.name, outcome.matter, outcome.then) == ("account_restricted", ActionBy.OPERATOR, Next.OTHER)
    assert (outcome.cooldown, cooldowns(found, 1)) == (Scope.PROVIDER, [3_600.0])
    assert not outcome.refuses_form


MODEL_TERMS = [
    {"message": "The model `x` requires terms acceptance. Please have the org admin accept the terms at …",
     "code": "model_terms_required"},
    {"message": "This model requires you to accept the terms at …"},
    {"message": "The model `x` is blocked at the organization level.", "code": "model_permission_blocked_org"},
    {"message": "The model `x` is blocked at the project level. Ask a project admin."},
]  # fmt: skip


@pytest.mark.parametrize("error", MODEL_TERMS)
@pytest.mark.parametrize("status", [400, 403])
def test_what_an_account_may_not_use_until_somebody_agrees_is_held_alone(status, error):
    outcome = classify(signal(status, error))
    assert (outcome.name, outcome.matter) == ("model_restricted", ActionBy.OPERATOR)
    assert (outcome.cooldown, outcome.then) == (Scope.TARGET, Next.OTHER)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        ({"message": "API key not valid. Please pass a valid API key."}, 3_600.0),
        ({"message": "?", "code": "invalid_api_key"}, None),
        ({"message": "?", "metadata": {"error_type": "authentication"}}, None),
    ],
)
def test_a_key_that_is_refused_with_a_400_is_a_refused_key(error, seconds):
    found = signal(400, error)
    assert (classify(found).name, classify(found).cooldown) == ("unauthorized", Scope.PROVIDER)
    assert cooldowns(found, 1) == [seconds]


NO_ACCOUNT_TROUBLE = [
    (400, "'messages.0' must be an object", "bad_request"),
    (400, "user must be a string", "bad_request"),
    (400, "temperature is disabled for this model", "bad_request"),
    (403, "Your account guardrail has blocked this request", "guardrail"),
    (429, GROQ_TPM, "rate_limited"),
    (429, "Rate limit reached. Add a payment method to raise your limits", "rate_limited"),
    (400, "This violates our content policy", "content_policy"),
    (400, "x" * 400 + " the user wrote: my account has been suspended", "bad_request"),
    (404, "No endpoints found matching your data policy (Free model publication).", "data_policy"),
    (400, "user content was blocked by the moderation of this request", "bad_request"),
    (400, "property 'state' of the schema: 'expired' is not one of its values", "bad_request"),
    (400, "messages[0].content: the limit of 100 parts is exceeded", "bad_request"),
    (400, "the request has ended unexpectedly", "bad_request"),
    (403, "The model is not available in your country", "network_blocked"),
    (403, "Unsupported country", "network_blocked"),
]


@pytest.mark.parametrize(("status", "message", "name"), NO_ACCOUNT_TROUBLE)
def test_what_only_sounds_like_an_accounts_trouble_is_none(status, message, name):
    assert classify(signal(status, {"message": message})).name == name


# --- the caller's own form -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "message", "refuses"),
    [
        (400, "'messages.0' must be an object", True),
        (422, "seed: not an integer", True),
        (412, "?", True),
        (400, "context_length_exceeded: maximum context is 8192", False),
        (400, "x/y is not a valid model ID", False),
        (413, "too large", False),
        (500, "boom", False),
    ],
)
def test_only_a_malformed_request_is_told_apart_as_one(status, message, refuses):
    assert classify(signal(status, {"message": message})).refuses_form is refuses


def test_no_row_names_a_page_or_an_address():
    words = [row.says for row in (*OUTCOMES, BILLED)]
    assert not [text for text in words if "page" in text.lower() or "http" in text or ".ai" in text or "/" in text]
