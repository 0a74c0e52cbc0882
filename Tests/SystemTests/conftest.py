# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the system tests: a moto server, organizations on it, the fault proxy, and the cove program.

One organization is shared by all tests and never changed; `make_organization` makes another one, whose management
account is a new one, so tests need no reset and no order.
"""

import itertools
import os
import pathlib
import signal
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Scripts"))

import moto_organization
from cluster import Cluster
from cove_program import CoveProgram
from fault_proxy import FaultProxy
from gate import Gate
from moto_server import MotoServer
from parity import Both

# Without a suspended account in an OU, which botocove cannot stand, but for "closing".
UNITS = ["north", "north/inner", "north/inner/deep", "south", "closing"]
ACCOUNTS = {
    "alder": ("north", ["ada"]),
    "birch": ("north/inner", ["ada", "bob"]),
    "cedar": ("north/inner/deep", []),
    "drift": ("south", ["trouble"]),
    "Zürich & <ende>": ("", ["ada", "bob", "cem"]),
    "fallen": ("closing", ["gone"]),
    "grove": ("closing", ["gil"]),
}


def pytest_configure(config):
    binary = cove_binary()
    if not os.access(binary, os.X_OK):
        pytest.exit(f"no cove program at {binary}: build it (swift build), or name it in COVE_BINARY", returncode=3)


def cove_binary():
    return pathlib.Path(os.environ.get("COVE_BINARY", ROOT / ".build/debug/cove"))


@pytest.fixture(autouse=True)
def time_limit():
    """A test that waits for what never comes fails instead of hanging."""

    def give_up(*_):
        raise TimeoutError("the test took longer than three minutes")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(180)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session")
def moto():
    with MotoServer() as url:
        yield url


@pytest.fixture(scope="session")
def make_organization(moto):
    numbers = itertools.count(100000000001)

    def make(units=(), accounts=None, suspended=()):
        accounts = accounts if accounts is not None else {f"member-{n}": ("", []) for n in range(3)}
        return moto_organization.create(moto, str(next(numbers)), units, accounts, suspended)

    return make


@pytest.fixture(scope="session")
def organization(make_organization):
    return make_organization(UNITS, ACCOUNTS, ["fallen"])


@pytest.fixture
def proxy(moto):
    with FaultProxy(moto) as proxy:
        yield proxy


@pytest.fixture
def gate(tmp_path):
    gate = Gate(tmp_path / "gate")
    yield gate
    gate.close()


@pytest.fixture
def environment(tmp_path, moto):
    """What a program sees that is cut off from this machine's AWS and Cove configuration; without credentials."""
    return cut_off(tmp_path, moto)


def cut_off(tmp_path, moto):
    home = tmp_path / "home"
    home.mkdir()
    return {
        "PATH": f"{pathlib.Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DEFAULT_REGION": moto_organization.REGION,
        "AWS_ENDPOINT_URL": moto,
    }


@pytest.fixture
def cove_as(environment, tmp_path):
    """`cove_as(organization)`: the program with the organization's management account as the caller."""
    programs = []

    def make(organization, **changes):
        changed = {k: v for k, v in (environment | organization.keys | changes).items() if v is not None}
        programs.append(CoveProgram(cove_binary(), changed, tmp_path))
        return programs[-1]

    yield make
    for program in programs:
        program.end_all()


@pytest.fixture
def cove(cove_as, organization):
    return cove_as(organization)


@pytest.fixture(scope="module")
def make_cluster(tmp_path_factory, moto):
    """`make_cluster(organization, options)`: a coordinator on loopback that is not started yet; for a module of tests."""
    clusters = []

    def make(organization, *options, **settings):
        folder = tmp_path_factory.mktemp("cluster")
        environment = cut_off(folder, moto) | organization.keys
        clusters.append(Cluster(cove_binary(), environment, folder / "members", *options, **settings))
        return clusters[-1]

    yield make
    for cluster in clusters:
        cluster.end()


@pytest.fixture
def both(cove, proxy, environment, organization, monkeypatch):
    """Runs the same by botocove and by Cove, both with the fault proxy in front of STS and Organizations."""
    return Both(cove, environment | organization.keys | proxy.environment, monkeypatch)
