# SPDX-License-Identifier: Apache-2.0
"""Options and their variables, output formats, files and streams, exit codes."""

import json

import pytest

from parity import LISTS

ARN = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.fixture
def cove(cove_as, organization, proxy):
    return cove_as(organization, **proxy.environment)


@pytest.fixture
def alder(organization):
    return organization.accounts["alder"]


# Every run option: its variable's value, and what shows that it was heard, from the output and the proxy.
def entries(output):
    return [entry for name in LISTS for entry in output[name]]


def all_have(key, value):
    return lambda output, proxy: [entry.get(key) for entry in entries(output)] == [value] * len(entries(output))


def asked(key, value):
    return lambda output, proxy: {p.get(key) for p in proxy.parameters("AssumeRole")} == {value}


HEARD = {
    "--regions": ("eu-west-1", all_have("Region", "eu-west-1")),
    "--role-name": ("Audit", all_have("RoleName", "Audit")),
    "--role-session-name": ("who", all_have("RoleSessionName", "who")),
    "--policy": ('{"Statement":[]}', all_have("Policy", '{"Statement":[]}')),
    "--policy-arns": (ARN, all_have("PolicyArns", [{"arn": ARN}])),
    "--external-id": ("x1", all_have("ExternalId", "x1")),
    "--duration": ("901", asked("DurationSeconds", "901")),
    "--partition": ("aws-cn", all_have("Partition", "aws-cn")),
    "--parse": ("text", all_have("Result", "[1]")),
}


def variable(option):
    return "COVE_" + option.strip("-").replace("-", "_").upper()


@pytest.mark.parametrize("option", HEARD)
def test_an_option_and_its_variable_say_the_same(cove, alder, proxy, option):
    value, heard = HEARD[option]
    common = ["--targets", alder]
    by_option = cove("exec", *common, option, value, "--", "echo", "[1]", code=0).output
    assert heard(by_option, proxy)
    proxy.forget()
    cove = cove.with_environment(**{variable(option): value})
    by_variable = cove("exec", *common, "--", "echo", "[1]", code=0).output
    assert heard(by_variable, proxy)


@pytest.mark.parametrize("option", ["--targets", "--ignore"])
def test_targets_and_ignored_by_variable_and_by_repeating_the_option(cove, organization, option):
    chosen = [organization.accounts["alder"], organization.accounts["birch"]]
    by_list = cove("exec", option, ",".join(chosen), "--", "true", code=0).output
    repeated = cove("exec", option, chosen[0], option, chosen[1], "--", "true", code=0).output
    by_variable = cove.with_environment(**{variable(option): ",".join(chosen)})("exec", "--", "true", code=0).output
    expected = set(chosen) if option == "--targets" else set(organization.active) - set(chosen)
    for output in (by_list, repeated, by_variable):
        assert {entry["Id"] for entry in output["Results"]} == expected


def test_an_argument_beats_its_variable(cove, alder):
    cove = cove.with_environment(COVE_REGIONS="eu-west-1", COVE_TARGETS="999999999999")
    (entry,) = cove("exec", "--targets", alder, "--regions", "us-west-2", "--", "true", code=0).output["Results"]
    assert entry["Region"] == "us-west-2"


def test_a_role_may_be_assumed_by_a_profile(cove, organization, alder, tmp_path):
    keys = organization.keys
    (tmp_path / "credentials").write_text(
        f"[audit]\naws_access_key_id = {keys['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {keys['AWS_SECRET_ACCESS_KEY']}\n"
    )
    cove = cove.with_environment(
        AWS_SHARED_CREDENTIALS_FILE=str(tmp_path / "credentials"), AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None
    )
    by_option = cove("exec", "--profile", "audit", "--targets", alder, "--", "true", code=0).output
    by_variable = cove.with_environment(COVE_PROFILE="audit")("exec", "--targets", alder, "--", "true", code=0).output
    assert by_option["Results"][0]["Id"] == by_variable["Results"][0]["Id"] == alder


def test_the_calling_account_is_a_target_when_asked_for(cove, organization):
    without = cove("exec", "--", "true", code=0).output
    included = cove("exec", "--include-calling-account", "--", "true", code=0).output
    by_variable = cove.with_environment(COVE_INCLUDE_CALLING_ACCOUNT="true")("exec", "--", "true", code=0).output
    extra = {entry["Id"] for entry in included["Results"]} - {entry["Id"] for entry in without["Results"]}
    assert extra == {organization.management}
    assert {entry["Id"] for entry in by_variable["Results"]} == {entry["Id"] for entry in included["Results"]}


def test_slots_by_variable(cove, gate, organization):
    running = cove.with_environment(COVE_SLOTS="1")
    running = running.start("exec", "--", *gate.program)
    gate.arrivals(1)
    gate.open(len(organization.active))
    running.finish().expect(0)
    assert gate.begun == gate.ended  # never two at once


def test_a_task_timeout_by_variable(cove, alder):
    cove = cove.with_environment(COVE_TASK_TIMEOUT="1")
    (entry,) = cove("exec", "--targets", alder, "--", "sleep", "3600", code=1).output["Exceptions"]
    assert "timeout" in json.dumps(entry["ExceptionDetails"]).lower()


@pytest.mark.parametrize("value", ["true", "1", "yes"])
def test_raise_exception_by_variable(cove, tmp_path, value):
    cove = cove.with_environment(COVE_RAISE_EXCEPTION=value, COVE_SLOTS="1")
    cove("exec", "--", "sh", "-c", f"echo x >>{tmp_path}/ran; exit 1", code=1)
    assert (tmp_path / "ran").read_text() == "x\n"


def test_a_store_of_ones_own(cove, alder, tmp_path):
    cove("exec", "--store", "mine", "--targets", alder, "--", "true", code=0)
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o700
    assert not (tmp_path / "state" / "cove" / "runs").exists() or not list((tmp_path / "state/cove/runs").iterdir())
    cove.with_environment(COVE_STORE="other")("exec", "--targets", alder, "--", "true", code=0)
    assert (tmp_path / "other").is_dir()


# Output.


@pytest.fixture
def mixed(cove, organization, proxy):
    """The arguments of a run with entries in all four lists."""
    proxy.deny(organization.accounts["birch"])
    chosen = [organization.accounts[name] for name in ("drift", "birch", "alder")] + [organization.units["closing"]]
    failing = organization.accounts["drift"]
    program = ["sh", "-c", f'[ $COVE_ACCOUNT_ID != {failing} ] && echo "[1, 2]"']
    return ["--targets", ",".join(chosen), "--regions", "us-west-2,eu-west-1"], program


def test_json_is_the_default_and_nothing_else_is_on_stdout(cove, mixed, organization):
    options, program = mixed
    finished = cove("exec", *options, "--log-level", "trace", "--", *program, code=1)
    output = json.loads(finished.stdout)
    assert list(output) == [*LISTS, "NotRun"]
    assert [len(output[name]) for name in LISTS] == [4, 2, 2]
    assert [entry["Id"] for entry in output["NotRun"]] == [organization.accounts["fallen"]]
    assert finished.stdout.endswith(b"\n")


def test_not_run_is_there_only_with_entries(cove, alder):
    assert list(cove("exec", "--targets", alder, "--", "true", code=0).output) == LISTS


def test_ndjson_has_an_entry_a_line_with_the_outcome_first(cove, mixed):
    options, program = mixed
    by_json = cove("exec", *options, "--", *program, code=1).output
    lines = cove("exec", *options, "--output", "ndjson", "--", *program, code=1).lines
    assert all(list(line)[0] == "Outcome" for line in lines)
    listed = {"Results": "succeeded", "Exceptions": "failed", "FailedAssumeRole": "roleNotAssumed", "NotRun": "skipped"}
    for name, outcome in listed.items():
        theirs = {(entry["Id"], entry.get("Region")) for entry in by_json[name]}
        assert {(line["Id"], line.get("Region")) for line in lines if line["Outcome"] == outcome} == theirs
    by_variable = cove.with_environment(COVE_OUTPUT="ndjson")("exec", *options, "--", *program, code=1).lines
    assert len(by_variable) == len(lines) == 9


def test_ndjson_lines_come_as_they_settle(cove, organization, gate):
    running = cove.start("exec", "--slots", "1", "--output", "ndjson", "--", *gate.program)
    first = gate.arrivals(1)
    gate.open(1)
    line = json.loads(running.process.stdout.readline())
    assert line["Id"] == first[0]
    assert len(gate.ended) < len(organization.active)
    gate.open(len(organization.active))
    running.finish().expect(0)


def test_ndjson_stays_on_its_line_when_a_result_has_line_ends(cove, alder):
    program = ["printf", "[\\n 1,\\n 12345678901234567890123\\n]\\n"]
    (line,) = cove("exec", "--targets", alder, "--output", "ndjson", "--", *program, code=0).lines
    assert line["Result"] == [1, 12345678901234567890123]


def test_a_table_has_a_row_a_task_and_no_line_over_80_columns(cove, mixed, organization):
    options, program = mixed
    finished = cove.with_environment(COLUMNS="80")("exec", *options, "--output", "table", "--", *program, code=1)
    lines = finished.text.splitlines()
    for name in ("drift", "birch", "alder", "grove"):
        assert len([line for line in lines if organization.accounts[name] in line]) == 2
    assert max(map(len, lines)) <= 80


def test_none_prints_nothing(cove, alder):
    assert cove("exec", "--targets", alder, "--output", "none", "--", "echo", "x", code=0).stdout == b""


def test_an_output_file_has_what_stdout_would_have(cove, alder, tmp_path):
    finished = cove("exec", "--targets", alder, "--output-file", "out.json", "--", "echo", "x", code=0)
    assert finished.stdout == b""
    output = json.loads((tmp_path / "out.json").read_text())
    assert output["Results"][0]["Result"] == "x"
    cove.with_environment(COVE_OUTPUT_FILE="other.json")("exec", "--targets", alder, "--", "echo", "x", code=0)
    assert json.loads((tmp_path / "other.json").read_text())["Results"][0]["Result"] == "x"


def test_stderr_is_empty_when_it_is_no_terminal_and_all_goes_well(cove, alder):
    assert cove("exec", "--targets", alder, "--", "true", code=0).stderr == ""


def test_quiet_says_nothing_and_results_stay(cove, mixed):
    options, program = mixed
    finished = cove("exec", "--quiet", *options, "--", *program, code=1)
    assert finished.stderr == ""
    assert len(finished.output["Results"]) == 4
    assert cove.with_environment(COVE_QUIET="1")("exec", *options, "--", *program, code=1).stderr == ""


def test_a_log_in_json_has_an_object_a_line(cove, alder):
    options = ["--log-level", "trace", "--log-format", "json"]
    finished = cove("exec", *options, "--targets", alder, "--", "true", code=0)
    lines = [json.loads(line) for line in finished.stderr.splitlines()]
    assert lines
    cove = cove.with_environment(COVE_LOG_LEVEL="trace", COVE_LOG_FORMAT="json")
    assert json.loads(cove("exec", "--targets", alder, "--", "true", code=0).stderr.splitlines()[0])


def test_exit_codes_of_all_some_and_none(cove, organization, proxy):
    assert cove("exec", "--", "true").code == 0
    assert cove("exec", "--", "sh", "-c", f"[ $COVE_ACCOUNT_ID != {organization.accounts['alder']} ]").code == 1
    assert cove("exec", "--", "false").code == 1
    proxy.deny(organization.accounts["alder"])
    assert cove("exec", "--", "true").code == 1


def test_a_reader_that_goes_away_does_no_harm(cove, organization, gate):
    running = cove.start("exec", "--slots", "1", "--output", "ndjson", "--", *gate.program)
    gate.arrivals(1)
    running.process.stdout.close()
    gate.open(len(organization.active) + 1)
    assert running.process.wait(60) != -11
    # What ran is recorded although nobody read it.
    output = cove("results", gate.run).output
    assert len(output["Results"]) == len(set(gate.ended)) >= 1


def test_the_version_and_the_help(cove):
    assert cove("--version", code=0).text.strip()
    for command in ("call", "exec", "plan", "runs", "show", "results", "resume", "retry"):
        assert command in cove("--help", code=0).text
        assert "USAGE" in cove(command, "--help", code=0).text


def test_every_run_option_is_in_the_help_with_its_variable(cove):
    text = cove("exec", "--help", code=0).text
    options = [*HEARD, "--targets", "--ignore", "--profile", "--include-calling-account", "--raise-exception"]
    options += ["--slots", "--task-timeout", "--at-most-once", "--store", "--output", "--output-file", "--quiet"]
    options += ["--log-level", "--log-format"]
    missing = [option for option in options if option not in text or variable(option) not in text]
    assert missing == []
