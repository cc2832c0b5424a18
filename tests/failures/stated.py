"""What a provider states of an allowance in its headers, for the tests of the ledger."""

from router.providers.decoding.headers import read_statements
from tests.dialects import GROQ


def said(unit, limit, left, reset):
    """One of a model's pools, as a reply's headers state it."""
    names = ("limit", "remaining", "reset")
    headers = {
        f"x-ratelimit-{name}-{unit}": str(value) for name, value in zip(names, (limit, left, reset), strict=True)
    }
    return read_statements(headers, dialect=GROQ).allowances
