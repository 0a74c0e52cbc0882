# SPDX-License-Identifier: Apache-2.0
"""`cove plan`, `runs`, `show`, `results`, `retry`."""

import json

import pytest


@pytest.fixture
def ran(cove, tmp_path):
    """`ran(options, script)`: runs a script and gives the run's id and output."""

    def run(*options, script="true", code=0):
        log = tmp_path / "id"
        finished = cove("exec", *options, "--", "sh", "-c", f"echo $COVE_RUN_ID >{log}; {script}", code=code)
        return log.read_text().strip(), finished.output

    return run


def test_plan_shows_who_would_run_and_who_not_and_runs_nothing(cove, organization, proxy):
    cove = cove.with_environment(**proxy.environment)
    ignored = organization.accounts["birch"]
    text = cove("plan", "--ignore", ignored, "--regions", "eu-west-1,us-east-1", code=0).text
    for name, account in organization.accounts.items():
        assert account in text, name
    lines = {a: line for line in text.splitlines() for a in organization.accounts.values() if a in line}
    assert "ignored" in lines[ignored]
    assert "SUSPENDED" in lines[organization.accounts["fallen"]]
    assert organization.management in text
    assert proxy.assumed() == {}


def test_plan_as_json(cove, organization):
    plan = json.loads(cove("plan", "--output", "json", "--targets", organization.units["closing"], code=0).stdout)
    text = json.dumps(plan)
    assert organization.accounts["grove"] in text
    assert organization.accounts["fallen"] in text
    assert organization.accounts["alder"] not in text


def test_plan_leaves_no_run(cove):
    cove("plan", code=0)
    assert "true" not in cove("runs", code=0).text


def test_plan_tells_what_is_wrong_like_exec(cove):
    finished = cove("plan", "--targets", "cat", code=2)
    assert "provided id is neither an aws account nor an ou: cat" in finished.stderr


def test_runs_lists_every_run(cove, ran):
    first, _ = ran(script="true")
    second, _ = ran(script="exit 3", code=1)
    text = cove("runs", code=0).text
    assert first in text
    assert second in text


def test_runs_without_any_run(cove):
    cove("runs", code=0)


def test_show_tells_a_runs_state_and_counts(cove, ran, organization):
    run, _ = ran(script=f"[ $COVE_ACCOUNT_ID != {organization.accounts['alder']} ]", code=1)
    text = cove("show", run, code=0).text
    assert run in text
    assert "completed" in text
    assert "1 failed" in text or "failed: 1" in text or "failed 1" in " ".join(text.lower().split())


def test_results_are_the_runs_output_again(cove, ran, tmp_path):
    run, output = ran("--regions", "eu-west-1,us-east-1", script='echo "[1]"; [ $COVE_REGION = us-east-1 ]', code=1)
    again = cove("results", run)
    assert again.output == output
    lines = cove("results", run, "--output", "ndjson").lines
    assert len(lines) == sum(map(len, output.values()))
    cove("results", run, "--output-file", "again.json")
    assert json.loads((tmp_path / "again.json").read_text()) == output


def test_retry_runs_only_what_failed(cove, organization, proxy, tmp_path):
    cove = cove.with_environment(**proxy.environment)
    refused, failing = organization.accounts["birch"], organization.accounts["alder"]
    proxy.refuse("AssumeRole", "AccessDenied", 403, account=refused, times=1)
    log, repaired = tmp_path / "log", tmp_path / "repaired"
    script = f"echo $COVE_RUN_ID $COVE_ACCOUNT_ID >>{log}; [ -e {repaired} ] || [ $COVE_ACCOUNT_ID != {failing} ]"
    first = cove("exec", "--", "sh", "-c", script, code=1).output
    assert [entry["Id"] for entry in first["Exceptions"]] == [failing]
    assert [entry["Id"] for entry in first["FailedAssumeRole"]] == [refused]
    run = log.read_text().split()[0]
    log.unlink()
    repaired.touch()
    again = cove("retry", run, code=0).output
    assert sorted(line.split()[1] for line in log.read_text().splitlines()) == sorted([refused, failing])
    assert sorted(entry["Id"] for entry in again["Results"]) == sorted(organization.active)
    assert cove("results", run, code=0).output == again


def test_retry_of_a_run_without_failures_runs_nothing(cove, ran):
    run, output = ran()
    assert cove("retry", run, code=0).output == output


def test_results_of_a_run_that_goes_on_or_a_clear_word(cove, organization, gate):
    running = cove.start("exec", "--slots", "1", "--", *gate.program)
    gate.arrivals(1)
    finished = cove("results", gate.run)
    assert finished.code in (0, 1) and finished.output or finished.code == 3 and "in use" in finished.stderr
    gate.open(len(organization.active))
    running.finish().expect(0)
