"""The plan is what happens: over ten thousand random states its first target is the one that is called."""

import asyncio
import random
from functools import cache

import pytest

from router import TaskConfig, TaskType
from router.failures.outcomes import OUTCOMES
from router.ports import Allowance, CallMade, CatalogueRow, Cooldown
from router.ports.null_stores import NullCatalogueStore, NullCooldownStore, NullQuotaStore
from router.request import make_call
from router.simulator.models.catalogue import model_entry, shipped
from router.types import Target
from tests.engine.test_any_sequence import OUTCOMES as COMES_BACK
from tests.virtual import START, TABLE, Bench, run
from tests.world import World

BEGINNINGS, REQUESTS, SEEDS = 125, 5, 16
"""Sixteen times 125 random beginnings, and five random requests in each, with what these bring about in between."""
TARGETS = [Target.parse(name) for name in TABLE.models]
IDS = {name: account.id for name, account in Bench().accounts.items()}
BACK = {name: play for name, play in COMES_BACK.items() if name != "nobody there"}  # where no call is to be seen
PIXEL = "data:image/png;base64,iVBORw0KGgo="
FLAGS = ["", "", "prioritize_speed", "prioritize_accuracy", "critical_accuracy", "requires_json", "requires_vision"]


class Holds(NullCooldownStore):
    def __init__(self, dice, accounts):
        self.held = [self._hold(dice, accounts) for _ in range(dice.choice([0, 0, 1, 3, 8]))]

    def _hold(self, dice, accounts):
        target, row = dice.choice(TARGETS), dice.choice(OUTCOMES)
        until = dice.choice([None, START - 100.0, START - 1.0, START + 5.0, START + 9e4])
        scope = dice.choice(["target"] * 8 + ["free", "provider"])
        probe = dice.choice([None, None, START - 1.0, START + 9.0])
        account = accounts.get(target.provider, "nobody")
        return Cooldown(account, target.provider, scope, target.model, row.name, "…", START - 200.0, until, 1,
                    dice.random() < 0.5, probe)  # fmt: skip

    def version(self):
        return 1

    def load(self):
        return self.held


class Quota(NullQuotaStore):
    def __init__(self, dice, accounts):
        self.calls = dice.choice([0, 0, 5, 19, 20, 60])
        self.stated = [self._allowance(dice, accounts) for _ in range(dice.choice([0, 0, 2, 6]))]

    def _allowance(self, dice, accounts):
        target = dice.choice(TARGETS)
        unit, span, limit = dice.choice([("requests", 86_400.0, 1_000), ("tokens", 60.0, 8_000)])
        left = dice.choice([0, 1, limit // 2, limit])
        seen = START - dice.choice([0.0, 10.0, 1e5])
        account = accounts.get(target.provider, "nobody")
        return Allowance(account, target.provider, target.model, unit, span, limit, left, seen + span, seen)

    def load_allowances(self, account):
        return [one for one in self.stated if one.account == account]

    def calls_since(self, account, since):
        return [CallMade(f"call-{number}", "x:free", START - 1.0) for number in range(self.calls)]


class Lists(NullCatalogueStore):
    def __init__(self, dice):
        self.kind = {name: dice.randrange(40) for name in TABLE.providers}

    def load_catalogue(self, account):
        provider = account.partition("|")[0]
        return CatalogueRow(account, START, _list(provider, self.kind[provider])) if self.kind[provider] else None


@cache
def _list(provider, kind):
    dice = random.Random(f"{provider}{kind}")
    names = [name for name in shipped()[provider] if dice.random() < 0.7]
    names += [target.model for target in TARGETS if target.provider == provider and dice.random() < 0.2]
    names += [f"newcomer/{number}:free" for number in range(dice.randrange(3))]
    return tuple(
        model_entry(
            provider,
            name,
            vision=dice.random() < 0.3,
            context=dice.choice([4_096, 131_072]),
            price=dice.choice([("0", "0"), ("0", "0"), ("0.1", "0")]),
        )
        for name in names
    )


def _state(dice):
    names = dice.choice([("groq", "openrouter")] * 3 + [("groq",), ("openrouter",)])
    accounts = {name: IDS[name] for name in names}
    outcomes = [BACK[name] for name in dice.choices(sorted(BACK), k=4)]
    return Bench(outcomes, names=names, cooldowns=Holds(dice, accounts), quota=Quota(dice, accounts), lists=Lists(dice))


def _request(dice):
    flag = dice.choice(FLAGS)
    config = TaskConfig(type=dice.choice(list(TaskType)), **({flag: True} if flag else {}))
    content = [{"type": "text", "text": "word " * dice.choice([1] * 30 + [5_000] * 4 + [9_000] * 4 + [120_000])}]
    content += [{"type": "image_url", "image_url": {"url": PIXEL}}] * dice.choice([0, 0, 0, 1, 4])
    options = {"targets": dice.sample(TARGETS, 3)} if dice.random() < 0.1 else {}
    options["fallback"] = dice.random() < 0.9
    return config, [{"role": "user", "content": content}], options


async def _compare(seed):
    dice = random.Random(seed)
    for _ in range(BEGINNINGS):
        bench = _state(dice)
        for _ in range(REQUESTS):
            config, messages, options = _request(dice)
            before = len(bench.called)
            call = make_call(config, messages, **options)
            plan = bench.planner.plan(call)
            assert list(bench.planner.plan_ahead(call)) == plan
            await bench.ask(config, messages, **options)
            promised = next((str(line.target) for line in plan if line.kept), None)
            if promised is None and "waiting" in bench.kinds:  # for one whose time is known
                assert "attempt_started" not in bench.kinds[: bench.kinds.index("waiting")]
                continue
            assert promised == next(iter(bench.called[before:]), None)
            await asyncio.sleep(dice.choice([0.0, 0.0, 4.0, 61.0, 90_000.0]))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_first_target_of_a_plan_is_the_one_that_is_called(seed):
    run(_compare(seed))


@pytest.mark.anyio
@pytest.mark.parametrize("seed", range(12))
async def test_so_it_is_through_the_door_and_over_a_socket(simulator, tmp_path, seed):
    dice = random.Random(seed)
    world = World(simulator, tmp_path)
    config = TaskConfig(type=dice.choice(list(TaskType)), prioritize_speed=dice.random() < 0.3)
    for target in dice.sample([target for target in TARGETS if target.model in shipped().get(target.provider, ())], 6):
        called_target = world.router.accounts[target.provider].called_target(target.model)
        until = world.clock.time() + dice.choice([-9.0, 60.0])
        cooldown = Cooldown(called_target.account, called_target.provider, "target", called_target.model,
                            "server_error", "…", 0.0, until, 1, True)  # fmt: skip
        world.router.store.cooldowns.put(cooldown)
    plan = world.router.plan(config=config)
    await world.ask(config=config)
    first = world.seen[0]
    assert next(str(line.target) for line in plan if line.kept) == f"{first.provider}:{first.model}"
    await asyncio.to_thread(world.router.store.flush)
    await world.aclose()
