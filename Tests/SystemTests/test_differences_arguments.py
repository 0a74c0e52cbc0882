# SPDX-License-Identifier: Apache-2.0
"""Where Cove's options mean to differ from botocove's arguments, each difference seen by both."""

import json

import boto3
import pytest

from parity import OPTIONS, nothing, without_a_default_region

# botocove's arguments whose options are named otherwise than by their own name with dashes.
RENAMED = OPTIONS | {"assuming_session": "--profile", "thread_workers": "--slots"}
SAME_NAME = {"role_session_name", "policy", "policy_arns", "external_id", "regions", "partition"}


@pytest.fixture
def alder(organization):
    return organization.accounts["alder"]


@pytest.mark.parametrize("name", sorted(set(RENAMED) - SAME_NAME))
def test_an_argument_is_known_by_its_options_name_alone(both, name):
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        both.by_botocove(nothing, **{RENAMED[name].strip("-").replace("-", "_"): None})
    old = "--" + name.replace("_", "-")
    assert old in both.program("exec", old, "x", "--", "true", code=2).stderr
    assert RENAMED[name] in both.program("exec", "--help", code=0).text


def test_an_argument_without_effect_is_refused(both, alder):
    with pytest.warns(DeprecationWarning, match="org_master"):
        theirs = both.by_botocove(nothing, org_master=True, target_ids=[alder])
    assert len(theirs["Results"]) == 1
    finished = both.program("exec", "--org-master", "--targets", alder, "--", "true", code=2)
    assert "--org-master" in finished.stderr


def test_an_empty_role_name_is_an_error(both, alder, proxy):
    theirs = both.by_botocove(nothing, rolename="", target_ids=[alder])
    assert theirs["Results"][0]["RoleName"] == "OrganizationAccountAccessRole"
    proxy.forget()
    assert "role-name" in both.finished(["true"], 2, rolename="", target_ids=[alder]).stderr
    assert proxy.calls == []


def test_a_policy_is_read_from_a_file(both, alder, proxy, tmp_path):
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    (tmp_path / "policy.json").write_text(policy)
    arguments = {"policy": "@policy.json", "target_ids": [alder]}
    both.by_botocove(nothing, **arguments)
    assert [call["Policy"] for call in proxy.parameters("AssumeRole")] == ["@policy.json"]
    proxy.forget()
    both.by_cove(["true"], 0, **arguments)
    assert [call["Policy"] for call in proxy.parameters("AssumeRole")] == [policy]


def test_policy_arns_are_given_as_they_are(both, alder):
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    (theirs,) = both.by_botocove(nothing, policy_arns=[{"arn": arn}], target_ids=[alder])["Results"]
    (ours,) = both.program("exec", "--policy-arns", arn, "--targets", alder, "--", "true", code=0).output["Results"]
    assert ours["PolicyArns"] == theirs["PolicyArns"] == [{"arn": arn}]
    wrapped = json.dumps({"arn": arn})
    assert "policy" in both.program("exec", "--policy-arns", wrapped, "--", "true", code=2).stderr


def test_a_profile_stands_for_the_assuming_session(both, organization, alder, tmp_path):
    keys = {name: both.environment.pop(name) for name in organization.keys}
    session = boto3.session.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1")
    theirs = both.by_botocove(nothing, assuming_session=session, target_ids=[alder])
    lines = "\n".join(f"{name.lower()} = {value}" for name, value in keys.items())
    (tmp_path / "credentials").write_text(f"[audit]\n{lines}\n")
    both.cove = both.cove.with_environment(**dict.fromkeys(keys))
    both.environment["AWS_SHARED_CREDENTIALS_FILE"] = str(tmp_path / "credentials")
    ours = both.by_cove(["true"], 0, ["--profile", "audit"], target_ids=[alder])
    assert [entry["Id"] for entry in ours["Results"]] == [entry["Id"] for entry in theirs["Results"]] == [alder]


def test_a_region_that_is_named_twice_is_run_once(both, alder):
    regions = ["eu-west-1", "us-east-1", "eu-west-1"]
    theirs, ours = both(nothing, ["true"], 0, target_ids=[alder], regions=regions)
    assert sorted(entry["Region"] for entry in theirs["Results"]) == ["eu-west-1", "eu-west-1", "us-east-1"]
    assert [entry["Region"] for entry in ours["Results"]] == ["eu-west-1", "us-east-1"]


def test_a_partition_that_aws_does_not_have_is_an_error(both, alder, proxy):
    arguments = {"partition": "aws-mars", "target_ids": [alder]}
    both.by_botocove(nothing, **arguments)
    assert [call["RoleArn"].split(":")[1] for call in proxy.parameters("AssumeRole")] == ["aws-mars"]
    proxy.forget()
    assert "aws-mars" in both.finished(["true"], 2, **arguments).stderr
    assert proxy.calls == []


def test_the_region_is_taken_from_aws_region_when_nothing_else_names_one(both, alder):
    both.environment["AWS_REGION"] = "eu-north-1"
    program, seen = ["sh", "-c", "echo $AWS_REGION"], []
    both.by_botocove(lambda session: seen.append(session.region_name), target_ids=[alder])
    assert both.by_cove(program, 0, target_ids=[alder])["Results"][0]["Result"] == seen[0] == "us-east-1"
    session = without_a_default_region(both)
    both.by_botocove(lambda session: seen.append(session.region_name), assuming_session=session, target_ids=[alder])
    assert seen[1] is None
    assert both.by_cove(program, 0, target_ids=[alder])["Results"][0]["Result"] == "eu-north-1"


def test_a_source_of_credentials_that_is_not_supported_is_an_error(both, organization, alder, tmp_path):
    keys = {name: both.environment.pop(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    both.cove = both.cove.with_environment(**dict.fromkeys(keys))
    (tmp_path / "token").write_text("a token")
    role = f"arn:aws:iam::{organization.management}:role/Caller"
    both.environment |= {"AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token"), "AWS_ROLE_ARN": role}
    assert len(both.by_botocove(nothing, target_ids=[alder])["Results"]) == 1
    stderr = both.finished(["true"], 3, target_ids=[alder]).stderr
    assert "AWS_WEB_IDENTITY_TOKEN_FILE" in stderr and "does not support" in stderr
