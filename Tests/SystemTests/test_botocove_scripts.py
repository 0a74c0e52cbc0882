# SPDX-License-Identifier: Apache-2.0
"""Scripts that were written for botocove: the same script under botocove and under `cove python`, on the same organization.

What the script's cases come to is compared entry by entry: values with their types, exceptions with their classes, arguments and
attributes, what is raised with its message. What is meant to differ stands in test_differences_scripts.py.
"""

import ast
import datetime
import importlib.metadata
import re

import pytest
from conftest import cove_binary, cut_off
from dateutil.tz import tzlocal, tzutc
from programs.botocove_cases import CASES
from scripts import PROGRAMS, Scripts, in_order, known


@pytest.fixture(scope="module")
def reports(tmp_path_factory, moto, organization):
    """What every case came to by botocove, and by Cove."""
    folder = tmp_path_factory.mktemp("scripts")
    scripts = Scripts(str(cove_binary()), cut_off(folder, moto) | organization.keys, folder)
    ids = known(organization)
    return scripts.cases(scripts.by_botocove, ids), scripts.cases(scripts.by_cove, ids)


@pytest.mark.parametrize("name", CASES)
def test_a_script_has_the_same_from_both(reports, name):
    theirs, ours = reports
    assert in_order(ours[name]) == in_order(theirs[name])


def test_the_cases_are_what_they_say(reports):
    _, ours = reports
    assert all("raised" in ours[name] for name in CASES if name.startswith(("wrong_", "raised_")))
    assert all(ours[name]["returned"]["Exceptions"] for name in CASES if name.startswith("failure_"))
    assert all(ours[name]["returned"]["Results"] for name in CASES if name.startswith("value_"))


# Other organizations, other callers


@pytest.fixture
def scripts(environment, organization, proxy, tmp_path):
    """Scripts with the organization's caller, and the fault proxy in front of STS and Organizations."""
    return Scripts(str(cove_binary()), environment | organization.keys | proxy.environment, tmp_path)


def by_both(scripts, ids, *names):
    theirs = scripts.cases(scripts.by_botocove, ids, *names)
    ours = scripts.cases(scripts.by_cove, ids, *names)
    assert [in_order(ours[name]) for name in names] == [in_order(theirs[name]) for name in names]
    return [ours[name] for name in names]


def without_response(report):
    """A report without the attributes of exceptions: Cove's own AssumeRole does not keep the whole answer."""
    for entry in report["returned"]["FailedAssumeRole"]:
        entry["ExceptionDetails"].pop("seen")
    return report


def test_a_role_that_cannot_be_assumed_in_a_script(scripts, organization, proxy):
    proxy.deny(organization.accounts["birch"])
    ids = known(organization)
    theirs = scripts.cases(scripts.by_botocove, ids, "two_regions")["two_regions"]
    ours = scripts.cases(scripts.by_cove, ids, "two_regions")["two_regions"]
    assert len(ours["returned"]["FailedAssumeRole"]) == 2
    assert without_response(in_order(ours)) == without_response(in_order(theirs))


def test_a_role_that_cannot_be_assumed_is_raised(scripts, organization, proxy):
    proxy.deny(organization.accounts["alder"])
    ids = known(organization)
    reports = [scripts.cases(run, ids, "raised_key")["raised_key"] for run in (scripts.by_botocove, scripts.by_cove)]
    theirs, ours = [report["raised"] | {"seen": None} for report in reports]
    assert ours == theirs
    assert "AssumeRole" in ours["text"]


def test_without_an_organization_named_accounts_run(scripts, organization, proxy):
    proxy.refuse("ListAccounts", "AWSOrganizationsNotInUseException", message="Your account is not a member of an organization.")
    (report, *_) = by_both(scripts, known(organization), "org_master", "target_accounts", "role_and_policies")
    assert "Name" not in report["returned"]["Results"][0]


def test_a_unit_that_cannot_be_listed_is_an_error_of_botocore(scripts, organization, proxy):
    proxy.refuse("ListChildren", "AccessDeniedException", message="You don't have permissions to access this resource.")
    ids = known(organization)
    reports = [scripts.cases(run, ids, "target_units")["target_units"] for run in (scripts.by_botocove, scripts.by_cove)]
    theirs, ours = [report["raised"] for report in reports]
    assert ours["text"] == theirs["text"]
    assert "botocore.exceptions.ClientError" in set(ours["kinds"]) & set(theirs["kinds"])


def test_without_credentials_both_say_so(scripts, organization):
    for name in organization.keys:
        del scripts.environment[name]
    (report,) = by_both(scripts, known(organization), "bare")
    assert report["raised"]["kinds"][0] == "botocore.exceptions.NoCredentialsError"


def test_an_organization_of_1500_accounts(environment, make_organization, tmp_path):
    organization = make_organization(accounts={f"member-{n}": ("", []) for n in range(1500)})
    scripts = Scripts(str(cove_binary()), environment | organization.keys, tmp_path)
    ids = known(organization) | {"alder": organization.accounts["member-0"]}
    report = scripts.cases(scripts.by_cove, ids, "bare")["bare"]["returned"]
    assert [entry["Result"] for entry in report["Results"]] == [entry["Id"] for entry in report["Results"]]
    assert {entry["Id"] for entry in report["Results"]} == set(organization.accounts.values())
    assert report["Exceptions"] == report["FailedAssumeRole"] == []


# The READMEs' examples


def examples():
    """The Python of botocove's README as it is installed, by a word that it has."""
    text = importlib.metadata.metadata("botocove").get_payload() or importlib.metadata.metadata("botocove")["Description"]
    return re.findall(r"```python\n(.*?)```", text, re.S)


def example(word):
    (found,) = [code for code in examples() if word in code and "@cove" in code]
    return found


def printed(finished):
    """The Python values that a script has printed."""
    assert finished.returncode == 0, finished.stderr
    names = {"datetime": datetime, "tzutc": tzutc, "tzlocal": tzlocal}
    values = [eval(ast.unparse(line), names) for line in ast.parse(finished.stdout).body]
    order = lambda entry: (entry["Id"], entry.get("Region", ""))
    return [sorted(value, key=order) if isinstance(value, list) else in_order({"returned": value}) for value in values]


def test_the_readme_example(scripts, organization):
    script = scripts.folder / "readme.py"
    script.write_text(example("pprint"))
    theirs, ours = printed(scripts.by_botocove(script)), printed(scripts.by_cove(script))
    assert ours == theirs
    assert len(ours[0]) == len(organization.active) and ours[1:] == [[], []]
    assert any(entry["Result"]["Users"] for entry in ours[0])


def test_the_readme_example_with_arguments(scripts, organization):
    code = example("do_things")
    named = dict(zip(re.findall(r'"(\d{12})"', code), organization.active))
    assert len(named) == 2
    for stands_for, account in named.items():
        code = code.replace(stands_for, account)
    script = scripts.folder / "readme.py"
    script.write_text(f"from botocove import cove\n{code}\nprint(do_things())\n")
    theirs, ours = printed(scripts.by_botocove(script)), printed(scripts.by_cove(script))
    assert ours == theirs
    assert [entry["Result"] for entry in ours[0]["returned"]["Results"]] == [True] * 6


def test_the_readme_example_of_a_session(scripts, organization):
    script = scripts.folder / "readme.py"
    script.write_text(f"from botocove import CoveSession, cove\n{example('session_information')}\ndo_nothing()\n")

    def information(finished):
        assert finished.returncode == 0, finished.stderr
        lines = re.findall(r"\{[^{}]*\}", finished.stdout)
        return sorted([ast.literal_eval(line) for line in lines], key=lambda entry: entry["Id"])

    theirs, ours = information(scripts.by_botocove(script)), information(scripts.by_cove(script))
    assert ours == theirs
    assert len(ours) == len(organization.active)


def test_the_first_readmes_example(scripts, organization):
    keys = {name: scripts.environment.pop(name) for name in organization.keys}
    lines = "\n".join(f"{name.lower()} = {value}" for name, value in keys.items())
    (scripts.folder / "credentials").write_text(f"[my_org_master]\n{lines}\n")
    scripts.environment["AWS_SHARED_CREDENTIALS_FILE"] = str(scripts.folder / "credentials")
    text = (PROGRAMS / "first_readme.py").read_text()
    for_botocove = scripts.folder / "renamed.py"
    for_botocove.write_text(text.replace("@cove(org_session=", "@cove(assuming_session="))
    theirs, ours = printed(scripts.by_botocove(for_botocove)), printed(scripts.by_cove(PROGRAMS / "first_readme.py"))
    assert ours == theirs
    assert len(ours[0]["returned"]["Results"]) == len(organization.active)
