# SPDX-License-Identifier: Apache-2.0
"""Rounds of kill -9, SIGSTOP, cut links and restarts over a coordinator and its workers, each judged by the oracle."""

import collections
import contextlib
import dataclasses
import json
import pathlib
import random
import re
import shutil
import signal
import sqlite3
import tempfile
import time

import oracle
from cluster import Cluster, wait_until
from history import Attendance, Ending, Fault, Follower, History, execution_of, now, program, read_executions
from wire_proxy import DOWN, UP, WireProxy

REGIONS = ["eu-west-1", "eu-west-2", "eu-central-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ap-south-1",
           "ap-southeast-1", "ap-northeast-1", "ca-central-1", "sa-east-1"]


@dataclasses.dataclass
class Settings:
    """What a round is made of; times in seconds."""

    workers: int = 2
    slots: int = 6
    ttl: int = 5
    regions: int = 12
    faults: int = 8
    seconds: int = 2
    lie: str | None = None


class Round:
    """One run under faults; everything random comes from `random.Random(seed)`."""

    def __init__(self, binary, environment, organization, folder, seed, settings):
        self.settings, self.random, self.faults = settings, random.Random(seed), []
        self.tasks = {f"{account}/{region}" for account in organization.active for region in REGIONS[:settings.regions]}
        self.folder = folder
        self.cluster = Cluster(binary, environment, folder, "--lease-ttl", settings.ttl)
        self.lie, self.lied = settings.lie, False

    def perform(self):
        """Runs it, and gives its history."""
        with contextlib.ExitStack() as stack:
            stack.callback(self.cluster.end)
            names = [f"w{number}" for number in range(self.settings.workers)]
            self.proxies = {name: stack.enter_context(WireProxy(self.cluster.place)) for name in names}
            return self._perform()

    def _perform(self):
        cluster, settings = self.cluster, self.settings
        cluster.start()
        for name in self.proxies:
            self._start_worker(name)
        cluster.wait_for_workers()
        run = cluster.submit(
            "--regions", ",".join(REGIONS[: settings.regions]), "--", *program(self.folder, settings.seconds))
        with Attendance(lambda: cluster.client("read")) as attendance, \
                Follower(lambda: cluster.client("read"), run) as follower:
            for _ in range(settings.faults):
                if len(follower.acknowledged) >= len(self.tasks):
                    break
                self._inject(follower)
            self._heal()
            record = cluster.wait_completed(run, 60 + 12 * settings.ttl)["record"]
            wait_until(lambda: len(follower.acknowledged) >= len(self.tasks) or follower.problems or self.lied,
                       "the follower to see every outcome")
        results = cluster.results(run)
        cluster.coordinator.terminate()
        integrity = check_integrity(cluster.store, self.folder)
        assert not follower.problems, follower.problems
        return History(
            self.tasks, settings.ttl, read_executions(self.folder), self.faults + attendance.absences,
            follower.acknowledged, Ending(results, record["counts"], integrity), self._verdicts())

    def _verdicts(self):
        """How many reports were answered with which verdict that is not `applied`, as the workers' logs say."""
        logs = (self.folder / f"{name}.log" for name in self.cluster.workers)
        return collections.Counter(
            verdict for log in logs for verdict in re.findall(r"report changed nothing.*verdict=(\w+)", log.read_text()))

    # Faults

    def _inject(self, follower):
        time.sleep(self.random.uniform(0.1, 1.5))
        actions = [self._kill_worker, self._kill_coordinator, self._kill_both, self._stop_worker, self._stop_coordinator,
                   self._drain_worker, self._cut_worker]
        (action,) = self.random.choices(actions, [5, 4, 2, 3, 1, 1, 2])
        action(follower)

    def _pick(self):
        return self.random.choice(sorted(name for name, worker in self.cluster.workers.items() if worker.is_alive))

    def _kill_worker(self, _):
        name = self._pick()
        self._note("kill", name)
        self.cluster.workers[name].kill()
        time.sleep(self.random.uniform(0, 1))
        self._start_worker(name)

    def _kill_coordinator(self, follower):
        self._note("kill", "coordinator")
        self.cluster.coordinator.kill()
        if self.lie == "store" and not self.lied:
            self.lied = self._forge(follower)
        # Long enough for workers to notice, short enough that they need not fence themselves.
        time.sleep(self.random.uniform(0, self.settings.ttl / 4))
        self.cluster.start()

    def _kill_both(self, follower):
        name = self._pick()
        self._note("kill", name)
        self.cluster.workers[name].kill()
        self._kill_coordinator(follower)
        self._start_worker(name)

    def _stop_worker(self, _):
        self._stop(self._pick())

    def _stop_coordinator(self, _):
        self._stop("coordinator")

    def _stop(self, name):
        member = self.cluster.coordinator if name == "coordinator" else self.cluster.workers[name]
        fault = self._note("stop", name)
        member.stop()
        time.sleep(self.settings.ttl * self.random.choice([0.3, 1.4]))
        member.go_on()
        fault.end = now()

    def _cut_worker(self, _):
        """What its programs end with meanwhile is reported late."""
        name = self._pick()
        fault = self._note("cut", name)
        self.proxies[name].hold(UP, DOWN)
        time.sleep(self.settings.ttl * self.random.choice([0.3, 1.4]))
        self.proxies[name].pass_on()
        fault.end = now()

    def _drain_worker(self, _):
        name = self._pick()
        self._note("drain", name)
        self.cluster.workers[name].send(signal.SIGTERM)
        self.cluster.workers[name].wait()
        self._start_worker(name)

    def _note(self, kind, member):
        self.faults.append(Fault(kind, member, now()))
        return self.faults[-1]

    def _heal(self):
        if not self.cluster.coordinator.is_alive:
            self.cluster.start()
        for name, worker in list(self.cluster.workers.items()):
            if not worker.is_alive:
                self._start_worker(name)

    def _start_worker(self, name):
        # At debug level a worker says which of its reports changed nothing.
        self.cluster.worker(name, "--slots", self.settings.slots, "--drain-timeout", 1, "--log-level", "debug",
                            place=f"127.0.0.1:{self.proxies[name].place[1]}", environment={"FAULTS_WORKER": name})

    def _forge(self, follower):
        """The lie that the oracle must find: an acknowledged task becomes ready again behind the coordinator's back."""
        if not any(execution_of(each.outcome) for each in follower.acknowledged):
            return False
        with contextlib.closing(sqlite3.connect(database_of(self.cluster.store))) as database, database:
            database.execute("PRAGMA locking_mode=EXCLUSIVE")
            row = database.execute("SELECT id, run FROM task WHERE state = 2 ORDER BY outcome LIMIT 1").fetchone()
            if row is None:
                return False
            database.execute("UPDATE task SET state = 0, not_before = 0 WHERE id = ?", row[:1])
            database.execute("UPDATE progress SET ready = ready + 1, succeeded = succeeded - 1 WHERE run = ?", row[1:])
        return True


def database_of(store):
    """The SQLite file of a store's folder."""
    (path,) = [path for path in store.rglob("*") if path.is_file() and _is_sqlite(path)]
    return path


def check_integrity(store, folder):
    """What SQLite's integrity check says of a copy, made in `folder`, of a store that nobody has open."""
    path, copy = database_of(store), folder / "copy"
    copy.mkdir()
    for part in path.parent.glob(path.name + "*"):
        shutil.copy(part, copy)
    with contextlib.closing(sqlite3.connect(copy / path.name)) as database:
        return database.execute("PRAGMA integrity_check").fetchone()[0]


def _is_sqlite(path):
    with open(path, "rb") as file:
        return file.read(15) == b"SQLite format 3"


def perform(binary, environment, organization, seed, settings, keep=False):
    """A round in a folder of its own; gives its history and what is wrong with it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cove-faults-"))
    failed = True
    try:
        history = Round(binary, environment, organization, folder, seed, settings).perform()
        found = oracle.violations(history)
        failed = bool(found)
        return history, found
    finally:
        if failed or keep:
            print(f"  kept: {folder}", flush=True)
        else:
            shutil.rmtree(folder)


def describe(history):
    """A round in a line."""
    kinds = [fault.kind for fault in history.faults if fault.kind != "away"]
    again = len(history.executions) - len({execution.task for execution in history.executions})
    lost = sum(len(history.ending.results.get(name, [])) for name in ("Exceptions", "FailedAssumeRole"))
    return json.dumps({
        "tasks": len(history.tasks), "executions": len(history.executions), "again": again, "lost": lost,
        "acknowledged": len(history.acknowledged), "verdicts": dict(history.verdicts),
        "faults": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
    })
