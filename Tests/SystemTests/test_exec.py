# SPDX-License-Identifier: Apache-2.0
"""`cove exec`: what a program finds in its environment, and what becomes of its output and its end."""

import json
import os
import signal

import pytest

from parity import KEYS
from processes import is_running

READ_ONLY = '{"Version":"2012-10-17","Statement":[]}'


@pytest.fixture
def one(cove, organization):
    """`one(program, code)`: runs a program in one account and gives the account's only entry."""

    def run(*program, code=0, options=(), regions="eu-west-1"):
        target = ["--targets", organization.accounts["alder"], "--regions", regions]
        finished = cove("exec", *target, *options, "--", *program, code=code)
        entries = [entry for name in ("Results", "Exceptions", "FailedAssumeRole") for entry in finished.output[name]]
        assert len(entries) == 1
        return entries[0]

    return run


def printing(tmp_path, content):
    """A program that prints these bytes, whatever they are."""
    file = tmp_path / "content"
    file.write_bytes(content)
    return ["cat", str(file)]


def environment_of(one, **arguments):
    """The environment that the program found, printed by `env -0` so that a value may hold anything."""
    entry = one("sh", "-c", "env -0 | od -An -v -tx1", **arguments)
    pairs = bytes.fromhex(entry["Result"]).decode().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if pair)


def test_the_program_finds_the_sessions_credentials_and_region(one, organization, moto, environment):
    found = environment_of(one)
    account = organization.accounts["alder"]
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == found["COVE_REGION"] == "eu-west-1"
    assert found["COVE_ACCOUNT_ID"] == account
    assert found["COVE_RUN_ID"]
    assert found["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert found["AWS_SECRET_ACCESS_KEY"] and found["AWS_SESSION_TOKEN"]
    assert found["AWS_SECRET_ACCESS_KEY"] != organization.keys["AWS_SECRET_ACCESS_KEY"]
    assert found["AWS_ENDPOINT_URL"] == moto
    for name in ("PATH", "HOME", "LANG"):
        assert found[name] == environment[name]


def test_the_credentials_are_the_accounts(one, organization):
    entry = one("aws", "sts", "get-caller-identity", "--query", "Account", "--output", "text")
    assert entry["Result"] == organization.accounts["alder"]


def test_no_profile_reaches_the_program(cove_as, organization, tmp_path):
    config = tmp_path / "config"
    keys = organization.keys
    config.write_text(
        f"[profile audit]\naws_access_key_id = {keys['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {keys['AWS_SECRET_ACCESS_KEY']}\nregion = eu-north-1\n"
    )
    without = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_DEFAULT_REGION": None}
    named = {"AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "audit", "AWS_DEFAULT_PROFILE": "audit"}
    cove = cove_as(organization, **without, **named)
    program = ["sh", "-c", 'echo "${AWS_PROFILE-none} ${AWS_DEFAULT_PROFILE-none} $AWS_REGION"']
    output = cove("exec", "--targets", organization.accounts["alder"], "--", *program, code=0).output
    assert output["Results"][0]["Result"] == "none none eu-north-1"


def test_the_session_information_has_every_key(one, organization):
    information = json.loads(environment_of(one)["COVE_SESSION_INFORMATION"])
    assert set(KEYS) <= set(information)
    assert information["Id"] == organization.accounts["alder"]
    assert information["Name"] == "alder"
    assert information["Email"] == "alder@example.com"
    assert information["Status"] == "ACTIVE"
    assert information["Region"] == "eu-west-1"
    assert information["RoleName"] == information["RoleSessionName"] == "OrganizationAccountAccessRole"
    assert information["AssumeRoleSuccess"] is True
    for name in ("Policy", "PolicyArns", "ExternalId", "ExceptionDetails", "Result"):
        assert information[name] is None


def test_the_session_information_has_what_was_asked_for(one):
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    options = ["--policy", READ_ONLY, "--policy-arns", arn, "--external-id", "x1"]
    information = json.loads(environment_of(one, options=options)["COVE_SESSION_INFORMATION"])
    assert information["Policy"] == READ_ONLY
    assert information["PolicyArns"] == [{"arn": arn}]
    assert information["ExternalId"] == "x1"


def test_standard_input_is_empty(one):
    assert one("cat").get("Result") is None


# Printed bytes, and what `--parse auto` makes of them: JSON objects and arrays stay as they are byte for byte.
KEPT = [
    b'{"b":1,"a":2}',
    b'{ "spaced" : [ 1 ,2 ] }',
    b"[12345678901234567890123, 1e400, 1.10, -0.0]",
    b'{"a":1,"a":2}',
    '["Zürich", "\\u00fc", "\\ud83d\\ude00"]'.encode(),
    b"[]",
    b"{}",
    b"[\n  1,\n  2\n]",
]


@pytest.mark.parametrize("content", KEPT, ids=range(len(KEPT)))
def test_json_is_kept_byte_for_byte(cove, organization, tmp_path, content):
    target = ["--targets", organization.accounts["alder"], "--regions", "eu-west-1"]
    program = printing(tmp_path, content + b"\n")
    finished = cove("exec", *target, "--", *program, code=0)
    assert b'"Result":' in finished.stdout.replace(b'"Result": ', b'"Result":')
    assert content in finished.stdout
    assert json.loads(content) == finished.output["Results"][0]["Result"]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"012345678901\n", "012345678901"),
        (b"12345\n", "12345"),
        (b"true\n", "true"),
        (b'"quoted"\n', '"quoted"'),
        (b"two\nlines\n", "two\nlines"),
        (b"two newlines\n\n", "two newlines\n"),
        (b"no newline", "no newline"),
        (b"{not json}\n", "{not json}"),
        (b'{"a":1} {"b":2}\n', '{"a":1} {"b":2}'),
        (b"[1,]\n", "[1,]"),
        (b'a "quote", a \\ and a tab\t\n', 'a "quote", a \\ and a tab\t'),
        ("Zürich 😀\n".encode(), "Zürich 😀"),
        (b"\n", ""),
    ],
)
def test_everything_else_is_text(one, tmp_path, content, text):
    assert one(*printing(tmp_path, content))["Result"] == text


@pytest.mark.parametrize("content", [b"", b"null", b"null\n"])
def test_no_output_and_null_are_no_result(one, tmp_path, content):
    assert "Result" not in one(*printing(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "value"), [(b"12", 12), (b"true\n", True), (b'"x"', "x"), (b" [1] \n", [1]), (b"0.5", 0.5)]
)
def test_parse_json_takes_scalars(one, tmp_path, content, value):
    assert one(*printing(tmp_path, content), options=["--parse", "json"])["Result"] == value


def test_parse_json_refuses_what_is_not_json(one, tmp_path):
    entry = one(*printing(tmp_path, b"hello\n"), options=["--parse", "json"], code=1)
    assert "JSON" in entry["ExceptionDetails"]["Message"]


def test_parse_text_leaves_json_alone(one, tmp_path):
    assert one(*printing(tmp_path, b'{"a":1}\n'), options=["--parse", "text"])["Result"] == '{"a":1}'


@pytest.mark.parametrize("parse", ["auto", "text", "json"])
def test_invalid_utf8_is_an_exception(one, tmp_path, parse):
    entry = one(*printing(tmp_path, b"caf\xe9\n"), options=["--parse", parse], code=1)
    assert "UTF-8" in entry["ExceptionDetails"]["Message"]
    assert entry["AssumeRoleSuccess"] is True
    assert "Result" not in entry


def test_a_program_that_fails_leaves_its_exit_code_and_the_end_of_its_stderr(one):
    script = "seq 1 100000 >&2; echo lost; echo 'the last word' >&2; exit 42"
    entry = one("sh", "-c", script, code=1)
    details = entry["ExceptionDetails"]
    assert details["ExitCode"] == 42
    assert details["Stderr"].rstrip().endswith("100000\nthe last word")
    assert len(details["Stderr"]) <= 64 * 1024
    assert "Result" not in entry


def test_stderr_that_is_not_utf8_does_no_harm(one):
    entry = one("sh", "-c", r"printf 'caf\351 \360\237' >&2; exit 1", code=1)
    assert entry["ExceptionDetails"]["Stderr"].startswith("caf")


def test_a_program_ended_by_a_signal_says_so(one):
    details = one("sh", "-c", "kill -KILL $$", code=1)["ExceptionDetails"]
    assert "signal 9" in details["Message"] or "SIGKILL" in details["Message"]
    assert details.get("ExitCode") != 0


def test_a_program_that_is_not_there_is_a_wrong_request(cove, proxy, environment):
    finished = cove.with_environment(**proxy.environment)("exec", "--", "there-is-no-such-program", code=2)
    assert "there-is-no-such-program" in finished.stderr
    assert proxy.calls == []


def test_a_program_that_cannot_be_executed_is_a_wrong_request(cove, tmp_path):
    file = tmp_path / "plain.txt"
    file.write_text("not a program")
    assert str(file) in cove("exec", "--", file, code=2).stderr


def test_the_program_runs_where_cove_was_started(one, tmp_path):
    assert one("pwd")["Result"] == str(tmp_path)


def test_arguments_reach_the_program_as_they_are(one):
    arguments = ["a b", "", "$HOME", "*", "'", '"', "--regions", "ü", "-"]
    entry = one("sh", "-c", 'for a in "$@"; do printf "<%s>" "$a"; done', "sh", *arguments)
    assert entry["Result"] == "".join(f"<{argument}>" for argument in arguments)


def test_output_over_the_limit_is_an_exception_and_ends_the_program(one):
    details = one("yes", code=1)["ExceptionDetails"]
    assert "16 MiB" in details["Message"] or str(16 * 1024 * 1024) in details["Message"]


def test_output_just_under_the_limit_is_kept(one):
    size = 16 * 1024 * 1024 - 4096
    assert len(one("sh", "-c", f"head -c {size} /dev/zero | tr '\\0' x")["Result"]) == size


def test_a_child_that_keeps_stdout_open_does_not_outlive_the_program(one):
    # It would hold the pipe for an hour.
    entry = one("sh", "-c", "sleep 3600 & echo $!")
    assert not is_running(int(entry["Result"]))


def test_a_timeout_ends_the_whole_process_group(one, tmp_path):
    pids = tmp_path / "pids"
    script = f"sh -c 'sh -c \"echo \\$\\$ >>{pids}; exec sleep 3600\" & wait' & echo $$ >>{pids}; wait"
    entry = one("sh", "-c", script, options=["--task-timeout", "2"], code=1)
    assert "timeout" in json.dumps(entry["ExceptionDetails"]).lower()
    ended = [int(line) for line in pids.read_text().split()]
    assert len(ended) == 2
    assert [pid for pid in ended if is_running(pid)] == []


def test_a_timeout_ends_a_program_that_ignores_sigterm(one, tmp_path):
    entry = one("sh", "-c", "trap '' TERM INT; while :; do sleep 3600; done", options=["--task-timeout", "1"], code=1)
    assert "timeout" in json.dumps(entry["ExceptionDetails"]).lower()


def test_signals_are_not_ignored_in_the_program(one):
    # A program that inherits an ignored SIGPIPE or SIGINT behaves in ways that nobody expects.
    entry = one("sh", "-c", "grep -E '^Sig(Ign|Blk)' /proc/self/status")
    values = [int(line.split()[1], 16) for line in entry["Result"].splitlines()]
    asked = sum(1 << (number - 1) for number in (signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGCHLD))
    assert [value & asked for value in values] == [0, 0]


def test_no_descriptor_of_coves_reaches_the_program(one):
    entry = one("sh", "-c", "ls -l /proc/self/fd | sed 's/.* -> //;s/.*-> //'")
    known = ("pipe:", "/dev/null", "/proc/")
    assert [line for line in entry["Result"].splitlines() if line and not line.startswith((*known, "total"))] == []


def test_many_programs_run_at_once_and_no_more_than_the_slots(cove, organization, gate):
    running = cove.start("exec", "--slots", "3", "--quiet", "--", *gate.program)
    assert len(gate.arrivals(3)) == 3
    gate.open(1)
    gate.arrivals(1)
    assert len(gate.begun) - len(gate.ended) <= 3
    gate.open(5)
    assert len(running.finish().expect(0).output["Results"]) == len(organization.active)


@pytest.mark.parametrize("stream", ["1", "2"])
def test_a_program_that_floods_a_stream_costs_no_memory(cove, organization, stream):
    def peak(script):
        target = ["--targets", organization.accounts["alder"]]
        running = cove.start("exec", "--quiet", "--output", "none", *target, "--", "sh", "-c", script)
        _, status, usage = os.wait4(running.process.pid, 0)
        running.process.returncode = os.waitstatus_to_exitcode(status)
        return usage.ru_maxrss

    # 100 MB: stdout is cut off at the largest result, 16 MiB, and of stderr the end is kept.
    flood = peak(f"head -c 100000000 /dev/zero | tr '\\0' x >&{stream}")
    assert flood - peak("true") < 70_000
