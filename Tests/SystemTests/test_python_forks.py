# SPDX-License-Identifier: Apache-2.0
"""What Python functions fork: it is no part of the conversation about their task, and ends with its process."""

import os
import signal
import subprocess
import time

import pytest
from processes import is_running, wait_until
from python_child import hosted
from test_python_host import answer_of, read_line
from test_script_runs import cove_of, gated, scripts, written  # noqa: F401

FUNCTIONS = """
import os

def comes_back_twice(session, which):
    name = session.session_information["Name"]
    if name == which and os.fork() == 0: return "the fork's"
    return name
def pools(session):
    from multiprocessing import Pool
    with Pool(2) as pool: return pool.map(len, ["a", "bb"])
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "audit.py"
    path.write_text(FUNCTIONS)
    return path


def test_a_fork_that_comes_back_does_not_answer_for_its_task():
    source = """
import os
def f(session, ending):
    process = os.fork()
    if process == 0:
        if ending == "raises": raise ValueError("the fork")
        return "the fork"
    _, status = os.waitpid(process, 0)
    return os.WEXITSTATUS(status)
"""
    with hosted(source) as host:
        child = host.child()
        # A second answer would be taken for that of the next task.
        assert [child.run(ending)["value"] for ending in ("returns", "raises", "returns")] == [0, 1, 0]


def test_a_fork_has_no_channel_and_renews_no_credentials():
    source = """
import os, signal
def f(session):
    channels = lambda: sum(os.readlink(f"/proc/self/fd/{n}").startswith("socket:") for n in os.listdir("/proc/self/fd")
                           if os.path.islink(f"/proc/self/fd/{n}"))
    before = channels()
    read, write = os.pipe()
    if os.fork() == 0:
        try: session.get_credentials().get_frozen_credentials()
        except Exception as error: os.write(write, f"{channels() - before} {signal.getsignal(signal.SIGTERM) == signal.SIG_DFL} {error}".encode())
        os._exit(0)
    os.wait()
    return os.read(read, 1000).decode()
"""
    with hosted(source) as host:
        child = host.child()
        child.begin(expiration=time.time() + 30)
        assert child.answer()["value"].startswith("-1 True a process that the function forked cannot get new credentials")


def test_sigterm_ends_what_a_function_forked_whatever_it_catches():
    source = """
import multiprocessing, os, time
def stubborn(write):
    while True:
        try:
            os.write(write, b".")
            time.sleep(600)
        except BaseException: pass
def f(session):
    read, write = os.pipe()
    process = multiprocessing.get_context("fork").Process(target=stubborn, args=[write])
    process.start()
    os.read(read, 1)
    process.terminate()
    process.join(5)
    return process.exitcode
"""
    assert answer_of(source)[0]["value"] == -signal.SIGTERM


def test_a_sigterm_right_after_a_fork_is_not_lost():
    source = """
import multiprocessing, time
def f(session):
    codes = []
    for _ in range(200):
        process = multiprocessing.get_context("fork").Process(target=time.sleep, args=[600])
        process.start()
        process.terminate()
        process.join(5)
        codes.append(process.exitcode)
        if process.exitcode is None: break
    return codes
"""
    assert answer_of(source)[0]["value"] == [-signal.SIGTERM] * 200


def test_a_pool_of_processes_ends():
    source = """
from multiprocessing import Pool
def f(session):
    with Pool(2) as pool: return pool.map(len, ["a", "bb", "ccc"])
"""
    with hosted(source) as host:
        for _ in range(10):
            children = [host.child() for _ in range(2)]
            for child in children:
                child.begin()
            assert [child.answer()["value"] for child in children] == [[1, 2, 3]] * 2
            for child in children:
                child.kill()
                assert host.hear()["type"] == "exited"


def test_a_host_that_is_killed_leaves_nothing_that_functions_forked():
    source = """
import multiprocessing, os, time
def f(session):
    with multiprocessing.Pool(2) as pool:
        print(*[worker.pid for worker in pool._pool], flush=True)
        pool.map(time.sleep, [600, 600])
"""
    with hosted(source) as host:
        child = host.child()
        child.begin()
        left = [child.process, *map(int, read_line(child.output).split())]
        assert len(left) == 3 and all(is_running(process) for process in left)
        host.process.kill()
        wait_until(lambda: not any(is_running(process) for process in left), "an end of all processes")


def test_a_fork_that_comes_back_costs_no_account_its_result(cove, file):
    entries = cove("python", f"{file}:comes_back_twice", "--slots", "1", "--input", '["alder"]', code=0).output["Results"]
    assert len(entries) == 6 and [entry["Result"] for entry in entries] == [entry["Name"] for entry in entries]


def test_a_pool_of_processes_is_at_home_in_a_function(cove, file):
    for _ in range(3):
        arguments = ["--slots", "2", "--regions", "eu-west-1,us-east-1", "--task-timeout", "30"]
        output = cove("python", f"{file}:pools", *arguments, code=0).output
        assert [entry["Result"] for entry in output["Results"]] == [[1, 2]] * 12


@pytest.mark.parametrize("who", ["script", "cove"])
def test_what_a_function_forked_ends_with_a_run_that_is_killed(scripts, written, gate, tmp_path, who):
    # The second kind of fork is none that Python knows of: it keeps the channel, as long as nobody kills it.
    script = gated(written, """
        import ctypes, multiprocessing, time
        def forks(session):
            with multiprocessing.Pool(2) as pool:
                with open(gate / "forked", "a") as file:
                    print(*[worker.pid for worker in pool._pool], file=file)
                if ctypes.CDLL(None).fork() == 0:
                    ctypes.CDLL(None).sleep(20)
                    os._exit(0)
                function(session)
                pool.map(time.sleep, [600] * 2)
        cove(forks, thread_workers=2)()
    """)
    running = scripts.start(script, str(tmp_path / "gate"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    gate.arrivals(2)
    process = cove_of(running)
    left = [*gate.pids, *map(int, (tmp_path / "gate" / "forked").read_text().split())]
    assert len(left) == 6 and all(map(is_running, left))
    os.kill(running.pid if who == "script" else process, signal.SIGKILL)
    running.wait(60)
    wait_until(lambda: not is_running(process), "the end of the cove process", 12)
    wait_until(lambda: not any(is_running(pid) for pid in left), "the end of what the functions forked")
