# SPDX-License-Identifier: Apache-2.0
"""Runs of a coordinator, by every command of the program: exit codes, output, wrong options; Ctrl-C leaves them alone."""

import json
import os
import pathlib
import re
import signal

import pytest

from cluster import free_port
from gate import Gate


class Remote:
    """Calls commands against a coordinator: `remote("exec", "--", "true")`; `right` says which token is shown."""

    def __init__(self, cove, cluster):
        self.cove, self.cluster = cove, cluster

    def __call__(self, *arguments, right="submit", code=None):
        return self.cove(*self._with(arguments, right), code=code)

    def start(self, *arguments, right="submit"):
        return self.cove.start(*self._with(arguments, right))

    def json(self, *arguments):
        return self(*arguments, "--output", "json", right="read", code=0).output

    def _with(self, arguments, right):
        cut = arguments.index("--") if "--" in arguments else len(arguments)
        return [*arguments[:cut], *self.cluster.client_options(right), *arguments[cut:]]


@pytest.fixture(scope="module")
def six(make_organization):
    return make_organization(accounts={f"member-{number}": ("", []) for number in range(6)}, suspended=["member-5"])


@pytest.fixture(scope="module")
def cluster(make_cluster, six):
    """A coordinator and a worker of two slots, without TLS."""
    cluster = make_cluster(six, tls=False)
    cluster.start()
    cluster.worker("one", "--slots", 2).wait_for("connected to")
    return cluster


@pytest.fixture
def remote(cluster, environment, cove_as, six):
    """Commands without any credentials of AWS: the coordinator and its workers have them."""
    unset = dict.fromkeys(six.keys)
    return Remote(cove_as(six, **unset, AWS_DEFAULT_REGION=None), cluster)


@pytest.fixture
def tasks(six):
    return len(six.active)


def ids(output, name="Results"):
    return sorted(entry["Id"] for entry in output.get(name, []))


# exec


def test_exec_writes_the_output_of_a_run_and_makes_nothing_here(remote, six, environment):
    finished = remote("exec", "--", "sh", "-c", 'echo "[\\"$COVE_ACCOUNT_ID\\"]"', code=0)
    assert {entry["Id"]: entry["Result"] for entry in finished.output["Results"]} == {a: [a] for a in six.active}
    assert {entry["Worker"] for entry in finished.output["Results"]} == {"one"}
    assert not pathlib.Path(environment["XDG_STATE_HOME"]).exists()


def test_exec_streams_and_writes_files_as_a_local_run_does(remote, six, tmp_path):
    lines = remote("exec", "--output", "ndjson", "--regions", "eu-west-1,us-east-1", "--", "echo", "1", code=0).lines
    assert sorted(line["Id"] for line in lines) == sorted(six.active * 2)
    remote("exec", "--output-file", "out.json", "--", "true", code=0)
    assert ids(json.loads((tmp_path / "out.json").read_text())) == sorted(six.active)


def test_failures_and_the_command_that_tries_them_again(remote, six, tmp_path):
    failing, repaired = six.active[0], tmp_path / "repaired"
    script = f"[ -e {repaired} ] || [ $COVE_ACCOUNT_ID != {failing} ]"
    finished = remote("exec", "--", "sh", "-c", script, code=1)
    assert ids(finished.output, "Exceptions") == [failing]
    hint = re.search(r"try again with: cove (.*)", finished.stderr).group(1).split()
    repaired.touch()
    again = remote.cove(*hint, code=0).output
    assert ids(again) == sorted(six.active)
    assert ids(remote("results", hint[1], right="read", code=0).output) == sorted(six.active)


def test_raise_exception_ends_at_the_first_failure(remote, six):
    finished = remote("exec", "--raise-exception", "--slots", "1", "--", "sh", "-c", "exit 9", code=1)
    assert "stopped at the first failure" in finished.stderr
    assert len(finished.output["Exceptions"]) == 1
    assert len(finished.output["NotRun"]) == len(six.active) - 1


def test_a_program_is_looked_for_where_it_runs(remote, tmp_path, six):
    finished = remote("exec", "--", "no-such-program-anywhere", code=1)
    assert ids(finished.output, "Exceptions") == sorted(six.active)
    refused = remote("exec", "--", "./audit.sh", code=2)
    assert "./audit.sh is a relative path" in refused.stderr


def test_detach_prints_the_id_alone_and_watch_follows(remote, six):
    finished = remote("exec", "--detach", "--", "echo", "1", code=0)
    run = finished.text.strip()
    assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-z]{5}", run)
    watched = remote("watch", run, "--output", "json", right="read", code=0)
    assert ids(watched.output) == sorted(six.active)
    assert remote("results", run, right="read", code=0).output == watched.output
    shown = remote.json("show", run)
    assert (shown["State"], shown["Tasks"]["Succeeded"]) == ("completed", len(six.active))
    assert run in remote("runs", right="read", code=0).text


def test_plan_is_the_coordinators(remote, six, cove_as):
    plan = remote("plan", "--output", "json", "--regions", "eu-west-1,us-east-1", code=0).output
    assert plan == cove_as(six)("plan", "--output", "json", "--regions", "eu-west-1,us-east-1", code=0).output
    assert remote("plan", code=0).text == cove_as(six)("plan", code=0).text


# Following and stopping


@pytest.fixture
def under_way(remote, tmp_path, tasks):
    """A run of whose tasks two are with the worker, and its gate."""
    gate = Gate(tmp_path / "remote-gate")
    running = remote.start("exec", "--", *gate.program)
    gate.arrivals(2)
    yield running, gate
    gate.open(2 * tasks)
    remote("cancel", gate.run)
    gate.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_run_and_says_how_to_come_back(remote, under_way, cluster, tasks, number):
    running, gate = under_way
    running.send(number)
    finished = running.finish().expect(130)
    assert finished.stdout == b""
    assert cluster.token("submit") not in finished.stderr
    hints = re.findall(r"cove (watch|cancel) (.*)", finished.stderr)
    assert [verb for verb, _ in hints] == ["watch", "cancel"]
    gate.open(tasks)
    # As it was printed, with the same connection.
    remote.cove("watch", *hints[0][1].split(), code=0)
    assert sorted(gate.begun) == sorted(gate.ended)


def test_cancel_resume_and_forget(remote, under_way, six, tasks):
    running, gate = under_way
    gate.open(1)
    gate.arrivals(1)
    refused = remote("forget", gate.run, code=3)
    assert "cancel it first" in refused.stderr
    cancelled = remote("cancel", gate.run[:20], code=0)
    assert re.search(r"(\d+) never ran", cancelled.stderr).group(1) == str(tasks - 1)
    finished = running.finish().expect(130)
    reasons = {entry["Reason"].split(":")[0] for entry in finished.output["NotRun"] if entry["Status"] == "ACTIVE"}
    assert reasons == {"cancelled"}
    assert remote.json("show", gate.run)["State"] == "cancelled"
    remote("watch", gate.run, right="read", code=130)
    gate.open(2 * tasks)
    assert ids(remote("resume", gate.run, code=0).output) == sorted(six.active)
    assert "nothing to cancel" in remote("cancel", gate.run, code=0).stderr
    remote("forget", gate.run, code=0)
    assert 'there is no run' in remote("show", gate.run, right="read", code=2).stderr


def test_resume_and_retry_of_what_is_complete_write_the_results(remote, six):
    run = remote("exec", "--detach", "--", "true", code=0).text.strip()
    remote("watch", run, code=0)
    for command in ("resume", "retry"):
        assert ids(remote(command, run, code=0).output) == sorted(six.active)
        assert remote(command, run, "--detach", code=0).text.strip() == run


def test_a_coordinator_that_is_lost_is_waited_for(make_cluster, six, cove_as, tmp_path, tasks):
    cluster = make_cluster(six, tls=False)
    cluster.start()
    cluster.worker("one", "--slots", 2).wait_for("connected to")
    remote = Remote(cove_as(six), cluster)
    gate = Gate(tmp_path / "gate")
    running = remote.start("exec", "--", *gate.program)
    gate.arrivals(2)
    cluster.coordinator.kill()
    running.wait_for_stderr("lost the coordinator; trying again")
    cluster.start()
    running.wait_for_stderr("connected to the coordinator again")
    gate.open(2 * tasks)
    assert ids(running.finish().expect(0).output) == sorted(six.active)
    gate.close()


def test_who_waits_for_a_worker_is_told(make_cluster, six, cove_as):
    cluster = make_cluster(six, tls=False)
    cluster.start()
    remote = Remote(cove_as(six), cluster)
    running = remote.start("exec", "--", "true")
    running.wait_for_stderr("tasks wait: .*worker")
    run = remote.json("runs")[0]["Run"]
    assert "worker" in remote.json("show", run)["Waiting"]
    cluster.worker("one")
    running.finish().expect(0)


# Looking


def test_workers_are_listed(remote, six):
    text = remote("workers", right="read", code=0).text
    heading, line = text.splitlines()
    assert heading.split() == "NAME STATE SLOTS RUNNING KINDS REGIONS ACCOUNT VERSION SEEN".split()
    assert line.split()[:7] == ["one", "serving", "2", "0", "exec", "all", six.management]
    (worker,) = remote.json("workers")
    assert (worker["Name"], worker["State"], worker["Slots"], worker["Kinds"]) == ("one", "serving", 2, ["exec"])
    assert remote("workers", "--output", "ndjson", right="read", code=0).lines[0]["Name"] == "one"


def test_a_worker_of_another_account_is_marked(make_cluster, make_organization, six, cove_as):
    cluster = make_cluster(six, tls=False)
    cluster.start()
    other = make_organization(accounts={})
    cluster.worker("ours").wait_for("connected to")
    cluster.worker("theirs", environment=other.keys).wait_for("connected to")
    remote = Remote(cove_as(six), cluster)
    remote("exec", "--", "true")
    accounts = {worker["Name"]: worker["OtherAccount"] for worker in remote.json("workers")}
    assert accounts == {"ours": False, "theirs": True}
    lines = remote("workers", right="read", code=0).text.splitlines()
    assert [line.split()[0] for line in lines if f"{other.management} !" in line] == ["theirs"]
    assert six.management in lines[-1]


def test_the_socket_in_the_store_is_a_way_in_for_who_is_there(cluster, cove_as, six):
    cove = cove_as(six)
    place = str(cluster.store / "control")
    run = cove("exec", "--detach", "--coordinator", place, "--", "true", code=0).text.strip()
    cove("watch", run, "--coordinator", place, code=0)


# What is wrong


@pytest.mark.parametrize(
    "arguments, word",
    [
        (["exec", "--profile", "audit", "--", "true"], "profile"),
        (["plan", "--profile", "audit"], "profile"),
        (["exec", "--store", "/tmp/x", "--", "true"], "--store"),
        (["runs", "--store", "/tmp/x"], "--store"),
        (["show", "x", "--store", "/tmp/x"], "--store"),
        (["exec", "--detach", "--output", "json", "--", "true"], "--detach"),
        (["resume", "x", "--slots", "3"], "--slots"),
        (["retry", "x", "--slots", "3"], "--slots"),
        (["forget", "x", "--force"], "--force"),
        (["show", "20010101"], 'there is no run "20010101"'),
        (["watch", "20010101-000000-aaaaa"], "there is no run"),
        (["exec", "--targets", "cat", "--", "true"], "provided id is neither"),
        (["exec", "--targets", "999999999999", "--", "true"], "999999999999"),
        (["plan", "--targets", "999999999999"], "999999999999"),
    ],
)
def test_a_wrong_request_ends_with_2(remote, arguments, word):
    before = remote.json("runs")
    finished = remote(*arguments, code=2)
    assert word in finished.stderr
    assert remote.json("runs") == before


def test_a_profile_of_the_environment_is_as_wrong(remote):
    other = Remote(remote.cove.with_environment(COVE_PROFILE="audit", COVE_STORE="/tmp/x"), remote.cluster)
    assert "COVE_PROFILE" in other("exec", "--", "true", code=2).stderr
    # A folder of local runs that stands in the environment is of no use, and harmless.
    Remote(remote.cove.with_environment(COVE_STORE="/tmp/x"), remote.cluster)("runs", code=0)


def test_what_needs_a_coordinator_says_so(remote):
    assert "--coordinator" in remote.cove("workers", code=2).stderr
    assert "--coordinator" in remote.cove("exec", "--detach", "--", "true", code=2).stderr
    assert "--coordinator" in remote.cove("runs", "--token-file", "/dev/null", code=2).stderr


@pytest.fixture
def failed(remote):
    """A run that is complete, and failed."""
    run = remote("exec", "--detach", "--", "false", code=0).text.strip()
    remote("watch", run, right="read", code=1)
    return run


def test_a_reader_may_not_change_anything(remote, failed, under_way):
    run = under_way[1].run
    for command in (["exec", "--", "true"], ["plan"], ["cancel", run], ["retry", failed], ["forget", failed]):
        assert "submit" in remote(*command, right="read", code=3).stderr
    assert remote.json("show", run)["State"] == "running"


def test_a_coordinator_that_is_not_there_ends_with_3(remote, cluster, tmp_path):
    options = ["--token-file", cluster.token_file("read")]
    finished = remote.cove("runs", "--coordinator", f"127.0.0.1:{free_port()}", *options, code=3)
    assert "127.0.0.1" in finished.stderr
    (tmp_path / "token").write_text("not-a-token")
    os.chmod(tmp_path / "token", 0o600)
    refused = remote.cove("runs", "--coordinator", cluster.address, "--token-file", tmp_path / "token", code=3)
    assert "not-a-token" not in refused.stderr
    assert "token" in refused.stderr
    for missing in (["--token-file", tmp_path / "none"], []):
        remote.cove("runs", "--coordinator", cluster.address, *missing, code=2)


def test_variables_name_a_coordinator_too(remote, cluster, six):
    cove = remote.cove.with_environment(COVE_COORDINATOR=cluster.address, COVE_TOKEN_FILE=cluster.token_file("submit"))
    finished = cove("exec", "--", "false", code=1)
    # What stands in the environment needs no repeating.
    assert re.search(r"try again with: cove retry \S+$", finished.stderr, re.MULTILINE)
