# SPDX-License-Identifier: Apache-2.0
"""AssumeRole: once per account, in the regional endpoint's words, and what refusals become."""

import pytest


@pytest.fixture
def three(make_organization):
    return make_organization()


@pytest.fixture
def cove(cove_as, three, proxy):
    return cove_as(three, **proxy.environment)


REGIONS = "eu-west-1,us-east-1,us-west-2"


def test_a_role_is_assumed_once_for_three_accounts_in_three_regions(cove, three, proxy):
    output = cove("exec", "--regions", REGIONS, "--", "true", code=0).output
    assert len(output["Results"]) == 9
    assert proxy.assumed() == dict.fromkeys(three.active, 1)


def test_a_role_is_asked_for_once_where_it_is_refused(cove, three, proxy):
    refused = three.accounts["member-1"]
    proxy.deny(refused)
    output = cove("exec", "--regions", REGIONS, "--", "true", code=1).output
    assert [entry["Id"] for entry in output["FailedAssumeRole"]] == [refused] * 3
    assert len(output["Results"]) == 6
    assert proxy.assumed() == dict.fromkeys(three.active, 1)


def test_the_program_does_not_run_where_the_role_is_refused(cove, three, proxy, tmp_path):
    proxy.deny(three.accounts["member-1"])
    log = tmp_path / "ran"
    cove("exec", "--", "sh", "-c", f"echo $COVE_ACCOUNT_ID >>{log}", code=1)
    assert sorted(log.read_text().split()) == sorted(set(three.active) - {three.accounts["member-1"]})


def test_slots_that_want_the_same_role_share_one_call(cove, three, proxy):
    account = three.accounts["member-0"]
    hold = proxy.hold("AssumeRole", account)
    running = cove.start("exec", "--targets", account, "--regions", REGIONS, "--slots", "3", "--", "true")
    assert hold.arrived.wait(60)
    hold.release()
    assert len(running.finish().expect(0).output["Results"]) == 3
    assert proxy.assumed() == {account: 1}


def test_a_throttled_call_is_tried_again(cove, three, proxy):
    account = three.accounts["member-0"]
    proxy.refuse("AssumeRole", "Throttling", message="Rate exceeded", account=account, times=2)
    output = cove("exec", "--", "true", code=0).output
    assert len(output["Results"]) == 3
    assert proxy.assumed()[account] == 3


def test_a_refusal_is_not_tried_again_and_keeps_stss_words(cove, three, proxy):
    account = three.accounts["member-0"]
    message = 'the <role> is "not" for & you'
    escaped = message.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    proxy.refuse("AssumeRole", "AccessDenied", 403, escaped, account)
    (entry,) = cove("exec", "--targets", account, "--", "true", code=1).output["FailedAssumeRole"]
    details = entry["ExceptionDetails"]
    assert (details["Code"], details["HTTPStatusCode"]) == ("AccessDenied", 403)
    assert message in details["Message"]
    assert details["RequestId"] == "00000000-0000-0000-0000-000000000000"
    assert "AssumeRole" in details["Operation"]
    assert entry["AssumeRoleSuccess"] is False
    assert proxy.assumed()[account] == 1


def test_the_duration_is_passed_on(cove, three, proxy):
    cove("exec", "--targets", three.accounts["member-0"], "--duration", "900", "--", "true", code=0)
    assert proxy.parameters("AssumeRole")[0]["DurationSeconds"] == "900"


def test_a_policy_may_come_from_a_file(cove, three, proxy, tmp_path):
    policy = '{"Version":"2012-10-17","Statement":[]}'
    (tmp_path / "policy.json").write_text(policy)
    cove("exec", "--targets", three.accounts["member-0"], "--policy", "@policy.json", "--", "true", code=0)
    assert proxy.parameters("AssumeRole")[0]["Policy"] == policy
