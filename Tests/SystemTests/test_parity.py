# SPDX-License-Identifier: Apache-2.0
"""The same organization and the same function, by botocove and by `cove exec`: the same three lists.

What is meant to differ stands in test_parity_differences.py.
"""

import json

import pytest

from parity import KEYS, LISTS, account_users_program, comparable, nothing, printing, without_a_default_region
from programs.account_users import account_users

STATEMENT = {"Effect": "Allow", "Action": "iam:List*", "Resource": "*"}
READ_ONLY = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})
MANAGED = [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, {"arn": "arn:aws:iam::aws:policy/SecurityAudit"}]


@pytest.fixture
def users_by_both(both):
    """Lists the IAM users of every account by both; gives both outputs, made comparable."""

    def run(code, with_region=True, **arguments):
        theirs, ours = both(account_users, account_users_program(), code, **arguments)
        return comparable(theirs, with_region), comparable(ours, with_region)

    return run


def counts(output):
    return [len(output[name]) for name in LISTS]


def test_every_account_in_one_region(users_by_both):
    theirs, ours = users_by_both(1, regions=["eu-west-1"])
    assert ours == theirs
    assert counts(ours) == [5, 1, 0]


def test_two_regions_are_a_task_each(users_by_both):
    theirs, ours = users_by_both(1, regions=["eu-west-1", "us-east-1"])
    assert ours == theirs
    assert counts(ours) == [10, 2, 0]


def test_without_regions_the_function_runs_in_the_default_region(users_by_both):
    theirs, ours = users_by_both(1, with_region=False)
    assert ours == theirs
    assert {entry["Result"]["Region"] for entry in ours["Results"]} == {"us-east-1"}


def test_targets_by_account(users_by_both, organization):
    chosen = [organization.accounts["alder"], organization.accounts["cedar"]]
    theirs, ours = users_by_both(0, target_ids=chosen, regions=["eu-west-1"])
    assert ours == theirs
    assert counts(ours) == [2, 0, 0]


def test_targets_by_organizational_unit_with_all_below_it(users_by_both, organization):
    theirs, ours = users_by_both(0, target_ids=[organization.units["north"]], regions=["eu-west-1"])
    assert ours == theirs
    assert counts(ours) == [3, 0, 0]


def test_targets_by_account_and_unit_that_overlap(users_by_both, organization):
    chosen = [organization.accounts["birch"], organization.units["north/inner"], organization.accounts["drift"]]
    theirs, ours = users_by_both(1, target_ids=chosen, regions=["eu-west-1"])
    assert ours == theirs
    assert counts(ours) == [2, 1, 0]


def test_ignored_by_account(users_by_both, organization):
    theirs, ours = users_by_both(0, ignore_ids=[organization.accounts["drift"]], regions=["eu-west-1"])
    assert ours == theirs
    assert counts(ours) == [5, 0, 0]


def test_ignored_by_unit_wins_over_targets(users_by_both, organization):
    theirs, ours = users_by_both(
        0,
        target_ids=[organization.units["north"], organization.accounts["birch"]],
        ignore_ids=[organization.units["north/inner"]],
        regions=["eu-west-1"],
    )
    assert ours == theirs
    assert [entry["Id"] for entry in ours["Results"]] == [organization.accounts["alder"]]


def test_an_account_whose_role_cannot_be_assumed(users_by_both, organization, proxy):
    proxy.deny(organization.accounts["birch"])
    theirs, ours = users_by_both(1, regions=["eu-west-1", "us-east-1"])
    assert ours == theirs
    assert counts(ours) == [8, 2, 2]
    assert {entry["Id"] for entry in ours["FailedAssumeRole"]} == {organization.accounts["birch"]}


def test_the_role_the_session_and_the_session_policies(users_by_both, organization, proxy):
    arguments = {
        "rolename": "Audit",
        "role_session_name": "who=me@example.com",
        "policy": READ_ONLY,
        "policy_arns": MANAGED,
        "external_id": "a:b/c",
        "partition": "aws-us-gov",
    }
    chosen = [organization.accounts["alder"], organization.accounts["birch"]]
    theirs, ours = users_by_both(0, target_ids=chosen, regions=["us-gov-west-1"], **arguments)
    assert ours == theirs
    assert counts(ours) == [2, 0, 0]


def test_sts_is_asked_the_same(both, organization, proxy):
    arguments = {
        "target_ids": [organization.accounts["alder"]],
        "policy": READ_ONLY,
        "policy_arns": MANAGED,
        "external_id": "a:b/c",
        "regions": ["eu-west-1"],
    }
    both.by_botocove(lambda session: None, **arguments)
    (theirs,) = proxy.parameters("AssumeRole")
    proxy.forget()
    both.by_cove(["true"], 0, **arguments)
    (ours,) = proxy.parameters("AssumeRole")
    assert ours == theirs


def test_only_the_calls_of_botocoves_permissions_are_made(both, organization, proxy):
    both.by_cove(["true"], 0, target_ids=[organization.units["north"]])
    assert {call.operation for call in proxy.calls} == {
        "GetCallerIdentity",
        "ListAccounts",
        "ListChildren",
        "AssumeRole",
    }
    proxy.forget()
    both.by_cove(["true"], 0)
    assert {call.operation for call in proxy.calls} == {"GetCallerIdentity", "ListAccounts", "AssumeRole"}


@pytest.mark.parametrize("value", [None, False, True, 0, 1.5, "", "text", [], {}, [None], {"a": None}, "012345678901"])
def test_values_that_look_like_nothing(both, organization, value):
    chosen = {"target_ids": [organization.accounts["alder"]], "regions": ["eu-west-1"]}
    theirs, ours = both(lambda session: value, printing(value), 0, ["--parse", "json"], **chosen)
    assert comparable(ours) == comparable(theirs)
    assert ("Result" in ours["Results"][0]) == (value is not None)


def test_without_organizations_access_named_accounts_run_without_names(both, organization, proxy):
    proxy.refuse("ListAccounts", "AccessDeniedException", message="You don't have permissions to access this resource.")
    chosen = {"target_ids": [organization.accounts["alder"]], "regions": ["eu-west-1"]}
    theirs, ours = both(lambda session: "x", ["echo", "x"], 0, **chosen)
    assert comparable(ours) == comparable(theirs)
    assert "Name" not in ours["Results"][0]


def test_a_unit_without_list_accounts_runs_in_all_its_accounts_active_or_not(both, organization, proxy):
    proxy.refuse("ListAccounts", "AccessDeniedException", message="You don't have permissions to access this resource.")
    chosen = {"target_ids": [organization.units["closing"], organization.units["north"]], "regions": ["eu-west-1"]}
    theirs, ours = both(lambda session: "x", ["echo", "x"], 0, **chosen)
    assert comparable(ours) == comparable(theirs)
    below = {organization.accounts[name] for name in ("alder", "birch", "cedar", "fallen", "grove")}
    assert {entry["Id"] for entry in ours["Results"]} == below
    assert not {"Name", "Arn", "Email", "Status"} & set(ours["Results"][0])


def test_the_caller_and_accounts_that_are_not_active_are_no_targets(both, organization):
    theirs, ours = both(nothing, ["true"], 0)
    assert comparable(ours, with_region=False) == comparable(theirs, with_region=False)
    assert {entry["Id"] for entry in ours["Results"]} == set(organization.active)


def test_nobody_may_be_ignored_by_an_empty_list(both, organization):
    chosen = {"target_ids": [organization.accounts["alder"]], "regions": ["eu-west-1"]}
    theirs = both.by_botocove(nothing, ignore_ids=[], **chosen)
    ours = both.by_cove(["true"], 0, ["--ignore", ""], **chosen)
    assert comparable(ours) == comparable(theirs)


WRONG = {
    "an id of no kind": {"target_ids": ["cat"]},
    "an id of no kind to ignore": {"ignore_ids": ["dog"]},
    "no targets": {"target_ids": []},
    "no regions": {"regions": []},
    "an account that is not there": {"target_ids": ["999999999999"]},
    "nothing left": {"target_ids": ["999999999999"], "ignore_ids": ["999999999999"]},
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_told_in_the_same_words(both, arguments):
    with pytest.raises(ValueError) as raised:
        both.by_botocove(nothing, **arguments)
    assert str(raised.value) in both.finished(["true"], 2, **arguments).stderr


def test_a_suspended_account_that_is_named_is_an_error_in_the_same_words(both, organization):
    arguments = {"target_ids": [organization.accounts["fallen"], organization.accounts["alder"]]}
    with pytest.raises(ValueError) as raised:
        both.by_botocove(nothing, **arguments)
    assert str(raised.value) in both.finished(["true"], 2, **arguments).stderr


def test_the_session_information_is_the_same(both, organization):
    arguments = {
        "target_ids": [organization.accounts["alder"]],
        "regions": ["eu-west-1"],
        "policy_arns": MANAGED,
        "external_id": "x1",
    }
    program = ["sh", "-c", 'printf %s "$COVE_SESSION_INFORMATION"']
    theirs, ours = both(lambda session: dict(session.session_information), program, 0, **arguments)
    (theirs,), (ours,) = ([entry["Result"] for entry in output["Results"]] for output in (theirs, ours))
    assert set(theirs) == set(KEYS)
    assert {key: ours[key] for key in KEYS} == theirs


def test_without_any_region_the_function_runs_and_no_region_is_named(both, organization):
    session = without_a_default_region(both)
    chosen = {"target_ids": [organization.accounts["alder"]]}
    theirs = both.by_botocove(lambda session: session.region_name, assuming_session=session, **chosen)
    assert comparable(theirs)["Results"][0].keys() & {"Region", "Result"} == set()
    script = 'echo "${AWS_REGION-none} ${AWS_DEFAULT_REGION-none} ${COVE_REGION-none}"'
    (entry,) = both.by_cove(["sh", "-c", script], 0, **chosen)["Results"]
    assert "Region" not in entry
    assert entry["Result"] == "none none none"
