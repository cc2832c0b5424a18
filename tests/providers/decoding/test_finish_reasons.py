"""Why a model stopped, whatever the spelling and the field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.providers.decoding.finish_reasons import is_known, read_finish_reason

SPELLINGS = {
    "stop": ["stop", "STOP", "end_turn", "stop_sequence", "eos", "EOS_TOKEN", "COMPLETE", "FINISH_REASON_STOP",
             "eos_token_found", "message_complete", "</s>", "<|eot_id|>", "response.completed", "stop_string_found"],
    "length": [
        "length", "Length", "MAX_TOKENS", "max_output_tokens", "max-tokens", "MaxTokens", "max_new_tokens",
        "FINISH_REASON_MAX_TOKENS", "model_length", "token_limit", "model_context_window_exceeded", "incomplete",
        "max_tokens_exceeded", "TRUNCATED", " length ", "out_of_tokens", "output_limit", "context_limit",
        "exceeded_context", "too_long", "limit", "budget_exceeded", "stop_limit",
    ],
    "content_filter": [
        "content_filter", "content-filter", "CONTENT FILTER", "contentFiltered", "SAFETY", "IMAGE_SAFETY",
        "PROHIBITED_CONTENT", "RECITATION", "BLOCKLIST", "SPII", "refusal", "guardrail_intervened", "blocked",
        "unsafe", "harmful", "jailbreak", "toxicity",
    ],
    "error": [
        "error", "ERROR", "server_error", "failed", "MALFORMED_FUNCTION_CALL", "abort", "cancelled", "timeout",
        "insufficient_system_resource", "network_error", "rate_limit", "time_limit", "out_of_memory",
    ],
    "tool_calls": ["tool_calls", "tool_use", "TOOL_CALL", "function_call"],
}  # fmt: skip


@pytest.mark.parametrize(("canonical", "word"), [(key, word) for key, words in SPELLINGS.items() for word in words])
def test_each_spelling_has_its_meaning_in_either_field(canonical, word):
    assert read_finish_reason(word, None) == canonical
    assert read_finish_reason(None, word) == canonical


@pytest.mark.parametrize(
    "word", [None, "", " ", "null", "NONE", "unknown", "FINISH_REASON_UNSPECIFIED", "OTHER", True, 0, 7, [], {"a": 1}]
)
def test_a_word_that_means_nothing_is_none(word):
    assert read_finish_reason(word) is None


@pytest.mark.parametrize(
    ("fields", "canonical"),
    [
        (("stop", "MAX_TOKENS"), "length"),
        (("stop", "SAFETY"), "content_filter"),
        (("length", "stop"), "length"),
        (("stop", "unknown"), "stop"),
        (("stop", "end_turn"), "stop"),
        (("content_filter", "error"), "error"),
    ],
)
def test_the_graver_word_of_two_fields_counts(fields, canonical):
    assert read_finish_reason(*fields) == canonical


@pytest.mark.parametrize(
    "word",
    ["crashed", "killed", "terminated", "disconnected", "oom", "internal", "preempted", "denied", "enough", "banana",
     "early_stop", "stopped_by_user", "stop_oom", "backend_stop", "unstopped", "almost_done", "no_stop", "user_stop"],
)  # fmt: skip
def test_a_word_that_nobody_knows_is_none_for_a_whole_answer(word):
    assert not is_known(read_finish_reason(word))
    assert not is_known(read_finish_reason(None, word))
    assert read_finish_reason("stop", word) == "stop"


def test_a_word_that_is_not_known_is_kept_short():
    assert read_finish_reason("enough") == "enough"
    assert len(read_finish_reason("x" * 1_000_000)) <= 60


@given(st.none() | st.text() | st.integers() | st.floats(), st.none() | st.text())
def test_no_value_whatever_breaks_the_reading(word, native):
    reason = read_finish_reason(word, native)
    assert reason is None or 0 < len(reason) <= 120
