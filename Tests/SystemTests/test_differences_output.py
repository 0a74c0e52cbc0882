# SPDX-License-Identifier: Apache-2.0
"""Where Cove means to give its output otherwise than botocove, each difference seen by both."""

import os
import pty
import re
import subprocess

import pytest
from botocore.exceptions import ClientError

from parity import KEYS, LISTS, account_users_program, nothing
from programs.account_users import account_users


@pytest.fixture
def alder(organization):
    return organization.accounts["alder"]


def test_what_did_not_run_is_listed_with_the_reason(both, organization):
    def failing(session):
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):  # and there is no output
        both.by_botocove(failing, raise_exception=True)
    ours = both.by_cove(["false"], 1, ["--raise-exception", "--slots", "1"])
    assert list(ours) == [*LISTS, "NotRun"]
    (failed,) = ours["Exceptions"]
    assert {entry["Id"] for entry in ours["NotRun"]} == set(organization.active) - {failed["Id"]}
    assert {entry["Reason"] for entry in ours["NotRun"]} == {"not started"}
    theirs, ours = both(nothing, ["true"], 0, target_ids=[organization.accounts["alder"]])
    assert list(ours) == list(theirs) == LISTS


def test_a_result_is_json(both, alder):
    value = {1, 2}
    theirs = both.by_botocove(lambda session: value, target_ids=[alder])
    assert theirs["Results"][0]["Result"] is value
    ours = both.by_cove(["echo", str(value)], 1, ["--parse", "json"], target_ids=[alder])
    assert "JSON" in ours["Exceptions"][0]["ExceptionDetails"]["Message"]
    assert both.by_cove(["echo", "[1,2]"], 0, target_ids=[alder])["Results"][0]["Result"] == [1, 2]


def test_exception_details_are_an_object(both, organization, alder, proxy):
    proxy.deny(alder)
    chosen = {"target_ids": [alder, organization.accounts["drift"]], "regions": ["eu-west-1"]}
    theirs, ours = both(account_users, account_users_program(), 1, **chosen)
    assert isinstance(theirs["FailedAssumeRole"][0]["ExceptionDetails"], ClientError)
    refused = ours["FailedAssumeRole"][0]["ExceptionDetails"]
    assert refused["Code"] == "AccessDenied"
    assert "is not authorized to perform: sts:AssumeRole" in refused["Message"]
    assert refused["HTTPStatusCode"] == 403
    assert refused["Retryable"] is False
    assert isinstance(theirs["Exceptions"][0]["ExceptionDetails"], RuntimeError)
    failed = ours["Exceptions"][0]["ExceptionDetails"]
    assert failed["ExitCode"] == 1
    assert failed["Stderr"].rstrip().endswith("RuntimeError: this account has trouble")


def test_keys_beyond_botocoves_come_after_them(both, alder):
    (theirs,) = both.by_botocove(nothing, target_ids=[alder])["Results"]
    assert set(theirs) <= set(KEYS)
    (ours,) = both.by_cove(["echo", "x"], 0, target_ids=[alder])["Results"]
    known = [key for key in ours if key in KEYS]
    assert list(ours)[: len(known)] == known == sorted(known, key=KEYS.index)
    assert list(ours)[len(known) :] == ["State", "Attempts", "StartedAt", "DurationSeconds", "Worker"]
    assert ours["State"] == ours["Status"] == "ACTIVE"


def test_results_are_in_plan_order(both, organization, tmp_path):
    regions = ["us-west-2", "eu-west-1"]
    members = [number for name, number in organization.accounts.items() if name != "fallen"]
    # The first account waits until a later one is done: what is done first does not come first.
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    first, second = (f"{account}us-west-2" for account in members[:2])
    script = f"case $COVE_ACCOUNT_ID$COVE_REGION in {first}) cat {fifo};; {second}) echo >{fifo};; esac"
    ours = both.by_cove(["sh", "-c", script], 0, regions=regions)
    assert [(entry["Id"], entry["Region"]) for entry in ours["Results"]] == [
        (account, region) for account in members for region in regions
    ]


def test_progress_is_shown_on_a_terminal_alone(both, alder, capfd):
    theirs = both.by_botocove(nothing, target_ids=[alder])
    assert len(theirs["Results"]) == 1
    assert "Executing function" in capfd.readouterr().err
    assert both.finished(["true"], 0, target_ids=[alder]).stderr == ""
    shown = on_a_terminal(both.program, "exec", "--targets", alder, "--output", "none", "--", "true")
    assert re.search(r"\r\d+/\d+\+? done", shown)


def on_a_terminal(cove, *arguments):
    """What the program writes to stderr when that is a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [cove.binary, *arguments],
        env=cove.environment | {"TERM": "xterm", "COLUMNS": "80"},
        cwd=cove.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 4096):
            shown += chunk
    except OSError:  # what Linux says when the other side is closed
        pass
    finally:
        os.close(ours)
        assert process.wait(60) == 0
    return shown.decode()
