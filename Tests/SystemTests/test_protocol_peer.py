# SPDX-License-Identifier: Apache-2.0
"""The coordinator as a peer sees it that shares no code with it (docs/protocol.md): handshake, leases, reports, chunks."""

import contextlib
import json
import re
import secrets
import signal
import time

import pytest

from processes import wait_until
from wire_peer import (
    Closed, FakeCoordinator, Refused, RequestFailed, Silent, connect, frame, greeting, introduce, introduction,
)
from wire_proxy import DOWN, WireProxy

TTL = 5


@pytest.fixture(scope="module")
def twelve(make_organization):
    return make_organization(accounts={f"member-{number}": ("", []) for number in range(12)})


@pytest.fixture(scope="module")
def cluster(make_cluster, twelve):
    cluster = make_cluster(twelve, "--lease-ttl", TTL)
    cluster.start()
    return cluster


@pytest.fixture
def worker(cluster):
    with cluster.worker_peer(name=f"peer-{secrets.token_hex(3)}", slots=12) as worker:
        worker.connect()
        yield worker


@pytest.fixture
def run(cluster):
    """A run of twelve tasks that is over when the test is."""
    run = cluster.submit("--", "true")
    yield run
    with cluster.client() as client, contextlib.suppress(RequestFailed):
        client.request("cancel", run=run)


def counts(cluster, run):
    return cluster.snapshot(run)["record"]["counts"]


# The handshake


def test_the_coordinator_speaks_first_and_says_what_it_speaks(cluster):
    with connect(cluster.place, cluster.context) as wire:
        message = wire.receive()
    assert message["type"] == "greeting"
    assert message["protocol"] == {"lowest": 1, "highest": 1}
    assert "token" in message["authentication"]


@pytest.mark.parametrize(
    ("right", "role", "expected"),
    [("join", "worker", ["join"]), ("submit", "client", ["read", "submit"]), ("read", "client", ["read"])],
)
def test_a_token_gives_its_rights(cluster, right, role, expected):
    with connect(cluster.place, cluster.context) as wire:
        acceptance = introduce(wire, role, cluster.token(right))
    assert sorted(acceptance["rights"]) == expected
    assert acceptance["limits"]["frame"] == 1 << 20 and acceptance["limits"]["message"] >= 40 << 20


def test_unknown_fields_and_features_are_passed_over(cluster):
    with connect(cluster.place, cluster.context) as wire:
        more = {"features": ["telepathy"], "colour": {"deep": [1, 2, None]}}
        acceptance = introduce(wire, "client", cluster.token("read"), **more)
        assert acceptance["features"] == []
        wire.send({"type": "request", "id": 1, "call": "runs", "colour": "blue"})
        assert wire.receive()["id"] == 1


@pytest.mark.parametrize("version", [0, 2])
def test_another_version_is_refused_with_both_ranges(cluster, version):
    with connect(cluster.place, cluster.context) as wire, pytest.raises(Refused) as refused:
        introduce(wire, "worker", cluster.token("join"), protocol=version)
    assert refused.value.code == "version"
    assert str(version) in refused.value.message and "1" in refused.value.message


@pytest.mark.parametrize(
    ("role", "right", "code"),
    [("client", "join", "forbidden"), ("worker", "read", "forbidden"), ("worker", "submit", "forbidden")],
)
def test_a_role_needs_its_right(cluster, role, right, code):
    with connect(cluster.place, cluster.context) as wire, pytest.raises(Refused) as refused:
        introduce(wire, role, cluster.token(right))
    assert refused.value.code == code
    assert cluster.token(right) not in refused.value.message


@pytest.mark.parametrize("token", [None, "0" * 64, "x", "é" * 3, "", 7, "0" * 5000])
def test_who_shows_no_known_token_is_refused(cluster, token):
    with connect(cluster.place, cluster.context) as wire:
        wire.expect("greeting")
        wire.send(introduction("client") | ({} if token is None else {"token": token}))
        with pytest.raises(Refused) as refused:
            wire.expect("acceptance")
        assert refused.value.code in ("unauthorized", "malformed")
        assert wire.wait_closed() == []
    if isinstance(token, str) and len(token) > 1:
        assert token not in refused.value.message and token not in cluster.coordinator.output


# The same from the other side: a coordinator that Cove's worker and client do not know


@pytest.mark.parametrize("role", ["client", "worker"])
@pytest.mark.parametrize("versions", [(2, 2), (7, 9)], ids=str)
def test_a_coordinator_of_other_versions_is_told_apart(cluster, role, versions):
    introductions = []

    def serve(wire):
        wire.send(greeting(*versions, program="9.9.9"))
        introductions.extend(wire.wait_closed())

    with FakeCoordinator(serve) as fake:
        finished = cluster.call_plainly(role, fake.place)
    assert finished.returncode == 3, finished.stderr
    told = finished.stderr.decode()
    assert "version" in told and "9.9.9" in told and "0.1.0" in told, told
    assert re.search(r"upgrade|update|newer|older", told), told
    # Nothing is said to a coordinator of another version but a refusal at most: above all no token.
    assert cluster.token("read") not in json.dumps(introductions)


@pytest.mark.parametrize("role", ["client", "worker"])
@pytest.mark.parametrize(
    "bytes_",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff\xff\xff\xff", b"\0\0\0\0", b"\0\0\0\2{}", b"\0\0\0\5nope!",
     b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"],
    ids=["http", "giant", "empty", "no-type", "no-json", "ssh"],
)
def test_a_coordinator_that_is_none_is_told_apart(cluster, role, bytes_):
    def serve(wire):
        wire.send_bytes(bytes_)
        wire.wait_closed(5)

    with FakeCoordinator(serve) as fake:
        finished = cluster.call_plainly(role, fake.place)
    assert finished.returncode == 3, finished.stderr
    assert str(fake.place[1]) in finished.stderr.decode()


def test_what_comes_together_with_the_acceptance_may_be_as_large_as_what_comes_after_it(cluster):
    heard = []

    def serve(wire):
        wire.send(greeting())
        wire.expect("introduction")
        acceptance = {"type": "acceptance", "protocol": 1, "features": [], "rights": ["read"],
                      "limits": {"frame": 1 << 20, "message": 40 << 20}}
        wire.send_bytes(frame(acceptance) + frame({"type": "news", "text": "x" * 300_000}))
        request = wire.expect("request")
        heard.append(request["call"])
        wire.send({"type": "reply", "id": request["id"], "kind": "runs", "runs": []})
        wire.wait_closed()

    with FakeCoordinator(serve) as fake:
        finished = cluster.call_plainly("client", fake.place)
    assert finished.returncode == 0, finished.stderr
    assert heard == ["runs"]


# Leases and reports


def test_leases_are_granted_as_far_as_there_is_room(worker, run):
    worker.want(3)
    leases = worker.leases(3)
    assert len({lease["token"] for lease in leases}) == 3
    assert {lease["run"] for lease in leases} == {run}
    worker.want(1)
    worker.leases(1)
    with pytest.raises(Silent):
        worker.wire.expect("grant", 0.3)


def test_a_worker_that_wants_more_than_it_may_gets_what_its_slots_allow(cluster, run):
    with cluster.worker_peer(name="greedy", slots=2) as worker:
        worker.connect()
        worker.want(1_000_000)
        granted = []
        try:
            while True:
                granted += worker.wire.expect("grant", 0.5)["leases"]
        except (Silent, Closed, Refused):
            pass
        # A client that says it has two slots has no use for more than a few leases in advance.
        assert len(granted) <= 12


def test_an_assignment_says_what_to_run(worker, run):
    worker.want(1)
    (lease,) = worker.leases(1)
    (assignment,) = worker.assignments
    assert assignment["run"] == run == lease["run"]
    assert assignment["function"]["kind"] == "exec"
    assert assignment["function"]["program"]["program"] == "true"
    assert re.fullmatch(r"\d{12}", lease["account"]["id"])


def test_verdicts_are_applied_duplicate_stale_unknown(cluster, worker, run):
    worker.want(1)
    (lease,) = worker.leases(1)
    token = lease["token"]
    task, epoch, generation = token.split(".")
    stale = f"{task}.{epoch}.{int(generation) - 1}"
    later = f"{task}.{epoch}.{int(generation) + 1}"
    other = f"{task}.{int(epoch) + 1}.{generation}"
    missing = f"{10 ** 12}.{epoch}.1"
    assert worker.report(token, result='"first"') == {token: "applied"}
    assert worker.report(token, result='"second"') == {token: "duplicate"}
    answers = worker.report(stale, later, other, missing, result='"lie"')
    assert answers == {stale: "stale", later: "stale", other: "stale", missing: "unknown"}
    (entry,) = [e for e in cluster.results(run)["Results"]]
    assert entry["Result"] == "first"


def test_a_worker_cannot_settle_what_another_one_holds(cluster, worker, run):
    worker.want(1)
    (lease,) = worker.leases(1)
    with cluster.worker_peer(name="stranger") as stranger:
        stranger.connect()
        answer = stranger.report(lease["token"], result='"foreign"')
    # A token is the right, whoever shows it; what must never happen is that both outcomes count.
    mine = worker.report(lease["token"], result='"mine"')
    assert sorted([*answer.values(), *mine.values()]) in (["applied", "duplicate"], ["applied", "stale"])
    assert counts(cluster, run)["succeeded"] == 1


def test_a_released_lease_is_granted_again_and_costs_no_attempt(worker, run):
    worker.want(12)
    first = worker.leases(12)
    worker.release(*[lease["token"] for lease in first])
    worker.want(12)
    again = worker.leases(12)
    assert {lease["attempt"] for lease in again} == {1}
    old = {lease["token"] for lease in first}
    assert not old & {lease["token"] for lease in again}
    assert set(worker.report(*old).values()) == {"stale"}


def test_a_silent_worker_loses_its_leases_and_its_late_report_changes_nothing(cluster, worker, run):
    with cluster.worker_peer(name="silent", slots=12) as silent:
        silent.connect()
        silent.want(12)
        old = {lease["account"]["id"]: lease["token"] for lease in silent.leases(12)}
        begin = time.monotonic()
        worker.want(12)
        found = []
        while len(found) < 12:
            # A worker that waits says that it lives.
            worker.heartbeat()
            try:
                found += worker.wire.expect("grant", TTL / 4)["leases"]
            except Silent:
                pass
        assert time.monotonic() - begin >= TTL * 0.9
        new = {lease["account"]["id"]: lease["token"] for lease in found}
        assert set(new) == set(old) and not set(new.values()) & set(old.values())
        answers = None
        try:
            answers = silent.report(*old.values(), result='"late"')
        except (Closed, Refused):
            # The coordinator has given the link up; the worker says it again on a new one.
            silent.connect(held=old.values())
            assert set(silent.welcome["lost"]) == set(old.values())
            answers = silent.report(*old.values(), result='"late"')
        assert set(answers.values()) == {"stale"}
    assert set(worker.report(*new.values(), result='"in time"').values()) == {"applied"}
    assert {entry["Result"] for entry in cluster.results(run)["Results"]} == {"in time"}


def test_heartbeats_keep_leases_for_longer_than_their_time(worker, run):
    worker.want(2)
    tokens = [lease["token"] for lease in worker.leases(2)]
    end = time.monotonic() + 2 * TTL
    while time.monotonic() < end:
        worker.heartbeat()
        time.sleep(TTL / 8)
    assert set(worker.report(*tokens).values()) == {"applied"}


# Links that end, and sessions that go on


def test_a_session_that_comes_back_keeps_what_it_holds(cluster, worker, run):
    worker.want(4)
    leases = [lease["token"] for lease in worker.leases(4)]
    worker.wire.reset()
    worker.connect(held=leases[:3] + ["999999999999.1.1"])
    assert worker.welcome["lost"] == ["999999999999.1.1"]
    assert set(worker.report(*leases[:3]).values()) == {"applied"}
    # What it did not name it never got: another attempt is granted, the first one.
    worker.want(12)
    assert {lease["attempt"] for lease in worker.leases(9)} == {1}
    assert set(worker.report(leases[3]).values()) == {"stale"}


def test_the_former_link_of_a_session_is_closed(cluster, worker, run):
    former = worker.wire
    worker.connect()
    former.wait_closed()
    worker.heartbeat()
    former.close()


def test_a_former_link_that_is_revived_says_nothing_that_counts(cluster, worker, run):
    """An old link that is still open in the network while its session has a new one: its bytes arrive late."""
    with WireProxy(cluster.place) as proxy:
        session = secrets.token_hex(16)
        with cluster.worker_peer(proxy.place, name="twice", slots=4, session=session) as old:
            old.connect()
            old.want(1)
            (lease,) = old.leases(1)
            with cluster.worker_peer(name="twice", slots=4, session=session) as new:
                new.connect(held=[lease["token"]])
                assert new.welcome["lost"] == []
                try:
                    old.send_report(lease["token"], result='"old link"')
                except Closed:
                    pass
                answer = new.report(lease["token"], result='"new link"')
                assert answer[lease["token"]] in ("applied", "duplicate")
    assert counts(cluster, run)["succeeded"] == 1


def test_a_report_whose_answer_was_lost_is_answered_again(cluster, run):
    with WireProxy(cluster.place) as proxy, cluster.worker_peer(proxy.place, name="unlucky") as worker:
        worker.connect()
        worker.want(1)
        (lease,) = worker.leases(1)
        proxy.swallow(DOWN)
        worker.send_report(lease["token"], result='"once"')
        wait_until(lambda: counts(cluster, run)["succeeded"] == 1, "the report to be recorded")
        proxy.cut()
        proxy.pass_on()
        worker.connect(held=[lease["token"]])
        assert worker.report(lease["token"], result='"twice"') == {lease["token"]: "duplicate"}
    assert [entry["Result"] for entry in cluster.results(run)["Results"]] == ["once"]


def test_a_worker_that_says_goodbye_leaves_nothing_behind(cluster, worker, run):
    name = worker.about["worker"]
    worker.want(1)
    (lease,) = worker.leases(1)
    worker.report(lease["token"])
    worker.goodbye()
    worker.wire.wait_closed()
    with cluster.client("read") as client:
        wait_until(lambda: name not in {w["name"] for w in client.request("workers")["workers"]}, f"{name} to be gone")


def test_a_cancelled_run_cancels_what_is_out(cluster, worker, run):
    worker.want(2)
    tokens = {lease["token"] for lease in worker.leases(2)}
    with cluster.client() as client:
        client.request("cancel", run=run)
    assert set(worker.wire.expect("cancel")["tokens"]) == tokens
    worker.release(*tokens, reason="interrupted")
    with pytest.raises(Silent):
        worker.want(2)
        worker.wire.expect("grant", 0.3)


# Messages of every size and kind


def test_what_is_not_known_is_skipped_with_a_problem(cluster, worker):
    worker.wire.send({"type": "sing", "song": "la"})
    assert worker.wire.expect("problem")["code"] == "unknownType"
    worker.heartbeat()
    with cluster.client("read") as client:
        number = client.send("sing")
        with pytest.raises(RequestFailed):
            client.reply(number)
        client.request("runs")


def test_a_large_result_travels_in_chunks_both_ways(cluster, worker, run):
    text = json.dumps("ü€𝄞 " * 300_000)
    worker.want(1)
    (lease,) = worker.leases(1)
    assert worker.report(lease["token"], result=text) == {lease["token"]: "applied"}
    with cluster.client("read") as client:
        page = client.request("outcomes", run=run, after=0, limit=8)
    assert page["tasks"][0]["outcome"]["result"] == text


def test_heartbeats_are_answered_between_the_chunks_of_a_report(worker, run):
    from wire_peer import attempt, frames

    worker.want(1)
    (lease,) = worker.leases(1)
    parts = frames({"type": "report", "reports": [attempt(lease["token"], json.dumps("x" * 3_000_000))]})
    assert len(parts) > 4
    for part in parts[:-1]:
        worker.wire.send_bytes(part)
        worker.heartbeat()
    worker.wire.send_bytes(parts[-1])
    assert worker.wire.expect("verdicts")["answers"][0]["verdict"] == "applied"


def test_a_reader_may_not_change_anything(cluster, run):
    with cluster.client("read") as client:
        for kind in ("cancel", "resume", "retry", "forget"):
            with pytest.raises(RequestFailed) as failed:
                client.request(kind, run=run)
            assert failed.value.code == "forbidden"
        assert client.request("runs")["runs"]


def test_the_control_socket_lets_its_owner_submit_and_nobody_join(cluster):
    (path,) = [each for each in cluster.store.iterdir() if each.is_socket()]
    assert path.stat().st_mode & 0o777 == 0o600
    with connect(path) as wire:
        assert sorted(introduce(wire, "client")["rights"]) == ["read", "submit"]
    with connect(path) as wire, pytest.raises(Refused) as refused:
        introduce(wire, "worker")
    assert refused.value.code in ("forbidden", "unauthorized")


# The end; these tests are the last of the module


def test_a_coordinator_that_stops_says_goaway_and_keeps_what_workers_hold(cluster, worker):
    run = cluster.submit("--", "true")
    worker.want(2)
    tokens = [lease["token"] for lease in worker.leases(2)]
    cluster.coordinator.send(signal.SIGTERM)
    goaway = worker.wire.expect("goaway")
    assert goaway["retryMilliseconds"] >= 0
    worker.wire.wait_closed()
    assert cluster.coordinator.wait() == 0
    cluster.start()
    worker.connect(held=tokens)
    assert worker.welcome["lost"] == []
    assert set(worker.report(*tokens).values()) == {"applied"}
    assert counts(cluster, run)["succeeded"] == 2


def test_leases_wait_for_their_worker_after_a_kill_and_are_granted_when_it_does_not_come(cluster, worker):
    run = cluster.submit("--", "true")
    worker.want(12)
    leases = worker.leases(12)
    tokens = [lease["token"] for lease in leases if lease["run"] == run]
    cluster.coordinator.kill()
    cluster.start()
    restarted = time.monotonic()
    worker.connect(held=tokens[:1])
    assert worker.welcome["lost"] == []
    with cluster.worker_peer(name="other", slots=12) as other:
        other.connect()
        other.want(12)
        found = []
        while len([lease for lease in found if lease["run"] == run]) < len(tokens) - 1:
            other.heartbeat()
            worker.heartbeat()
            try:
                found += other.wire.expect("grant", TTL / 4)["leases"]
            except Silent:
                pass
        assert time.monotonic() - restarted <= 3 * TTL
        assert {lease["attempt"] for lease in found if lease["run"] == run} == {1}
    assert set(worker.report(tokens[0]).values()) == {"applied"}
