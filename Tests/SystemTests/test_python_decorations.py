# SPDX-License-Identifier: Apache-2.0
"""What a decorator of botocove says of a function that `cove python FILE:FUNCTION` runs, and scripts that make no run."""

import subprocess

import pytest
from test_script_runs import expect, scripts, written  # noqa: F401


def targets(finished):
    return sorted((entry["Name"], entry.get("Region"), entry["RoleSessionName"]) for entry in finished.output["Results"])


@pytest.fixture
def decorated(tmp_path, organization):
    path = tmp_path / "audit.py"
    alder, cedar = (organization.accounts[name] for name in ("alder", "cedar"))
    path.write_text(f"""
import botocove
from botocove import cove as everywhere
SOME = ["{alder}"]
@everywhere(target_ids=["{alder}", "{cedar}"], regions=("eu-west-1",), role_session_name="said", external_id=None, thread_workers=2)
def literal(session): return 1
@botocove.cove(target_ids=SOME, policy=str(1), raise_exception=True)
def computed(session): return 1
@everywhere(**dict(target_ids=SOME))
def hidden(session): return 1
@everywhere
def bare(session): return 1
def plain(session): everywhere = 1; literal = everywhere; return literal
""")
    return path


def test_what_a_decorator_says_holds_where_no_option_says_otherwise(cove, decorated, organization):
    assert targets(cove("python", f"{decorated}:literal", code=0)) == [
        ("alder", "eu-west-1", "said"), ("cedar", "eu-west-1", "said")]
    birch = organization.accounts["birch"]
    assert targets(cove("python", f"{decorated}:literal", "--targets", birch, "--regions", "us-east-1", code=0)) == [
        ("birch", "us-east-1", "said")]
    with_variable = cove.with_environment(COVE_REGIONS="us-east-1")
    assert targets(with_variable("python", f"{decorated}:literal", "--role-session-name", "other", code=0)) == [
        ("alder", "us-east-1", "other"), ("cedar", "us-east-1", "other")]
    for name in ("bare", "plain"):
        assert len(targets(cove("python", f"{decorated}:{name}", code=0))) == 6


def test_what_only_the_file_could_tell_must_be_said_by_options(cove, decorated, organization):
    error = cove("python", f"{decorated}:computed", code=2).stderr
    assert "is decorated with @cove(target_ids=…, policy=…)" in error
    assert f"give --policy, --targets, or run it as a script with cove python {decorated}\n" in error
    some = ["--targets", organization.accounts["alder"], "--policy", '{"Version": "2012-10-17", "Statement": []}']
    assert "give --policy, or" in cove("python", f"{decorated}:computed", *some[:2], code=2).stderr
    assert len(targets(cove("python", f"{decorated}:computed", *some, code=0))) == 1
    assert "@cove(**), which only running the file" in cove("python", f"{decorated}:hidden", *some, code=2).stderr


def test_what_a_decorator_says_wrongly_is_told(cove, tmp_path):
    (tmp_path / "audit.py").write_text(
        "from botocove import cove\n@cove(target_ids=['cat'], thread_workers=9999)\ndef f(session): pass")
    assert "provided id is neither an aws account nor an ou: cat" in cove("python", "audit.py:f", code=2).stderr
    (tmp_path / "audit.py").write_text("from botocove import cove\n@cove(thread_workers=1e999)\ndef f(session): pass")
    assert "is decorated with @cove(thread_workers=…)" in cove("python", "audit.py:f", code=2).stderr


def test_what_is_nothing_to_botocove_is_nothing(cove, tmp_path, organization):
    (tmp_path / "audit.py").write_text(f"""
from botocove import cove
@cove(target_ids=["{organization.accounts['alder']}"], rolename="", role_session_name="", partition="", policy_arns=[], ignore_ids=[])
def f(session): return 1""")
    assert targets(cove("python", "audit.py:f", code=0)) == [("alder", "us-east-1", "OrganizationAccountAccessRole")]


@pytest.mark.parametrize("count, status", [(10_000, 0), (100_000, 2)])
def test_a_decorator_may_name_as_many_accounts_as_there_are(cove, tmp_path, organization, count, status):
    ids = [organization.accounts["alder"]] * count
    (tmp_path / "audit.py").write_text(f"from botocove import cove\n@cove(target_ids={ids})\ndef f(session): return 1")
    finished = cove("python", "audit.py:f", code=status)
    assert "give --targets" in finished.stderr if status else len(targets(finished)) == 1


@pytest.mark.parametrize("code", [
    "from botocove import *\n@cove(ONE)",
    "import botocove.cove_types\n@botocove.cove(ONE)",
    "import botocove as b\n@b.cove_decorator.cove(ONE)",
    "from botocove.cove_decorator import cove as c\n@c(ONE)",
    "from botocove import cove_decorator\n@cove_decorator.cove(ONE)",
])
def test_a_decorator_is_known_by_all_of_its_names(cove, tmp_path, organization, code):
    one = f"target_ids=['{organization.accounts['alder']}']"
    (tmp_path / "audit.py").write_text(code.replace("ONE", one) + "\ndef f(session): return 1")
    assert [name for name, _, _ in targets(cove("python", "audit.py:f", code=0))] == ["alder"]


@pytest.mark.parametrize("code, name", [
    ("def f(session): return 1\nf = cove(ONE)(f)", "f"),
    ("@cove(ONE)\ndef g(session): return 1\nf = g", "f"),
    ("import functools\n@functools.partial(cove, ONE)\ndef f(session): return 1", "f"),
    ("class A:\n  @staticmethod\n  @cove(ONE)\n  def f(session): return 1", "A.f"),
    ("mine = cove(ONE)\n@mine\ndef f(session): return 1", "f"),
])
def test_a_decorator_that_is_not_seen_keeps_its_function_from_running(cove, tmp_path, organization, code, name):
    one = f"target_ids=['{organization.accounts['alder']}']"
    (tmp_path / "audit.py").write_text("from botocove import cove\n" + code.replace("ONE", one))
    error = cove("python", f"audit.py:{name}", code=2).stderr
    assert f"{name} in audit.py is decorated with @cove(target_ids=…), and Cove has not read that in the file" in error


@pytest.mark.parametrize("code, result", [
    ("@cove\ndef f(session): return 1\ndef f(session): return 2", 2),
    ("def f(session): return 1\n@cove\ndef f(session): return 2", 2),
    ("if True:\n  def f(session): return 1\nelse:\n  @cove\n  def f(session): return 2", 1),
    ("def other(g): return lambda session: 3\n@other\n@cove\ndef f(session): return 1", 1),
    ("@cove(org_master=True)\ndef f(session): return 1", 1),
    ("@cove()\ndef g(session): return 1\nf = g", 1),
])
def test_the_function_is_what_its_name_stands_for(cove, tmp_path, code, result):
    (tmp_path / "audit.py").write_text("from botocove import cove\n" + code)
    assert {entry["Result"] for entry in cove("python", "audit.py:f", code=0).output["Results"]} == {result}


def test_workers_hold_a_function_against_the_decorator_that_was_read(make_cluster, cove_as, organization, tmp_path):
    cluster = make_cluster(organization, tls=False)
    cluster.start()
    cluster.worker("snake", allow="python")
    cluster.wait_for_workers()
    alder = organization.accounts["alder"]
    (tmp_path / "audit.py").write_text(f"""
from botocove import cove
@cove(target_ids=["{alder}"], thread_workers=1)
def read(session): return 1
def plain(session): return 1
hidden = cove(target_ids=["{alder}"])(plain)
""")
    client = cove_as(organization, **dict.fromkeys(organization.keys))
    assert [name for name, _, _ in targets(client("python", "audit.py:read", *cluster.client_options(), code=0))] == ["alder"]
    refused = client("python", "audit.py:hidden", *cluster.client_options(), code=1).output["Exceptions"]
    assert {entry["ExceptionDetails"]["Type"] for entry in refused} == {"PythonNotLoaded"} and len(refused) == 6


def test_a_function_that_is_defined_again_after_a_call_is_not_run(cove, tmp_path):
    (tmp_path / "audit.py").write_text("from botocove import cove\n@cove\ndef g(session): pass\ndef f(session): return 1\ng()\n"
                                       "f = cove(target_ids=['111111111111'])(f)")
    assert "audit.py calls g before it defines f: put such calls below" in cove("python", "audit.py:f", code=2).stderr


def test_an_argument_that_botocove_does_not_know_is_told(cove, tmp_path):
    (tmp_path / "audit.py").write_text("from botocove import cove\n@cove(target=['1'])\ndef f(session): pass")
    assert "is decorated with @cove(target=...), which botocove does not know" in cove("python", "audit.py:f", code=2).stderr


def test_which_of_two_decorators_holds_must_be_said(cove, tmp_path, organization):
    alder, cedar = (organization.accounts[name] for name in ("alder", "cedar"))
    (tmp_path / "audit.py").write_text(f"""
from botocove import cove
import os
if os.environ.get("PROD"):
    @cove(target_ids=["{alder}"])
    def f(session): return 1
else:
    @cove(target_ids=["{cedar}"])
    def f(session): return 1
""")
    assert "give --targets, or run" in cove("python", "audit.py:f", code=2).stderr
    (tmp_path / "again.py").write_text(f"""
from botocove import cove
@cove(target_ids=["{alder}"])
def f(session): return 1
f = cove(target_ids=["{cedar}"])(f.__wrapped__)
""")
    assert "give --targets, or run" in cove("python", "again.py:f", code=2).stderr
    assert len(targets(cove("python", "audit.py:f", "--targets", alder, code=0))) == 1


NO_RUN = "script.py itself has made no run: it"
DECORATED = "from botocove import cove\n@cove\ndef f(session): return 7\n"
POOL = "from concurrent.futures import ProcessPoolExecutor\nwith ProcessPoolExecutor(1) as pool: pool.submit(f).result()"


@pytest.mark.parametrize("code, arguments, reason", [
    ("def f(session): pass", [], "does not import botocove"),
    (DECORATED, [], "called none of its decorated functions"),
    ("def f(session): pass", ["--help"], None),
    (DECORATED, ["--help"], None),
    ("import sys, subprocess\nsubprocess.run([sys.executable, '-c', ''])\nfrom botocove import cove", [], None),
    ("import os, sys\nos.execv(sys.executable, [sys.executable, '-c', ''])", [], None),
    ("raise SystemError", [], None),
    (DECORATED + "f()", [], None),
    (DECORATED + "g = cove(target_ids=[])(f)\ntry: g()\nexcept ValueError: pass", [], None),
    (DECORATED + "import os\nif os.fork() == 0: exit(0)\nos.wait()\nf()", [], None),
    (DECORATED + POOL, [], "called none of its decorated functions"),
])
def test_a_script_that_makes_no_run_says_so(scripts, written, code, arguments, reason):  # noqa: F811
    script = written(code)
    finished = scripts.by_cove(script, *arguments)
    expect(finished, 1 if "raise" in code else 0)
    said = [line for line in finished.stderr.splitlines() if "has made no run" in line]
    assert said == ([f"cove: {NO_RUN} {reason}; one of its functions is run with cove python script.py:FUNCTION"]
                    if reason else [])
    assert "has made no run" not in scripts.by_cove(script, *arguments, options=["--quiet"]).stderr
    if reason:
        scripts.environment["COVE_QUIET"] = "true"
        assert scripts.by_cove(script, *arguments).stderr == ""


def test_a_script_without_boto3_or_file_is_refused_before_it_begins(scripts, written, tmp_path):  # noqa: F811
    bare = tmp_path / "bare"
    subprocess.run(["python3", "-m", "venv", "--without-pip", bare], check=True)
    finished = scripts.by_cove(written("print('begun')"), options=["--python", bare / "bin/python"])
    assert finished.returncode == 2 and finished.stdout == "" and "has no boto3: install it there" in finished.stderr
    assert "is a folder without a __main__.py" in scripts.by_cove(tmp_path).stderr
