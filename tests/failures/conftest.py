"""A ledger of allowances with its clock and its store."""

import pytest

from router.failures.quota import QuotaLedger
from tests.failures.ledgers import Kept, Turned


@pytest.fixture
def clock():
    return Turned()


@pytest.fixture
def store():
    return Kept()


@pytest.fixture
def ledger(store, clock):
    return QuotaLedger(store, clock)
