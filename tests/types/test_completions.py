"""An answer is read in the OpenAI shape too, and an attempt says whether it failed."""

import dataclasses

from router import Attempt, AttemptOutcome, Completion, ToolCall


def test_a_completion_is_read_in_the_openai_shape_too():
    completion = Completion("Oats.", "groq", "m", "m", "id", finish_reason="stop")
    assert completion.choices[0].message.content == "Oats."
    assert completion.choices[0].finish_reason == "stop"


def test_an_attempt_that_never_left_failed_by_what_it_came_to():
    stopped = Attempt("groq", "m", AttemptOutcome.NOT_SENT, came_to=AttemptOutcome.CANCELLED)
    assert not stopped.failed
    assert dataclasses.replace(stopped, came_to=AttemptOutcome.UNREACHABLE).failed


def test_calls_of_tools_are_read_in_the_openai_shape_too():
    call = ToolCall("a1B2c3D4e", "weather", {"city": "Tromsø"})
    completion = Completion("", "groq", "m", "m", "id", finish_reason="tool_calls", tool_calls=(call,))
    message = completion.choices[0].message
    assert message.content is None
    assert message.tool_calls[0].function.name == "weather"
    assert message.tool_calls[0].function.arguments == call.arguments_json == '{"city":"Tromsø"}'
    assert Completion("Oats.", "groq", "m", "m", "id").choices[0].message.tool_calls is None
