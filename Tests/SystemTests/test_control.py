# SPDX-License-Identifier: Apache-2.0
"""A local run under way, asked from a second process: `show`, `runs`, `watch`, `results`, `cancel`; and `forget`."""

import json
import pathlib
import re

import pytest


@pytest.fixture
def six(make_organization):
    return make_organization(accounts={f"member-{n}": ("", []) for n in range(6)})


@pytest.fixture
def cove(cove_as, six):
    return cove_as(six)


@pytest.fixture
def under_way(cove, gate):
    """A run of two slots of which one task is done and two are running."""
    running = cove.start("exec", "--slots", "2", "--", *gate.program)
    gate.arrivals(2)
    gate.open(1)
    gate.arrivals(1)
    return running


def ids(output, name):
    return [entry["Id"] for entry in output.get(name, [])]


def test_show_and_runs_tell_where_a_run_under_way_stands(cove, under_way, gate, six):
    shown = json.loads(cove("show", gate.run, "--output", "json", code=0).stdout)
    assert shown["State"] == "running"
    assert shown["Tasks"] == {"Total": 6, "Succeeded": 1, "Failed": 0, "RoleNotAssumed": 0, "NotRun": 5, "Running": 2}
    text = cove("show", gate.run[:15], code=0).text
    assert f"cove watch {gate.run}" in text
    assert f"cove cancel {gate.run}" in text
    assert "cove resume" not in text
    (listed,) = json.loads(cove("runs", "--output", "json", code=0).stdout)
    assert (listed["Run"], listed["State"], listed["Tasks"]["Total"]) == (gate.run, "running", 6)
    gate.open(len(six.active))
    under_way.finish().expect(0)


@pytest.mark.parametrize("form", ["json", "ndjson", "table"])
def test_results_of_a_run_under_way_have_every_task_once(cove, under_way, gate, six, form):
    finished = cove("results", gate.run, "--output", form, code=0)
    for account in six.active:
        assert finished.text.count(account) >= 1
    if form == "json":
        assert ids(finished.output, "Results") == gate.ended
        reasons = sorted(entry["Reason"] for entry in finished.output["NotRun"])
        assert reasons == ["not started"] * 3 + ["still running"] * 2
    gate.open(len(six.active))
    under_way.finish().expect(0)


def test_watch_follows_a_run_to_its_end_and_writes_no_results_unasked(cove, under_way, gate, six):
    watching = cove.start("watch", gate.run)
    watching.wait_for_stderr("1/6 done")
    gate.open(len(six.active))
    output = under_way.finish().expect(0).output
    watched = watching.finish().expect(0)
    assert watched.stdout == b""
    assert cove("watch", gate.run, "--output", "json", code=0).output == output


def test_watch_writes_results_as_they_settle_and_its_exit_code_is_the_runs(cove, gate, six):
    failing = six.active[0]
    script = f"{gate.program[2]}; [ $COVE_ACCOUNT_ID != {failing} ]"
    running = cove.start("exec", "--slots", "1", "--", "sh", "-c", script)
    gate.arrivals(1)
    watching = cove.start("watch", gate.run, "--output", "ndjson", "--output-file", "watched")
    gate.open(len(six.active))
    finished, watched = running.finish().expect(1), watching.finish().expect(1)
    assert f"cove retry {gate.run}" in watched.stderr
    lines = [json.loads(line) for line in (pathlib.Path(cove.folder) / "watched").read_text().splitlines()]
    assert sorted(line["Id"] for line in lines) == sorted(six.active)
    assert [line["Id"] for line in lines if line["Outcome"] == "failed"] == ids(finished.output, "Exceptions")


def test_an_interrupted_watch_leaves_the_run_alone(cove, under_way, gate, six):
    watching = cove.start("watch", gate.run)
    watching.wait_for_stderr("done")
    watching.interrupt()
    watched = watching.finish().expect(130)
    assert f"cove watch {gate.run}" in watched.stderr
    assert f"cove cancel {gate.run}" in watched.stderr
    gate.open(len(six.active))
    assert len(under_way.finish().expect(0).output["Results"]) == 6


def test_a_run_that_is_over_is_watched_as_it_ended(cove, gate, six):
    running = cove.start("exec", "--slots", "1", "--", *gate.program)
    gate.arrivals(1)
    running.interrupt()
    running.wait_for_stderr("(?i)again")
    gate.open(1)
    running.finish().expect(130)
    watched = cove("watch", gate.run, code=130)
    assert f"cove resume {gate.run}" in watched.stderr
    gate.open(len(six.active))
    cove("resume", gate.run, code=0)
    cove("watch", gate.run, code=0)


def test_cancel_ends_a_run_in_another_process(cove, under_way, gate, six):
    cancelled = cove("cancel", gate.run, code=0)
    assert "5 never ran" in cancelled.stderr
    assert f"cove resume {gate.run}" in cancelled.stderr
    finished = under_way.finish().expect(130)
    assert "cancelled" in finished.stderr
    assert ids(finished.output, "Results") == gate.ended
    reasons = sorted(entry["Reason"].split(":")[0] for entry in finished.output["NotRun"])
    assert reasons == ["cancelled"] * 5
    assert sum("may have had effects" in entry["Reason"] for entry in finished.output["NotRun"]) == 2
    assert json.loads(cove("show", gate.run, "--output", "json", code=0).stdout)["State"] == "cancelled"
    assert cove("results", gate.run, code=0).output == finished.output
    cove("watch", gate.run, code=130)
    # A second cancellation finds it as it is.
    cove("cancel", gate.run, code=0)
    gate.open(len(six.active))
    resumed = cove("resume", gate.run, code=0).output
    assert sorted(ids(resumed, "Results")) == sorted(six.active)


def test_cancel_of_a_run_that_nobody_performs(cove, gate, six):
    running = cove.start("exec", "--slots", "1", "--", *gate.program)
    gate.arrivals(1)
    running.kill()
    assert json.loads(cove("show", gate.run, "--output", "json", code=0).stdout)["State"] == "interrupted"
    cove("cancel", gate.run, code=0)
    assert json.loads(cove("show", gate.run, "--output", "json", code=0).stdout)["State"] == "cancelled"
    gate.open(len(six.active) + 1)
    cove("resume", gate.run, code=0)
    assert "nothing to cancel" in cove("cancel", gate.run, code=0).stderr


@pytest.mark.parametrize("command", ["resume", "retry", "forget"])
def test_what_needs_a_run_for_itself_says_how_to_watch_and_stop_it(cove, under_way, gate, six, command):
    finished = cove(command, gate.run, code=3)
    assert f"cove watch {gate.run}" in finished.stderr
    assert f"cove cancel {gate.run}" in finished.stderr
    gate.open(len(six.active))
    under_way.finish().expect(0)


def test_a_run_goes_on_without_its_socket(cove, gate, six):
    running = cove.start("exec", "--slots", "1", "--", *gate.program)
    gate.arrivals(1)
    running.kill()
    folder = pathlib.Path(cove.environment["XDG_STATE_HOME"]) / "cove/runs" / gate.run
    (folder / "control").unlink(missing_ok=True)
    (folder / "control").mkdir()
    (folder / "control" / "in-the-way").touch()
    resumed = cove.start("resume", gate.run, "--log-level", "debug")
    gate.arrivals(1)
    finished = cove("show", gate.run, code=3)
    assert "does not answer" in finished.stderr
    (listed,) = json.loads(cove("runs", "--output", "json", code=0).stdout)
    assert listed["State"] == "running"
    gate.open(len(six.active) + 1)
    resumed.finish().expect(0)


def test_the_socket_is_private_and_goes_with_the_run(cove, under_way, gate, six):
    control = pathlib.Path(cove.environment["XDG_STATE_HOME"]) / "cove/runs" / gate.run / "control"
    assert control.is_socket()
    assert control.stat().st_mode & 0o777 == 0o600
    gate.open(len(six.active))
    under_way.finish().expect(0)
    assert not control.exists()


def test_a_run_in_a_folder_with_a_long_name_can_be_asked(cove, gate, six, tmp_path):
    store = tmp_path / ("x" * 100)
    running = cove.start("exec", "--store", store, "--slots", "1", "--", *gate.program)
    gate.arrivals(1)
    assert "running" in cove("show", gate.run, "--store", store, code=0).text
    gate.open(len(six.active))
    running.finish().expect(0)


def test_forget_removes_runs_that_are_over(cove, gate, six):
    cove("exec", "--", "true", code=0)
    cove("exec", "--", "false", code=1)
    listed = [run["Run"] for run in json.loads(cove("runs", "--output", "json", code=0).stdout)]
    assert len(listed) == 2
    finished = cove("forget", listed[0], "20010101", listed[1], code=2)
    assert 'there is no run "20010101"' in finished.stderr
    assert json.loads(cove("runs", "--output", "json", code=0).stdout) == []
    runs = pathlib.Path(cove.environment["XDG_STATE_HOME"]) / "cove/runs"
    assert list(runs.iterdir()) == []


def test_forget_keeps_what_can_be_gone_on_with_unless_it_is_forced(cove, gate, six):
    running = cove.start("exec", "--slots", "1", "--", *gate.program)
    gate.arrivals(1)
    running.kill()
    finished = cove("forget", gate.run, code=3)
    assert f"cove resume {gate.run}" in finished.stderr
    assert "--force" in finished.stderr
    cove("forget", gate.run, "--force", code=0)
    assert json.loads(cove("runs", "--output", "json", code=0).stdout) == []


def test_a_cancelled_run_is_over_and_can_be_forgotten(cove, under_way, gate):
    cove("cancel", gate.run, code=0)
    under_way.finish().expect(130)
    cove("forget", gate.run, code=0)
    assert re.search(r"no runs", cove("runs", code=0).text)
