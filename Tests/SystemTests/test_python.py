# SPDX-License-Identifier: Apache-2.0
"""`cove python FILE:FUNCTION`: botocove's functions unchanged, and whatever they do is one task's end."""

import base64
import json
import os
import pathlib
import signal
import sys
import venv
import zipfile

import pytest

from processes import wait_until
from parity import comparable
from programs import account_users

FUNCTIONS = """
import ctypes, datetime, decimal, json, os, pathlib, signal, subprocess, sys, time, uuid

FOLDER = pathlib.Path(os.environ["TEST_FOLDER"])

def f(session, *args, **kwargs):
    return {"args": args, "kwargs": kwargs}

def one_bad(session, bad, how):
    if session.session_information["Name"] != bad:
        return "fine"
    return globals()[how](session)

def raises(session): raise LookupError("not here")
def exits(session): sys.exit(3)
def exits_at_once(session): os._exit(5)
def crashes(session): ctypes.string_at(0)
def is_killed(session): os.kill(os.getpid(), signal.SIGKILL)
def floods(session):
    for _ in range(100): os.write(1, b"x" * (1 << 20))
    raise ValueError("after the flood")
def eats_memory(session): return len(bytearray(2 << 30))
def returns_an_object(session): return {"here": [1, session]}
def returns_too_much(session): return "x" * (17 << 20)
def answers_for_another(session):
    frame = sys._getframe()
    while "self" not in frame.f_locals or not hasattr(frame.f_locals["self"], "_frames"): frame = frame.f_back
    frame.f_locals["self"]._frames.send({"type": "result", "task": "0" * 32})
def forks(session):
    # Processes in its group, out of it, and orphans of it, that would all live on.
    for number in range(20):
        subprocess.Popen(["sleep", "654321"], start_new_session=number % 2 == 0)
        subprocess.run(["sh", "-c", "setsid sleep 654321 >/dev/null 2>&1 &"])
    raise ValueError("left them running")

def values(session):
    return {"moment": datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.timezone.utc), "bytes": b"\\xff\\x00",
            "decimals": [decimal.Decimal("1.10"), decimal.Decimal("0.1234567890123456789")], "set": {2, 1}, "tuple": (1, None),
            "uuid": uuid.UUID(int=1), "path": pathlib.Path("/a")}

def waits(session):
    (FOLDER / session.session_information["Id"]).write_text(str(os.getpid()))
    time.sleep(600)

def loops(session):
    while True: pass

def leaks(session):
    keys = session.get_credentials().get_frozen_credentials()
    print("secret is", keys.secret_key, "and", keys.token)
    error = ValueError(keys.token)
    error.response = {"Error": {"Code": keys.token, "Message": "m"}, "ResponseMetadata": {"RequestId": keys.secret_key}}
    error.operation_name = keys.token
    raise error

def prints(session):
    print("greetings from", session.session_information["Name"])
    subprocess.run(["echo", "and from a program"])
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "audit.py"
    path.write_text(FUNCTIONS)
    return path


@pytest.fixture
def environment(environment, tmp_path):
    return environment | {"TEST_FOLDER": str(tmp_path)}


@pytest.fixture
def two(organization):
    return ["--targets", ",".join(organization.accounts[name] for name in ("alder", "cedar"))]


def running_pythons():
    """The host processes and their children that run now."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if b"cove_file.py" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def sleepers():
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "cmdline").read_bytes() == b"sleep\x00654321\x00":
                found.append(int(folder.name))
        except OSError:
            continue
    return found


@pytest.fixture(autouse=True)
def nothing_is_left():
    before = set(running_pythons())
    yield
    wait_until(lambda: not set(running_pythons()) - before and not sleepers(), "an end of all Python processes")


def test_botocoves_function_gives_what_botocove_gives(both):
    arguments = {"regions": ["eu-west-1", "us-east-1"]}
    theirs = both.by_botocove(account_users.account_users, **arguments)
    path = f"{account_users.__file__}:account_users"
    ours = both.program("python", path, "--regions", "eu-west-1,us-east-1", code=1).output
    assert comparable(ours) == comparable(theirs)
    (error,) = {entry["ExceptionDetails"]["Type"] for entry in ours["Exceptions"]}
    assert [type(entry["ExceptionDetails"]).__name__ for entry in theirs["Exceptions"]] == [error.rpartition(".")[2]] * 2


def test_arguments_are_given_as_they_are(cove, file, two):
    entries = cove("python", f"{file}:f", *two, "--input", '[1, {"a": null}]', code=0).output["Results"]
    assert [entry["Result"] for entry in entries] == [{"args": [1, {"a": None}], "kwargs": {}}] * 2
    (file.parent / "input.json").write_text('{"word": "ä"}')
    entries = cove("python", f"{file.name}:f", *two, "--input", "@input.json", code=0).output["Results"]
    assert [entry["Result"] for entry in entries] == [{"args": [], "kwargs": {"word": "ä"}}] * 2


def test_pythons_values_become_json(cove, file, two):
    result = cove("python", f"{file}:values", *two, code=0).output["Results"][0]["Result"]
    assert result == {
        "moment": "2024-02-29T12:00:00+00:00", "bytes": base64.b64encode(b"\xff\x00").decode(),
        "decimals": [1.1, "0.1234567890123456789"], "set": [1, 2], "tuple": [1, None],
        "uuid": "00000000-0000-0000-0000-000000000001", "path": "/a"}


@pytest.mark.parametrize("how, details", [
    ("raises", {"Type": "LookupError", "Message": "not here"}),
    ("exits", {"Type": "SystemExit", "Message": "the function called sys.exit(3)", "ExitCode": 3}),
    ("exits_at_once", {"Type": "PythonProcessEnded", "ExitCode": 5}),
    ("crashes", {"Type": "PythonProcessEnded", "ExitCode": 128 + signal.SIGSEGV}),
    ("is_killed", {"Type": "PythonProcessEnded", "ExitCode": 128 + signal.SIGKILL}),
    ("floods", {"Type": "ValueError", "Stderr": "x" * 4096}),
    ("eats_memory", {"Type": "MemoryError"}),
    ("returns_an_object", {"Type": "UnserialisableResult"}),
    ("returns_too_much", {"Type": "ResultTooLarge"}),
    ("answers_for_another", {"Type": "PythonProcessEnded"}),
    ("forks", {"Type": "ValueError", "Message": "left them running"}),
    ("loops", {"Type": "TaskTimeout"}),
])
def test_whatever_a_function_does_is_one_tasks_exception(cove, file, how, details):
    arguments = json.dumps({"bad": "cedar", "how": how})
    # So long that only what never ends reaches it.
    limit = ["--task-timeout", "10"] if how == "loops" else []
    # One slot: all tasks before and after it run in the same processes.
    output = cove("python", f"{file}:one_bad", "--slots", "1", "--input", arguments, *limit, code=1).output
    assert [entry["Result"] for entry in output["Results"]] == ["fine"] * 5
    (exception,) = output["Exceptions"]
    found = exception["ExceptionDetails"]
    assert exception["Name"] == "cedar" and {key: found.get(key) for key in details} == details
    if how == "returns_an_object":
        assert found["Message"].startswith("result['here'][1] is of type cove_session.CoveSession, which has no JSON")
    if how == "crashes":
        assert "Segmentation fault" in found["Stderr"] and "in crashes" in found["Stderr"]
    if how == "raises":
        assert found["Traceback"].endswith("LookupError: not here")
        assert 'audit.py", line' in found["Traceback"] and "cove_task" not in found["Traceback"]


def test_a_loop_ends_with_its_task_timeout(cove, file, two):
    output = cove("python", f"{file}:loops", *two, "--task-timeout", "1", code=1).output
    assert [entry["ExceptionDetails"]["Type"] for entry in output["Exceptions"]] == ["TaskTimeout"] * 2


def test_a_killed_cove_leaves_no_process(cove, file, two, organization):
    running = cove.start("python", f"{file}:waits", *two)
    pids = [file.parent / organization.accounts[name] for name in ("alder", "cedar")]
    wait_until(lambda: all(path.exists() and path.read_text() for path in pids), "both functions")
    processes = [int(path.read_text()) for path in pids]
    assert set(processes) <= set(running_pythons())
    running.kill()
    wait_until(lambda: not set(processes) & set(running_pythons()), "an end of the Python processes")


def test_an_interrupted_run_ends_its_functions(cove, file, two, organization):
    running = cove.start("python", f"{file}:waits", *two)
    pids = [file.parent / organization.accounts[name] for name in ("alder", "cedar")]
    wait_until(lambda: all(path.exists() and path.read_text() for path in pids), "both functions")
    running.interrupt()
    running.wait_for_stderr("again")
    running.interrupt()
    assert running.finish().code == 130


def test_what_a_function_prints_goes_to_the_log(cove, file, two):
    finished = cove("python", f"{file}:prints", *two, "--log-level", "info", code=0)
    assert "Result" not in finished.output["Results"][0]
    for line in ("greetings from alder account=", "greetings from cedar account=", "and from a program account="):
        assert line in finished.stderr
    assert "greetings" not in cove("python", f"{file}:prints", *two, code=0).stderr


def test_secrets_are_masked_and_stand_nowhere(cove_as, organization, proxy, file, two):
    cove = cove_as(organization, **proxy.environment)
    finished = cove("python", f"{file}:leaks", *two, "--log-level", "trace", code=1)
    assert "secret is [secret] and [secret]" in finished.stderr
    assert {entry["ExceptionDetails"]["Message"] for entry in finished.output["Exceptions"]} == {"[secret]"}
    state = pathlib.Path(cove.environment["XDG_STATE_HOME"])
    stored = b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())
    everything = finished.stdout + finished.stderr.encode() + stored
    assert len(proxy.secrets) >= 4
    assert [secret for secret in proxy.secrets if secret.encode() in everything] == []


def test_credentials_stand_in_no_environment_and_no_command_line(cove_as, organization, proxy, file, two):
    cove = cove_as(organization, **proxy.environment)
    running = cove.start("python", f"{file}:waits", *two)
    pids = [file.parent / organization.accounts[name] for name in ("alder", "cedar")]
    wait_until(lambda: all(path.exists() and path.read_text() for path in pids), "both functions")
    secrets = proxy.secrets | {organization.keys["AWS_SECRET_ACCESS_KEY"]}
    assert len(secrets) >= 5
    for process in running_pythons():
        shown = b"".join(pathlib.Path(f"/proc/{process}/{name}").read_bytes() for name in ("environ", "cmdline"))
        assert b"PATH=" in shown
        assert [secret for secret in secrets if secret.encode() in shown] == []
    running.kill()


@pytest.mark.parametrize("content, name, message", [
    ("def users(session): pass", "user", "there is no function user in {file}; did you mean users?"),
    ("def f(session:\n  pass", "f", "{file}, line 1: "),
    ("f = 3", "f", "f in {file} is no function but a constant"),
    ("async def f(session): pass", "f", "f in {file} is an async function: expected one that is called"),
    ("async def g(session): pass\nf = (lambda it: it)(g)", "f", "f in bad.py is an async function: expected one that is called"),
    ("import nothing_of_that_name\ndef f(session): pass", "f",
     "bad.py cannot be loaded: ModuleNotFoundError: No module named 'nothing_of_that_name'"),
    ("import sys\nsys.exit(3)\ndef f(session): pass", "f", "bad.py cannot be loaded: SystemExit: it called sys.exit(3)"),
])
def test_a_function_that_cannot_be_run_is_told_at_once(cove, tmp_path, content, name, message):
    file = tmp_path / "bad.py"
    file.write_text(content)
    finished = cove("python", f"{file}:{name}", code=2)
    assert message.format(file=file) in finished.stderr
    assert finished.stdout == b""
    assert cove("runs", code=0).stdout.count(b"\n") <= 1


def test_where_a_file_failed_to_load_is_told_in_its_own_lines(cove, tmp_path):
    file = tmp_path / "bad.py"
    file.write_text("def inner():\n    raise ValueError('no')\ninner()\ndef f(session): pass\n")
    lines = cove("python", f"{file}:f", code=2).stderr.splitlines()
    assert [line.split(", line ")[-1] for line in lines if "File" in line] == ["3, in <module>", "2, in inner"]
    assert lines[-1].endswith("ValueError: no")


@pytest.mark.parametrize("definition, given, problem", [
    ("def f(session, a, b=1): pass", None, "needs a: give it with --input"),
    ("def f(session, a, *, b): pass", '{"b": 1}', "needs a: give it with --input"),
    ("def f(session, a, *, b): pass", "[1]", "needs b: give it with --input"),
    ("def f(session, prefix='/'): pass", '{"prefx": 1}', "has no argument prefx; did you mean prefix?"),
    ("def f(session, a): pass", '{"session": 1, "a": 2}', "gets its argument session from Cove: leave it out of the input"),
    ("def f(session, a=1): pass", "[1, 2]", "takes 1 argument after the session: the input has 2"),
    ("def f(session, a, /): pass", '{"a": 1}', "needs a: give it with --input"),
    ("def f(): pass", None, "takes no session: expected def f(session, ...)"),
])
def test_arguments_that_do_not_fit_are_told_before_the_run(cove, tmp_path, definition, given, problem):
    (tmp_path / "audit.py").write_text(definition)
    finished = cove("python", "audit.py:f", *(["--input", given] if given else []), code=2)
    assert f"f in {tmp_path}/audit.py {problem}" in finished.stderr
    assert cove("runs", code=0).stdout.count(b"\n") <= 1


@pytest.mark.parametrize("definition", [
    "def f(session, *args, **kwargs): return [list(args), kwargs]",
    "def f(*args, **kwargs): return [list(args[1:]), kwargs]",
    "def f(session=None, a=2, b=3): return [[a], {}]",
    "from json import *\ndef f(session): return [[1], {}]\nfrom functools import *\nf = partial(f)\nf = lambda session, a: [[a], {}]",
    "def f(session): pass\nglobals()['f'] = lambda session, a: [[a], {}]",
    "def g(*_): pass\ndef f(session): pass\ndef f(session, a): return [[a], {}]",
    "def once(function): return lambda session, *args: [list(args), {}]\n@once\ndef f(session): pass",
    "def f(session): pass\ndef set():\n    global f\n    f = lambda session, a: [[a], {}]\nset()",
])
def test_arguments_that_may_fit_are_handed_over(cove, tmp_path, two, definition):
    (tmp_path / "audit.py").write_text(definition)
    entries = cove("python", "audit.py:f", "--input", "[1]", *two, code=0).output["Results"]
    assert [entry["Result"] for entry in entries] == [[[1], {}]] * 2


def test_all_that_is_wrong_is_told_at_once(cove, tmp_path):
    finished = cove("python", "nowhere.py:f", "--input", "3", "--targets", "cat", code=2)
    for problem in ("there is no file nowhere.py", "neither an aws account nor an ou"):
        assert problem in finished.stderr
    (tmp_path / "a.py").write_text("def f(session): pass")
    assert "the input is no object and no array" in cove("python", "a.py:f", "--input", "3", code=2).stderr
    assert "a function is named as FILE:FUNCTION" in cove("python", "f", code=2).stderr


def test_a_python_without_boto3_or_none_at_all_is_one_error(cove, file, tmp_path):
    bare = tmp_path / "bare"
    venv.create(bare, with_pip=False)
    assert "has no boto3: install it there" in cove("python", f"{file}:f", "--python", bare / "bin/python", code=2).stderr
    cove = cove.with_environment(COVE_PYTHON="nopython")
    assert "there is no Python to run functions with" in cove("python", f"{file}:f", code=2).stderr
    assert "is no Python 3 that works" in cove("python", f"{file}:f", "--python", "false", code=2).stderr


def test_python_is_that_of_the_virtual_environment(cove, file, two):
    # PATH has another python3 only.
    cove = cove.with_environment(PATH="/usr/bin:/bin", VIRTUAL_ENV=sys.prefix)
    cove("python", f"{file}:f", *two, code=0)


def test_memory_is_a_setting(cove, tmp_path, two):
    (tmp_path / "big.py").write_text("def f(session): return len(bytearray(200 << 20))")
    assert cove("python", "big.py:f", *two, code=0).output["Results"][0]["Result"] == 200 << 20
    output = cove("python", "big.py:f", *two, "--python-memory", "100", code=1).output
    assert {entry["ExceptionDetails"]["Type"] for entry in output["Exceptions"]} == {"MemoryError"}
    assert "python-memory" in cove("python", "big.py:f", "--python-memory", "1", code=2).stderr


def test_a_file_finds_its_neighbours(cove, tmp_path, two):
    (tmp_path / "neighbour.py").write_text("WORD = 'near'")
    (tmp_path / "main-file.py").write_text("from neighbour import WORD\nclass K:\n    @staticmethod\n    def f(session): return WORD")
    output = cove("python", "main-file.py:K.f", *two, code=0).output
    assert output["Results"][0]["Result"] == "near"


def test_what_travels_are_the_neighbours_and_what_with_names(cove, tmp_path, two):
    (tmp_path / "near.py").write_text("import nearer\nWORD = nearer.WORD")
    (tmp_path / "nearer.py").write_text("WORD = 'near'")
    (tmp_path / "unused.py").write_text("")
    package = tmp_path / "pack"
    package.mkdir()
    (package / "__init__.py").write_text("from pack.inner import WORD")
    (package / "inner.py").write_text("WORD = 'pack'")
    library = tmp_path / "elsewhere" / "lib"
    library.mkdir(parents=True)
    (library / "far.py").write_text("WORD = 'far'")
    with zipfile.ZipFile(tmp_path / "elsewhere" / "wheely-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("wheely.py", "WORD = 'wheel'")
    (tmp_path / "audit.py").write_text(
        "import os, near, pack\n"
        "def f(session):\n    import far, wheely\n"
        "    return [near.WORD, pack.WORD, far.WORD, wheely.WORD, sorted(os.listdir(os.path.dirname(__file__)))]")
    extras = f"elsewhere/lib,{tmp_path}/elsewhere/wheely-1-py3-none-any.whl"
    result = cove("python", "audit.py:f", *two, "--with", extras, code=0).output["Results"][0]["Result"]
    assert result == [
        "near", "pack", "far", "wheel",
        ["audit.py", "near.py", "nearer.py", "pack", "wheely-1-py3-none-any.whl", "with"]]
    assert "there is no file or folder" in cove("python", "audit.py:f", *two, "--with", "nowhere", code=2).stderr


def test_a_resumed_run_runs_the_file_as_it_was(cove, file, two, organization):
    running = cove.start("python", f"{file}:waits", *two)
    pids = [file.parent / organization.accounts[name] for name in ("alder", "cedar")]
    wait_until(lambda: all(path.exists() and path.read_text() for path in pids), "both functions")
    running.kill()
    for path in pids:
        path.unlink()
    file.unlink()
    run = cove("runs", code=0).text.split("\n")[1].split()[0]
    running = cove.start("resume", run)
    wait_until(lambda: all(path.exists() and path.read_text() for path in pids), "both functions")
    running.kill()


def test_a_worker_runs_a_function_that_travels(make_cluster, cove_as, organization, tmp_path):
    cluster = make_cluster(organization)
    cluster.start()
    worker = cluster.worker("snake", allow="python")
    cluster.wait_for_workers()
    (tmp_path / "near.py").write_text("WORD = 'near'")
    (tmp_path / "audit.py").write_text("import near, wheely\ndef f(session, *, more): return near.WORD + more + wheely.WORD")
    (tmp_path / "elsewhere").mkdir()
    wheel = tmp_path / "elsewhere" / "wheely-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("wheely.py", "WORD = ' by wheel'")
    # Whoever submits has no credentials of AWS and needs no boto3.
    venv.create(tmp_path / "bare", with_pip=False)
    client = cove_as(organization, **dict.fromkeys(organization.keys), COVE_PYTHON=str(tmp_path / "bare/bin/python"))
    finished = client("python", "audit.py:f", "--input", '{"more": "er"}', "--with", wheel, *cluster.client_options(), code=0)
    assert [entry["Result"] for entry in finished.output["Results"]] == ["nearer by wheel"] * 6
    assert {entry["Worker"] for entry in finished.output["Results"]} == {"snake"}
    assert worker.terminate() == 0


def test_a_worker_runs_no_python_unless_that_is_allowed(make_cluster, organization, cove_as, tmp_path):
    cluster = make_cluster(organization, tls=False)
    cluster.start()
    cluster.worker("strict", allow="call,exec")
    (tmp_path / "audit.py").write_text("def f(session): return 1")
    client = cove_as(organization, **dict.fromkeys(organization.keys))
    run = client("python", "audit.py:f", "--detach", *cluster.client_options(), code=0).text.strip()
    status = wait_until(lambda: (s := cluster.snapshot(run)["status"]).get("lacking") and s, "what the run lacks to be told")
    assert "python" in status["lacking"]


def test_a_worker_whose_python_does_not_work_does_not_start_with_python_allowed(make_cluster, organization):
    cluster = make_cluster(organization, tls=False)
    cluster.start()
    worker = cluster.worker("bare", "--python", "/bin/false", allow="python")
    assert worker.wait() == 3
    assert "is no Python 3 that works" in worker.output


def test_every_option_has_its_variable(cove, file, tmp_path, two):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "far.py").write_text("WORD = 'far'")
    (tmp_path / "audit.py").write_text("def f(session, *, size):\n    import far\n    return [far.WORD, len(bytearray(size))]")
    cove = cove.with_environment(COVE_INPUT='{"size": 200000000}', COVE_WITH="lib", COVE_PYTHON_MEMORY="300", COVE_PYTHON=sys.executable,
                                 PATH="/usr/bin:/bin")
    assert cove("python", "audit.py:f", *two, code=0).output["Results"][0]["Result"] == ["far", 200000000]
    output = cove.with_environment(COVE_PYTHON_MEMORY="100")("python", "audit.py:f", *two, code=1).output
    assert {entry["ExceptionDetails"]["Type"] for entry in output["Exceptions"]} == {"MemoryError"}
