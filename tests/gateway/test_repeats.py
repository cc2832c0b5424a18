"""What is remembered of failed requests, and what is not."""

import gc
import weakref

import pytest

from router.errors import AllTargetsFailed
from router.gateway.errors import exhausted
from router.gateway.repeats import Repeats

pytestmark = pytest.mark.anyio


class Body:
    """Stands for a request's pictures."""


def fail_with(body):
    raise AllTargetsFailed("no target answered")


async def test_a_remembered_failure_does_not_keep_its_request_in_memory(world):
    repeats, body = Repeats(), Body()
    fate = weakref.ref(body)
    try:
        fail_with(body)
    except AllTargetsFailed as error:
        repeats.remember(b"mark", error, exhausted(error, 30.0, is_dry=False), world.router)
    del body
    gc.collect()
    assert fate() is None
    assert repeats.standing_failure(b"mark", world.router).status == 503
