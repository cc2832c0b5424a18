"""`DualModelRouter`: what a program uses. Everything here hands on to the room that does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

from router.cache import AnswerCache, open_cache
from router.engine.answers import whole_answer
from router.engine.attempts.retry_budget import Budgets
from router.engine.in_flight import CallsInFlight
from router.engine.planning.planner import Planner
from router.engine.planning.waiting import wait_for_plan
from router.engine.recording.listeners import (
    AttemptListener,
    EndingFeed,
    ListingDoubter,
    LogListener,
    QuotaListener,
    ServedCounter,
)
from router.engine.recording.recording_faults import RecordingFault
from router.engine.run import Engine, Run
from router.engine.start_turns import StartTurns
from router.engine.stream import Stream
from router.engine.table_follower import TableFollower
from router.failures.memory import FailureMemory
from router.failures.proven_caps import capped_allowances
from router.failures.quota import QuotaLedger
from router.ports import (
    Allowance,
    CatalogueStore,
    Clock,
    Cooldown,
    CooldownStore,
    EditStore,
    QuotaStore,
    RequestLog,
    SystemClock,
)
from router.ports.null_stores import NullCatalogueStore, NullCooldownStore, NullEditStore, NullLog, NullQuotaStore
from router.providers.accounts import Account
from router.providers.http.connections import Clients
from router.providers.kept_turns import KeptTurns
from router.providers.refresh import ListReader
from router.request import Call, check_schemas, has_schemas_to_check, make_call
from router.settings import PROJECT, Settings
from router.simulated_mode import accounts_of, simulator_of
from router.speech import SpeechDoor
from router.table.catalogue import Catalogue
from router.table.edits import EditedTable
from router.table.listings import Listing
from router.table.operator_files import load_table
from router.table.routes import RoutingTable
from router.telemetry import open_telemetry
from router.types import CallOptions, Completion, Messages, PlannedTarget, Target, TaskConfig
from router.workers import finish_in_worker, run_in_worker

if TYPE_CHECKING:  # both load much that a program without a log or with keys never needs
    from router.simulator import Simulator
    from router.store import Store


class DualModelRouter(SpeechDoor):
    """Routes requests by task type over several providers, with fallback, and remembers what failed.

    Build it with `from_env`; the parts can also be given one by one, which needs no environment and no database.
    Use it as an asynchronous context manager, or call `aclose` when done. It may be used from several event loops.

    Args:
        table: the routing table.
        accounts: the providers that can be called, by name.
        log: where requests are written down; nowhere if left out.
        cooldowns: where failure memory is kept; in this router alone if left out.
        catalogue, quota: where the providers' lists and allowances are kept; in this router alone if left out.
        edits: where edits of the table are kept; there are none if left out.
        cache: answers that may be given again; there are none if left out.
        clock: tells the time for cooldowns, allowances and the log.
        keep_content: whether prompts and answers go to the log.
        added_providers: the folder with further providers that the table was read with.

    Attributes:
        accounts: as given.
        store: the database behind log and failure memory, where `from_env` opened one.
        simulator: the simulated providers, where `from_env` started them.
    """

    store: Store | None = None
    simulator: Simulator | None = None

    def __init__(
        self,
        table: RoutingTable,
        accounts: Mapping[str, Account],
        *,
        log: RequestLog | None = None,
        cooldowns: CooldownStore | None = None,
        catalogue: CatalogueStore | None = None,
        quota: QuotaStore | None = None,
        edits: EditStore | None = None,
        cache: AnswerCache | None = None,
        clock: Clock | None = None,
        keep_content: bool = True,
        added_providers: Path | None = None,
    ) -> None:
        clock = self._clock = clock or SystemClock()
        self.accounts = dict(accounts)
        self._routes = EditedTable(table, edits or NullEditStore(), self.accounts, added_providers)
        self._memory = FailureMemory(cooldowns or NullCooldownStore(), table.limits, clock)
        self._quota = QuotaLedger(quota or NullQuotaStore(), clock)
        self._catalogue = Catalogue(catalogue or NullCatalogueStore(), clock)
        new_planner = partial(Planner, accounts=self.accounts, memory=self._memory, quota=self._quota, clock=clock)
        self._planner = new_planner(table=self._routes.table, catalogue=self._catalogue)
        self._shipped_planner = new_planner(table=self._routes.shipped, catalogue=self._catalogue)
        self._clients = Clients()
        self._lists = ListReader(self.accounts, self._catalogue, self._quota, self._memory, self._clients)
        self._owned = ExitStack()
        self._in_flight = CallsInFlight()
        self._start_turns = StartTurns()
        self._served = ServedCounter()
        log = log or NullLog()
        self._endings = EndingFeed(
            self._memory,
            [LogListener(log), QuotaListener(self._quota), self._served, ListingDoubter(self._planner)],
        )
        budgets = Budgets.from_limits(table.limits)
        self._follower = TableFollower(
            self._routes, self._planner, shipped=self._shipped_planner, memory=self._memory, budgets=budgets
        )
        self._engine = Engine(
            planner=self._planner,
            memory=self._memory,
            quota=self._quota,
            log=log,
            clients=self._clients,
            budgets=budgets,
            clock=clock,
            endings=self._endings,
            in_flight=self._in_flight,
            kept_turns=KeptTurns(clock),
            keep_content=keep_content,
            cache=cache,
        )

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None, *, clock: Clock | None = None) -> Self:
        """Build a router from the process's environment and `.env`, or from `environment` instead of both.

        Raises:
            ConfigurationError: no key, a setting that cannot be used, an unreadable table or database.
        """
        return cls.from_settings(Settings.from_env(environment), clock=clock)

    @classmethod
    def from_settings(
        cls, settings: Settings, *, clock: Clock | None = None, simulator: Simulator | None = None
    ) -> Self:
        """Build a router from settings; opens its database, and starts simulated providers unless they are given.

        Raises:
            ConfigurationError: as `from_env`.
        """
        # Imported here: SQLAlchemy takes longer to load than all the rest of the router.
        from router.store import open_store

        table = load_table(settings.routes, settings.providers)
        with ExitStack() as opened:
            simulator = simulator_of(settings, opened, simulator)
            accounts = accounts_of(table, settings, simulator)
            store = open_store(settings.database_url, PROJECT)
            opened.callback(store.close)
            telemetry = open_telemetry(settings)
            router = cls(
                table,
                accounts,
                log=store.log if telemetry is None else telemetry.watched(store.log),
                cooldowns=store.cooldowns,
                catalogue=store.catalogues,
                quota=store.allowances,
                edits=store.edits,
                cache=open_cache(settings, store.answers, accounts, clock=clock or SystemClock()),
                clock=clock,
                keep_content=settings.log_content,
                added_providers=settings.providers,
            )
            if telemetry is not None:
                router.add_listener(telemetry)
                opened.callback(telemetry.close)
            router.store, router.simulator, router._owned = store, simulator, opened.pop_all()
        return router

    @property
    def clock(self) -> Clock:
        """Tells the time by which cooldowns and allowances end."""
        return self._clock

    @property
    def table(self) -> RoutingTable:
        """The routing table as it stands now: the file's, with the operators' edits laid over it."""
        return self._planner.table

    @property
    def routes(self) -> EditedTable:
        """The file's table and the edits of it; what is changed there holds from the next request on."""
        self._follower.follow()
        return self._routes

    async def __aenter__(self) -> Self:
        self._lists.read_due()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self, *, grace: float = 2.0) -> None:
        """Close the router for all event loops: whoever calls it from now on gets `RouterClosed` at once.

        Calls under way may come to their end for a while. What is left then is broken off, with `RouterClosed` for its
        caller, `cancelled` in the log and no cooldown for anybody. Then this event loop's connections are closed, what
        is still to be written is written, and what the router started is stopped.

        Args:
            grace: seconds that calls under way have.
        """
        self._lists.stop()
        await self._in_flight.close(grace)
        await self._clients.aclose()
        await finish_in_worker(self._owned.close)  # the database may be slow, and the loop is others' too

    def add_listener(self, listener: AttemptListener) -> None:
        """Tell `listener` how every attempt ends, from the next one on; one that fails costs nobody an answer."""
        self._endings.add_listener(listener)

    @property
    def recording_fault(self) -> RecordingFault | None:
        """What was not recorded within the last minute by a fault of the log's or a listener's; None where all was."""
        return self._endings.faults.latest

    # --- asking --------------------------------------------------------------------------------------------------

    async def complete(self, *, config: TaskConfig, messages: Messages, **options: Unpack[CallOptions]) -> Completion:
        """Ask for one whole answer.

        Args:
            config: the task and its flags.
            messages: the conversation in the OpenAI shape; images as `image_url` parts.
            options: `router.types.CallOptions` says what there is.

        Raises:
            ValueError: malformed messages or tools, contradictory flags, an unknown option.
            RequestRejected, AllTargetsFailed, DeadlineExceeded: as `router.errors` says.
            RouterClosed: the router is closed, or is closed before the answer is there.
        """
        return await whole_answer(await self._start_run(make_call(config, messages, **options), stream=False))

    def stream(self, *, config: TaskConfig, messages: Messages, **options: Unpack[CallOptions]) -> Stream:
        """Ask for an answer piece by piece: `async with router.stream(…) as stream: async for event in stream: …`.

        Takes what `complete` takes.

        Raises:
            ValueError: as `complete`; of a schema that takes long to check when the stream is entered. The other errors
                come out of the iteration.
        """
        call = make_call(config, messages, **options)
        return Stream(lambda: self._start_run(call, stream=True))

    def plan(
        self, *, config: TaskConfig, messages: Messages | None = None, **options: Unpack[CallOptions]
    ) -> list[PlannedTarget]:
        """The targets that the next such call would try, in order, each kept or passed over with its reason.

        Args:
            config: the task and its flags.
            messages: the conversation, which decides whether images are needed and what fits; a short text if left out.
            options: what `complete` takes besides.

        Raises:
            ValueError: as `complete`.
            RouterClosed: this process was forked from the one that made the router.
        """
        return self._plan_call(make_call(config, messages or _ANY_MESSAGES, **options))

    def _plan_call(self, call: Call) -> list[PlannedTarget]:
        self._in_flight.check_process()
        self._follower.follow()
        return self._planner.plan(call)

    def shipped_plan(self, *, config: TaskConfig) -> list[PlannedTarget]:
        """What `plan` would give without the operators' edits: the file's table as the catalogue has changed it."""
        return self._shipped_planner.plan(make_call(config, _ANY_MESSAGES))

    async def wait_until_callable(
        self, *, config: TaskConfig, targets: Sequence[str | Target] | None = None, longest: float
    ) -> bool:
        """Wait until a target may be called for a better reason than that nobody else is left.

        For work that is not urgent, such as a measurement that would rather wait for an allowance than fail. Time is
        the router's clock's, as it is for cooldowns and allowances.

        Args:
            config: the task and its flags.
            targets: who is waited for; the task's chain where it is left out.
            longest: seconds; where everything takes longer, nobody waits.

        Returns:
            Whether one may be called now.

        Raises:
            ValueError: as `complete`.
            RouterClosed: the router is closed, or is closed meanwhile.
        """

        def current_plan() -> list[PlannedTarget]:
            self._in_flight.check_open()
            return self.plan(config=config, targets=targets)

        return await wait_for_plan(current_plan, self._memory, self._clock, longest=longest)

    # --- what it has seen ----------------------------------------------------------------------------------------

    def get_usage_stats(self) -> dict[str, Any]:
        """Requests this router has served since it was made: by provider, and by target under `breakdown`."""
        served = self._served.served_counts()
        totals = {name: sum(n for target, n in served.items() if target.provider == name) for name in self.accounts}
        return totals | {"breakdown": {str(target): count for target, count in served.items()}}

    def failures(self) -> list[Cooldown]:
        """What cools down now of the accounts in use, the latest first; another key's failures keep nobody out here."""
        self._in_flight.check_process()
        return self._memory.cooldowns({account.id for account in self.accounts.values()})

    def quotas(self) -> list[Allowance]:
        """What is left of each allowance that is known, and when it refills."""
        self._in_flight.check_process()
        known = self._quota.allowances({account.id: account.entry for account in self.accounts.values()})
        return capped_allowances(known, self._memory.cooldowns(), self._clock.time())

    def listings(self) -> dict[str, Listing]:
        """What each provider that can be called lists, by provider; without those whose list was never read."""
        listings = {name: self._catalogue.listing(account.id) for name, account in self.accounts.items()}
        return {name: listing for name, listing in listings.items() if listing is not None}

    def reset_failures(self, provider: str | None = None, model: str | None = None) -> int:
        """Forget what failed, in every process on this database at once; gives how many cooldowns there were.

        Args:
            provider: only this provider's; all if left out.
            model: only what keeps this model of it from being called.

        Raises:
            ValueError: an unknown provider.
            RouterClosed: this process was forked from the one that made the router.
        """
        self._in_flight.check_process()
        if provider is not None and provider not in self.table.providers:
            raise ValueError(f"unknown provider {provider!r}; the table has: {', '.join(self.table.providers)}")
        accounts = [account.id for name, account in self.accounts.items() if provider in (None, name)]
        count = self._memory.reset(None if provider is None and model is None else accounts, model)
        self._quota.doubt_used_up(accounts, model)
        return count

    def refill_simulated(self) -> None:
        """Give the simulated providers their whole allowances back, and forget what failed at them.

        Raises:
            ValueError: this router calls real providers, whose allowances nobody here can refill.
        """
        if self.simulator is None:
            raise ValueError("there are no simulated providers here: real allowances refill at their provider's time")
        self.simulator.refill_limits()
        self._quota.refill([account.id for account in self.accounts.values()])
        self.reset_failures()

    async def _start_run(self, call: Call, *, stream: bool) -> Run:
        self._in_flight.check_open()
        await self._start_turns.take()
        self._follower.follow_beside_others(is_busy=self._in_flight.is_busy)
        if call.images:
            # Pillow is loaded, and works, beside the event loop.
            from router.images import prepare_call

            call = await run_in_worker(prepare_call, call)
        if has_schemas_to_check(call):
            await run_in_worker(check_schemas, call)
        self._lists.read_due()
        return self._engine.run(call, stream=stream)

    async def refresh_catalogue(self) -> None:
        """Read every provider's list of models now, and wait for it."""
        await self._lists.read_all()


_ANY_MESSAGES: Messages = ({"role": "user", "content": "?"},)
