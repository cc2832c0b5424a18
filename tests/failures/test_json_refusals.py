"""Whose fault a refused JSON mode is, by the words of the refusal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.failures.json_refusals import lacks_mode
from router.failures.outcomes import classify
from tests.failures.test_outcomes import signal

LACKING_THE_MODE = [
    "This model does not support response format `json_schema`",
    "This model does not support response format `json_schema`. See supported models at https://…",
    "json_schema is not supported by this model",
    "`response_format` is not supported for this model.",
    "response_format of type 'json_schema' is not supported with this model",
    "Structured outputs are not supported",
    "The model doesn't support structured outputs yet",
    "No endpoints found that support structured outputs",
    "JSON mode is not enabled for this model",
]
ONE_REQUESTS_FAULT = [
    "invalid JSON schema for response_format: 'meal': minItems is not supported",
    "minItems is not supported",
    "json_schema: `pattern` is not supported",
    "This model does not support json_schema keyword minItems",
    "This model does not support response_format with oneOf",
    "structured outputs: recursive schemas are not supported",
    "response_format: schema is nested too deep, which is not supported",
    "'format' is not supported in json_schema",
    "json_schema is not supported together with $ref",
    "response_format does not support additionalProperties",
    "response_format json_schema is not supported when tools are given",
    "No endpoints found that can handle the requested parameters.",
    "invalid JSON schema for response_format: 'meal': `additionalProperties:false` must be set on every object",
    "The response format could not be read",
    "Optional properties are not supported in structured outputs",
]


@pytest.mark.parametrize("message", LACKING_THE_MODE)
def test_a_mode_that_the_model_lacks_is_remembered(message):
    found = signal(400, {"message": message})
    assert classify(found).name == "unsupported_format"
    assert lacks_mode(found)


@pytest.mark.parametrize("message", ONE_REQUESTS_FAULT)
def test_one_requests_schema_or_parameters_are_no_fault_of_the_model(message):
    assert not lacks_mode(signal(400, {"message": message}))


@given(st.text(st.sampled_from("jsonschema_ `'the is not supported response format.,"), max_size=400))
def test_no_text_whatever_breaks_the_reading_of_a_refusal(message):
    found = signal(400, {"message": message})
    assert classify(found).says
    assert lacks_mode(found) in (True, False)
