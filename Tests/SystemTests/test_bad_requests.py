# SPDX-License-Identifier: Apache-2.0
"""Requests that are wrong: each is told in words, ends with 2, and calls nothing."""

import pytest

LONG = "x" * 65

# The arguments before `--`, and what must stand on stderr.
WRONG = {
    "an id of no kind": (["--targets", "cat"], "provided id is neither an aws account nor an ou: cat"),
    "an account id of 11 digits": (["--targets", "12345678901"], "neither an aws account nor an ou: 12345678901"),
    "an account id of 13 digits": (["--targets", "1234567890123"], "neither an aws account nor an ou: 1234567890123"),
    "digits that are not ASCII": (["--targets", "١٢٣٤٥٦٧٨٩٠١٢"], "neither an aws account nor an ou: ١٢٣٤٥٦٧٨٩٠١٢"),
    "two account ids and a blank": (["--targets", "123456789012 123456789012"], "neither an aws account nor an ou"),
    "a unit in capitals": (["--targets", "ou-ABCD-12345678"], "neither an aws account nor an ou: ou-ABCD-12345678"),
    "an ignored id of no kind": (["--ignore", "dog"], "provided id is neither an aws account nor an ou: dog"),
    "no targets": (["--targets", ""], "target_ids must have at least 1 element"),
    "only separators": (["--targets", ","], "target_ids must have at least 1 element"),
    "no regions": (["--regions", ""], "regions must have at least 1 element"),
    "a region with a slash": (["--regions", "eu-west-1/"], "eu-west-1/"),
    "a region with a blank": (["--regions", "eu west 1"], "eu west 1"),
    "slots of none": (["--slots", "0"], "slots"),
    "slots in words": (["--slots", "many"], "many"),
    "a timeout of nothing": (["--task-timeout", "0"], "task-timeout"),
    "a duration below STS's least": (["--duration", "899"], "duration"),
    "a duration above STS's most": (["--duration", "43201"], "duration"),
    "a policy that is not JSON": (["--policy", "{"], "policy"),
    "a policy file that is not there": (["--policy", "@no-such-file.json"], "no-such-file.json"),
    "a policy ARN that is none": (["--policy-arns", "ReadOnlyAccess"], "ReadOnlyAccess"),
    "a session name with a blank": (["--role-session-name", "a b"], "a b"),
    "a session name of one character": (["--role-session-name", "a"], "role-session-name"),
    "a session name of 65 characters": (["--role-session-name", LONG], LONG),
    "a role name with a colon": (["--role-name", "a:b"], "a:b"),
    "an external id with a blank": (["--external-id", "a b"], "external-id"),
    "an output that is none": (["--output", "xml"], "xml"),
    "a way to parse that is none": (["--parse", "yaml"], "yaml"),
    "a log level that is none": (["--log-level", "loud"], "loud"),
    "a log format that is none": (["--log-format", "xml"], "xml"),
    "an unknown option": (["--bananas"], "--bananas"),
    "an option of a later version": (["--canary", "1"], "--canary"),
    "an output file in no folder": (["--output-file", "no/such/folder/out.json"], "no/such/folder"),
}


@pytest.mark.parametrize(("arguments", "words"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_request_is_refused_before_any_call(cove, proxy, arguments, words):
    cove = cove.with_environment(**proxy.environment)
    finished = cove("exec", *arguments, "--", "true", code=2)
    assert words in finished.stderr
    assert finished.stdout == b""
    assert proxy.calls == []
    assert "Fatal error" not in finished.stderr


def test_all_problems_are_told_at_once(cove):
    wrong = ["--targets", "cat", "--ignore", "dog", "--regions", "", "--duration", "1", "--policy", "{"]
    finished = cove("exec", *wrong, "--", "true", code=2)
    for words in ("an ou: cat", "an ou: dog", "regions must have at least 1 element", "duration", "policy"):
        assert words in finished.stderr


def test_no_program_is_a_wrong_request(cove):
    assert cove("exec", code=2).stdout == b""
    assert cove("exec", "--", code=2).stdout == b""


def test_an_unknown_command_is_a_wrong_request(cove):
    assert "bananas" in cove("bananas", code=2).stderr


@pytest.mark.parametrize("command", ["show", "results", "resume", "retry"])
def test_a_run_that_is_not_there_is_a_wrong_request(cove, command):
    assert "20250102-030405-abcde" in cove(command, "20250102-030405-abcde", code=2).stderr
    for odd in ("../../etc", "", "x" * 5000):
        assert "Fatal error" not in cove(command, odd, code=2).stderr


def test_nothing_left_to_run_is_told_in_botocoves_words(cove, organization):
    account = organization.accounts["alder"]
    finished = cove("exec", "--targets", account, "--ignore", account, "--", "true", code=2)
    assert "There are no eligible account ids to run decorated func against" in finished.stderr


def test_a_named_account_that_is_not_active_is_told(cove, organization):
    fallen, stranger = organization.accounts["fallen"], "999999999999"
    finished = cove("exec", "--targets", f"{fallen},{stranger}", "--", "true", code=2)
    assert f"Account {fallen} is not ACTIVE in the organization." in finished.stderr
    assert f"Account {stranger} is not ACTIVE in the organization." in finished.stderr


def test_an_unknown_region_is_a_warning_with_the_nearest_name(cove, organization):
    finished = cove("plan", "--targets", organization.accounts["alder"], "--regions", "eu-wset-1,us-east-1")
    assert "eu-wset-1" in finished.stderr
    assert "eu-west-1" in finished.stderr
    assert finished.code == 0


def test_known_regions_warn_of_nothing(cove, organization):
    regions = "eu-west-1,us-gov-west-1,cn-north-1,ap-southeast-3"
    assert cove("plan", "--targets", organization.accounts["alder"], "--regions", regions, code=0).stderr == ""


VARIABLES = {
    "COVE_SLOTS": "lots",
    "COVE_OUTPUT": "xml",
    "COVE_TARGETS": "cat",
    "COVE_REGIONS": "",
    "COVE_RAISE_EXCEPTION": "perhaps",
    "COVE_DURATION": "-1",
    "COVE_LOG_LEVEL": "loud",
    "COVE_PARSE": "yaml",
}


@pytest.mark.parametrize("name", VARIABLES)
def test_a_wrong_variable_is_refused_by_its_name_or_its_words(cove, name):
    finished = cove.with_environment(**{name: VARIABLES[name]})("exec", "--", "true", code=2)
    known = {"COVE_TARGETS": "an ou: cat", "COVE_REGIONS": "regions must have at least 1 element"}
    assert known.get(name, name) in finished.stderr
