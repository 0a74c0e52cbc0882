# SPDX-License-Identifier: Apache-2.0
"""A network of its own: a namespace for each host, joined by a bridge in one more, where packets can be dropped.

Nothing of the machine's own network is touched. Needs root, `ip` and `nft`.
"""

import contextlib
import ctypes
import os
import pathlib
import shutil
import subprocess

NETWORK = "10.77.0"
CLONE_NEWNET = 0x40000000


def obstacle():
    """Why there can be no namespaces here; None when there can."""
    for program in ("ip", "nft"):
        if not shutil.which(program):
            return f"there is no {program} in PATH (apt packages iproute2 and nftables)"
    if os.geteuid() != 0:
        return "network namespaces need root"
    name = f"cove-{os.getpid()}-probe"
    try:
        _run("ip", "netns", "add", name)
        _run("ip", "netns", "delete", name)
    except subprocess.CalledProcessError as error:
        return f"network namespaces are not permitted here: {error.stderr.strip()}"
    return None


class Network:
    """`with Network() as network: network.add("a")`; each host has an address, and finds the others by name."""

    def __init__(self):
        self.prefix, self.addresses = f"cove-{os.getpid()}", {}
        self._hub = f"{self.prefix}-hub"

    def __enter__(self):
        _run("ip", "netns", "add", self._hub)
        _run("ip", "-n", self._hub, "link", "add", "bridge0", "type", "bridge")
        _run("ip", "-n", self._hub, "link", "set", "bridge0", "up")
        self._nft("add table bridge faults")
        self._nft("add chain bridge faults forward { type filter hook forward priority 0; }")
        return self

    def __exit__(self, *_):
        for name in (*self.addresses, "hub"):
            subprocess.run(["ip", "netns", "delete", f"{self.prefix}-{name}"], capture_output=True, check=False)
            shutil.rmtree(f"/etc/netns/{self.prefix}-{name}", ignore_errors=True)

    def add(self, *names):
        """New hosts; all hosts know the names of all."""
        for name in names:
            host, port = self.namespace(name), self.port(name)
            self.addresses[name] = f"{NETWORK}.{len(self.addresses) + 10}"
            _run("ip", "netns", "add", host)
            _run("ip", "link", "add", "uplink", "netns", host, "type", "veth", "peer", "name", port, "netns", self._hub)
            _run("ip", "-n", self._hub, "link", "set", port, "master", "bridge0", "up")
            _run("ip", "-n", host, "link", "set", "lo", "up")
            _run("ip", "-n", host, "addr", "add", f"{self.addresses[name]}/24", "dev", "uplink")
            _run("ip", "-n", host, "link", "set", "uplink", "up")
        hosts = "127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, address in self.addresses.items())
        for name in self.addresses:
            # `ip netns exec` lays the files of this folder over those of /etc.
            folder = pathlib.Path("/etc/netns") / self.namespace(name)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "hosts").write_text(hosts)

    def namespace(self, name):
        return f"{self.prefix}-{name}"

    def port(self, name):
        return f"to-{name}"[:15]

    def command(self, name, command):
        """A command line that runs another one on a host, in the same process."""
        return ["ip", "netns", "exec", self.namespace(name), *command]

    @contextlib.contextmanager
    def on(self, name):
        """Sockets that this thread makes inside are the host's."""
        library = ctypes.CDLL(None, use_errno=True)
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.namespace(name)}", os.O_RDONLY)
        try:
            if library.setns(there, CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f"cannot enter the namespace of {name}")
            yield
        finally:
            library.setns(before, CLONE_NEWNET)
            os.close(there)
            os.close(before)

    # Faults

    def drop(self, source, destination):
        """No packet from one host reaches the other; the other direction goes on."""
        self._nft(f'add rule bridge faults forward iifname "{self.port(source)}" oifname "{self.port(destination)}" drop')

    def part(self, one, other):
        """No packet goes between two hosts."""
        self.drop(one, other)
        self.drop(other, one)

    def heal(self):
        """Every packet goes where it should."""
        self._nft("flush chain bridge faults forward")

    def unplug(self, name):
        """The host's cable is pulled out at the bridge: it sees no carrier, the others see nothing."""
        _run("ip", "-n", self._hub, "link", "set", self.port(name), "down")

    def plug(self, name):
        _run("ip", "-n", self._hub, "link", "set", self.port(name), "up")

    def _nft(self, rule):
        _run("ip", "netns", "exec", self._hub, "nft", rule)


def _run(*command):
    subprocess.run(command, check=True, capture_output=True, text=True)
