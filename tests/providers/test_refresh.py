"""What providers say of themselves is read beside the requests, and its end harms nobody."""

import gc
import warnings

import pytest

pytestmark = pytest.mark.anyio


async def test_a_router_that_is_closed_as_soon_as_it_is_open_leaves_nothing_behind(world):
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        async with world.new_router():
            pass  # it has begun to read the lists, and nothing of that has run yet
        gc.collect()
    assert [str(warning.message) for warning in warned] == []
