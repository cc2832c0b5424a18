"""Refusals of tools: which ability they are about, and which are about something else."""

import pytest

from router.failures.outcomes import Kind, Next, Scope, Signal, classify
from router.failures.tool_refusals import lacking_ability


def refusal(message, status=404):
    return Signal(Kind.REPLY, status, status, message=message)


TOOLS = [
    'No endpoints found that support tool use. Try disabling "get_weather". ',
    "No endpoints found that support tool use",
    "`tools` is not supported with this model",
    "This model does not support tools.",
    "this model doesn't support tool calling",
    "Function calling is not supported by this endpoint",
    "tool calling is not available for this model",
]
CHOICE = [
    "No endpoints found that support the provided 'tool_choice' value.",
    "`tool_choice` is not supported with this model",
    "this model does not support tool_choice",
]
NEITHER = [
    "No endpoints found that support image input",
    "This model does not support tool schemas with $ref",
    "json mode cannot be combined with tool/function calling",
    "requested tool does not exist",
    "This model only supports single tool-calls at once!",
    "Messages with role 'tool' must be a response to a preceding message with 'tool_calls'",
    "",
]


@pytest.mark.parametrize(
    ("message", "ability"),
    [
        (text, ability)
        for texts, ability in ((TOOLS, "tools"), (CHOICE, "tool_choice"), (NEITHER, None))
        for text in texts
    ],
)
@pytest.mark.parametrize("status", [400, 404])
def test_a_refusal_is_about_tools_their_choice_or_neither(message, ability, status):
    assert lacking_ability(refusal(message, status)) == ability


@pytest.mark.parametrize("message", TOOLS + CHOICE)
def test_who_lacks_an_ability_is_well_otherwise(message):
    row = classify(refusal(message))
    assert (row.name, row.cooldown, row.then) == ("unsupported", Scope.NONE, Next.OTHER)


@pytest.mark.parametrize("status", [429, 500, 401])
def test_other_statuses_are_about_something_else_whatever_their_words(status):
    assert lacking_ability(refusal(TOOLS[0], status)) is None


@pytest.mark.parametrize(
    "message",
    ["This model only supports single tool-calls at once!", "parallel tool calls are not supported",
     "'parallel_tool_calls' is not supported with this model", "Parallel tool use is not supported"],
)  # fmt: skip
def test_who_takes_one_call_at_a_time_is_asked_so(message):
    row = classify(refusal(message, 400))
    assert (row.name, row.cooldown, row.then) == ("one_call_only", Scope.NONE, Next.ONE_CALL)
    assert lacking_ability(refusal(message, 400)) is None
