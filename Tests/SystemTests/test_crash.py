# SPDX-License-Identifier: Apache-2.0
"""`kill -9` in the middle of a local run, and `cove resume`: what was recorded does not run again."""

import os

import pytest


@pytest.fixture
def eight(make_organization):
    return make_organization(accounts={f"member-{n}": ("", []) for n in range(8)})


@pytest.fixture
def cove(cove_as, eight):
    return cove_as(eight)


@pytest.fixture
def killed(cove, gate):
    """`killed(options)`: a run of two slots, killed when the fourth and fifth program had begun; its id."""

    def run(*options, **variables):
        program = cove.with_environment(**variables)
        running = program.start("exec", "--slots", "2", *options, "--", *gate.program)
        gate.arrivals(2)
        gate.open(3)
        gate.arrivals(3)
        running.kill()
        return gate.run

    return run


def recorded(cove, run):
    """The accounts with a recorded outcome, by the list that they stand in."""
    output = cove("results", run).output
    return {name: [entry["Id"] for entry in output[name]] for name in ("Results", "Exceptions", "FailedAssumeRole")}


def test_a_killed_run_is_completed_and_nothing_recorded_runs_again(cove, eight, gate, killed):
    run = killed()
    before = recorded(cove, run)["Results"]
    assert 1 <= len(before) <= 3
    began = len(gate.begun)
    gate.open(len(eight.active) + 2)
    finished = cove("resume", run, code=0)
    assert sorted(entry["Id"] for entry in finished.output["Results"]) == sorted(eight.active)
    again = gate.begun[began:]
    assert sorted(again) == sorted(set(eight.active) - set(before))
    assert finished.output == cove("results", run, code=0).output


def test_a_resumed_run_counts_the_lost_attempts(cove, eight, gate, killed):
    run = killed()
    gate.open(len(eight.active) + 2)
    output = cove("resume", run, code=0).output
    attempts = {entry["Id"]: entry["Attempts"] for entry in output["Results"]}
    assert all(attempts[account] >= 1 for account in eight.active)
    assert sum(attempts.values()) <= len(gate.begun)


@pytest.mark.parametrize("way", ["option", "variable"])
def test_at_most_once_does_not_run_a_lost_attempt_again(cove, eight, gate, killed, way):
    run = killed("--at-most-once") if way == "option" else killed(COVE_AT_MOST_ONCE="true")
    before = recorded(cove, run)["Results"]
    began = gate.begun
    gate.open(len(eight.active))
    output = cove("resume", run, code=1).output
    lost = set(began) - set(before)
    assert {entry["Id"] for entry in output["Exceptions"]} == lost
    assert len(lost) >= 2
    for entry in output["Exceptions"]:
        assert "outcome unknown" in entry["ExceptionDetails"]["Message"]
    assert sorted(gate.begun) == sorted(eight.active)
    assert {entry["Id"] for entry in output["Results"]} == set(eight.active) - lost


def test_a_run_killed_while_it_reads_the_organization_is_planned_again_and_doubles_nothing(
    cove_as, eight, gate, proxy
):
    cove = cove_as(eight, **proxy.environment)
    hold = proxy.hold("ListAccounts")
    running = cove.start("exec", "--", "sh", "-c", "true")
    assert hold.arrived.wait(60)
    running.kill()
    hold.release()
    (run,) = [name for name in os.listdir(os.path.join(cove.environment["XDG_STATE_HOME"], "cove", "runs"))]
    output = cove("resume", run, code=0).output
    assert sorted(entry["Id"] for entry in output["Results"]) == sorted(eight.active)


def test_a_resumed_run_has_the_slots_that_it_was_made_with(cove, eight, gate):
    # More than the 20 that a run has by default: so many only arrive together when they are remembered.
    regions = "eu-west-1,us-east-1,us-west-2"
    running = cove.start("exec", "--slots", "24", "--regions", regions, "--", *gate.program)
    gate.arrivals(24)
    running.kill()
    resumed = cove.start("resume", gate.run)
    gate.arrivals(24)
    gate.open(2 * 24)
    assert len(resumed.finish().expect(0).output["Results"]) == 24


def test_a_resumed_run_has_the_folder_that_it_was_made_in(cove_as, eight, proxy, tmp_path):
    cove = cove_as(eight, **proxy.environment)
    hold = proxy.hold("ListAccounts")
    running = cove.start("exec", "--", "pwd")
    assert hold.arrived.wait(60)
    running.kill()
    hold.release()
    (run,) = os.listdir(os.path.join(cove.environment["XDG_STATE_HOME"], "cove", "runs"))
    cove.folder = tmp_path / "elsewhere"
    cove.folder.mkdir()
    output = cove("resume", run, code=0).output
    assert {entry["Result"] for entry in output["Results"]} == {str(tmp_path)}


def test_a_resumed_run_may_be_given_other_slots(cove, eight, gate):
    running = cove.start("exec", "--slots", "1", "--", *gate.program)
    gate.arrivals(1)
    running.kill()
    resumed = cove.start("resume", gate.run, "--slots", "3")
    gate.arrivals(3)
    gate.open(2 * len(eight.active))
    resumed.finish().expect(0)


def test_resume_of_a_completed_run_runs_nothing(cove, eight, tmp_path):
    log = tmp_path / "ran"
    output = cove("exec", "--", "sh", "-c", f"echo $COVE_RUN_ID >>{log}", code=0).output
    ran = log.read_text().split()
    assert len(ran) == len(eight.active)
    assert cove("resume", ran[0], code=0).output == output
    assert log.read_text().split() == ran


def test_the_first_result_survives_a_kill_and_a_second_kill(cove, eight, gate, killed):
    run = killed()
    before = recorded(cove, run)["Results"]
    began = len(gate.begun)
    running = cove.start("resume", run)
    gate.arrivals(1)
    running.kill()
    assert set(before) <= set(recorded(cove, run)["Results"])
    gate.open(2 * len(eight.active))
    output = cove("resume", run, code=0).output
    assert sorted(entry["Id"] for entry in output["Results"]) == sorted(eight.active)
    assert set(gate.begun[began:]).isdisjoint(before)
