"""Keys tried out with the provider's own free call."""

import pytest

from router.providers.key_check import try_key
from router.settings import Settings

pytestmark = pytest.mark.anyio


async def heard(world, provider, **changed):
    settings = Settings.from_env({**world.environment, **changed})
    return await try_key(provider, world.router.table.providers[provider], settings)


async def test_a_key_that_works_is_accepted_and_what_the_provider_tells_is_said(world):
    groq, openrouter = await heard(world, "groq"), await heard(world, "openrouter")
    assert (groq.accepted, openrouter.accepted) == (True, True)
    assert groq.words.startswith("Groq accepts it. It lists ")
    assert "Free requests today: 0 of " in openrouter.words
    assert world.seen == [], "no completion was asked for"


async def test_a_key_that_is_refused_is_told_in_the_providers_words_without_the_key(world):
    verdict = await heard(world, "groq", GROQ_API_KEY="gsk_invalid_0123456789")
    assert not verdict.accepted
    assert verdict.words.startswith("Groq says: ")
    assert "0123456789" not in verdict.words


async def test_a_provider_that_cannot_be_reached_is_said_to_be_so(world):
    verdict = await heard(world, "groq", GROQ_BASE_URL="http://127.0.0.1:9/v1")
    assert not verdict.accepted
    assert verdict.words.startswith("Groq did not answer: ")


async def test_no_key_is_no_call(world):
    assert (await heard(world, "groq", GROQ_API_KEY="")).words == "There is no key to try."
