# SPDX-License-Identifier: Apache-2.0
"""Where Cove means to choose accounts and regions otherwise than botocove, each difference seen by both."""

import pytest
from botocore.exceptions import ClientError

from parity import nothing


@pytest.fixture
def alder(organization):
    return organization.accounts["alder"]


def test_the_calling_account_is_a_target_when_asked_for(both, organization):
    arguments = {"target_ids": [organization.management]}
    with pytest.raises(ValueError, match="There are no eligible account ids"):
        both.by_botocove(nothing, **arguments)
    assert "There are no eligible account ids" in both.finished(["true"], 2, **arguments).stderr
    ours = both.by_cove(["true"], 0, ["--include-calling-account"], **arguments)
    assert [entry["Id"] for entry in ours["Results"]] == [organization.management]


def test_digits_of_other_scripts_are_no_account_id(both, proxy):
    # Only without the organization's accounts does it show that botocove takes such an id for one.
    proxy.refuse("ListAccounts", "AccessDeniedException")
    arguments = {"target_ids": ["١٢٣٤٥٦٧٨٩٠١٢"]}
    both.by_botocove(nothing, **arguments)
    assert [call["RoleArn"].split(":")[4] for call in proxy.parameters("AssumeRole")] == arguments["target_ids"]
    proxy.forget()
    stderr = both.finished(["true"], 2, **arguments).stderr
    assert "provided id is neither an aws account nor an ou: ١٢٣٤٥٦٧٨٩٠١٢" in stderr
    assert proxy.calls == []


def test_a_line_end_is_no_part_of_an_account_id(both, organization, alder):
    with pytest.raises(ValueError, match=f"Account {alder}\n is not ACTIVE"):
        both.by_botocove(nothing, target_ids=[alder + "\n"])
    birch = organization.accounts["birch"]
    ours = both.by_cove(["true"], 0, ["--targets", f"{alder}\n{birch}\n"])
    assert [entry["Id"] for entry in ours["Results"]] == [alder, birch]


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
    assert proxy.calls != []
    proxy.forget()
    finished = both.finished(["true"], 2, target_ids=["cat"], ignore_ids=["dog"])
    assert "provided id is neither an aws account nor an ou: cat" in finished.stderr
    assert "provided id is neither an aws account nor an ou: dog" in finished.stderr
    assert proxy.calls == []


def test_a_throttled_list_accounts_does_not_turn_into_no_organization(both, alder, proxy):
    proxy.refuse("ListAccounts", "TooManyRequestsException", times=2, message="slow down")
    (entry,) = both.by_cove(["true"], 0, target_ids=[alder])["Results"]
    assert entry["Name"] == "alder"
    assert len(proxy.parameters("ListAccounts")) == 3
    # botocore retries a throttle too, but then botocove takes what is left for "no organization".
    proxy.refuse("ListAccounts", "TooManyRequestsException", message="slow down")
    both.environment |= {"AWS_MAX_ATTEMPTS": "2"}
    (theirs,) = both.by_botocove(nothing, target_ids=[alder])["Results"]
    assert "Name" not in theirs
    assert "TooManyRequestsException" in both.finished(["true"], 3, target_ids=[alder]).stderr


def test_without_organizations_access_and_targets_cove_says_what_is_missing(both, proxy):
    proxy.refuse("ListAccounts", "AccessDeniedException", message="You don't have permissions to access this resource.")
    with pytest.raises(AttributeError, match="organization_account_ids"):
        both.by_botocove(nothing)
    assert "organizations:ListAccounts" in both.finished(["true"], 3).stderr


def test_a_unit_that_cannot_be_read_says_what_is_missing(both, organization, proxy):
    proxy.refuse("ListChildren", "AccessDeniedException", message="You don't have permissions to access this resource.")
    chosen = {"target_ids": [organization.units["north"]]}
    with pytest.raises(ClientError, match="AccessDeniedException"):
        both.by_botocove(nothing, **chosen)
    assert "organizations:ListChildren" in both.finished(["true"], 3, **chosen).stderr


def test_a_region_that_aws_does_not_have_is_a_warning_with_the_nearest_name(both, alder, capfd):
    arguments = {"target_ids": [alder], "regions": ["eu-wset-1"]}
    both.by_botocove(nothing, **arguments)
    assert "eu-west-1" not in capfd.readouterr().err
    stderr = both.finished(["true"], 0, **arguments).stderr
    assert "eu-wset-1" in stderr and "did you mean eu-west-1?" in stderr
