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


def test_what_a_decorator_says_wrongly_names_it(cove, tmp_path):
    (tmp_path / "audit.py").write_text(
        "from botocove import cove\n@cove(target_ids=['cat'], thread_workers=9999)\ndef f(session): pass")
    assert "provided id is neither an aws account nor an ou: cat" in cove("python", "audit.py:f", code=2).stderr


NO_RUN = "cove: nothing was run in any account: "


@pytest.mark.parametrize("code, arguments, reason", [
    ("def f(session): pass", [], "does not import botocove"),
    ("def f(session): pass", ["--help"], "does not import botocove"),
    ("from botocove import cove\n@cove\ndef f(session): pass", [], "called none of its decorated functions"),
    ("from botocove import cove\n@cove\ndef f(session): pass", ["--help"], None),
    ("import sys, subprocess\nsubprocess.run([sys.executable, '-c', ''])\nfrom botocove import cove", [], None),
    ("raise SystemError", [], None),
    ("from botocove import cove\n@cove\ndef f(session): pass\nf()", [], None),
    ("import os\nfrom botocove import cove\nif os.fork() == 0: exit(0)\nos.wait()", [], None),
])
def test_a_script_that_makes_no_run_says_so(scripts, written, code, arguments, reason):  # noqa: F811
    script = written(code)
    finished = scripts.by_cove(script, *arguments)
    expect(finished, 1 if "raise" in code else 0)
    said = [line for line in finished.stderr.splitlines() if line.startswith(NO_RUN)]
    assert said == ([f"{NO_RUN}script.py {reason}; one of its functions is run with cove python script.py:FUNCTION"]
                    if reason else [])


def test_a_script_without_boto3_or_file_is_refused_before_it_begins(scripts, written, tmp_path):  # noqa: F811
    bare = tmp_path / "bare"
    subprocess.run(["python3", "-m", "venv", "--without-pip", bare], check=True)
    finished = scripts.by_cove(written("print('begun')"), options=["--python", bare / "bin/python"])
    assert finished.returncode == 2 and finished.stdout == "" and "has no boto3: install it there" in finished.stderr
    assert "is a folder without a __main__.py" in scripts.by_cove(tmp_path).stderr
