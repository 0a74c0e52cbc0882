# SPDX-License-Identifier: Apache-2.0
"""A coordinator and workers as processes on this machine, with what tests and fault runs do to them."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

from certificates import Authority
from processes import wait_until
from wire_peer import LIMIT, ClientPeer, Closed, Refused, Silent, WorkerPeer, tls


def free_port(host="127.0.0.1"):
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


class Member:
    """A process of the cluster: its stderr goes to a file, signals to it alone."""

    def __init__(self, name, command, environment, folder):
        self.name, self.log = name, folder / f"{name}.log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )
        self.pid = self.process.pid

    @property
    def is_alive(self):
        return self.process.poll() is None

    @property
    def output(self):
        return self.log.read_text(errors="replace")

    def wait_for(self, pattern, timeout=LIMIT):
        """Waits until its log matches the pattern, and gives the match."""

        def found():
            if match := re.search(pattern, self.output):
                return match
            assert self.is_alive, f"{self.name} ended with {self.process.returncode} without /{pattern}/:\n{self.output}"
            return None

        return wait_until(found, lambda: f"/{pattern}/ in the log of {self.name}:\n{self.output}", timeout)

    def send(self, number):
        os.kill(self.pid, number)

    def stop(self):
        self.send(signal.SIGSTOP)

    def go_on(self):
        self.send(signal.SIGCONT)

    def kill(self):
        """SIGKILL; waits for its end."""
        if self.is_alive:
            self.send(signal.SIGKILL)
        return self.process.wait(LIMIT)

    def terminate(self, number=signal.SIGTERM):
        """Asks it to end, and gives its exit code."""
        self.send(number)
        return self.process.wait(LIMIT)

    def wait(self, timeout=LIMIT):
        return self.process.wait(timeout)

    @property
    def resident(self):
        """Its resident memory in bytes."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024

    @property
    def descriptors(self):
        """How many sockets it has open."""
        links = []
        for name in os.listdir(f"/proc/{self.pid}/fd"):
            try:
                links.append(os.readlink(f"/proc/{self.pid}/fd/{name}"))
            except OSError:
                pass
        return sum(link.startswith("socket:") for link in links)


class Cluster:
    """One coordinator and its workers.

    `environment` is what all of them see; `options` belong to the coordinator. With TLS the certificates are made here,
    and workers and clients show tokens; `cove certs` has tests of its own.
    """

    def __init__(self, binary, environment, folder, *options, tls=True, host="127.0.0.1", port=None):
        folder.mkdir(parents=True, exist_ok=True)
        self.binary, self.environment, self.folder, self.options = str(binary), environment, folder, options
        self.store, self.host, self.port = folder / "store", host, port or free_port(host)
        self.authority = Authority(folder / "certificates") if tls else None
        self.members, self.workers, self.coordinator = [], {}, None

    # Starting

    def start(self):
        """Starts the coordinator, and waits until it lets clients in."""
        command = [self.binary, "coordinator", "--listen", self.address, "--store", str(self.store), *self.tls_server]
        self.coordinator = self._member("coordinator", [*command, *map(str, self.options)])
        wait_until(self._serves, f"the coordinator at {self.address}")
        return self.coordinator

    def worker(self, name, *options, place=None, environment=None, allow="exec"):
        """Starts a worker; `place` is where it connects to, if that is not the coordinator itself."""
        command = [self.binary, "worker", "--coordinator", place or self.address, "--name", name, "--allow", allow]
        command += ["--token-file", str(self.token_file("join")), *self.tls_client, *map(str, options)]
        self.workers[name] = self._member(name, command, environment)
        return self.workers[name]

    def wait_for_workers(self, *names, state="serving"):
        """Waits until the coordinator counts all of them, or all that were started, as serving."""
        wanted = set(names or self.workers)
        with self.client("read") as client:
            wait_until(lambda: wanted <= {w["name"] for w in client.request("workers")["workers"] if w["state"] == state},
                       lambda: f"the workers {sorted(wanted)}; the coordinator's log:\n{self.coordinator.output}")

    def _member(self, name, command, environment=None):
        member = Member(name, command, self.environment | (environment or {}), self.folder)
        self.members.append(member)
        return member

    def _serves(self):
        assert self.coordinator.is_alive, f"the coordinator ended:\n{self.coordinator.output}"
        try:
            with self.client("read"):
                return True
        except (OSError, Closed, Silent, Refused):
            return False

    def end(self):
        for member in self.members:
            if member.is_alive:
                member.kill()

    # Speaking to it

    @property
    def address(self):
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def place(self):
        return self.host, self.port

    @property
    def tls_server(self):
        if not self.authority:
            return []
        names = ("localhost", "127.0.0.1", "::1", *([] if self.host == "127.0.0.1" else [self.host]))
        self._identity = getattr(self, "_identity", None) or self.authority.server(*names)
        return ["--tls-certificate", self._identity[0], "--tls-key", self._identity[1]]

    @property
    def tls_client(self):
        return ["--tls-ca", self.authority.path] if self.authority else []

    @property
    def context(self):
        return tls(self.authority.path) if self.authority else None

    def token_file(self, right):
        return self.store / "tokens" / right

    def token(self, right):
        return self.token_file(right).read_text().split()[0]

    def client_options(self, right="submit", place=None):
        """What a `cove` command needs to be let in."""
        return ["--coordinator", place or self.address, "--token-file", str(self.token_file(right)), *self.tls_client]

    def client(self, right="submit", place=None):
        return ClientPeer(place or self.place, self.token(right), self.context)

    def worker_peer(self, place=None, **about):
        return WorkerPeer(place or self.place, self.token("join"), self.context, **about)

    def call(self, *arguments, right="submit", timeout=120):
        """A `cove` command against the coordinator: `call("runs")`. Options come before what follows `--`."""
        cut = arguments.index("--") if "--" in arguments else len(arguments)
        command = [self.binary, *arguments[:cut], *self.client_options(right), *arguments[cut:]]
        return subprocess.run(
            list(map(str, command)), env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
            capture_output=True, timeout=timeout,
        )

    def call_at(self, address, *arguments, right="read", timeout=60):
        """A `cove` command as `call` makes it, against another address."""
        options = ["--coordinator", address, "--token-file", str(self.token_file(right)), *self.tls_client]
        return subprocess.run(
            [self.binary, *arguments, *options], env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
            capture_output=True, timeout=timeout,
        )

    def call_plainly(self, role, place, timeout=60):
        """A client's or a worker's command against a place that does not speak TLS."""
        command = {"client": ["runs"], "worker": ["worker", "--allow", "exec"]}[role]
        token = self.token_file({"client": "read", "worker": "join"}[role])
        return subprocess.run(
            [self.binary, *command, "--coordinator", f"127.0.0.1:{place[1]}", "--token-file", str(token)],
            env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout,
        )

    def start_plainly(self, place):
        """A worker at a place that does not speak TLS; it goes on until it is told to end."""
        command = [self.binary, "worker", "--allow", "exec", "--coordinator", f"127.0.0.1:{place[1]}"]
        return self._member(f"plain-{len(self.members)}", [*command, "--token-file", str(self.token_file("join"))])

    def submit(self, *arguments, right="submit"):
        """`cove exec --detach`; gives the run's id."""
        finished = self.call("exec", "--detach", *arguments, right=right)
        text = finished.stdout.decode() + finished.stderr.decode()
        assert finished.returncode == 0, f"exit code {finished.returncode}:\n{text}"
        return re.search(r"\b\d{8}-\d{6}-[0-9a-z]{5}\b", text).group(0)

    def results(self, run):
        finished = self.call("results", run, right="read")
        assert finished.returncode == 0, finished.stderr.decode()
        return json.loads(finished.stdout)

    def snapshot(self, run, after=None, client=None):
        with client or self.client("read") as client:
            return client.request("snapshot", run=run, after=after)["snapshot"]

    def wait_completed(self, run, timeout=60):
        """Waits until every task of the run is settled; asks again where the coordinator was away."""
        end, last, client, revision = time.monotonic() + timeout, None, None, None
        try:
            while time.monotonic() < end:
                try:
                    client = client or self.client("read")
                    last = client.request("snapshot", run=run, **({"after": revision} if revision else {}))["snapshot"]
                    revision = last["revision"]
                    if last["status"]["isCompleted"]:
                        return last
                except (OSError, Closed, Silent, Refused):
                    if client:
                        client.close()
                    client, revision = None, None
                    time.sleep(0.05)
        finally:
            if client:
                client.close()
        raise AssertionError(f"run {run} is not complete after {timeout} s: {last}")
