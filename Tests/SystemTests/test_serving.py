# SPDX-License-Identifier: Apache-2.0
"""`cove coordinator` and `cove worker` as processes: what they say, their options, how signals end them."""

import os
import pathlib
import re
import signal
import stat
import subprocess

import pytest

from processes import wait_until


@pytest.fixture(scope="module")
def six(make_organization):
    return make_organization(accounts={f"member-{number}": ("", []) for number in range(6)})


@pytest.fixture
def cove(cove_as, six):
    return cove_as(six)


class Served:
    """A coordinator, and the options that others connect with."""

    def __init__(self, cove, *options):
        self.cove = cove
        self.process = cove.start("coordinator", "--listen", "127.0.0.1:0", "--store", "store", *options)
        self.address = self.process.wait_for_stderr(r"listening on (\S+) · store store\n.*\n").group(1)
        self.options = ["--coordinator", self.address, "--token-file"]

    def start_again(self, *options):
        process = self.cove.start("coordinator", "--listen", self.address, "--store", "store", *options)
        process.wait_for_stderr("listening on")
        return process

    def worker(self, *options, cove=None):
        command = ["worker", *self.options, "store/tokens/join", "--allow", "exec", *options]
        worker = (cove or self.cove).start(*command)
        worker.wait_for_stderr(r"cove: worker \S+ connected to " + re.escape(self.address))
        return worker

    def call(self, command, *arguments, right="submit", code=None):
        return self.cove(command, *self.options, f"store/tokens/{right}", *arguments, code=code)

    def submit(self, *program):
        return self.call("exec", "--detach", "--", *program, code=0).text.split()[0]

    def workers(self):
        return self.call("workers", "--output", "json", right="read", code=0).output


@pytest.fixture
def served(cove):
    return Served(cove, "--lease-ttl", "5")


def end(process, number=signal.SIGTERM):
    process.send(number)
    return process.finish()


# What they say


def test_a_coordinator_says_where_it_is_and_makes_tokens_that_nobody_else_reads(served, tmp_path):
    store = tmp_path / "store"
    for name in ("join", "submit", "read"):
        path = store / "tokens" / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert re.fullmatch(r"[0-9a-f]{64}\n", path.read_text())
    assert stat.S_IMODE((store / "tokens").stat().st_mode) == 0o700
    assert stat.S_IMODE((store / "control").stat().st_mode) == 0o600
    finished = end(served.process).expect(0)
    assert "tokens are in store/tokens" in finished.stderr
    assert not (store / "control").exists()


def test_quiet_ones_say_nothing(cove, served, tmp_path):
    other = cove.start("coordinator", "--listen", "127.0.0.1:0", "--store", "other", "--quiet")
    worker = cove.start("worker", *served.options, "store/tokens/join", "--allow", "exec", "--name", "mute", "--quiet")
    wait_until(lambda: (tmp_path / "other/control").exists(), "the other coordinator")
    wait_until(lambda: [w for w in served.workers() if w["Name"] == "mute"], "the worker")
    assert end(worker).expect(0).stderr == ""
    assert end(other).expect(0).stderr == ""


def test_no_secret_is_in_what_they_log(cove, served, tmp_path):
    worker = served.worker("--log-level", "trace")
    served.call("exec", "--", "true", code=0)
    text = end(worker).expect(0).stderr + end(served.process).expect(0).stderr
    secrets = [path.read_text().strip() for path in (tmp_path / "store/tokens").iterdir()]
    assert not [secret for secret in [*secrets, cove.environment["AWS_SECRET_ACCESS_KEY"]] if secret in text]


# Options


def test_every_option_has_its_variable(cove, six, tmp_path):
    coordinator = cove.with_environment(COVE_LISTEN="127.0.0.1:0", COVE_STORE="mine").start("coordinator")
    address = coordinator.wait_for_stderr(r"listening on (\S+) · store mine").group(1)
    worker = cove.with_environment(
        COVE_COORDINATOR=address, COVE_TOKEN_FILE="mine/tokens/join", COVE_ALLOW="exec", COVE_NAME="by-variable",
        COVE_SLOTS="3", COVE_REGIONS="eu-*,us-east-1", COVE_ALLOW_ROLES="Audit*",
    ).start("worker")
    worker.wait_for_stderr(f"cove: worker by-variable connected to {address}")
    client = cove.with_environment(COVE_COORDINATOR=address, COVE_TOKEN_FILE="mine/tokens/read")
    (shown,) = client("workers", "--output", "json", code=0).output
    assert (shown["Name"], shown["Slots"], shown["State"]) == ("by-variable", 3, "serving")
    assert "eu-*" in str(shown["Regions"]) and shown["Account"] == six.management


def test_everything_that_is_wrong_is_told_at_once(cove):
    finished = cove("coordinator", "--listen", "host:port", "--lease-ttl", "4", "--tls-key", "none", code=2)
    assert len(finished.stderr.splitlines()) == 5, finished.stderr
    for word in ("host:port", "--lease-ttl", "--tls-key", "--tls-certificate", "--store"):
        assert word in finished.stderr
    finished = cove("worker", "--token-file", "none", "--slots", "0", "--allow", "ruby", "--name", "a b", code=2)
    for word in ("--coordinator", "--slots", "ruby", "a b"):
        assert word in finished.stderr


@pytest.mark.parametrize("mode, code", [(0o644, 0), (0o666, 2)])
def test_a_token_file_that_others_may_read_is_told_and_one_that_they_may_write_refused(served, tmp_path, mode, code):
    copy = tmp_path / "copy"
    copy.write_bytes((tmp_path / "store/tokens/read").read_bytes())
    copy.chmod(mode)
    finished = served.cove("runs", *served.options, copy, code=code)
    assert f"0{mode:o}" in finished.stderr and "chmod 600" in finished.stderr


def test_a_token_may_be_replaced_while_the_former_one_goes_on(served, tmp_path):
    path = tmp_path / "store/tokens/read"
    former = tmp_path / "former"
    former.write_text(path.read_text())
    former.chmod(0o600)
    path.write_text("n" * 64 + "\n" + path.read_text())
    end(served.process).expect(0)
    served.start_again()
    for token in (path, former):
        served.cove("runs", *served.options, token, code=0)


def test_a_worker_says_that_it_can_run_nothing(served):
    worker = served.cove.start("worker", "--allow", "native", *served.options, "store/tokens/join")
    worker.wait_for_stderr("nothing runs here.*programs with --allow exec, Python functions with --allow python")
    worker.wait_for_stderr("connected to")


# Credentials


def test_a_coordinator_without_credentials_starts_and_the_first_run_is_told(cove):
    bare = cove.with_environment(AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
    served = Served(bare)
    for command in (["exec", "--", "true"], ["plan"]):
        finished = served.cove(command[0], *served.options, "store/tokens/submit", *command[1:], code=3)
        assert "the coordinator finds no way to AWS" in finished.stderr
    assert "AWS_ACCESS_KEY_ID" in served.cove("worker", *served.options, "store/tokens/join", code=3).stderr


def test_a_profile_that_is_not_there_is_told_before_anything_is_made(cove, tmp_path):
    finished = cove("coordinator", "--listen", "127.0.0.1:0", "--store", "store", "--profile", "nobody", code=3)
    assert "nobody" in finished.stderr
    assert not (tmp_path / "store").exists()


def test_a_worker_works_when_its_account_cannot_be_told(cove_as, six, served, proxy):
    proxy.refuse("GetCallerIdentity", "AccessDenied", 403, "explicitly denied")
    served.worker("--name", "blind", cove=cove_as(six, **proxy.environment))
    served.call("exec", "--", "true", code=0)


# Signals


def test_workers_come_back_to_a_coordinator_that_was_stopped_and_finish_what_they_have(served, gate, six):
    worker = served.worker("--slots", "2")
    run = served.submit(*gate.program)
    gate.arrivals(2)
    assert "coordinator stopping" in end(served.process).expect(0).stderr
    served.start_again("--lease-ttl", "5")
    worker.wait_for_stderr(r"connected to \S+ again")
    gate.open(len(six.active))
    output = served.call("watch", run, "--output", "json", code=0).output
    assert sorted(entry["Id"] for entry in output["Results"]) == sorted(six.active)
    assert sorted(gate.begun) == sorted(six.active)


def test_two_signals_at_once_end_a_coordinator(served):
    for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGCONT):
        served.process.send(number)
    assert served.process.finish().code in (0, 130)


def test_a_killed_coordinators_store_and_socket_are_taken_over(served, tmp_path):
    served.process.kill()
    assert (tmp_path / "store/control").exists()
    served.start_again()
    assert served.cove("runs", "--coordinator", "store/control", "--output", "json", code=0).output == []


def test_the_second_signal_ends_what_a_worker_runs_and_gives_it_back(served, gate, six):
    worker = served.worker("--slots", "2")
    run = served.submit(*gate.program)
    gate.arrivals(2)
    worker.send(signal.SIGTERM)
    worker.wait_for_stderr("2 running attempts have 20 s to finish; a second signal ends them")
    finished = end(worker).expect(0)
    assert "drained" in finished.stderr
    assert gate.ended == []
    assert [pid for pid in gate.pids if os.path.exists(f"/proc/{pid}")] == []
    served.worker()
    gate.open(len(six.active) + 2)
    output = served.call("watch", run, "--output", "json", code=0).output
    assert {entry["Attempts"] for entry in output["Results"]} == {1}


def test_the_third_signal_leaves(served, gate):
    worker = served.worker("--slots", "1")
    served.submit("sh", "-c", 'trap "" TERM; ' + gate.program[2])
    gate.arrivals(1)
    worker.send(signal.SIGINT)
    worker.wait_for_stderr("a second signal ends")
    worker.send(signal.SIGINT)
    worker.wait_for_stderr("a further signal leaves")
    finished = end(worker, signal.SIGINT).expect(130)
    assert "left at once" in finished.stderr
    gate.open(1)


def test_sighup_ends_them_unless_they_were_started_to_outlive_their_terminal(served):
    end(served.worker(), signal.SIGHUP).expect(0)
    program = [served.cove.binary, "worker", *served.options, "store/tokens/join", "--allow", "exec"]
    worker = subprocess.Popen(
        program, env=served.cove.environment, cwd=served.cove.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    served.cove.started.append(worker)
    assert b"connected" in worker.stderr.readline()
    ignored = int(re.search(r"SigIgn:\s+(\w+)", pathlib.Path(f"/proc/{worker.pid}/status").read_text()).group(1), 16)
    assert ignored & 1 << signal.SIGHUP - 1
    os.kill(worker.pid, signal.SIGHUP)
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.wait(60) == 0
    end(served.process, signal.SIGHUP).expect(0)
