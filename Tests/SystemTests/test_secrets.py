# SPDX-License-Identifier: Apache-2.0
"""No secret in a log, an error, a store, a result, or an argument list: searched for as bytes, base64 too."""

import base64
import os
import pathlib

import pytest

# In the environment of a program the secrets have to be; nothing else may hold them.


@pytest.fixture
def cove(cove_as, organization, proxy):
    return cove_as(organization, **proxy.environment)


def found(secrets, content):
    """The beginnings of the secrets that the bytes hold, as they are or in base64."""
    assert secrets
    held = []
    for secret in secrets:
        raw = secret.encode()
        if raw in content or base64.b64encode(raw)[:-4] in content:
            held.append(secret[:6] + "…")
    return held


@pytest.fixture
def secrets(organization, proxy):
    """The caller's secret key and what STS has handed out so far."""
    return lambda: {organization.keys["AWS_SECRET_ACCESS_KEY"]} | proxy.secrets


def store_content(cove):
    state = pathlib.Path(cove.environment["XDG_STATE_HOME"])
    return b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())


def test_nothing_secret_in_logs_results_and_store(cove, organization, proxy, secrets):
    proxy.deny(organization.accounts["birch"])
    options = ["--log-level", "trace", "--regions", "eu-west-1,us-east-1"]
    finished = cove("exec", *options, "--", "sh", "-c", "echo to stderr >&2; [ $COVE_REGION = eu-west-1 ]", code=1)
    assert len(secrets()) > 2 * (len(organization.active) - 1)
    assert finished.stderr
    everything = finished.stdout + finished.stderr.encode() + store_content(cove)
    assert organization.accounts["alder"].encode() in everything
    assert found(secrets(), everything) == []


def test_nothing_secret_in_what_later_commands_show(cove, organization, secrets, tmp_path):
    cove("exec", "--", "sh", "-c", f"echo $COVE_RUN_ID >{tmp_path}/run; false", code=1)
    run = (tmp_path / "run").read_text().strip()
    shown = b""
    for command in (["runs"], ["show", run], ["results", run], ["retry", run, "--log-level", "trace"], ["plan"]):
        finished = cove(*command)
        shown += finished.stdout + finished.stderr.encode()
    assert organization.accounts["alder"].encode() in shown
    assert found(secrets(), shown) == []


def test_nothing_secret_in_argument_lists_while_programs_run(cove, organization, gate, secrets):
    running = cove.start("exec", "--slots", "2", "--", *gate.program)
    gate.arrivals(2)
    lines = b""
    for process in pathlib.Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                lines += (process / "cmdline").read_bytes()
            except OSError:
                pass  # it ended meanwhile
    environment = pathlib.Path(f"/proc/{gate.pids[0]}/environ").read_bytes()
    assert found(secrets(), environment)  # the search does find them where they are
    assert os.fsencode(cove.binary) in lines
    assert found(secrets(), lines) == []
    gate.open(len(organization.active))
    running.finish().expect(0)


def test_the_callers_keys_do_not_reach_the_program(cove, organization, gate):
    running = cove.start("exec", "--slots", "1", "--", *gate.program)
    gate.arrivals(1)
    environment = pathlib.Path(f"/proc/{gate.pids[0]}/environ").read_bytes()
    assert found(set(organization.keys.values()), environment) == []
    gate.open(len(organization.active))
    running.finish().expect(0)


def test_nothing_secret_when_credentials_are_refused(cove, proxy, secrets, organization):
    proxy.refuse("GetCallerIdentity", "SignatureDoesNotMatch", 403, "The request signature does not match")
    finished = cove("exec", "--log-level", "trace", "--", "true", code=3)
    assert found({organization.keys["AWS_SECRET_ACCESS_KEY"]}, finished.stderr.encode()) == []


def test_nothing_secret_when_a_credentials_file_is_wrong(cove, tmp_path):
    secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00"
    file = tmp_path / "credentials"
    cut_short = f"[default]\naws_access_key_id = AKIA\naws_secret_access_key {secret}\n"
    for content in (cut_short, f"{secret}\n", f"[{secret}"):
        file.write_text(content)
        without = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
        broken = cove.with_environment(AWS_SHARED_CREDENTIALS_FILE=str(file), **without)
        finished = broken("exec", "--log-level", "trace", "--", "true", code=3)
        assert finished.stderr
        assert found({secret}, finished.stderr.encode()) == []


def test_nothing_secret_when_a_credential_process_fails(cove, tmp_path):
    secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00"
    printed = tmp_path / "printed.json"
    printed.write_text(f'{{"Version": 7, "AccessKeyId": "AKIA", "SecretAccessKey": "{secret}"}}')
    config = tmp_path / "config"
    config.write_text(f"[profile p]\ncredential_process = cat {printed}\n")
    without = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    broken = cove.with_environment(AWS_CONFIG_FILE=str(config), AWS_PROFILE="p", **without)
    finished = broken("exec", "--log-level", "trace", "--", "true", code=3)
    assert found({secret}, finished.stderr.encode()) == []


def test_secrets_that_a_failing_program_prints_are_masked(cove, organization, secrets):
    # What a program prints as its result is its own affair; what Cove shows of a failure is Cove's.
    options = ["--targets", organization.accounts["alder"], "--log-level", "trace"]
    script = 'echo "bad token $AWS_SESSION_TOKEN of $AWS_SECRET_ACCESS_KEY" >&2; exit 1'
    finished = cove("exec", *options, "--", "sh", "-c", script, code=1)
    assert "bad token" in finished.output["Exceptions"][0]["ExceptionDetails"]["Stderr"]
    everything = finished.stdout + finished.stderr.encode() + store_content(cove)
    assert found(secrets(), everything) == []
