"""Machines with processes on them, one PostgreSQL and one set of simulated providers, and what came of their calls."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections import Counter, defaultdict
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import pairwise

from router.gateway.keys import new_key
from router.settings import SHIPPED_ROUTES
from router.simulator import Fault, Simulator
from router.simulator.server.app import PREFIXES, create_app
from router.simulator.server.simulator import _config, _ReadyServer
from router.store import open_store
from tests.databases import Cluster, DatabaseForTest, Databases
from tests.machines.namespaces import Network
from tests.machines.processes import Process
from tests.world import FIRST

INTERVAL = 0.4
"""Seconds between two tries of a target that is dead."""

DAY_LIMIT = 50
GLITCHING = ("groq", "openai/gpt-oss-20b")
_CALLS = """
    SELECT contents.request AS request, attempts.outcome AS outcome, requests.status AS status
    FROM attempts JOIN requests ON requests.id = attempts.request_id
    JOIN contents ON contents.request_id = requests.id
"""


RELIABLE = "groq:qwen/qwen3.8-27b"
_CHAIN = '"openrouter:openrouter/free"]'
PLENTY = 10_000_000
"""Requests and tokens that Groq gives: as it is, some hundred calls would use its minute up, and a thousand its day."""


def routes(folder):
    """The shipped table with short cooldowns, fifty requests a day for OpenRouter's free models, many for Groq's.

    A model more, which never fails, stands at the end: else the dead one would be tried as the last resort, and not as
    a probe alone, whenever the glitching one fails.
    """
    text = re.sub(r"(?m)^requests_per_minute = 20 .*$", f"requests_per_day = {DAY_LIMIT}", SHIPPED_ROUTES.read_text())
    text = re.sub(r"(?m)^(requests|tokens)_per_minute = (30|8000)$", rf"\1_per_minute = {PLENTY}", text)
    text = text.replace(_CHAIN, f'"{RELIABLE}", {_CHAIN}', 1)
    for name in ("cooldown_sick", "cooldown_sick_cap"):
        text = re.sub(rf"(?m)^{name} = \S+", f"{name} = {INTERVAL}", text)
    path = folder / "routes.toml"
    path.write_text(text)
    return path


class SeenCalls:
    """Takes down the words of the providers' calls as they come: the simulator keeps those of the last thousand.

    Attributes:
        words: in the order of the calls.
    """

    def __init__(self, simulator) -> None:
        self._simulator = simulator
        self.words = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._ended.wait(0.2):
            self._take_down()

    def _take_down(self):
        new = self._simulator.requests[len(self.words) :]
        self.words += [request.body["messages"][-1]["content"] for request in new]

    def stop(self):
        """Take down what has come so far, and end."""
        self._ended.set()
        self._thread.join()
        self._take_down()


class MachinesWorld:
    """Two machines with processes on them.

    Attributes:
        processes: two of each machine.
        notes: figures to be told.
    """

    def __init__(self, folder, network, cluster, simulator) -> None:
        self.network, self.cluster, self.simulator, self.notes = network, cluster, simulator, {}
        models = simulator._providers._models
        plenty = dict.fromkeys(("RPM", "RPD", "TPM", "TPD"), PLENTY)
        models["groq"] = {name: replace(model, limits=plenty) for name, model in models["groq"].items()}
        self._seen_calls = SeenCalls(simulator)
        self._away = []
        self._databases = Databases(cluster.url, cluster)
        url = self._databases.make()
        self.database = DatabaseForTest("postgres", url, folder)
        self._folder, self._began = folder, time.time()
        self.machines = [network.add_machine(), network.add_machine()]
        # The same port on both: a provider's address is a part of the account.
        first = self.machines[0].listening_socket()
        port = first.getsockname()[1]
        sockets = [first, self.machines[1].listening_socket(port)]
        self._server = _ReadyServer(_config(create_app(simulator._providers)))
        self._thread = threading.Thread(target=self._server.run, args=(sockets,), daemon=True)
        self._thread.start()
        assert self._server.ready.wait(20)
        token = os.urandom(8).hex()
        name = url.partition("@/")[2].partition("?")[0]
        environment = {
            "GROQ_API_KEY": f"gsk_test_{token}",
            "OPENROUTER_API_KEY": f"sk-or-v1-test-{token}",
            "GROQ_BASE_URL": f"http://127.0.0.1:{port}{PREFIXES['groq']}",
            "OPENROUTER_BASE_URL": f"http://127.0.0.1:{port}{PREFIXES['openrouter']}",
            "ROUTER_ROUTES": str(routes(folder)),
            "ROUTER_DATABASE_URL": f"postgresql://postgres@{network.address}/{name}?sslmode=disable",
        }
        self.processes = [Process(machine, environment) for machine in self.machines for _ in range(2)]
        for process in self.processes:
            process.wait_until_open()

    def close(self):
        """End the simulated providers' door to the machines; the network ends the machines."""
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(10)

    # --- what is done -----------------------------------------------------------------------------------------------

    def set_faults(self, share):
        """The first target is dead, and the second fails at this share of its calls."""
        self.simulator.set_fault(*FIRST, Fault("server_error", status=503))
        self.simulator.set_fault(*GLITCHING, Fault("server_error", status=500, probability=share))

    def meet_the_dead(self):
        """One process finds out that the first target is dead, and all others know: what follows are probes."""
        finder, *others = self.processes
        for process in others:
            process.order("watch", what="cooldowns")
            process.next_word("watching")
        finder.order("ask", count=1, at_once=1, name="first")
        finder.wait()
        for process in others:
            process.wait()
            process.next_word("seen")

    def all_do(self, task, **options):
        """Have all living processes do the same at the same time."""
        for process in self.living:
            process.order(task, **options)
        for process in self.living:
            process.wait()

    @property
    def living(self):
        """The processes that are there."""
        return [process for process in self.processes if process._process.poll() is None]

    def begin_asking(self, count, name, *, at_once=8, lasting=0.0):
        """Have the living processes begin so many calls each, over so many seconds at the least."""
        pause = lasting * at_once / count
        for number, process in enumerate(self.living):
            process.order("ask", count=count, at_once=at_once, name=f"{name}{number}", pause=pause)

    def wait_for_all(self):
        """Until all have carried out their orders."""
        for process in self.living:
            process.wait()

    @contextmanager
    def cables_pulled(self):
        """No machine reaches the database."""
        for machine in self.machines:
            machine.pull_cable()
        yield
        for machine in self.machines:
            machine.push_cable()

    def open(self):
        """A store on the database, from outside of all machines."""
        return open_store(self.database.url, self._folder)

    def add_app(self, name, **limits):
        """A key of the gateway."""
        store = self.open()
        assert store.apps.add(new_key(name, time.time(), **limits)[1])
        store.close()

    def seconds_until_seen(self, what, *, maker, watcher):
        """How long after a change in a process it is seen in another."""
        watcher.order("watch", what=what)
        watcher.next_word("watching")
        maker.order("change", what=what)
        maker.wait()
        watcher.wait()
        return watcher.next_word("seen") - maker.next_word("changed")

    # --- what came of it ----------------------------------------------------------------------------------------------

    def calls_seen(self):
        """The providers' calls by their words."""
        self._seen_calls.stop()
        return Counter(self._seen_calls.words)

    def check_calls(self):
        """Every call that a provider saw has its row, and no row is without a call but those that were broken off."""
        rows = self.database.named_rows(_CALLS)
        for row in rows:
            row["prompt"] = json.loads(row["request"])["messages"][-1]["content"]
        sent = Counter(row["prompt"] for row in rows if row["outcome"] != "not_sent")
        seen = self.calls_seen()
        broken_off = Counter(row["prompt"] for row in rows if row["outcome"] in ("interrupted", "pending"))
        assert not seen - sent, f"{(seen - sent).total()} calls without a row"
        assert not sent - seen - broken_off, f"{(sent - seen - broken_off).total()} rows without a call"
        self.notes["calls seen"], self.notes["rows"] = seen.total(), sent.total()
        return broken_off

    def check_answers(self, killed_at):
        """Every answer is in the log; gives how old those were that a killed process had not yet written, in seconds.

        Args:
            killed_at: by process, when it was killed.
        """
        states = dict(self.database.rows("SELECT id, status FROM requests"))
        ages = []
        for process in self.processes:
            lost = [id for id in process.answered if states.get(id) != "succeeded"]
            assert all(states.get(id) in ("running", "interrupted") for id in lost), "a row is never lost"
            assert not lost or process in killed_at, f"{len(lost)} answers of a living process are lost"
            ages += [killed_at[process] - process.answered[id] for id in lost]
        self.notes["answers"] = sum(len(process.answered) for process in self.processes)
        self.notes["failed"] = dict(Counter(error for process in self.processes for error in process.failed))
        return ages

    def note_complaints(self):
        """What the server has complained of."""
        lines = (self.cluster.folder / "log").read_text().splitlines()
        errors = Counter(line.partition("] ")[2] for line in lines if re.search(r"\] (ERROR|FATAL|PANIC):", line))
        self.notes["the server's complaints"] = dict(errors.most_common(9))

    @contextmanager
    def database_away(self):
        """Each process is alone within the block, in which the database goes and comes back."""
        began = time.monotonic()
        yield
        self.all_do("flush")
        self._away.append((began, time.monotonic()))

    def check_probes(self):
        """A dead target is tried once an interval by all machines together; by each, where they know of no others."""
        requests = zip(self.simulator.requests, self._seen_calls.words, strict=True)
        tried = [(seen.at, words) for seen, words in requests if (seen.provider, seen.model) == FIRST]
        assert tried[0][1] == "first-0"
        together = [at for at, _ in tried if not self._is_away(at)]
        gaps = [later - earlier for earlier, later in pairwise(together)]
        alone = defaultdict(list)
        for at, words in tried:
            alone[words.rpartition("-")[0]].append(at)  # the act and the process
        own_gaps = [later - earlier for times in alone.values() for earlier, later in pairwise(times)]
        self.notes["probes"] = {"together": len(together), "without the database": len(tried) - len(together)}
        self.notes["shortest gap"] = {"of all": round(min(gaps), 3), "of a process": round(min(own_gaps), 3)}
        assert min(*gaps, *own_gaps) >= INTERVAL - 0.01

    def _is_away(self, at):
        return any(began <= at <= ended for began, ended in self._away)

    def check_day(self):
        """Of fifty requests a day fifty are made."""
        made = sum(request.provider == "openrouter" for request in self.simulator.requests)
        days = 1 + int(time.time() // 86_400 - self._began // 86_400)
        self.notes[f"calls of {DAY_LIMIT} a day"] = made if days == 1 else f"{made} in {days} days"
        assert DAY_LIMIT <= made <= DAY_LIMIT * days


@contextmanager
def machines_world(folder):
    """Two machines, until the block is left.

    Raises:
        NoMachinesError, NoServerError: there are no namespaces, or there is no PostgreSQL here.
    """
    with ExitStack() as opened:
        network = opened.enter_context(Network())
        cluster = Cluster(address=network.address, block=network.block)
        opened.callback(cluster.stop)
        cluster.start()
        simulator = opened.enter_context(Simulator(pace=0))
        world = MachinesWorld(folder, network, cluster, simulator)
        opened.callback(world.close)
        yield world
