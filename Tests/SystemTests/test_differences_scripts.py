# SPDX-License-Identifier: Apache-2.0
"""Where a script of botocove sees a difference under `cove python`, each seen by both."""

import subprocess
import textwrap

import pytest
from conftest import cove_binary
from scripts import Scripts
from test_script_runs import GATED


@pytest.fixture
def both_scripts(environment, organization, proxy, tmp_path):
    """`both_scripts(code)`: what the script has printed by botocove, and by Cove; `ALDER` and others are ids in it."""
    scripts = Scripts(str(cove_binary()), environment | organization.keys | proxy.environment, tmp_path)
    ids = {name: number for name, number in (organization.accounts | organization.units).items() if name.isidentifier()}
    names = "\n".join(f"{name.upper()} = {number!r}" for name, number in ids.items())

    def run(code, options=(), fails=False):
        script = tmp_path / "script.py"
        script.write_text(f"from botocove import cove\n{names}\n{textwrap.dedent(code)}")
        theirs, ours = scripts.by_botocove(script), scripts.by_cove(script, options=options)
        assert ours.returncode == 0 or fails, ours.stderr
        return theirs, ours

    run.scripts = scripts
    return run


def test_what_a_function_changes_is_not_seen_by_the_script(both_scripts):
    theirs, ours = both_scripts("""
        seen = []
        cove(lambda session: seen.append(1), target_ids=[ALDER])()
        print(len(seen))
    """)
    assert (theirs.stdout, ours.stdout) == ("1\n", "0\n")


def test_a_result_that_cannot_travel_is_an_exception(both_scripts):
    theirs, ours = both_scripts("""
        output = cove(lambda session: {"file": open("/dev/null")}, target_ids=[ALDER])()
        print(len(output["Results"]), *[f"{type(e['ExceptionDetails']).__name__}: {e['ExceptionDetails']}" for e in output["Exceptions"]])
    """)
    assert theirs.stdout == "1\n"
    assert ours.stdout.startswith("0 UnserialisableResult: result[")


def test_a_scripts_results_are_in_plan_order(both_scripts):
    _, ours = both_scripts("""
        output = cove(lambda session: None, target_ids=[CEDAR, ALDER, BIRCH], regions=["us-east-1", "eu-west-1"])()
        print([(e["Id"], e["Region"]) for e in output["Results"]]
              == [(i, r) for i in (CEDAR, ALDER, BIRCH) for r in ("us-east-1", "eu-west-1")])
    """)
    assert ours.stdout == "True\n"


def test_sys_exit_costs_a_task_alone(both_scripts):
    theirs, ours = both_scripts("""
        import sys
        output = cove(lambda session: sys.exit(7), target_ids=[ALDER])()
        (entry,) = output["Exceptions"]
        print(type(entry["ExceptionDetails"]).__name__, isinstance(entry["ExceptionDetails"], Exception))
    """)
    assert (theirs.returncode, theirs.stdout) == (7, "")
    assert ours.stdout == "SystemExit True\n"


def test_a_crash_costs_a_task_alone(both_scripts):
    theirs, ours = both_scripts("""
        import os
        def function(session):
            if session.session_information["Id"] == ALDER:
                os.abort()
            return "here"
        output = cove(function, target_ids=[ALDER, BIRCH])()
        print([e["Result"] for e in output["Results"]], [e["Id"] for e in output["Exceptions"]] == [ALDER])
    """)
    assert theirs.returncode < 0
    assert ours.stdout == "['here'] True\n"


def test_an_exception_has_the_traceback_of_its_process_as_its_cause(both_scripts):
    _, ours = both_scripts("""
        def fail(session):
            raise ValueError("no")
        error = cove(fail, target_ids=[ALDER])()["Exceptions"][0]["ExceptionDetails"]
        print(type(error).__name__, "in fail" in str(error.__cause__), "script.py" in str(error.__cause__))
    """)
    assert ours.stdout == "ValueError True True\n"


def test_a_suspended_account_in_a_unit_does_not_fail_a_script(both_scripts):
    theirs, ours = both_scripts("""
        try:
            output = cove(lambda session: None, target_ids=[CLOSING])()
            print(len(output["Results"]), [e["Reason"] for e in output["NotRun"]] != [])
        except ValueError as error:
            print(error)
    """)
    assert "is not ACTIVE in the organization" in theirs.stdout
    assert ours.stdout == "1 True\n"


def test_org_session_is_accepted(both_scripts):
    theirs, ours = both_scripts("""
        import boto3, warnings
        warnings.simplefilter("always")
        try:
            print(len(cove(lambda session: None, org_session=boto3.session.Session(), target_ids=[ALDER])()["Results"]))
        except TypeError as error:
            print(error)
    """)
    assert theirs.stdout == "cove() got an unexpected keyword argument 'org_session'\n"
    assert ours.stdout == "1\n" and "DeprecationWarning: org_session" in ours.stderr


def test_policy_arns_that_are_text_are_told_before_the_run(both_scripts):
    theirs, ours = both_scripts("""
        try:
            output = cove(lambda session: None, target_ids=[ALDER], policy_arns=["arn:aws:iam::aws:policy/ReadOnlyAccess"])()
            print(len(output["FailedAssumeRole"]))
        except TypeError as error:
            print(error)
    """)
    assert theirs.stdout == "1\n"
    assert ours.stdout.startswith('policy_arns must be a list of {"arn": "…"}')


def test_nothing_is_asked_of_aws_before_a_scripts_arguments_are_checked(both_scripts, proxy):
    both_scripts("""
        try:
            cove(lambda session: None, target_ids=["cat"])()
        except ValueError as error:
            print(error)
    """)
    assert {call.operation for call in proxy.calls} == {"GetCallerIdentity", "ListAccounts"}
    proxy.forget()
    both_scripts.scripts.by_cove(both_scripts.scripts.folder / "script.py")
    assert proxy.calls == []


@pytest.mark.parametrize("options, at_a_time", [([], 5), (["--slots", "2"], 2)])
def test_slots_win_over_thread_workers(both_scripts, organization, gate, tmp_path, options, at_a_time):
    script = tmp_path / "gated.py"
    script.write_text(textwrap.dedent(GATED) + "\nprint(len(cove(function, thread_workers=5)()['Results']))\n")
    running = both_scripts.scripts.start(script, str(tmp_path / "gate"), options=options, stdout=subprocess.PIPE)
    count = len(organization.active)
    gate.arrivals(at_a_time)
    # Each that is let through makes room for one more, and for no more than that.
    for opened in range(1, count - at_a_time + 1):
        gate.open(1)
        gate.arrivals(1)
        assert len(gate.begun) == opened + at_a_time and len(gate.ended) == opened
    gate.open(at_a_time)
    assert running.communicate(timeout=60)[0] == f"{count}\n" and len(gate.ended) == count


def test_botocoves_inside_is_not_there(both_scripts):
    theirs, ours = both_scripts("""
        try:
            from botocove.cove_host_account import CoveHostAccount
            print("there")
        except ImportError:
            print("not there")
    """)
    assert (theirs.stdout, ours.stdout) == ("there\n", "not there\n")


def test_without_an_organization_and_targets_a_script_gets_the_refusal(both_scripts, proxy):
    proxy.refuse("ListAccounts", "AccessDeniedException", message="You don't have permissions to access this resource.")
    theirs, ours = both_scripts("""
        try:
            cove(lambda session: None)()
        except Exception as error:
            print(type(error).__name__, error)
    """)
    assert theirs.stdout.startswith("AttributeError")
    assert "(AccessDeniedException)" in ours.stdout and "ListAccounts" in ours.stdout
    assert "organizations:ListAccounts" in ours.stderr
