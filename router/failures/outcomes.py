"""What happened → what to do: the one table that `complete`, `stream` and every later door decide by.

A provider's answer, a broken connection or a limit of ours becomes a `Signal`; `classify` finds the first row of
`OUTCOMES` that matches it. The last row matches everything, so nothing falls outside the table. The wordings are
those of the providers as of 2026-11.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from router.failures.account_words import ACCOUNT_OUT, FIRST_SAYS_DAY, PLACE_OUT, TERMS, UNPAID
from router.failures.statements import NOTHING_STATED, Statements
from router.redaction import redact
from router.table.dialects import Meaning


class Kind(StrEnum):
    """Where a failure showed itself."""

    REPLY = "reply"  # an error status, or an error inside a 200 or a stream
    NOT_SENT = "not_sent"  # no connection: the request never left
    OWN = "own"  # no connection for want of something on this machine
    STALE = "stale"  # a connection that was kept from an earlier call was closed as this one left
    LOST = "lost"  # the connection broke before any of the answer
    CUT = "cut"  # it broke, or the stream ended, within the answer
    SILENT = "silent"  # our first-token limit
    STALLED = "stalled"  # our idle limit
    TOO_SLOW = "too_slow"  # our least pace
    SLOW = "slow"  # our limit for the whole attempt
    MALFORMED = "malformed"  # a 200 that is no completion
    EMPTY = "empty"  # a completion without content
    DEADLINE = "deadline"  # the request's own deadline, shorter than our limits
    SHORTENED = "shortened"  # cut off by an output limit: by one of ours, or before there was any text
    BAD_JSON = "bad_json"  # content that is not the JSON asked for
    BAD_CALL = "bad_call"  # a tool call that may not be given, or none where one had to be
    UNFIT_CALL = "unfit_call"  # a tool call whose arguments miss the tool's schema


@dataclass(frozen=True, slots=True)
class Signal:
    """One failure, as it showed itself.

    Attributes:
        status: the HTTP status, or the code inside the error where the status was 200; None without a reply.
        http_status: the status on the wire.
        codes: every machine word in the error (`code`, `type`, `error_type`, `limit_source`, ...).
        message: the provider's words, redacted.
        stated: what the reply says about waiting and allowances.
        failed_generation: the model's text that its provider found to be no valid JSON.
        faults: what does not fit in an answer; for the model alone, since they hold pieces of it.
        cost: US dollars that the provider took all the same.
        meaning: what its provider's own words mean, as the routing table says; None where it says nothing of them.
        midnight: the time zone of the provider's day.
    """

    kind: Kind
    status: int | None = None
    http_status: int | None = None
    codes: frozenset[str] = frozenset()
    message: str = ""
    stated: Statements = NOTHING_STATED
    failed_generation: str | None = None
    faults: tuple[str, ...] = ()
    cost: float = 0.0
    meaning: Meaning | None = None
    midnight: str = "UTC"

    def code_words(self) -> list[str]:
        """The machine words as a person reads them: they name a state in as many ways as sentences do."""
        return [code.replace("_", " ").replace("-", " ") for code in sorted(self.codes)]


class ActionBy(StrEnum):
    """Whose matter a failure is: who could do something about it."""

    PROVIDER = "provider"
    CALLER = "caller"
    OPERATOR = "operator"


class Next(StrEnum):
    """What the engine does after it."""

    OTHER = "other"  # the next target
    AGAIN = "again"  # the next target, or the same one after a pause where every target has failed
    LARGER = "larger"  # only a target that takes more
    RESEND = "resend"  # the same target once on a new connection, then the next
    LOWER = "lower"  # the same target once in a simpler JSON mode, then the next
    REASK = "reask"  # the same target once, with the fault named, then the next
    ONE_CALL = "one_call"  # the same target once, asked for one tool call at a time, then the next
    STOP = "stop"  # nobody else: the request itself was refused


class Scope(StrEnum):
    """What cools down because of it."""

    NONE = "none"
    TARGET = "target"
    FREE = "free"
    PROVIDER = "provider"


class Span(StrEnum):
    """For how long, where the provider names no time itself."""

    LIMIT = "limit"  # cooldown_rate_limited, doubling
    SICK = "sick"  # cooldown_sick, doubling, and then one probe at a time
    MIDNIGHT = "midnight"  # the provider's next 00:00
    MINUTE = "minute"  # sixty seconds
    GONE = "gone"  # cooldown_gone
    OPERATOR = "operator"  # cooldown_operator
    ENDLESS = "endless"  # until the key changes or somebody resets it


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row: what matches, and what follows.

    Attributes:
        name: the word in the log's `attempts.outcome`.
        says: the sentence for people; the provider's own words follow it.
        kinds, statuses, codes, text: what matches; an empty one matches anything, `codes` and `text` match
            where either does.
        stated: whether a time that the provider names goes before `span`.
        counted: whether it counted against the provider's allowance.
        refuses_form: whether the request itself is said to be malformed, whoever is asked: where a second provider
            says so too, it is true.
        reads_codes: whether `text` is looked for in the machine words too.
        means: the meanings that the routing table may give to a refusal, of which this row is the one.
    """

    name: str
    says: str
    matter: ActionBy
    then: Next
    cooldown: Scope = Scope.NONE
    span: Span = Span.SICK
    stated: bool = True
    counted: bool = True
    kinds: frozenset[Kind] = frozenset({Kind.REPLY})
    statuses: frozenset[int] = frozenset()
    codes: frozenset[str] = frozenset()
    text: re.Pattern[str] | None = None
    refuses_form: bool = False
    reads_codes: bool = False
    means: frozenset[str] = frozenset()

    @property
    def is_stated_only(self) -> bool:
        """Whether nothing but the routing table's word leads to this row."""
        return bool(self.means) and not (self.statuses or self.codes or self.text)

    @property
    def sick(self) -> bool:
        """Whether it is a sickness, tried again by one probe at a time, and no limit."""
        return self.cooldown is not Scope.NONE and self.span is Span.SICK

    def matches(self, signal: Signal) -> bool:
        """Whether this row is about `signal`; what the routing table says of a provider's own words goes before all."""
        if signal.meaning is not None:
            return signal.meaning in self.means
        if self.is_stated_only:
            return False
        if self.kinds and signal.kind not in self.kinds:
            return False
        if self.statuses and signal.status not in self.statuses:
            return False
        if not self.codes and self.text is None:
            return True
        if self.codes & signal.codes:
            return True
        texts = [signal.message, *(signal.code_words() if self.reads_codes else ())]
        return self.text is not None and any(self.text.search(text) for text in texts)


def word_pattern(text: str) -> re.Pattern[str]:
    """What finds wordings of providers: in any case, and over the ends of lines."""
    return re.compile(text, re.IGNORECASE | re.DOTALL)


def _row(
    name: str,
    says: str,
    matter: ActionBy,
    then: Next,
    cooldown: tuple[Scope, Span] | None = None,
    *,
    kinds: tuple[Kind, ...] = (Kind.REPLY,),
    statuses: tuple[int, ...] = (),
    codes: str = "",
    text: str = "",
    stated: bool = True,
    counted: bool = True,
    refuses_form: bool = False,
    reads_codes: bool = False,
    means: str = "",
) -> Outcome:
    scope, span = cooldown or (Scope.NONE, Span.SICK)
    return Outcome(
        name=name,
        says=says,
        matter=matter,
        then=then,
        cooldown=scope,
        span=span,
        stated=stated,
        counted=counted,
        kinds=frozenset(kinds),
        statuses=frozenset(statuses),
        codes=frozenset(codes.split()),
        text=word_pattern(text) if text else None,
        refuses_form=refuses_form,
        reads_codes=reads_codes,
        means=frozenset(means.split()),
    )


_REFUSED = (400, 403, 404, 409, 412, 422, 423, 451)
"""Statuses under which providers tell what is wrong with an account. Not 429: its texts advertise billing."""

_FREE_DAY = (Scope.FREE, Span.MIDNIGHT)
_TARGET_LIMIT = (Scope.TARGET, Span.LIMIT)
_TARGET_SICK = (Scope.TARGET, Span.SICK)
_TARGET_DAY = (Scope.TARGET, Span.MIDNIGHT)
_TARGET_GONE = (Scope.TARGET, Span.GONE)
_OPERATOR_FREE = (Scope.FREE, Span.OPERATOR)
_OPERATOR_PROVIDER = (Scope.PROVIDER, Span.OPERATOR)

_P, _C, _O = ActionBy.PROVIDER, ActionBy.CALLER, ActionBy.OPERATOR

OUTCOMES: tuple[Outcome, ...] = (
    # allowances: the account's pool, then one model's, then one request that is too large for any minute
    _row("free_minute_used_up", "the account's free requests for this minute are used up", _P, Next.OTHER,
         (Scope.FREE, Span.MINUTE), text=r"free-models-per-min", means="account_minute_used_up"),
    _row("free_day_used_up", "the account's free requests for today are used up", _P, Next.OTHER,
         _FREE_DAY, text=r"free-models-per-day", means="account_day_used_up"),
    _row("no_allowance", "the account's plan has no requests for this model", _O, Next.OTHER,
         (Scope.TARGET, Span.OPERATOR), stated=False, means="no_allowance"),
    _row("too_large", "the request is larger than this target takes", _C, Next.OTHER, statuses=(413, 429, 400),
         codes="payload_too_large", text=r"request too large|weight_exceeds_budget", means="too_large"),
    _row("too_large", "the request is larger than this target takes", _C, Next.OTHER, statuses=(413,)),
    _row("budget_in_flight", "too many requests of this account are under way", _P, Next.OTHER,
         (Scope.PROVIDER, Span.MINUTE), statuses=(402,), codes="in_flight_budget_exhausted"),
    _row("payment_required", "the provider asks for credit, for free models too", _O, Next.OTHER,
         _OPERATOR_FREE, statuses=(402,), means="payment_required"),
    _row("payment_required", "the provider asks for credit, for free models too", _O, Next.OTHER,
         _OPERATOR_FREE, codes="payment_required"),
    # the key and the account
    _row("unauthorized", "the provider refuses the key", _O, Next.OTHER,
         (Scope.PROVIDER, Span.ENDLESS), statuses=(401,), stated=False, counted=False, means="unauthorized"),
    _row("unauthorized", "the provider refuses the key", _O, Next.OTHER, (Scope.PROVIDER, Span.ENDLESS), stated=False,
         counted=False, codes="invalid_api_key expired_api_key API_KEY_INVALID authentication authentication_error"),
    # Told in words alone it may be about something else, so it is looked at again in an hour.
    _row("unauthorized", "the provider refuses the key", _O, Next.OTHER, _OPERATOR_PROVIDER, statuses=_REFUSED,
         counted=False, text=r"api.?key .{0,20}(invalid|not valid|expired|revoked|disabled)|invalid api.?key"),
    _row("model_restricted", "the account may not use this model until its owner sees to it", _O, Next.OTHER,
         (Scope.TARGET, Span.OPERATOR), statuses=_REFUSED,
         codes="model_terms_required model_permission_blocked_org model_permission_blocked_project",
         means="model_restricted",
         text=rf"^(?=.*\bmodel\b)(?=.*({TERMS}))|model .{{0,120}}blocked (at|by|for|in) .{{0,20}}(org|project)"),
    _row("account_restricted", "the provider has restricted the account until its owner sees to it", _O, Next.OTHER,
         _OPERATOR_PROVIDER,
         codes="organization_restricted organization_suspended organization_disabled organization_deactivated "
               "account_restricted account_suspended account_disabled account_deactivated account_inactive "
               "account_not_active account_terminated account_blocked user_suspended user_disabled user_banned "
               "project_suspended project_disabled access_terminated billing_not_active billing_not_enabled "
               "billing_hard_limit_reached billing_required insufficient_quota terms_required terms_not_accepted"),
    _row("account_restricted", "the provider has restricted the account until its owner sees to it", _O, Next.OTHER,
         _OPERATOR_PROVIDER, statuses=_REFUSED, text=f"{ACCOUNT_OUT}|{UNPAID}|{TERMS}", reads_codes=True,
         means="account_restricted"),
    _row("key_limit", "the key's own spending limit is reached", _O, Next.OTHER,
         _OPERATOR_PROVIDER, statuses=(403,), text=r"key limit exceeded", means="key_limit"),
    _row("network_blocked", "the provider refuses this machine's network address; the key is not at fault", _O,
         Next.OTHER, (Scope.PROVIDER, Span.LIMIT), statuses=(400, 403, 451), codes="region_restricted",
         text=PLACE_OUT, reads_codes=True),
    _row("data_policy", "the account's privacy settings allow no provider of this model", _O, Next.OTHER,
         _OPERATOR_FREE, statuses=(403, 404), codes="privacy_restricted", text=r"data policy|privacy setting"),
    _row("gated", "the provider gives this model to other kinds of client only", _P, Next.OTHER,
         _TARGET_GONE, statuses=(403,), text=r"only available (on|to|for)|agentic harness|gated"),
    # what is in the request
    _row("guardrail", "a guardrail of the account stops this request", _C, Next.STOP,
         statuses=(403,), codes="patterns", text=r"guardrail"),
    _row("moderated", "the provider's moderation flags this request", _C, Next.STOP,
         statuses=(403,), codes="flagged_input moderation", text=r"moderation|flagged"),
    _row("context_length", "the conversation is longer than the model's context", _C, Next.LARGER,
         statuses=(400, 413, 422), codes="context_length_exceeded token_limit_exceeded string_too_long",
         text=r"context.?(length|window)|maximum context|prompt is too long|reduce the length of the messages",
         means="context_length"),
    _row("content_policy", "the provider refuses this content", _C, Next.STOP, statuses=(400, 403, 422),
         codes="content_policy_violation content_filter refusal", means="content_policy",
         text=r"content (management )?policy|safety (policy|system)"),
    _row("length", "the output limit left no room for a whole JSON document", _P, Next.OTHER,
         codes="max_completion_tokens"),
    # the model's, never the caller's: another target's may come out right
    _row("tool_use_failed", "the model's call of a tool came out wrong", _P, Next.OTHER, codes="tool_use_failed",
         text=r"failed to call a function\.|tool call validation failed|tool choice is (required|none), but model|"
              r"failed to parse tool call arguments|not in request\.tools|expected schema for tool calls"),
    _row("json_validate_failed", "the model's text was no valid JSON", _P, Next.REASK,
         codes="json_validate_failed output_parse_failed"),
    # the model
    _row("one_call_only", "this target takes one tool call at a time", _P, Next.ONE_CALL, statuses=(400, 404, 422),
         text=r"single tool.?calls?\b|parallel.{0,3}tool.{0,3}(calls?|use)|multiple tool.?calls? (is|are) not"),
    _row("unsupported_format", "this target does not take this JSON mode", _P, Next.LOWER, statuses=(400, 404, 422),
         text=r"response.?format|json.?(schema|mode)|structured.?output|requested parameters",
         means="unsupported_format"),
    _row("unsupported", "this target cannot do what the request needs", _P, Next.OTHER, statuses=(400, 404, 422),
         codes="constraint_filtered unsupported_image_format",
         text=r"support (image|tool|reasoning|json|the provided)|does not support|no endpoints found that|"
              r"no endpoints found matching|not supported|(tool|function).{0,20} not (available|enabled)",
         means="unsupported"),
    _row("gone", "this model is not there any more", _P, Next.OTHER, _TARGET_GONE, statuses=(400, 404), stated=False,
         codes="model_not_found model_decommissioned no_endpoints model_deprecated free_variant_ended "
               "model_unavailable_upstream not_found",
         text=r"not a valid model|no endpoints found for|unavailable for free|period has ended|"
              r"does not exist or you do not have access|decommissioned|model .{0,120}not found", means="gone"),
    # the provider's state
    _row("rate_limited", "this model's daily allowance is used up", _P, Next.OTHER, _TARGET_DAY, statuses=(429,),
         codes="daily_limit_exceeded rate_limit_exceeded_daily requests_per_day tokens_per_day",
         text=FIRST_SAYS_DAY, means="model_day_used_up"),
    _row("rate_limited", "this model's daily allowance is used up", _P, Next.OTHER, _TARGET_DAY,
         codes="daily_limit_exceeded rate_limit_exceeded_daily requests_per_day tokens_per_day"),
    _row("rate_limited", "this model's allowance is used up for now", _P, Next.OTHER, _TARGET_LIMIT, statuses=(429,),
         means="model_minute_used_up"),
    _row("rate_limited", "this model's allowance is used up for now", _P, Next.OTHER, _TARGET_LIMIT,
         codes="rate_limit_exceeded", text=r"rate limit (reached|exceeded)"),
    _row("server_error", "the provider failed", _P, Next.AGAIN, _TARGET_SICK,
         statuses=(408, 409, 425, 498, 499, *range(500, 600)), means="server_error"),
    _row("server_error", "the provider failed", _P, Next.AGAIN, _TARGET_SICK,
         codes="server server_error timeout provider_overloaded provider_unavailable unmapped"),
    _row("forbidden", "the provider refuses this model to this key", _O, Next.OTHER,
         (Scope.TARGET, Span.OPERATOR), statuses=(403, 423, 451)),
    _row("not_found", "there is nothing at this address", _O, Next.OTHER, _TARGET_SICK, statuses=(404, 405)),
    _row("bad_request", "the provider refuses this request's form", _C, Next.OTHER, statuses=(400, 412, 422),
         refuses_form=True),
    # no usable reply at all
    _row("unreachable", "no connection to the provider", _P, Next.AGAIN, (Scope.PROVIDER, Span.SICK),
         kinds=(Kind.NOT_SENT,), counted=False),
    _row("own_trouble", "this machine could open no connection", _O, Next.AGAIN, kinds=(Kind.OWN,), counted=False),
    _row("stale_connection", "the provider had closed a connection that was kept", _P, Next.RESEND,
         kinds=(Kind.STALE,)),
    _row("connection_lost", "the connection broke before the answer", _P, Next.AGAIN, _TARGET_SICK, kinds=(Kind.LOST,)),
    _row("cut", "the answer broke off", _P, Next.AGAIN, _TARGET_SICK, kinds=(Kind.CUT,)),
    _row("no_first_token", "nothing came within the first-token limit", _P, Next.OTHER, _TARGET_SICK,
         kinds=(Kind.SILENT,)),
    _row("stalled", "the answer stopped coming", _P, Next.OTHER, _TARGET_SICK, kinds=(Kind.STALLED,)),
    _row("too_slow", "the answer came too slowly", _P, Next.OTHER, _TARGET_SICK, kinds=(Kind.TOO_SLOW,)),
    _row("timed_out", "the answer took longer than an attempt may", _P, Next.OTHER, _TARGET_SICK, kinds=(Kind.SLOW,)),
    _row("deadline", "the request's own deadline left no more time", _C, Next.OTHER, kinds=(Kind.DEADLINE,)),
    _row("malformed", "the reply is no completion", _P, Next.AGAIN, _TARGET_SICK, kinds=(Kind.MALFORMED,)),
    _row("empty", "the reply holds no text", _P, Next.OTHER, _TARGET_SICK, kinds=(Kind.EMPTY,)),
    _row("length", "the answer hit its output limit", _P, Next.OTHER, kinds=(Kind.SHORTENED,)),
    _row("invalid_json", "the answer is not the JSON that was asked for", _P, Next.REASK, kinds=(Kind.BAD_JSON,)),
    _row("unfit_tool_call", "the model's call of a tool does not fit", _P, Next.REASK, kinds=(Kind.UNFIT_CALL,)),
    _row("invalid_tool_call", "the model's reply is no call that can be given", _P, Next.OTHER,
         kinds=(Kind.BAD_CALL,)),
    _row("unknown", "the provider answered with something unknown", _P, Next.AGAIN, _TARGET_SICK, kinds=()),
)  # fmt: skip
"""Every row, first match wins."""

BILLED = _row(
    "billed",
    "a free model came back with a cost; it stays off until somebody resets it",
    ActionBy.OPERATOR,
    Next.OTHER,
    (Scope.TARGET, Span.ENDLESS),
    stated=False,
)
"""An answer that was given all the same: no failure, but its target cools down."""


def classify(signal: Signal) -> Outcome:
    """The row for `signal`; every signal has one."""
    return next(row for row in OUTCOMES if row.matches(signal))


def describe(outcome: Outcome, signal: Signal) -> str:
    """One line for log and page: what it means, then the provider's own words."""
    status = f" ({signal.http_status})" if signal.http_status and signal.http_status != 200 else ""
    words = f": {signal.message}" if signal.message else ""
    return redact(f"{outcome.says}{status}{words}")


def stated_seconds(signal: Signal, now: float) -> float | None:
    """The time the provider itself names, in seconds from `now`; None where it names none."""
    return signal.stated.wait_seconds(now)
