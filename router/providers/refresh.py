"""Reads what providers say of themselves, beside the requests: their models, and what a key may still do."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from router.failures.memory import FailureMemory
from router.failures.quota import QuotaLedger
from router.providers.account_calls import fetch
from router.providers.accounts import Account
from router.providers.http.connections import Clients
from router.providers.replies import ProviderFailure
from router.redaction import place_of
from router.table.catalogue import Catalogue
from router.table.document_places import value_at
from router.workers import ProcessEnding

_log = logging.getLogger("router")


class ListReader:
    """Keeps the catalogue and the allowances of some accounts up to date; a list that cannot be read changes nothing.

    Args:
        accounts: by the provider's name.
    """

    def __init__(
        self,
        accounts: Mapping[str, Account],
        catalogue: Catalogue,
        quota: QuotaLedger,
        memory: FailureMemory,
        clients: Clients,
    ) -> None:
        self._accounts = accounts
        self._catalogue = catalogue
        self._quota = quota
        self._memory = memory
        self._clients = clients
        self._reading: set[asyncio.Task[None]] = set()

    def read_due(self) -> None:
        """Have what is due read, in tasks of the running event loop."""
        for account in self._accounts.values():
            if self._catalogue.is_due(account.id):
                self._beside(self._read, account)
            elif self._quota.key_is_due(account.id):
                self._beside(self._read_key, account)

    async def read_all(self) -> None:
        """Read everything now."""
        await asyncio.gather(*(self._read(account) for account in self._accounts.values()))

    def stop(self) -> None:
        """Cancel what the running event loop reads."""
        loop = asyncio.get_running_loop()
        for task in [task for task in self._reading if task.get_loop() is loop]:
            task.cancel()

    def _beside(self, read: Callable[[Account], Awaitable[None]], account: Account) -> None:
        task = asyncio.create_task(_guarded(read, account))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _read(self, account: Account) -> None:
        await asyncio.gather(self._read_models(account), self._read_key(account))

    async def _read_models(self, account: Account) -> None:
        if account.models is None:
            return
        try:
            data = await fetch(await self._clients.get(), account.models, account.secrets, account.dialect)
        except ProviderFailure as failure:
            _log.info("the models of %s could not be listed: %s", account.name, failure)
            return
        self._memory.listed_again(account.id, self._catalogue.take(account.id, data, account.dialect))

    async def _read_key(self, account: Account) -> None:
        form = account.dialect.account
        if account.key_info is None or form is None:
            return
        try:
            data = await fetch(await self._clients.get(), account.key_info, account.secrets, account.dialect)
            limit, used = value_at(data, form.limit), value_at(data, form.used)
            self._quota.note_day(account.id, limit, used, account.dialect.midnight)
        except ProviderFailure as failure:
            _log.info("the allowance of %s could not be read: %s", account.name, failure)


async def _guarded(read: Callable[[Account], Awaitable[None]], account: Account) -> None:
    """Nobody waits for it, so that what it raised would be printed by the event loop, with its stack and its words.

    It is called here: a task that is cancelled before it began would leave a coroutine that was never awaited.
    """
    try:
        await read(account)
    except ProcessEnding:
        return  # a program that ends while it reads has no use for the list, and there is nothing amiss
    except Exception as error:  # noqa: BLE001 – whatever it is, a list that cannot be read changes nothing
        _log.warning("a provider's list could not be taken in: %s", place_of(error))
