# SPDX-License-Identifier: Apache-2.0
"""`cove python --coordinator … SCRIPT`: a script's functions at workers, which have nothing of the script but its files."""

import datetime
import re
import signal
import subprocess
import textwrap

import pytest
from conftest import cove_binary
from processes import is_running, wait_until
from scripts import Scripts, in_order, known
from test_botocove_scripts import example, printed
from test_script_runs import GATED, cove_of


@pytest.fixture(scope="module")
def cluster(make_cluster, organization):
    cluster = make_cluster(organization)
    cluster.start()
    for name in ("one", "two"):
        cluster.worker(name, "--slots", "4", allow="python")
    cluster.wait_for_workers()
    return cluster


@pytest.fixture
def scripts(cluster, environment, organization, tmp_path):
    return Scripts(str(cove_binary()), environment | organization.keys, tmp_path)


@pytest.fixture
def on_workers(scripts, cluster, organization, tmp_path):
    """Runs a script's text at the workers and gives what it has printed."""

    def run(code, *arguments, options=(), code_expected=0):
        script = tmp_path / "script.py"
        script.write_text(f"from botocove import cove\nALDER = {organization.accounts['alder']!r}\n{textwrap.dedent(code)}")
        finished = scripts.by_cove(script, *arguments, options=[*cluster.client_options(), *options])
        assert finished.returncode == code_expected, finished.stdout + finished.stderr
        return finished

    return run


# The cases whose functions stand at the top level, and whose values can travel.
CASES = [
    "bare",
    "what_aws_answers_at_the_top",
    "failure_own",
    "failure_key",
    "failure_client",
    "failure_made",
    "raised_own",
    "target_units",
    "wrong_suspended",
    "wrong_nobody_left",
    "wrong_a_target_of_no_kind",
]


def test_a_script_has_the_same_from_workers(scripts, cluster, organization):
    ids = known(organization)
    theirs = scripts.cases(scripts.by_botocove, ids, *CASES)
    ours = scripts.cases(scripts.by_cove, ids, *CASES, options=cluster.client_options())
    assert {name: in_order(ours[name]) for name in CASES} == {name: in_order(theirs[name]) for name in CASES}


def test_botocoves_readme_examples_have_the_same_from_workers(scripts, cluster, organization, tmp_path):
    arguments = example("do_things")
    for stands_for, account in zip(re.findall(r'"(\d{12})"', arguments), organization.active):
        arguments = arguments.replace(stands_for, account)
    guarded = 'if __name__ == "__main__":\n    print(do_things())\n'
    for code in (example("pprint"), f"from botocove import cove\n{arguments}\n{guarded}"):
        script = tmp_path / "readme.py"
        script.write_text(code)
        here = printed(scripts.by_cove(script))
        at_workers = printed(scripts.by_cove(script, options=cluster.client_options()))
        assert at_workers == here
        if "pprint" in code:
            users = [user for entry in at_workers[0] for user in entry["Result"]["Users"]]
            assert len(at_workers[0]) == len(organization.active)
            assert users and all(isinstance(user["CreateDate"], datetime.datetime) for user in users)
        else:
            assert [entry["Result"] for entry in at_workers[0]["returned"]["Results"]] == [True] * 6


def test_more_arguments_than_a_run_stores_are_refused_at_once(on_workers, cluster):
    before = cluster.call("runs", right="read").stdout
    finished = on_workers("""
        @cove(target_ids=[ALDER])
        def function(session, *args, **kwargs):
            return len(args[0]) + len(kwargs["more"])

        if __name__ == "__main__":
            try:
                function("x" * 140_000, more="x" * 140_000)
            except ValueError as error:
                print(error)
    """)
    assert "arguments have 2800" in finished.stdout and "expected at most 262144" in finished.stdout
    assert cluster.call("runs", right="read").stdout == before


def test_arguments_and_results_keep_their_types_on_the_way(on_workers):
    finished = on_workers("""
        import datetime, decimal

        @cove(target_ids=[ALDER])
        def function(session, *args, **kwargs):
            return args, kwargs

        if __name__ == "__main__":
            sent = (1, b"x", datetime.datetime(2026, 1, 2)), {"a": {decimal.Decimal("1.10")}, "b": None}
            (entry,) = function(*sent[0], **sent[1])["Results"]
            print(entry["Result"] == sent)
    """)
    assert finished.stdout == "True\n"


def test_a_script_without_a_guard_is_loaded_for_its_functions_alone(on_workers, cluster):
    before = cluster.call("runs", right="read").stdout.count(b"\n")
    finished = on_workers("""
        @cove(target_ids=[ALDER])
        def function(session):
            return __name__

        print(function()["Results"][0]["Result"] != "__main__")
    """)
    assert finished.stdout == "True\n"
    assert cluster.call("runs", right="read").stdout.count(b"\n") == before + 1


def test_a_function_that_is_defined_after_the_first_call_says_so(on_workers):
    finished = on_workers("""
        @cove(target_ids=[ALDER])
        def first(session):
            return 1

        print(len(first()["Results"]))

        @cove(target_ids=[ALDER])
        def second(session):
            return 2

        (entry,) = second()["Exceptions"]
        print(entry["ExceptionDetails"])
    """)
    assert finished.stdout.startswith("1\nscript.py calls first before it defines second")


@pytest.mark.parametrize("call, words", [
    ("cove(lambda session: 1)()", "not at the top level of the script"),
    ("cove(fill)(open('/dev/null'))", "cannot travel"),
    ("cove(textwrap.indent)('x')", "a function of the module textwrap"),
])
def test_what_cannot_travel_is_refused_at_once(on_workers, cluster, call, words):
    before = cluster.call("runs", right="read").stdout
    finished = on_workers(f"""
        import textwrap

        def fill(session, file):
            return file

        if __name__ == "__main__":
            try:
                {call}
            except TypeError as error:
                print(error)
    """)
    assert words in finished.stdout
    assert cluster.call("runs", right="read").stdout == before


def test_an_assuming_session_is_refused_with_a_coordinator(on_workers, cluster):
    finished = on_workers("""
        import boto3

        @cove(assuming_session=boto3.session.Session("AKIAEXAMPLE", "not-a-secret"))
        def function(session):
            return 1

        if __name__ == "__main__":
            try:
                function()
            except ValueError as error:
                print(error)
    """)
    assert "coordinator and its workers use their own credentials" in finished.stdout


def test_files_beside_a_script_travel_with_it(on_workers, tmp_path):
    (tmp_path / "beside.py").write_text("WORD = 'beside'")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "further.py").write_text("WORD = 'further'")
    finished = on_workers("""
        import os, sys
        sys.path.append(os.path.join(os.getcwd(), "elsewhere"))
        import beside
        import further

        @cove(target_ids=[ALDER])
        def function(session):
            return beside.WORD, further.WORD

        if __name__ == "__main__":
            print(function()["Results"][0]["Result"])
    """, options=["--with", "elsewhere"])
    assert finished.stdout == "('beside', 'further')\n"


def gated(folder, call):
    """A script whose functions wait at the gate, and what it does when it is the main program."""
    script = folder / "script.py"
    text = textwrap.dedent(GATED).replace("sys.argv[1]", repr(str(folder / "gate")))
    script.write_text(text + '\nif __name__ == "__main__":\n' + textwrap.indent(textwrap.dedent(call), "    "))
    return script


def test_ctrl_c_ends_the_script_and_the_run_goes_on(scripts, cluster, organization, gate, tmp_path):
    script = gated(tmp_path, """
        try:
            cove(function)()
        except KeyboardInterrupt:
            print("interrupted")
    """)
    running = scripts.start(
        script, options=cluster.client_options(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    gate.arrivals(2)
    running.send_signal(signal.SIGINT)
    stdout, stderr = running.communicate(timeout=60)
    assert stdout == "interrupted\n"
    expect_to_go_on(cluster, organization, gate, stderr)


def test_the_run_of_a_script_that_is_killed_goes_on_and_nobody_follows_it(scripts, cluster, organization, gate, tmp_path):
    script = gated(tmp_path, "cove(function)()")
    running = scripts.start(
        script, options=cluster.client_options(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    gate.arrivals(2)
    process = cove_of(running)
    running.kill()
    wait_until(lambda: not is_running(process), "the end of the cove process")
    _, stderr = running.communicate(timeout=60)
    expect_to_go_on(cluster, organization, gate, stderr)


def expect_to_go_on(cluster, organization, gate, stderr):
    assert "goes on without this command" in stderr
    (run,) = set(re.findall(r"\d{8}-\d{6}-[0-9a-z]{5}", stderr))
    gate.open(len(organization.active))
    cluster.wait_completed(run)
    assert len(cluster.results(run)["Results"]) == len(organization.active)


def test_with_is_refused_without_a_coordinator(scripts, tmp_path):
    (tmp_path / "script.py").write_text("print('started')")
    finished = scripts.by_cove(tmp_path / "script.py", options=["--with", "elsewhere"])
    assert finished.returncode == 2 and "--with" in finished.stderr and finished.stdout == ""
