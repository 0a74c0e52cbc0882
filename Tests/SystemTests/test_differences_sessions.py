# SPDX-License-Identifier: Apache-2.0
"""Where Cove means to assume roles and to run the function otherwise than botocove, each difference seen by both."""

import pytest

from parity import nothing


@pytest.fixture
def alder(organization):
    return organization.accounts["alder"]


def test_the_duration_of_a_session_is_asked_for(both, alder, proxy):
    both.by_botocove(nothing, target_ids=[alder])
    both.by_cove(["true"], 0, target_ids=[alder])
    both.by_cove(["true"], 0, ["--duration", "2h"], target_ids=[alder])
    assert [call.get("DurationSeconds") for call in proxy.parameters("AssumeRole")] == [None, None, "7200"]


def test_assume_role_is_called_once_per_account(both, alder, proxy):
    arguments = {"target_ids": [alder], "regions": ["eu-west-1", "us-east-1", "us-west-2"]}
    both.by_botocove(nothing, **arguments)
    assert proxy.assumed() == {alder: 3}
    proxy.forget()
    both.by_cove(["true"], 0, **arguments)
    assert proxy.assumed() == {alder: 1}


def test_a_role_path_is_allowed_and_left_out_of_the_session_name(both, alder, proxy):
    arguments = {"target_ids": [alder], "rolename": "teams/audit/Reader"}
    both.by_botocove(nothing, **arguments)
    (theirs,) = proxy.parameters("AssumeRole")
    assert theirs["RoleSessionName"] == "teams/audit/Reader"  # which AWS refuses: a session name has no slash
    proxy.forget()
    (entry,) = both.by_cove(["true"], 0, **arguments)["Results"]
    (ours,) = proxy.parameters("AssumeRole")
    assert ours["RoleArn"].endswith(":role/teams/audit/Reader")
    assert entry["RoleSessionName"] == ours["RoleSessionName"] == "Reader"


# What AWS refuses in every account, and what botocove leaves to it.
MALFORMED = {
    "a role name with a colon": ({"rolename": "a:b"}, "RoleArn", "a:b"),
    "a session name with a blank": ({"role_session_name": "a b"}, "RoleSessionName", "a b"),
    "a policy that is not JSON": ({"policy": "{"}, "Policy", "policy"),
    "a policy's ARN that is none": (
        {"policy_arns": [{"arn": "ReadOnlyAccess-but-no-ARN"}]},
        "PolicyArns.member.1.arn",
        "ReadOnlyAccess-but-no-ARN",
    ),
    "an external id with a blank": ({"external_id": "a b"}, "ExternalId", "external-id"),
}


@pytest.mark.parametrize(("arguments", "asked", "words"), MALFORMED.values(), ids=MALFORMED.keys())
def test_what_sts_would_refuse_is_told_before_any_call(both, organization, proxy, arguments, asked, words):
    proxy.refuse("AssumeRole", "ValidationError", message="as AWS says it")
    theirs = both.by_botocove(nothing, **arguments)
    assert len(theirs["FailedAssumeRole"]) == len(organization.active)
    assert len([call for call in proxy.parameters("AssumeRole") if asked in call]) == len(organization.active)
    proxy.forget()
    assert words in both.finished(["true"], 2, **arguments).stderr
    assert proxy.calls == []


def test_a_role_that_sts_has_no_time_for_is_tried_again_later(both, organization, alder, proxy):
    both.environment["AWS_MAX_ATTEMPTS"] = "2"
    chosen = {"target_ids": [alder, organization.accounts["birch"]]}
    proxy.refuse("AssumeRole", "Throttling", message="Rate exceeded", account=alder, times=2)
    theirs = both.by_botocove(nothing, **chosen)
    assert [entry["Id"] for entry in theirs["FailedAssumeRole"]] == [alder]
    assert proxy.assumed()[alder] == 2
    proxy.forget()
    proxy.refuse("AssumeRole", "Throttling", message="Rate exceeded", account=alder, times=2)
    ours = both.by_cove(["true"], 0, **chosen)
    assert [(entry["Id"], entry["Attempts"]) for entry in ours["Results"]] == [(id, 1) for id in chosen["target_ids"]]
    assert proxy.assumed()[alder] == 3  # two refused as botocove's, then the task waited


def test_a_run_whose_caller_has_expired_stops_and_is_resumed(both, organization, gate, proxy):
    expired = ("AssumeRole", "ExpiredToken", 403, "The security token included in the request is expired")
    theirs = both.by_botocove(lambda session: proxy.refuse(*expired), thread_workers=1)
    assert len(theirs["Results"]) == 1
    assert len(theirs["FailedAssumeRole"]) == len(organization.active) - 1
    proxy.allow()
    running = both.program.start("exec", "--slots", "1", "--", *gate.program)
    gate.arrivals(1)
    proxy.refuse(*expired)
    gate.open(len(organization.active))
    finished = running.finish().expect(3)
    assert "The security token included in the request is expired" in finished.stderr
    assert finished.output["FailedAssumeRole"] == finished.output["Exceptions"] == []
    assert finished.output["NotRun"]
    assert f"cove resume {gate.run}" in finished.stderr
    proxy.allow()
    output = both.program("resume", gate.run, code=0).output
    assert {entry["Id"] for entry in output["Results"]} == set(organization.active)
    assert sorted(gate.begun) == sorted(organization.active)


# The function.


def test_a_program_finds_a_session_in_its_environment(both, alder):
    identity = lambda session: session.client("sts").get_caller_identity()["Account"]
    program = ["aws", "sts", "get-caller-identity", "--query", "Account", "--output", "text"]
    theirs, ours = both(identity, program, 0, target_ids=[alder])
    assert ours["Results"][0]["Result"] == theirs["Results"][0]["Result"] == alder


def test_the_region_is_named_when_no_regions_are_given(both, alder):
    theirs, ours = both(nothing, ["true"], 0, target_ids=[alder])
    assert "Region" not in theirs["Results"][0]
    assert ours["Results"][0]["Region"] == "us-east-1"


def test_raise_exception_stops_at_once(both, organization, tmp_path):
    # botocove raises too, but first lets every account that waits run.
    ran = []

    def failing(session):
        ran.append(session.session_information["Id"])
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        both.by_botocove(failing, raise_exception=True, thread_workers=1)
    assert len(ran) == len(organization.active)
    log = tmp_path / "ran"
    failing = ["sh", "-c", f"echo x >>{log}; exit 7"]
    output = both.by_cove(failing, 1, ["--raise-exception", "--slots", "1"])
    assert log.read_text() == "x\n"
    assert [entry["ExceptionDetails"]["ExitCode"] for entry in output["Exceptions"]] == [7]


def test_accounts_are_run_in_their_order(both, organization, tmp_path):
    regions = ["us-west-2", "eu-west-1"]

    def by_botocove(accounts):
        ran = []
        note = lambda s: ran.append((s.session_information["Region"], s.session_information["Id"]))
        both.by_botocove(note, target_ids=accounts, regions=regions, thread_workers=1)
        return ran

    # botocove keeps accounts in a set: asked for them the other way round, it does not go the other way.
    given = [account for _, account in by_botocove(organization.active)[: len(organization.active)]][::-1]
    wanted = [(region, account) for region in regions for account in given]
    assert by_botocove(given) != wanted
    program = ["sh", "-c", f"echo $COVE_REGION $COVE_ACCOUNT_ID >>{tmp_path}/ran"]
    both.by_cove(program, 0, ["--slots", "1"], target_ids=given, regions=regions)
    assert [tuple(line.split()) for line in (tmp_path / "ran").read_text().splitlines()] == wanted
