# SPDX-License-Identifier: Apache-2.0
"""Peers that mean harm, or do not know better: each is refused or bounded, told why, and hurts nobody beside it."""

import contextlib
import json
import re
import socket
import ssl
import struct
import threading
import time

import pytest

from certificates import Authority
from processes import wait_until
from wire_peer import (
    Closed, FakeCoordinator, Refused, RequestFailed, Silent, connect, frame, greeting, introduce, introduction, tls,
)

DEEP = b'{"type":' + b"[" * 10_000 + b"]" * 10_000 + b"}"
# What a coordinator may grow by in all of these tests together.
ROOM = 150 << 20
# What pages take that nobody reads: sixteen of 8 MiB, and what it takes to make JSON of one.
READERS = 600 << 20


@pytest.fixture(scope="module")
def cluster(make_cluster, organization, tmp_path_factory):
    """One coordinator for all of them, with a well-behaved worker; both must be well in the end."""
    cluster = make_cluster(organization)
    clients = Authority(tmp_path_factory.mktemp("clients"), "clients' CA")
    cluster.clients = clients
    cluster.options = ("--tls-client-ca", clients.path)
    cluster.start()
    worker = cluster.worker("good", "--slots", 2)
    cluster.wait_for_workers("good")
    before = cluster.coordinator.resident
    yield cluster
    run = cluster.submit("--", "true")
    record = cluster.wait_completed(run)["record"]
    assert record["counts"]["succeeded"] == record["accounts"] > 0
    assert worker.is_alive and cluster.coordinator.is_alive
    assert not re.search("(?i)fatal error|crashed|traceback", cluster.coordinator.output)
    assert cluster.coordinator.resident - before < ROOM


@contextlib.contextmanager
def silent_for_all(cluster):
    """While this goes on, somebody else is served as if nothing were."""
    begin = time.monotonic()
    with cluster.client("read") as client:
        yield
        client.request("runs")
        assert [w["state"] for w in client.request("workers")["workers"] if w["name"] == "good"] == ["serving"]
    return begin


def refusal_of(wire, timeout=15):
    """The refusal that comes before the end of the link; None when it ended without a word."""
    found = [message for message in wire.wait_closed(timeout) if message["type"] == "refusal"]
    return found[-1] if found else None


# Before anybody knows who it is

UNAUTHENTICATED = {
    "garbage": (b"\x13\x37" * 40, {"tooLarge", "malformed"}),
    "http": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", {"tooLarge", "malformed"}),
    "giant-length": (b"\xff\xff\xff\xff", {"tooLarge"}),
    "empty-frame": (b"\0\0\0\0", {"malformed"}),
    "over-64-KiB": (struct.pack(">I", 65537), {"tooLarge"}),
    "no-json": (frame(b"nonsense"), {"malformed"}),
    "not-an-object": (frame(b"[1,2,3]"), {"malformed"}),
    "deep": (frame(DEEP), {"malformed"}),
    "wide": (frame(b'{"type":"introduction","features":[' + b'"",' * 20_000 + b'""]}'), {"malformed"}),
    "invalid-utf-8": (frame(b'{"type":"introduction","role":"\xff\xfe"}'), {"malformed"}),
    "lone-surrogate": (frame(b'{"type":"introduction","protocol":1,"role":"\\ud800"}'), {"malformed"}),
    "no-type": (frame({"protocol": 1, "role": "worker"}), {"malformed", "outOfTurn"}),
    "wrong-types": (frame({"type": "introduction", "protocol": "1", "role": 4}), {"malformed"}),
    "unknown-role": (frame(introduction("king")), {"malformed"}),
    "huge-version": (frame(introduction("worker", protocol=2**63)), {"malformed", "version"}),
    "negative-version": (frame(introduction("worker", protocol=-1)), {"malformed", "version"}),
    "out-of-turn": (frame({"type": "heartbeat", "number": 1, "isDraining": False}), {"outOfTurn", "malformed"}),
    "chunk": (frame({"type": "chunk", "of": 1 << 40, "last": False, "text": "x"}), {"outOfTurn", "malformed", "tooLarge"}),
    "null-byte": (frame(b'{"type":"introduction\\u0000","role":"worker"}'), {"outOfTurn", "malformed"}),
    "two-keys": (frame(b'{"type":"introduction","type":"greeting","protocol":1,"role":"client"}'),
                 {"outOfTurn", "malformed", "unauthorized"}),
}


@pytest.mark.parametrize("name", UNAUTHENTICATED)
def test_what_is_not_an_introduction_is_refused(cluster, name):
    data, codes = UNAUTHENTICATED[name]
    with silent_for_all(cluster), connect(cluster.place, cluster.context) as wire:
        wire.expect("greeting")
        wire.send_bytes(data)
        refusal = refusal_of(wire)
    assert refusal and refusal["code"] in codes, refusal
    assert len(refusal["message"]) > 20 and len(refusal["message"]) < 1000


def test_a_frame_that_is_cut_short_does_no_harm(cluster):
    with silent_for_all(cluster):
        for cut in (1, 3, 4, 20):
            with connect(cluster.place, cluster.context) as wire:
                wire.expect("greeting")
                wire.send_bytes(frame(introduction("client", cluster.token("read")))[:cut])


def test_a_token_is_never_repeated(cluster):
    secret = "5ecret" * 10
    with connect(cluster.place, cluster.context) as wire:
        wire.expect("greeting")
        wire.send(introduction("client", secret))
        refusal = refusal_of(wire)
    assert refusal["code"] == "unauthorized"
    assert secret not in refusal["message"] and secret not in cluster.coordinator.output


# With a token

MESSAGES = {
    "giant-length": (b"\xff\xff\xff\xff", {"tooLarge"}),
    "over-1-MiB": (struct.pack(">I", (1 << 20) + 1), {"tooLarge"}),
    "no-json": (frame(b"nonsense"), {"malformed"}),
    "deep": (frame(DEEP), {"malformed"}),
    "million-elements": (frame(b'{"type":"%s","x":[' + b"0," * 500_000 + b"0]}"), None),
    "invalid-utf-8": (frame(b'{"type":"\xff"}'), {"malformed"}),
    "chunk-of-a-terabyte": (frame({"type": "chunk", "of": 1 << 40, "last": False, "text": "x"}), {"tooLarge"}),
    "chunk-of-nothing": (frame({"type": "chunk", "of": 0, "last": True, "text": ""}), {"malformed"}),
    "chunk-that-grows": (frame({"type": "chunk", "of": 600_000, "last": False, "text": "x" * 500_000})
                         + frame({"type": "chunk", "of": 600_000, "last": False, "text": "x" * 500_000}),
                         {"malformed", "tooLarge"}),
    "second-introduction": (frame(introduction("client", "again")), None),
}


def let_in(cluster, role):
    wire = connect(cluster.place, cluster.context)
    introduce(wire, role, cluster.token({"worker": "join", "client": "read"}[role]))
    if role == "worker":
        hello = {"type": "hello", "worker": "bad", "session": "ab" * 16, "slots": 1, "kinds": ["exec"], "program": "0",
                 "held": []}
        wire.send(hello)
        wire.expect("welcome")
    return wire


@pytest.mark.parametrize("role", ["worker", "client"])
@pytest.mark.parametrize("name", MESSAGES)
def test_what_is_no_message_is_refused_or_skipped(cluster, role, name):
    data, codes = MESSAGES[name]
    with silent_for_all(cluster), let_in(cluster, role) as wire:
        wire.send_bytes(data)
        if codes is None:
            # An object of a type that nobody knows: skipped, and the link goes on; or refused, but never unanswered.
            answer = wire.receive()
            assert answer["type"] in ("problem", "failure", "refusal"), answer
        else:
            refusal = refusal_of(wire)
            assert refusal and refusal["code"] in codes, refusal


WRONG_WORKER = [
    {"type": "leaseRequest", "want": -5},
    {"type": "leaseRequest", "want": 2**62},
    {"type": "leaseRequest", "want": "many"},
    {"type": "leaseRequest"},
    {"type": "heartbeat", "number": -1, "isDraining": False},
    {"type": "heartbeat", "number": 2**63},
    {"type": "report", "reports": []},
    {"type": "report", "reports": [{"token": "1.1.1"}]},
    {"type": "report", "reports": [{"token": "-1.-1.-1", "outcome": {"state": "succeeded"}, "startedAt": 0, "durationMilliseconds": 0}]},
    {"type": "report", "reports": [{"token": "1.1.1", "outcome": {"state": "succeeded", "result": "{not json"}, "startedAt": 0,
                                    "durationMilliseconds": 0}]},
    {"type": "report", "reports": [{"token": "1.1.1", "outcome": {"state": "won"}, "startedAt": -(2**62),
                                    "durationMilliseconds": -(2**62)}]},
    {"type": "release", "releases": [{"token": "9223372036854775807.9223372036854775807.9223372036854775807",
                                      "reason": {"reason": "notStarted"}}]},
    {"type": "hello", "worker": "bad", "session": "ab" * 16, "slots": 1, "kinds": ["exec"], "program": "0", "held": []},
    {"type": "welcome", "epoch": 1},
    {"type": "submit", "id": 1},
]


@pytest.mark.parametrize("message", WRONG_WORKER, ids=lambda message: f"{message['type']}-{len(str(message))}")
def test_a_worker_that_talks_nonsense_hurts_only_itself(cluster, message):
    with silent_for_all(cluster), let_in(cluster, "worker") as wire:
        wire.send(message)
        try:
            wire.send({"type": "heartbeat", "number": 77, "isDraining": False})
            wire.expect("renewal", 5)
        except (Refused, Closed) as refused:
            assert isinstance(refused, Closed) or refused.code in ("malformed", "outOfTurn", "tooLarge")


WRONG_HELLO = {
    "no-slots": {"slots": 0}, "negative-slots": {"slots": -1}, "huge-slots": {"slots": 2**62}, "short-session": {"session": ""},
    "long-name": {"worker": "w" * 50_000}, "control-characters": {"worker": "\x1b[31mred\x1b[0m\n\r"}, "wrong-kinds": {"kinds": [1]},
    "foreign-tokens": {"held": [f"{n}.1.1" for n in range(20_000)]}, "no-tokens": {"held": ["x"]}, "many-regions": {"regions": ["*" * 60] * 5_000},
}


@pytest.mark.parametrize("name", WRONG_HELLO)
def test_a_hello_that_is_wrong_hurts_only_its_worker(cluster, name):
    hello = {"type": "hello", "worker": "bad", "session": "cd" * 16, "slots": 1, "kinds": ["exec"], "program": "0", "held": []}
    with silent_for_all(cluster), connect(cluster.place, cluster.context) as wire:
        introduce(wire, "worker", cluster.token("join"))
        wire.send(hello | WRONG_HELLO[name])
        try:
            welcome = wire.expect("welcome", 10)
            assert len(welcome["lost"]) == len(WRONG_HELLO[name].get("held", []))
        except (Refused, Closed):
            pass
    assert "\x1b[31m" not in cluster.coordinator.output
    assert "\x1b[31m" not in cluster.call("workers", right="read").stdout.decode()


RUN = "20260101-000000-aaaaa"
WRONG_REQUESTS = [
    {"call": "run", "run": "../../etc/passwd"},
    {"call": "run"},
    {"call": 5},
    {},
    {"call": "sing"},
    {"call": "tasks", "run": RUN, "states": ["won"], "after": {"account": -1, "region": -1}, "limit": 5},
    {"call": "tasks", "run": RUN, "states": [], "after": {"account": 2**62, "region": -(2**62)}, "limit": 2**62},
    {"call": "outcomes", "run": RUN, "after": -(2**62), "limit": -1},
    {"call": "snapshot", "run": "x" * 60_000, "after": 2**62},
    {"call": "submit", "run": RUN, "specification": {}},
    {"call": "submit", "run": RUN},
    {"call": "cancel", "run": RUN},
]


@pytest.mark.parametrize("fields", WRONG_REQUESTS, ids=lambda fields: f"{fields.get('call')}-{len(str(fields))}")
def test_a_client_that_asks_nonsense_gets_a_failure(cluster, fields):
    with silent_for_all(cluster), cluster.client("submit") as client:
        client.wire.send({"type": "request", "id": 1} | fields)
        try:
            reply = client.reply(1, 12)
            assert fields.get("limit") == 2**62 and not reply["tasks"], reply
        except RequestFailed as failed:
            assert failed.code in ("invalidRequest", "notFound") and failed.problems
        client.request("runs")


def test_a_request_without_a_number_is_refused_or_answered(cluster):
    with silent_for_all(cluster), let_in(cluster, "client") as wire:
        wire.send({"type": "request", "call": "runs"})
        assert wire.receive()["type"] in ("refusal", "problem")


# Slow and many


def test_a_slow_beginning_is_ended_after_ten_seconds_and_a_thousand_connections_hurt_nobody(cluster):
    before = cluster.coordinator.descriptors
    resident = cluster.coordinator.resident
    begin = time.monotonic()
    idle = [socket.create_connection(cluster.place) for _ in range(1000)]
    slow = []
    for _ in range(5):
        wire = connect(cluster.place, cluster.context)
        wire.expect("greeting")
        slow.append(wire)
    introductions = frame(introduction("client", cluster.token("read")))
    stop = threading.Event()

    def drip():
        for number in range(len(introductions)):
            for wire in slow:
                with contextlib.suppress(Closed, OSError):
                    wire.send_bytes(introductions[number:number + 1])
            if stop.wait(0.3):
                return

    dripping = threading.Thread(target=drip, daemon=True)
    dripping.start()
    with silent_for_all(cluster):
        pass
    assert cluster.coordinator.resident - resident < 64 << 20
    for wire in slow:
        refusal = refusal_of(wire, 20)
        assert refusal is None or refusal["code"] == "timedOut"
        wire.close()
    took = time.monotonic() - begin
    assert 8 < took < 20, f"a peer that did not introduce itself was ended after {took:.1f} s"
    stop.set()
    dripping.join()
    wait_until(lambda: cluster.coordinator.descriptors <= before + 5, "the coordinator to close what said nothing", 20)
    for connection in idle:
        connection.close()


def test_a_slow_frame_of_one_that_was_let_in_holds_up_only_itself(cluster):
    with let_in(cluster, "worker") as slow:
        slow.send_bytes(struct.pack(">I", 500_000) + b'{"type":"')
        for _ in range(10):
            slow.send_bytes(b"x")
            with silent_for_all(cluster):
                time.sleep(0.05)


def test_many_half_sent_large_messages_stay_within_the_budget(cluster):
    resident = cluster.coordinator.resident
    wires = [let_in(cluster, "client") for _ in range(30)]
    part = frame({"type": "chunk", "of": 40_000_000, "last": False, "text": "x" * 500_000})

    def fill(wire):
        with contextlib.suppress(Closed, OSError):
            wire.socket.settimeout(3)
            for _ in range(60):
                wire.send_bytes(part)

    threads = [threading.Thread(target=fill, args=(wire,)) for wire in wires]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with silent_for_all(cluster):
        grown = cluster.coordinator.resident - resident
    for wire in wires:
        wire.reset()
    # 30 times 30 MB were sent or offered; 256 MiB may be put together at a time.
    assert grown < 400 << 20, f"the coordinator grew by {grown >> 20} MiB"


def store_results(cluster, size):
    """A run with results of so many bytes, reported by a worker by hand."""
    run = cluster.submit("--regions", "eu-west-1,eu-west-2,eu-west-3", "--", "true")
    record = wait_until(lambda: (r := cluster.snapshot(run)["record"])["state"] == "planned" and r, "the plan")
    result = json.dumps("x" * size)
    with cluster.worker_peer(name="filler", slots=1) as worker:
        worker.connect()
        for _ in range(record["counts"]["ready"]):
            worker.want(1)
            (lease,) = worker.leases(1)
            assert set(worker.report(lease["token"], result=result).values()) == {"applied"}
    return run


def test_clients_that_read_nothing_are_bounded(make_cluster, organization):
    flooded = make_cluster(organization)
    flooded.start()
    run = store_results(flooded, 2 << 20)
    before, peak = flooded.coordinator.resident, 0
    clients = [flooded.client("read") for _ in range(20)]
    for client in clients:
        for _ in range(16):
            client.send("outcomes", run=run, after=0, limit=1024)
    end = time.monotonic() + 8
    while time.monotonic() < end:
        begin = time.monotonic()
        with flooded.client("read") as other:
            other.request("runs")
        assert time.monotonic() - begin < 5
        peak = max(peak, flooded.coordinator.resident)
        time.sleep(0.05)
    for client in clients:
        client.wire.reset()
    print(f"{len(clients)} clients that read nothing: {(peak - before) >> 20} MiB")
    assert peak - before < READERS, f"the coordinator grew by {(peak - before) >> 20} MiB"


# TLS


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("other"), "another CA")


def test_plaintext_to_a_tls_port_is_told(cluster):
    with silent_for_all(cluster), connect(cluster.place) as wire:
        wire.send(introduction("client", "whoever"))
        refusal = refusal_of(wire)
    assert "TLS" in refusal["message"], refusal


def test_tls_to_a_plain_port_is_told(cluster, make_cluster, organization):
    plain = make_cluster(organization, tls=False)
    plain.start()
    with pytest.raises((ssl.SSLError, ConnectionError)):
        connect(plain.place, tls())
    finished = cluster.call_at(plain.address, "runs")
    assert finished.returncode == 3
    assert "TLS" in finished.stderr.decode()
    finished = cluster.call_plainly("client", cluster.place)
    assert finished.returncode == 3
    assert "TLS" in finished.stderr.decode()
    plain.coordinator.kill()


@pytest.mark.parametrize(
    ("rights", "role", "accepted"),
    [(["join"], "worker", True), (["join"], "client", False), (["read"], "client", True), (["submit"], "client", True),
     (["read"], "worker", False), ([], "client", False), (["king"], "client", False)],
)
def test_a_client_certificate_gives_the_rights_that_it_names(cluster, rights, role, accepted):
    certificate, key = cluster.clients.client(*rights)
    with connect(cluster.place, tls(cluster.authority.path, certificate, key)) as wire:
        if accepted:
            introduce(wire, role)
        else:
            with pytest.raises(Refused) as refused:
                introduce(wire, role)
            assert refused.value.code in ("forbidden", "unauthorized")


@pytest.mark.parametrize("kind", ["another CA", "expired", "the coordinator's own CA"])
def test_a_client_certificate_that_is_not_trusted_ends_the_link(cluster, other, kind):
    issuer = {"another CA": other, "expired": cluster.clients, "the coordinator's own CA": cluster.authority}[kind]
    certificate, key = issuer.client("submit", expired=kind == "expired")
    with silent_for_all(cluster), pytest.raises((Closed, ssl.SSLError, ConnectionError, Refused)):
        with connect(cluster.place, tls(cluster.authority.path, certificate, key)) as wire:
            introduce(wire, "client")


def test_a_server_certificate_is_no_client_certificate(cluster):
    certificate, key = cluster.clients.issue("coordinator", ["localhost"], ["cove:submit"], server=True)
    with pytest.raises((Closed, ssl.SSLError, ConnectionError, Refused)):
        with connect(cluster.place, tls(cluster.authority.path, certificate, key)) as wire:
            introduce(wire, "client")


IMPOSTORS = {
    "another CA": lambda cluster, other: other.server(),
    "expired": lambda cluster, other: cluster.authority.server(expired=True),
    "another name": lambda cluster, other: cluster.authority.server("other.example.org"),
    "a client's": lambda cluster, other: cluster.authority.client("join"),
}


@pytest.mark.parametrize("role", ["client", "worker"])
@pytest.mark.parametrize("kind", IMPOSTORS)
def test_a_coordinator_that_is_not_the_one_hears_no_token(cluster, other, role, kind):
    heard = []

    def serve(wire):
        wire.send(greeting())
        heard.extend(wire.wait_closed(5))

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*IMPOSTORS[kind](cluster, other))
    with FakeCoordinator(serve, context) as fake:
        address = f"127.0.0.1:{fake.place[1]}"
        command = ["runs"] if role == "client" else ["worker", "--allow", "exec"]
        finished = cluster.call_at(address, *command, right="read" if role == "client" else "join")
    assert finished.returncode == 3, finished.stderr
    assert re.search("(?i)certificate|TLS", finished.stderr.decode()), finished.stderr
    assert heard == []


def test_old_tls_is_not_spoken(cluster):
    context = tls(cluster.authority.path)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        connect(cluster.place, context)


# The other side: what a coordinator could do to workers and clients


def stopped_worker(cluster, fake, links=3):
    """What a worker says of a coordinator that it tries again, until it has had so many links and is told to drain."""
    worker = cluster.start_plainly(fake.place)
    wait_until(lambda: fake.connections >= links, f"the worker's link number {links}", 60)
    assert worker.is_alive, worker.output
    assert worker.terminate() == 0
    return worker.output


@pytest.mark.parametrize("role", ["client", "worker"])
def test_a_coordinator_that_says_nothing_is_given_up(cluster, role):
    """A client ends; a worker tries again for ever."""
    with FakeCoordinator(lambda wire: wire.wait_closed(60)) as fake:
        if role == "client":
            finished = cluster.call_plainly(role, fake.place)
            assert finished.returncode == 3
            told = finished.stderr.decode()
        else:
            told = stopped_worker(cluster, fake, 2)
    assert re.search("(?i)in time|timed out|seconds|did not", told)


@pytest.mark.parametrize("role", ["client", "worker"])
@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff", frame(DEEP), frame(b"nonsense")], ids=["giant", "deep", "no-json"])
def test_a_coordinator_that_talks_nonsense_after_the_handshake_is_left(cluster, role, data):
    links = []

    def serve(wire):
        links.append(wire)
        wire.send(greeting())
        wire.expect("introduction")
        wire.send({"type": "acceptance", "protocol": 1, "features": [], "rights": ["join" if role == "worker" else "read"],
                   "limits": {"frame": 1 << 20, "message": 40 << 20}})
        wire.receive()
        wire.send_bytes(data)
        wire.wait_closed(10)

    with FakeCoordinator(serve) as fake:
        if role == "client":
            finished = cluster.call_plainly(role, fake.place)
            assert finished.returncode == 3, finished.stderr
            told = finished.stderr.decode()
        else:
            # What it runs must not end with a link: it tries again, and says why there is none.
            told = stopped_worker(cluster, fake)
    assert "broke the protocol" in told, told
    assert "fatal" not in told.lower()
