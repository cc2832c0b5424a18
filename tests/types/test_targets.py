"""A target is read as it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router import Target


@given(st.from_regex(r"[^:]+", fullmatch=True), st.text(min_size=1))
def test_a_target_is_read_as_it_is_written(provider, model):
    target = Target(provider, model)
    assert Target.parse(str(target)) == target
    assert Target.parse(target) is target


@pytest.mark.parametrize("wrong", ["", "groq", "groq:", ":m", ":"])
def test_a_target_without_a_provider_or_a_model_is_refused(wrong):
    with pytest.raises(ValueError, match="is written provider:model"):
        Target.parse(wrong)
