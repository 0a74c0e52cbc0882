# SPDX-License-Identifier: Apache-2.0
"""Where Cove means to differ from botocove 1.7.4, each difference seen. docs/botocove-parity.md names these tests."""

import pathlib
import re

import pytest
from botocore.exceptions import ClientError

from parity import KEYS, Both, account_users_program
from programs.account_users import account_users

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "botocove-parity.md"


@pytest.fixture
def both(cove, proxy, environment, organization, monkeypatch):
    return Both(cove, environment | organization.keys | proxy.environment, monkeypatch)


def nothing(session):
    return None


def test_the_document_names_every_difference():
    mentioned = set(re.findall(r"`(test_\w+)`", DOCUMENT.read_text()))
    here = {name for name in globals() if name.startswith("test_")}
    assert mentioned == here - {"test_the_document_names_every_difference"}


def test_the_region_is_named_when_no_regions_are_given(both, organization):
    theirs, ours = both(nothing, ["true"], 0, target_ids=[organization.accounts["alder"]])
    assert "Region" not in theirs["Results"][0]
    assert ours["Results"][0]["Region"] == "us-east-1"


def test_without_any_region_the_function_runs_and_no_region_is_named(both, organization):
    del both.environment["AWS_DEFAULT_REGION"]
    both.cove = both.cove.with_environment(AWS_DEFAULT_REGION=None)
    program = ["sh", "-c", 'echo "${AWS_REGION-none} ${AWS_DEFAULT_REGION-none} ${COVE_REGION-none}"']
    (entry,) = both.by_cove(program, 0, target_ids=[organization.accounts["alder"]])["Results"]
    assert "Region" not in entry
    assert entry["Result"] == "none none none"


def test_a_root_is_a_target(both, organization):
    with pytest.raises(ValueError, match="neither an aws account nor an ou"):
        both.by_botocove(nothing, target_ids=[organization.root])
    ours = both.by_cove(["true"], 0, target_ids=[organization.root])
    assert {entry["Id"] for entry in ours["Results"]} == set(organization.active)


def test_a_suspended_account_in_a_unit_is_skipped_and_listed(both, organization):
    chosen = [organization.units["closing"]]
    with pytest.raises(ValueError, match="is not ACTIVE in the organization"):
        both.by_botocove(nothing, target_ids=chosen)
    ours = both.by_cove(["true"], 0, target_ids=chosen)
    assert [entry["Id"] for entry in ours["Results"]] == [organization.accounts["grove"]]
    (skipped,) = ours["NotRun"]
    assert skipped["Id"] == organization.accounts["fallen"]
    assert "SUSPENDED" in skipped["Reason"]


def test_all_problems_are_told_at_once_and_before_any_call(both, proxy):
    with pytest.raises(ValueError) as raised:
        both.by_botocove(nothing, target_ids=["cat"], ignore_ids=["dog"])
    assert "cat" not in str(raised.value)
    proxy.forget()
    cove = both.cove.with_environment(**both.environment)
    finished = cove("exec", "--targets", "cat", "--ignore", "dog", "--", "true", code=2)
    assert "provided id is neither an aws account nor an ou: cat" in finished.stderr
    assert "provided id is neither an aws account nor an ou: dog" in finished.stderr
    assert proxy.calls == []


def test_assume_role_is_called_once_per_account(both, organization, proxy):
    arguments = {"target_ids": [organization.accounts["alder"]], "regions": ["eu-west-1", "us-east-1", "us-west-2"]}
    both.by_botocove(nothing, **arguments)
    assert proxy.assumed() == {organization.accounts["alder"]: 3}
    proxy.forget()
    both.by_cove(["true"], 0, **arguments)
    assert proxy.assumed() == {organization.accounts["alder"]: 1}


def test_a_role_path_is_allowed_and_left_out_of_the_session_name(both, organization, proxy):
    arguments = {"target_ids": [organization.accounts["alder"]], "rolename": "teams/audit/Reader"}
    both.by_botocove(nothing, **arguments)
    (theirs,) = proxy.parameters("AssumeRole")
    assert theirs["RoleSessionName"] == "teams/audit/Reader"  # which AWS refuses: a session name has no slash
    proxy.forget()
    (entry,) = both.by_cove(["true"], 0, **arguments)["Results"]
    (ours,) = proxy.parameters("AssumeRole")
    assert ours["RoleArn"].endswith(":role/teams/audit/Reader")
    assert entry["RoleSessionName"] == ours["RoleSessionName"] == "Reader"


def test_a_throttled_list_accounts_does_not_turn_into_no_organization(both, organization, proxy):
    proxy.refuse("ListAccounts", "TooManyRequestsException", times=2, message="slow down")
    (entry,) = both.by_cove(["true"], 0, target_ids=[organization.accounts["alder"]])["Results"]
    assert entry["Name"] == "alder"
    assert len(proxy.parameters("ListAccounts")) == 3
    # botocore retries a throttle too, but then botocove takes what is left for "no organization".
    proxy.refuse("ListAccounts", "TooManyRequestsException", message="slow down")
    both.environment |= {"AWS_MAX_ATTEMPTS": "2"}
    (theirs,) = both.by_botocove(nothing, target_ids=[organization.accounts["alder"]])["Results"]
    assert "Name" not in theirs
    cove = both.cove.with_environment(**both.environment)
    finished = cove("exec", "--targets", organization.accounts["alder"], "--", "true", code=3)
    assert "TooManyRequestsException" in finished.stderr


def test_without_organizations_access_and_targets_cove_says_what_is_missing(both, proxy):
    proxy.refuse("ListAccounts", "AccessDeniedException", message="You don't have permissions to access this resource.")
    with pytest.raises(AttributeError, match="organization_account_ids"):
        both.by_botocove(nothing)
    finished = both.cove.with_environment(**both.environment)("exec", "--", "true", code=3)
    assert "organizations:ListAccounts" in finished.stderr


def test_exception_details_are_an_object(both, organization, proxy):
    proxy.deny(organization.accounts["alder"])
    chosen = {"target_ids": [organization.accounts["alder"], organization.accounts["drift"]], "regions": ["eu-west-1"]}
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


def test_keys_beyond_botocoves_come_after_them(both, organization):
    (theirs,) = both.by_botocove(nothing, target_ids=[organization.accounts["alder"]])["Results"]
    assert set(theirs) <= set(KEYS)
    (ours,) = both.by_cove(["echo", "x"], 0, target_ids=[organization.accounts["alder"]])["Results"]
    known = [key for key in ours if key in KEYS]
    assert list(ours)[: len(known)] == known == sorted(known, key=KEYS.index)
    assert {"State", "Attempts", "StartedAt", "DurationSeconds", "Worker"} <= set(ours)
    assert ours["State"] == ours["Status"] == "ACTIVE"


def test_results_are_in_plan_order(both, organization):
    regions = ["us-west-2", "eu-west-1"]
    ours = both.by_cove(["true"], 0, regions=regions)
    members = [number for name, number in organization.accounts.items() if name != "fallen"]
    assert [(entry["Id"], entry["Region"]) for entry in ours["Results"]] == [
        (account, region) for account in members for region in regions
    ]


def test_raise_exception_stops_at_once(both, organization, gate, tmp_path):
    # botocove raises too, but first lets every account that waits run.
    ran = []

    def failing(session):
        ran.append(session.session_information["Id"])
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        both.by_botocove(failing, raise_exception=True, thread_workers=1)
    assert len(ran) == len(organization.active)
    log = tmp_path / "ran"
    cove = both.cove.with_environment(**both.environment)
    cove("exec", "--raise-exception", "--slots", "1", "--", "sh", "-c", f"echo x >>{log}; exit 7", code=1)
    assert log.read_text() == "x\n"
