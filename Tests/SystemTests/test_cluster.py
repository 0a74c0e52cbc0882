# SPDX-License-Identifier: Apache-2.0
"""A coordinator and workers as a user starts them: runs from elsewhere, workers that come and go, what is refused."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import ssl
import stat
import subprocess

import pytest

from certificates import Authority
from cluster import free_port
from processes import wait_until
from gate import Gate
from wire_peer import ClientPeer, Refused


@pytest.fixture(scope="module")
def eight(make_organization):
    return make_organization(accounts={f"member-{number}": ("", []) for number in range(8)})


@pytest.fixture(scope="module")
def cluster(make_cluster, eight):
    cluster = make_cluster(eight, "--lease-ttl", 5)
    cluster.start()
    return cluster


@pytest.fixture
def workers(cluster):
    """Workers of one test: `workers("name", options)`."""
    started = []

    def start(name, *options, **settings):
        started.append(cluster.worker(name, *options, **settings))
        cluster.wait_for_workers(name)
        return started[-1]

    yield start
    for worker in started:
        if worker.is_alive:
            worker.go_on()
            worker.kill()


def ids(output, name="Results"):
    return sorted(entry["Id"] for entry in output[name])


# Runs


def test_a_run_is_the_same_as_a_local_one(cluster, workers, eight, cove_as):
    workers("one")
    command = ["--regions", "eu-west-1,us-east-1", "--", "sh", "-c", 'echo "[\\"$COVE_ACCOUNT_ID/$COVE_REGION\\"]"']
    finished = cluster.call("exec", *command)
    assert finished.returncode == 0, finished.stderr.decode()
    remote = json.loads(finished.stdout)
    local = cove_as(eight)("exec", *command, code=0).output
    changing = ("StartedAt", "DurationSeconds", "Worker", "Attempts")

    def fixed(output):
        return {name: [{k: v for k, v in e.items() if k not in changing} for e in entries]
                for name, entries in output.items()}

    assert fixed(remote) == fixed(local)
    assert {entry["Worker"] for entry in remote["Results"]} == {"one"}


def test_tasks_go_to_the_workers_of_their_region(cluster, workers):
    workers("eu", "--regions", "eu-*")
    workers("us", "--regions", "us-*,ca-central-1")
    finished = cluster.call("exec", "--regions", "eu-west-1,us-east-1,ca-central-1", "--", "true")
    assert finished.returncode == 0, finished.stderr.decode()
    served = {(entry["Region"], entry["Worker"]) for entry in json.loads(finished.stdout)["Results"]}
    assert served == {("eu-west-1", "eu"), ("us-east-1", "us"), ("ca-central-1", "us")}


def test_a_detached_run_goes_on_and_is_watched_and_read(cluster, workers, eight, tmp_path):
    gate = Gate(tmp_path / "gate")
    run = cluster.submit("--", *gate.program)
    workers("one", "--slots", 2)
    gate.arrivals(2)
    shown = cluster.call("show", run, right="read")
    assert shown.returncode == 0 and run in shown.stdout.decode()
    gate.open(len(eight.active))
    watched = cluster.call("watch", run, right="read")
    assert watched.returncode == 0, watched.stderr.decode()
    assert ids(cluster.results(run)) == sorted(eight.active)
    gate.close()


def test_ctrl_c_leaves_the_run_alone_and_says_how_to_go_on(cluster, workers, eight, tmp_path):
    gate = Gate(tmp_path / "gate")
    workers("one", "--slots", 2)
    process = subprocess.Popen(
        [cluster.binary, "exec", *cluster.client_options(), "--", *gate.program], env=cluster.environment,
        cwd=cluster.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    gate.arrivals(2)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    run = re.search(r"cove watch (\S+)", stderr.decode()).group(1)
    assert re.search(rf"cove cancel {run}", stderr.decode())
    assert cluster.token("submit") not in stderr.decode()
    gate.open(len(eight.active))
    cluster.wait_completed(run)
    assert ids(cluster.results(run)) == sorted(eight.active)
    gate.close()


def test_cancel_ends_what_runs_and_resume_goes_on(cluster, workers, eight, tmp_path):
    gate = Gate(tmp_path / "gate")
    workers("one", "--slots", 2)
    run = cluster.submit("--", *gate.program)
    gate.arrivals(2)
    assert cluster.call("cancel", run).returncode == 0
    wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in gate.pids), "the programs to end")
    wait_until(lambda: cluster.snapshot(run)["status"]["leasesOut"] == 0, "the leases to come back")
    gate.open(3 * len(eight.active))
    resumed = cluster.call("resume", run)
    assert resumed.returncode == 0, resumed.stderr.decode()
    assert ids(json.loads(resumed.stdout)) == sorted(eight.active)
    gate.close()


# Workers that come, go and die


def test_a_killed_worker_s_tasks_are_run_by_another_one(cluster, workers, eight, tmp_path):
    gate = Gate(tmp_path / "gate")
    first = workers("first", "--slots", 3)
    run = cluster.submit("--", *gate.program)
    lost = gate.arrivals(3)
    first.kill()
    workers("second", "--slots", 8)
    assert set(gate.arrivals(8)) == set(eight.active)
    # Those of the killed worker are still at the gate: nobody ended them.
    gate.open(8 + 3)
    cluster.wait_completed(run)
    output = cluster.results(run)
    assert ids(output) == sorted(eight.active)
    assert {entry["Attempts"] for entry in output["Results"] if entry["Id"] in lost} == {2}
    assert {entry["Attempts"] for entry in output["Results"] if entry["Id"] not in lost} == {1}
    gate.close()


def test_at_most_once_does_not_run_a_lost_attempt_again(cluster, workers, eight, tmp_path):
    gate = Gate(tmp_path / "gate")
    first = workers("first", "--slots", 3)
    run = cluster.submit("--at-most-once", "--", *gate.program)
    lost = gate.arrivals(3)
    first.kill()
    workers("second", "--slots", 8)
    gate.open(8 + 3)
    cluster.wait_completed(run)
    output = cluster.results(run)
    assert ids(output, "Exceptions") == sorted(lost)
    assert {entry["ExceptionDetails"]["Type"] for entry in output["Exceptions"]} == {"OutcomeUnknown"}
    assert sorted(gate.begun) == sorted(eight.active)
    gate.close()


def test_a_worker_that_stood_still_ends_what_is_no_longer_its_own(cluster, workers, eight, tmp_path):
    gate = Gate(tmp_path / "gate")
    still = workers("still", "--slots", 2)
    run = cluster.submit("--", *gate.program)
    gate.arrivals(2)
    pids = gate.pids
    still.stop()
    workers("lively", "--slots", 8)
    gate.arrivals(8)
    still.go_on()
    wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), "the programs of the stopped worker to end")
    gate.open(8)
    cluster.wait_completed(run)
    assert {entry["Worker"] for entry in cluster.results(run)["Results"]} == {"lively"}
    gate.close()


def test_a_coordinator_that_was_killed_finds_its_workers_still_at_work(cluster, workers, eight, tmp_path):
    gate = Gate(tmp_path / "gate")
    workers("one", "--slots", 4)
    run = cluster.submit("--", *gate.program)
    gate.arrivals(4)
    gate.open(1)
    wait_until(lambda: cluster.snapshot(run)["record"]["counts"]["succeeded"] == 1, "the first outcome")
    gate.arrivals(1)
    cluster.coordinator.kill()
    cluster.start()
    cluster.wait_for_workers("one")
    gate.open(len(eight.active))
    cluster.wait_completed(run)
    assert sorted(gate.begun) == sorted(eight.active)
    assert {entry["Attempts"] for entry in cluster.results(run)["Results"]} == {1}
    gate.close()


@pytest.mark.parametrize("in_time", [True, False])
def test_a_worker_drains_on_sigterm(cluster, workers, eight, tmp_path, in_time):
    gate = Gate(tmp_path / "gate")
    first = workers("first", "--slots", 2, "--drain-timeout", 60 if in_time else 1)
    run = cluster.submit("--", *gate.program)
    begun = gate.arrivals(2)
    first.send(signal.SIGTERM)
    if in_time:
        first.wait_for("(?i)drain|finish|stop")
        gate.open(2)
    assert first.wait() == 0
    assert len(gate.begun) == 2
    workers("second", "--slots", 8)
    gate.open(2 * len(eight.active))
    cluster.wait_completed(run)
    output = cluster.results(run)
    assert ids(output) == sorted(eight.active)
    # What was given back is not charged.
    assert {entry["Attempts"] for entry in output["Results"]} == {1}
    if in_time:
        assert {e["Id"] for e in output["Results"] if e["Worker"] == "first"} == set(begun)
    gate.close()


def test_a_worker_waits_for_a_coordinator_that_is_not_there_yet(make_cluster, eight):
    late = make_cluster(eight, "--lease-ttl", 5, tls=False)
    (late.store / "tokens").mkdir(parents=True, mode=0o700)
    for right in ("join", "submit", "read"):
        descriptor = os.open(late.token_file(right), os.O_CREAT | os.O_WRONLY, 0o600)
        os.write(descriptor, (right[0] * 64 + "\n").encode())
        os.close(descriptor)
    late.worker("early")
    late.workers["early"].wait_for("no link to the coordinator")
    late.start()
    late.wait_for_workers("early")
    assert late.token("join") == "j" * 64
    late.end()


# What operators allow


def test_a_worker_runs_no_programs_unless_that_is_allowed(cluster, workers):
    worker = workers("strict", allow="native")
    run = cluster.submit("--", "true")
    status = wait_until(lambda: (s := cluster.snapshot(run)["status"]).get("lacking") and s, "what the run lacks to be told")
    assert "exec" in status["lacking"]
    shown = cluster.call("show", run, right="read").stdout.decode()
    assert "exec" in shown
    assert cluster.call("cancel", run).returncode == 0
    assert worker.is_alive


def test_a_worker_assumes_only_the_roles_that_are_allowed(cluster, workers):
    workers("strict", "--allow-roles", "Audit*,Reader")
    run = cluster.submit("--role-name", "OrganizationAccountAccessRole", "--", "true")
    status = wait_until(lambda: (s := cluster.snapshot(run)["status"]).get("lacking") and s, "what the run lacks to be told")
    assert "role" in status["lacking"].lower()
    assert cluster.call("cancel", run).returncode == 0
    run = cluster.submit("--role-name", "AuditReader", "--", "true")
    assert cluster.wait_completed(run)["record"]["counts"]["succeeded"] == 8


def test_workers_lists_who_is_there(cluster, workers):
    workers("eu", "--regions", "eu-*", "--slots", 7)
    finished = cluster.call("workers", right="read")
    text = finished.stdout.decode()
    assert finished.returncode == 0, finished.stderr.decode()
    assert re.search(r"\beu\b", text) and "eu-*" in text and re.search(r"\b7\b", text), text


# What is refused at the start


def test_tokens_are_made_once_and_are_private(cluster):
    tokens = {right: cluster.token(right) for right in ("join", "submit", "read")}
    assert len(set(tokens.values())) == 3
    for right, token in tokens.items():
        assert stat.S_IMODE(cluster.token_file(right).stat().st_mode) == 0o600
        assert len(token) * 4 >= 172 or len(token) >= 43
        assert token not in cluster.coordinator.output
    cluster.coordinator.terminate()
    cluster.start()
    assert {right: cluster.token(right) for right in tokens} == tokens


def start_coordinator(cluster, *options):
    return subprocess.run(
        [cluster.binary, "coordinator", *map(str, options)], env=cluster.environment, cwd=cluster.folder,
        stdin=subprocess.DEVNULL, capture_output=True, timeout=30)


def test_a_second_coordinator_on_a_store_is_refused(cluster):
    finished = start_coordinator(cluster, "--listen", f"127.0.0.1:{free_port()}", "--store", cluster.store)
    assert finished.returncode == 3
    assert "in use" in finished.stderr.decode()


def test_a_port_in_use_is_told(cluster, tmp_path):
    finished = start_coordinator(cluster, "--listen", cluster.address, "--store", tmp_path / "store")
    assert finished.returncode == 3
    told = finished.stderr.decode()
    assert str(cluster.port) in told and "another process listens there" in told


@pytest.mark.parametrize("address", ["0.0.0.0:2683", "[::]:2683", "192.0.2.1:2683", "0.0.0.0"])
def test_without_tls_nobody_listens_beyond_loopback(cluster, tmp_path, address):
    finished = start_coordinator(cluster, "--listen", address, "--store", tmp_path / "store")
    assert finished.returncode == 2
    told = finished.stderr.decode()
    assert "--tls-certificate" in told and "loopback" in told


@pytest.mark.parametrize("broken", ["no-certificate", "other-key", "text", "no-file"])
def test_certificates_that_do_not_fit_are_told(cluster, tmp_path, broken):
    authority = Authority(tmp_path / "ca")
    (certificate, key), (_, other) = authority.server(), authority.server()
    (tmp_path / "text").write_text("not a certificate")
    options = {
        "no-certificate": ["--tls-key", key], "other-key": ["--tls-certificate", certificate, "--tls-key", other],
        "text": ["--tls-certificate", tmp_path / "text", "--tls-key", key],
        "no-file": ["--tls-certificate", tmp_path / "none", "--tls-key", key],
    }[broken]
    finished = start_coordinator(cluster, "--listen", f"127.0.0.1:{free_port()}", "--store", tmp_path / "store", *options)
    assert finished.returncode in (2, 3), finished.stderr
    assert re.search("tls-|certificate|key", finished.stderr.decode())


def test_a_coordinator_that_is_not_there_is_told(cluster):
    port = free_port()
    finished = cluster.call_at(f"127.0.0.1:{port}", "runs")
    assert finished.returncode == 3
    assert str(port) in finished.stderr.decode()


def test_a_name_that_does_not_exist_is_told(cluster):
    finished = cluster.call_at("no-such-host.invalid:2683", "runs")
    assert finished.returncode == 3
    assert "no-such-host.invalid" in finished.stderr.decode()


def test_a_wrong_token_is_told_by_worker_and_client_and_is_not_shown(cluster, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.write_text("w" * 64)
    wrong.chmod(0o600)
    for command in (["runs"], ["worker", "--allow", "exec"]):
        finished = subprocess.run(
            [cluster.binary, *command, "--coordinator", cluster.address, "--token-file", wrong, *cluster.tls_client],
            env=cluster.environment, cwd=cluster.folder, capture_output=True, timeout=30)
        assert finished.returncode == 3, finished.stderr
        told = finished.stderr.decode()
        assert "token" in told and "w" * 64 not in told
    assert "w" * 64 not in cluster.coordinator.output


def test_a_profile_has_no_meaning_for_a_remote_run(cluster):
    finished = cluster.call("exec", "--profile", "audit", "--", "true")
    assert finished.returncode == 2
    assert "profile" in finished.stderr.decode()


# Certificates and tokens that change while it runs


def test_a_renewed_certificate_is_used_without_a_restart(cluster):
    def shown():
        context = ssl.create_default_context(cafile=cluster.authority.path)
        with context.wrap_socket(__import__("socket").create_connection(cluster.place), server_hostname="localhost") as wire:
            return wire.getpeercert()["serialNumber"]

    before = shown()
    certificate, key = cluster.authority.server()
    for new, old in zip((certificate, key), cluster._identity):
        os.replace(new, old)
    wait_until(lambda: shown() != before, "the new certificate to be shown", 15)
    assert cluster.coordinator.is_alive


def test_a_token_is_replaced_without_a_restart(cluster):
    file, old, new = cluster.token_file("read"), cluster.token("read"), "n" * 64

    def is_let_in(token):
        try:
            with ClientPeer(cluster.place, token, cluster.context):
                return True
        except Refused:
            return False

    def write(text):
        (file.parent / "next").write_text(text)
        (file.parent / "next").chmod(0o600)
        os.replace(file.parent / "next", file)

    assert is_let_in(old) and not is_let_in(new)
    with ClientPeer(cluster.place, old, cluster.context) as connected:
        write(f"{new}\n{old}\n")
        wait_until(lambda: is_let_in(new), "the new token to be known")
        assert is_let_in(old)
        write(f"{new}\n")
        wait_until(lambda: not is_let_in(old), "the old token to be forgotten")
        connected.request("runs")
        # What cannot be used changes nothing.
        write("not a token\n")
        wait_until(lambda: is_let_in(new) and "changed files cannot be used" in cluster.coordinator.output, "a warning")
        assert is_let_in(new)
    write(f"{old}\n")
    wait_until(lambda: is_let_in(old), "the first token to be known again")
    assert new not in cluster.coordinator.output and old not in cluster.coordinator.output


def test_a_run_that_cannot_be_read_is_told_at_the_start(make_cluster, eight):
    other = make_cluster(eight, tls=False)
    other.start()
    good, damaged = other.submit("--", "true"), other.submit("--", "true")
    assert other.coordinator.terminate() == 0
    with contextlib.closing(sqlite3.connect(other.store / "queue.sqlite")) as database, database:
        database.execute("UPDATE run SET specification = '{}' WHERE key = ?", [damaged])
    other.start()
    told = other.coordinator.wait_for(f"warning: .*{damaged}.*").group(0)
    assert "forget" in told
    assert good in other.call("runs", right="read").stdout.decode()
    other.end()


def test_certificates_of_cove_certs_let_coordinator_worker_and_client_speak(make_cluster, eight, tmp_path):
    other = make_cluster(eight, tls=False)
    tls = tmp_path / "tls"

    def certs(*arguments):
        finished = subprocess.run([other.binary, "certs", *map(str, arguments)], env=other.environment, capture_output=True)
        assert finished.returncode == 0, finished.stderr.decode()

    certs("init", tls)
    certs("coordinator", tls, "localhost", "127.0.0.1")
    certs("worker", tls, "w1")
    certs("client", tls, "alice")
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in tls.glob("*.key"))
    other.options = ("--tls-certificate", tls / "coordinator.pem", "--tls-key", tls / "coordinator.key",
                     "--tls-client-ca", tls / "ca.pem")
    command = [other.binary, "coordinator", "--listen", other.address, "--store", other.store, *other.options]
    coordinator = other._member("coordinator", list(map(str, command)))
    identity = ["--coordinator", other.address, "--tls-ca", tls / "ca.pem"]
    worker = ["--tls-certificate", tls / "worker-w1.pem", "--tls-key", tls / "worker-w1.key"]
    client = ["--tls-certificate", tls / "client-alice.pem", "--tls-key", tls / "client-alice.key"]
    member = other._member("w1", list(map(str, [other.binary, "worker", "--allow", "exec", *identity, *worker])))

    def call(*arguments):
        return subprocess.run(list(map(str, [other.binary, *arguments])), env=other.environment, cwd=other.folder,
                              capture_output=True, timeout=60)

    wait_until(lambda: call("workers", *identity, *client).returncode == 0, "the coordinator")
    finished = call("exec", *identity, *client, "--", "true")
    assert finished.returncode == 0, finished.stderr.decode()
    assert ids(json.loads(finished.stdout)) == sorted(eight.active)
    assert call("exec", *identity, *worker, "--", "true").returncode == 3
    assert coordinator.is_alive and member.is_alive
    other.end()
