# SPDX-License-Identifier: Apache-2.0
"""`cove python SCRIPT`: its command line and streams, signals, ends of either process, and where secrets are not."""

import http.server
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import textwrap
import threading

import pytest
from processes import is_running, wait_until
from conftest import cove_binary
from scripts import Scripts
from test_secrets import found

# A function that waits for the test: it tells that it came, and goes on when it is let through.
GATED = """
    import os, pathlib, sys
    from botocove import cove
    gate = pathlib.Path(sys.argv[1])

    def function(session):
        account = session.session_information["Id"]
        with open(gate / "begun", "a") as file:
            print(account, "-", os.getpid(), file=file)
        with open(gate / "arrivals", "w") as file:
            print(account, file=file)
        door = os.open(gate / "door", os.O_RDONLY)
        os.read(door, 1)
        os.close(door)
        with open(gate / "ended", "a") as file:
            print(account, file=file)
        return account
"""


@pytest.fixture
def scripts(environment, organization, proxy, tmp_path):
    return Scripts(str(cove_binary()), environment | organization.keys | proxy.environment, tmp_path)


@pytest.fixture
def written(tmp_path):
    """Writes a script and gives its path."""

    def write(code, name="script.py"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(code))
        return path

    return write


def expect(finished, code=0):
    assert finished.returncode == code, f"exit code {finished.returncode}\n{finished.stdout}\n{finished.stderr}"
    return finished


# Command line and streams


def test_what_follows_a_script_is_its_own(scripts, written):
    script = written("import sys\nprint(sys.argv[1:], sys.argv[0])")
    finished = expect(scripts.by_cove(script, "--slots", "9", "--", "-h", "--quiet", options=["--slots", "2"]))
    assert finished.stdout == f"['--slots', '9', '--', '-h', '--quiet'] {script}\n"


def test_a_script_is_the_main_program_with_its_own_streams_and_exit_code(scripts, written):
    script = written("""
        import sys
        print(__name__, sys.stdin.read(), __file__)
        print("to stderr", file=sys.stderr)
        sys.exit(5)
    """)
    finished = subprocess.run(
        [scripts.cove, "python", str(script)], env=scripts.environment, input="what is read", capture_output=True, text=True
    )
    assert finished.returncode == 5
    assert finished.stdout == f"__main__ what is read {script}\n" and "to stderr" in finished.stderr


def test_what_functions_print_goes_where_the_script_prints(scripts, written, organization):
    script = written("""
        from botocove import cove
        print("before")
        cove(lambda session: print("in", session.session_information["Id"]))()
        print("after")
    """)
    lines = expect(scripts.by_cove(script)).stdout.splitlines()
    assert lines[0] == "before" and lines[-1] == "after"
    assert sorted(lines[1:-1]) == sorted(f"in {account}" for account in organization.active)


def test_scripts_that_a_script_starts_find_cove_too(scripts, written, organization):
    written("from botocove import cove\nprint(len(cove(lambda session: None)()['Results']))", "inner.py")
    script = written("import subprocess, sys\nsubprocess.run([sys.executable, 'inner.py'], check=True)")
    assert expect(scripts.by_cove(script)).stdout == f"{len(organization.active)}\n"


@pytest.mark.parametrize("option, value", [
    ("--targets", "123456789012"), ("--ignore", "123456789012"), ("--regions", "eu-west-1"), ("--role-name", "Audit"),
    ("--policy", "{}"), ("--profile", "audit"), ("--raise-exception", None), ("--output", "json"), ("--output-file", "out.json"),
    ("--include-calling-account", None), ("--external-id", "x1"), ("--detach", None),
])
def test_an_option_that_the_decorator_stands_for_is_refused(scripts, written, option, value):
    script = written("print('started')")
    finished = expect(scripts.by_cove(script, options=[option] if value is None else [option, value]), 2)
    assert option in finished.stderr and finished.stdout == ""
    scripts.environment["COVE_" + option.strip("-").replace("-", "_").upper()] = value or "true"
    assert "COVE_" in expect(scripts.by_cove(script), 2).stderr


def test_all_that_is_wrong_with_the_command_is_told_at_once(scripts):
    finished = expect(scripts.by_cove("missing.py", options=["--slots", "none", "--targets", "x"]), 2)
    for word in ("missing.py", "slots", "--targets"):
        assert word in finished.stderr


def test_runs_of_a_script_are_listed_and_their_results_kept(scripts, written, organization):
    script = written("from botocove import cove\n@cove\ndef audit(session):\n    return 7\naudit()")
    expect(scripts.by_cove(script))
    runs = subprocess.run([scripts.cove, "runs"], env=scripts.environment, capture_output=True, text=True).stdout
    (run,) = re.findall(r"\d{8}-\d{6}-[0-9a-z]{5}", runs)
    results = subprocess.run([scripts.cove, "results", run], env=scripts.environment, capture_output=True).stdout
    assert [entry["Result"] for entry in json.loads(results)["Results"]] == [7] * len(organization.active)


def test_calls_in_threads_are_runs_of_their_own(scripts, written, organization):
    script = written("""
        from concurrent.futures import ThreadPoolExecutor
        from botocove import cove

        def one(region):
            output = cove(lambda session: session.region_name, regions=[region])()
            return {entry["Result"] for entry in output["Results"]}, len(output["Results"])

        with ThreadPoolExecutor() as pool:
            print(list(pool.map(one, ["eu-west-1", "us-east-1", "eu-central-1"])))
    """)
    count = len(organization.active)
    expected = [({region}, count) for region in ("eu-west-1", "us-east-1", "eu-central-1")]
    assert expect(scripts.by_cove(script)).stdout == f"{expected}\n"


def test_clients_of_the_script_work_in_its_functions_and_after(scripts, written, organization):
    script = written("""
        import boto3
        from botocove import cove
        sts = boto3.client("sts")
        print(sts.get_caller_identity()["Account"])
        output = cove(lambda session: sts.get_caller_identity()["Account"])()
        print({entry["Result"] for entry in output["Results"]}, boto3.client("sts").get_caller_identity()["Account"])
    """)
    management = organization.management
    assert expect(scripts.by_cove(script)).stdout == f"{management}\n{{'{management}'}} {management}\n"


def test_the_callers_own_sts_client_is_there_in_a_scripts_functions(scripts, written, organization):
    script = written("""
        import boto3
        from botocove import cove
        account = lambda session: session.sts_client.get_caller_identity()["Account"]
        for arguments in ({}, {"assuming_session": boto3.session.Session()}):
            print({entry["Result"] for entry in cove(account, **arguments)()["Results"]})
    """)
    assert expect(scripts.by_cove(script)).stdout == f"{{'{organization.management}'}}\n" * 2


def test_module_without_cove_says_how_to_start_a_script(written, environment):
    script = written("from botocove import cove\ncove(lambda session: None)()")
    sources = pathlib.Path(__file__).resolve().parents[2] / "Sources/CoveWorker/Python"
    finished = subprocess.run(
        [sys.executable, str(script)], env=environment | {"PYTHONPATH": str(sources)}, capture_output=True, text=True
    )
    assert finished.returncode == 1 and "cove python SCRIPT" in finished.stderr


def test_arguments_that_stay_in_the_script_have_any_size(scripts, written, organization):
    script = written(f"""
        from botocove import cove
        output = cove(lambda session, text: len(text), target_ids=[{organization.accounts["alder"]!r}])("x" * 3_000_000)
        print([entry["Result"] for entry in output["Results"]])
    """)
    assert expect(scripts.by_cove(script)).stdout == "[3000000]\n"


# Signals and ends


def gated(written, rest):
    return written(textwrap.dedent(GATED) + textwrap.dedent(rest))


def test_ctrl_c_lets_what_runs_finish_and_interrupts_the_script(scripts, written, gate, tmp_path):
    script = gated(written, """
        try:
            cove(function, thread_workers=2)()
        except KeyboardInterrupt:
            print("interrupted", sorted(open(gate / "ended").read().split()) != [])
    """)
    running = scripts.start(script, str(tmp_path / "gate"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    first = gate.arrivals(2)
    running.send_signal(signal.SIGINT)
    while not re.search("(?i)again", line := running.stderr.readline()):
        assert line, "nothing was said of the interruption"
    gate.open(2)
    stdout, _ = running.communicate(timeout=60)
    assert (running.returncode, stdout) == (0, "interrupted True\n")
    assert sorted(gate.begun) == sorted(gate.ended) == sorted(first)


def test_a_second_ctrl_c_ends_what_runs(scripts, written, gate, tmp_path):
    script = gated(written, "cove(function, thread_workers=2)()")
    running = scripts.start(script, str(tmp_path / "gate"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    gate.arrivals(2)
    running.send_signal(signal.SIGINT)
    while not re.search("(?i)again", running.stderr.readline()):
        pass
    running.send_signal(signal.SIGINT)
    _, stderr = running.communicate(timeout=60)
    assert running.returncode == -signal.SIGINT and "KeyboardInterrupt" in stderr and "cove resume" not in stderr
    assert gate.ended == []
    assert [pid for pid in gate.pids if os.path.exists(f"/proc/{pid}")] == []


def cove_of(script):
    """The `cove` process that performs a script's run."""
    found = pathlib.Path(f"/proc/{script.pid}/task/{script.pid}/children").read_text().split()
    names = {int(pid): pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in found}
    (process,) = [pid for pid, command in names.items() if b"script-run" in command]
    return process


def test_a_third_ctrl_c_leaves_at_once(scripts, written, gate, tmp_path):
    script = gated(written, """
        def stubborn(session):
            while True:
                try: function(session)
                except BaseException: continue
        cove(stubborn, thread_workers=1)()
    """)
    running = scripts.start(script, str(tmp_path / "gate"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    gate.arrivals(1)
    for words in ("Ctrl-C again ends", "Ctrl-C again leaves", "left at once; cove results"):
        running.send_signal(signal.SIGINT)
        while words not in (line := running.stderr.readline()):
            assert line
    assert running.communicate(timeout=60)[1].rstrip().endswith("KeyboardInterrupt")
    assert running.returncode == -signal.SIGINT


def test_a_script_that_is_killed_ends_its_run(scripts, written, gate, tmp_path):
    script = gated(written, "cove(function, thread_workers=2)()")
    running = scripts.start(script, str(tmp_path / "gate"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    gate.arrivals(2)
    process = cove_of(running)
    running.kill()
    running.communicate(timeout=60)
    wait_until(lambda: not is_running(process), "the end of the cove process")
    wait_until(lambda: not any(is_running(pid) for pid in gate.pids), "the end of the functions")
    assert len(gate.begun) == 2


def test_a_cove_process_that_is_killed_is_an_error_in_the_script(scripts, written, gate, tmp_path):
    script = gated(written, """
        try:
            cove(function, thread_workers=2)()
        except Exception as error:
            print(type(error).__name__, error)
    """)
    running = scripts.start(script, str(tmp_path / "gate"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    gate.arrivals(2)
    os.kill(cove_of(running), signal.SIGKILL)
    stdout, _ = running.communicate(timeout=60)
    assert stdout == "CoveError cove ended with -9 before the run was over\n"
    assert not any(is_running(pid) for pid in gate.pids)


def test_a_run_of_a_scripts_own_process_is_not_resumed(scripts, written, gate, tmp_path):
    script = gated(written, "cove(function, thread_workers=1)()")
    running = scripts.start(script, str(tmp_path / "gate"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    gate.arrivals(1)
    running.kill()
    process = cove_of(running) if os.path.exists(f"/proc/{running.pid}/task") else None
    running.communicate(timeout=60)
    if process:
        wait_until(lambda: not is_running(process), "the end of the cove process")
    runs = subprocess.run([scripts.cove, "runs"], env=scripts.environment, capture_output=True, text=True).stdout
    (run,) = re.findall(r"\d{8}-\d{6}-[0-9a-z]{5}", runs)
    wait_until(lambda: "under way" not in resume(scripts, run).stderr, "the end of the run")
    finished = resume(scripts, run)
    assert finished.returncode == 2 and "script" in finished.stderr
    shown = subprocess.run([scripts.cove, "show", run], env=scripts.environment, capture_output=True, text=True).stdout
    assert f"cove results {run}" in shown and "resume" not in shown and "retry" not in shown


def resume(scripts, run):
    return subprocess.run([scripts.cove, "resume", run], env=scripts.environment, capture_output=True, text=True)


# What a function does


def test_a_loop_in_a_script_ends_with_its_task_timeout(scripts, written, organization):
    script = written(f"""
        from botocove import cove

        def function(session):
            while session.session_information["Id"] == {organization.accounts["cedar"]!r}:
                pass
            return "fine"

        output = cove(function)()
        (entry,) = output["Exceptions"]
        print([e["Result"] for e in output["Results"]], entry["Name"], type(entry["ExceptionDetails"]).__name__)
    """)
    # So long that only what never ends reaches it.
    finished = expect(scripts.by_cove(script, options=["--task-timeout", "10"]))
    assert finished.stdout == f"{['fine'] * 5} cedar TaskTimeout\n"


def test_a_flood_in_a_script_is_the_scripts_own_output(scripts, written, organization):
    script = written(f"""
        import os
        from botocove import cove

        def function(session):
            if session.session_information["Id"] == {organization.accounts["cedar"]!r}:
                for _ in range(64):
                    text = b"x" * (1 << 20)
                    while text:
                        text = text[os.write(1, text):]
                raise ValueError("after the flood")
            return "fine"

        output = cove(function)()
        (entry,) = output["Exceptions"]
        print()
        print([e["Result"] for e in output["Results"]], entry["Name"], repr(entry["ExceptionDetails"]))
    """)
    flood, told = expect(scripts.by_cove(script)).stdout.splitlines()
    assert flood == "x" * (64 << 20) and told == f"{['fine'] * 5} cedar ValueError('after the flood')"


# Secrets


@pytest.fixture
def container(organization):
    """A server of credentials as containers have it; gives its address."""
    keys = {"AccessKeyId": organization.keys["AWS_ACCESS_KEY_ID"], "SecretAccessKey": organization.keys["AWS_SECRET_ACCESS_KEY"]}
    answer = json.dumps(keys | {"Token": "", "Expiration": "2099-01-01T00:00:00Z"}).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/keys"
        server.shutdown()


def test_credentials_that_boto3_alone_finds_are_handed_over(scripts, written, organization, container):
    for name in organization.keys:
        del scripts.environment[name]
    scripts.environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = container
    script = written("from botocove import cove\nprint(len(cove(lambda session: None)()['Results']))")
    assert expect(scripts.by_cove(script)).stdout == f"{len(organization.active)}\n"


def test_the_assuming_sessions_credentials_are_nowhere_but_in_the_processes(scripts, written, organization, gate, tmp_path, proxy):
    keys = {name: scripts.environment.pop(name) for name in organization.keys}
    secret = keys["AWS_SECRET_ACCESS_KEY"]
    script = gated(written, """
        import boto3
        key, secret = sys.stdin.read().split()
        session = boto3.session.Session(key, secret)
        print(len(cove(function, assuming_session=session, thread_workers=2)()["Results"]))
    """)
    running = scripts.start(
        script, str(tmp_path / "gate"), options=["--log-level", "trace"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    running.stdin.write("\n".join(keys.values()))
    running.stdin.close()
    running.stdin = None
    gate.arrivals(2)
    seen = b""
    for pid in [running.pid, cove_of(running), *gate.pids]:
        for name in ("cmdline", "environ"):
            seen += pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    gate.open(len(organization.active))
    stdout, stderr = running.communicate(timeout=60)
    assert stdout == f"{len(organization.active)}\n"
    files += b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"script-run" in seen and organization.accounts["alder"].encode() in files
    assert found({secret}, seen + files + stderr.encode()) == []
