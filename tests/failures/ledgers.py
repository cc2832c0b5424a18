"""A ledger of allowances, the accounts that it is asked about, and the store that several of them share."""

from router.failures.memory import CalledTarget
from router.ports.null_stores import NullQuotaStore
from router.table.routes import ProviderEntry

MIDNIGHT = 1_790_035_200.0
NOON = MIDNIGHT + 43_200.0
GROQ = ProviderEntry(label="Groq", dialect="groq", base_url="http://x", free="plan")
OPENROUTER = ProviderEntry(
    label="OpenRouter", dialect="openrouter", base_url="http://x", free="marked", requests_per_minute=20
)
ONE = CalledTarget("groq|x", "groq", "one", free=True)
TWO = CalledTarget("groq|x", "groq", "two", free=True)
FREE = CalledTarget("openrouter|x", "openrouter", "a:free", free=True, counted=True)
OTHER = CalledTarget("openrouter|x", "openrouter", "b:free", free=True, counted=True)
PAID = CalledTarget("openrouter|x", "openrouter", "a", free=False)


class Turned:
    now = NOON

    def time(self):
        return self.now


class Kept(NullQuotaStore):
    """A store that several ledgers share, as processes share a database."""

    def __init__(self):
        self.allowances, self.calls = {}, []

    def load_allowances(self, account):
        return [one for one in self.allowances.values() if one.account == account]

    def put_allowance(self, allowance):
        self.allowances[allowance.key] = allowance

    def calls_since(self, account, since):
        return [call for call in self.calls if call.at >= since]


def short(ledger, clock, called_target=ONE, tokens=100):
    ledger.refresh(called_target.account, clock.now)
    return ledger.shortfall(
        called_target, OPENROUTER if called_target.provider == "openrouter" else GROQ, tokens, clock.now
    )


def spend(ledger, times, called_target=FREE, start=0):
    for number in range(start, start + times):
        ledger.count(called_target, f"call-{number}")
