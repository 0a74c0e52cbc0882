# SPDX-License-Identifier: Apache-2.0
"""Faults of the network between hosts, each a namespace: partitions, half-open connections, flapping links."""

import contextlib
import pathlib
import shutil
import tempfile
import time

import moto_organization
import namespaces
import oracle
from cluster import Cluster, Member, wait_until
from history import Attendance, Ending, Fault, Follower, History, now, program, read_executions
from kill import REGIONS, check_integrity
from moto_server import MotoServer
from wire_peer import ClientPeer


class NetworkedCluster(Cluster):
    """A cluster whose members have hosts of their own: `coordinator`, and each worker one of its name."""

    def __init__(self, network, *arguments, **options):
        self.network = network
        super().__init__(*arguments, host=network.addresses["coordinator"], port=2683, **options)

    def _member(self, name, command, environment=None):
        member = Member(
            name, self.network.command(name, command), self.environment | (environment or {}), self.folder)
        self.members.append(member)
        return member

    def client(self, right="submit", host="coordinator"):
        with self.network.on(host):
            return ClientPeer(self.place, self.token(right), self.context)

    def call(self, *arguments, **options):
        """From the coordinator's host: a `cove` command has to get through whatever is broken elsewhere."""
        with self.network.on("coordinator"):
            return super().call(*arguments, **options)


class Scenario:
    """A cluster of two workers in a network, a run that keeps them busy, and what is wrong in the end."""

    def __init__(self, binary, environment, ttl=5, accounts=6, regions=8, seconds=3):
        self.binary, self.environment, self.ttl, self.seconds = binary, environment, ttl, seconds
        self.accounts, self.regions, self.faults, self.wrong, self.said = accounts, regions, [], [], []

    @contextlib.contextmanager
    def cluster(self):
        with contextlib.ExitStack() as stack:
            self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cove-network-"))
            self.network = stack.enter_context(namespaces.Network())
            self.network.add("aws", "coordinator", "w0", "w1", "guest")
            prefix = self.network.command("aws", [])
            stack.enter_context(MotoServer("0.0.0.0", 5000, prefix))
            with self.network.on("aws"):
                accounts = {f"member-{number}": ("", []) for number in range(self.accounts)}
                self.organization = moto_organization.create("http://127.0.0.1:5000", units=(), accounts=accounts, suspended=())
            self.organization.endpoint = f"http://{self.network.addresses['aws']}:5000"
            self.members = NetworkedCluster(
                self.network, self.binary, self.environment(self.organization), self.folder, "--lease-ttl", self.ttl)
            stack.callback(self.members.end)
            self.members.start()
            for name in ("w0", "w1"):
                self.members.worker(name, "--slots", 4, environment={"FAULTS_WORKER": name})
            self.members.wait_for_workers()
            yield self.members
            if not self.wrong:
                shutil.rmtree(self.folder)
            else:
                self.said.append(f"kept: {self.folder}")

    @contextlib.contextmanager
    def run(self):
        """A run under way; when the body is through, it is completed and judged."""
        cluster = self.members
        run = cluster.submit(
            "--regions", ",".join(REGIONS[: self.regions]), "--", *program(self.folder, self.seconds))
        with Attendance(lambda: cluster.client("read")) as attendance, \
                Follower(lambda: cluster.client("read"), run) as follower:
            wait_until(lambda: len(follower.acknowledged) > 4, "the first outcomes")
            yield run
            self.network.heal()
            record = cluster.wait_completed(run, 120)["record"]
            total = self.accounts * self.regions
            wait_until(lambda: len(follower.acknowledged) >= total or follower.problems, "the follower to see every outcome")
        self.results = cluster.results(run)
        cluster.coordinator.terminate()
        tasks = {f"{account}/{region}" for account in self.organization.active for region in REGIONS[: self.regions]}
        self.executions = read_executions(self.folder)
        history = History(
            tasks, self.ttl, self.executions, self.faults + attendance.absences, follower.acknowledged,
            Ending(self.results, record["counts"], check_integrity(cluster.store, self.folder)))
        self.wrong += follower.problems + oracle.violations(history)

    @contextlib.contextmanager
    def fault(self, kind, member):
        self.faults.append(Fault(kind, member, now()))
        yield
        self.faults[-1].end = now()

    def state_of(self, name):
        with self.members.client("read") as client:
            return {w["name"]: w["state"] for w in client.request("workers")["workers"]}.get(name)

    def check(self, condition, sentence):
        if not condition:
            self.wrong.append(sentence)

    # What is broken

    def partition(self, *drops):
        """w0 and the coordinator do not hear each other, or one does not hear the other, for two TTLs."""
        with self.cluster(), self.run():
            with self.fault("cut", "w0"):
                for source, destination in drops:
                    self.network.drop(source, destination)
                begin = now()
                wait_until(lambda: self.state_of("w0") != "serving", "the coordinator to miss w0", 3 * self.ttl)
                self.said.append(f"the coordinator missed w0 after {now() - begin:.1f} s")
                time.sleep(max(0, 2 * self.ttl - (now() - begin)))
                self.network.heal()
            healed = now()
            wait_until(lambda: self.state_of("w0") == "serving", "w0 to come back", 60)
            self.said.append(f"w0 was back {now() - healed:.1f} s after the partition was healed")
        again = len(self.executions) - self.accounts * self.regions
        self.said.append(f"{again} executions were repeated")

    def half_open(self):
        """w0's machine, and a client's, vanish without a word: the coordinator notices, and gives their sockets back."""
        with self.cluster() as cluster, self.run():
            guest = cluster.client("read", host="guest")
            before = cluster.coordinator.descriptors
            with self.fault("kill", "w0"):
                self.network.unplug("w0")
                self.network.unplug("guest")
                cluster.workers["w0"].kill()
                begin = now()
                wait_until(lambda: self.state_of("w0") != "serving", "the coordinator to miss w0", 3 * self.ttl)
                self.said.append(f"the coordinator missed w0 after {now() - begin:.1f} s")
                wait_until(lambda: cluster.coordinator.descriptors <= before - 1, "w0's socket to be closed", 60)
                self.said.append(f"w0's socket was closed after {now() - begin:.1f} s")
                wait_until(lambda: cluster.coordinator.descriptors <= before - 2, "the guest's socket to be closed", 180)
                self.said.append(f"the silent client's socket was closed after {now() - begin:.1f} s")
            guest.wire.socket.close()

    def lost_coordinator(self):
        """The coordinator's cable is out for two TTLs: workers notice, fence themselves, and come back."""
        with self.cluster() as cluster, self.run():
            sockets = {name: cluster.workers[name].descriptors for name in ("w0", "w1")}
            begin = now()
            self.faults += [Fault("cut", "w0", begin), Fault("cut", "w1", begin)]
            self.network.unplug("coordinator")
            time.sleep(2 * self.ttl)
            for name in ("w0", "w1"):
                self.check(cluster.workers[name].descriptors <= sockets[name] + 1,
                           f"{name} has {cluster.workers[name].descriptors} sockets after {2 * self.ttl} s, {sockets[name]} before")
            self.network.plug("coordinator")
            for fault in self.faults:
                fault.end = now()
            for name in ("w0", "w1"):
                wait_until(lambda: self.state_of(name) == "serving", f"{name} to come back", 60)
            self.said.append(f"both workers were back {now() - self.faults[0].end:.1f} s after the cable was in again")

    def flapping(self, duration=60):
        """w0's cable goes out and in; no time is long enough for a lease to be lost, so nothing runs twice."""
        self.ttl, self.accounts, self.regions = 20, 12, len(REGIONS)
        with self.cluster(), self.run() as run:
            end, times = now() + duration, 0
            while now() < end:
                self.network.unplug("w0")
                time.sleep(1.5)
                self.network.plug("w0")
                time.sleep(1.5)
                times += 1
                if self.members.snapshot(run)["status"]["isCompleted"]:
                    run = self.members.submit("--regions", "eu-west-1", "--", "true")
        attempts = [entry.get("Attempts") for entry in self.results["Results"]]
        self.check(set(attempts) == {1}, f"attempts were charged that did not need to be: {sorted(attempts)[-5:]}")
        self.said.append(f"the cable was out {times} times; {len(self.executions)} executions, all attempts are 1")


SCENARIOS = {
    "partition": lambda s: s.partition(("w0", "coordinator"), ("coordinator", "w0")),
    "deaf-coordinator": lambda s: s.partition(("w0", "coordinator")),
    "deaf-worker": lambda s: s.partition(("coordinator", "w0")),
    "half-open": Scenario.half_open,
    "lost-coordinator": Scenario.lost_coordinator,
    "flapping": Scenario.flapping,
}


def perform(binary, environment, only=None, seconds=60):
    """All scenarios, or one; 1 when something was wrong."""
    if obstacle := namespaces.obstacle():
        print(f"skipped: {obstacle}")
        return 0
    failed = 0
    for name, scenario in SCENARIOS.items():
        if only and name != only:
            continue
        one = Scenario(binary, environment)
        try:
            scenario(one) if name != "flapping" else one.flapping(seconds)
        except Exception as error:
            one.wrong.append(f"the scenario itself failed: {error!r}")
        print(f"{name}: {'WRONG' if one.wrong else 'ok'}")
        for sentence in one.said + [f"WRONG: {each}" for each in one.wrong[:20]]:
            print(f"  {sentence}", flush=True)
        failed += bool(one.wrong)
    return 1 if failed else 0
