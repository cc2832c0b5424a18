"""Errors cross processes and are copied with all that they say."""

import copy
import pickle
from datetime import UTC, datetime

import pytest

from router.errors import (
    AllTargetsFailed,
    ChangeRefused,
    ConfigurationError,
    DeadlineExceeded,
    RequestRejected,
    RouterClosed,
    RouterError,
)
from router.types import Attempt, AttemptOutcome

MOMENT = datetime(2026, 11, 27, 12, tzinfo=UTC)
ATTEMPTS = (Attempt("groq", "openai/gpt-oss-20b", AttemptOutcome.RATE_LIMITED, 429, "slow down", retry_at=MOMENT),)
ERRORS = [
    RouterError("anything"),
    ConfigurationError("GROQ_API_KEY is not set"),
    RequestRejected("no", provider="groq", model="m", outcome="bad_request", attempts=ATTEMPTS),
    AllTargetsFailed("nobody", attempts=ATTEMPTS, retry_at=MOMENT),
    DeadlineExceeded("too late", attempts=ATTEMPTS),
    ChangeRefused(),
    RouterClosed("closed", attempts=ATTEMPTS),
]


def family(error):
    return {error, *(cls for child in error.__subclasses__() for cls in family(child))}


def test_every_error_of_the_router_is_among_those_tried_here():
    ours = {cls for cls in family(RouterError) if cls.__module__ == RouterError.__module__}
    assert {type(error) for error in ERRORS} == ours


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_that_was_pickled_or_copied_says_all_that_it_said(error, again):
    twin = again(error)
    assert type(twin) is type(error)
    assert (str(twin), twin.args, vars(twin)) == (str(error), error.args, vars(error))


def test_a_note_that_somebody_added_goes_with_it():
    error = DeadlineExceeded("too late")
    error.add_note("while the menu was planned")
    assert pickle.loads(pickle.dumps(error)).__notes__ == ["while the menu was planned"]
