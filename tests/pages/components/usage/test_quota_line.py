"""The line of Usage that says what is left of the free requests of a day: its order stays."""

from pages.components.usage.quota_line import named_allowances
from router.ports import Allowance

DAY = 86_400.0
PROVIDERS = ["groq", "openrouter"]


def allowance(provider, model, remaining):
    return Allowance(f"{provider}|http://x|key", provider, model, "requests", DAY, 100, remaining, DAY, 0.0)


def names(allowances, busiest):
    return [(one.provider, one.model) for one in named_allowances(allowances, PROVIDERS, busiest)]


def test_each_provider_is_named_with_its_busiest_model_in_the_tables_order_however_little_is_left():
    known = [allowance("openrouter", "", 1), allowance("groq", "b", 90), allowance("groq", "a", 5)]
    assert names(known, [("groq", "b"), ("openrouter", "x"), ("groq", "a")]) == [("groq", "b"), ("openrouter", "")]


def test_what_is_used_up_is_named_too():
    known = [allowance("groq", "b", 90), allowance("groq", "a", 0), allowance("groq", "c", 1)]
    assert names(known, [("groq", "b")]) == [("groq", "a"), ("groq", "b")]
