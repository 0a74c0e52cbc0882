# SPDX-License-Identifier: Apache-2.0
"""What Python functions fork: it is no part of the conversation about their task, and ends with its process."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from processes import is_running, wait_until
from python_child import SOURCES, hosted
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


def of_forks(code):
    """What a Python program prints that has Cove's modules."""
    finished = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], env={"PYTHONPATH": str(SOURCES)}, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, timeout=60)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_a_fork_keeps_nothing_whose_end_tells_of_its_parents():
    assert of_forks("""
        import os, signal, socket
        from cove_forks import PRIVATE
        ours, theirs = socket.socketpair()
        PRIVATE.add(ours)
        fork = os.fork()
        if fork == 0:
            theirs.close()
            signal.pause()
        try:
            PRIVATE.close(ours)
            theirs.settimeout(30)
            print(theirs.recv(1))
        finally:
            os.kill(fork, signal.SIGKILL)
    """) == "b''\n"


def test_no_other_thread_forks_while_something_is_opened():
    assert of_forks("""
        import os, socket, threading
        from cove_forks import PRIVATE
        opened, forking = threading.Event(), threading.Event()
        sockets = []

        def open_one():
            with PRIVATE.opening():
                sockets.extend(socket.socketpair())
                opened.set()
                forking.wait()
                PRIVATE.add(sockets[0])

        thread = threading.Thread(target=open_one)
        thread.start()
        opened.wait()
        forking.set()
        fork = os.fork()
        if fork == 0:
            os._exit(sockets[0].fileno() == -1)
        thread.join()
        print(os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1]), sockets[0].fileno() == -1)
    """) == "1 False\n"


def test_a_fork_keeps_what_its_own_thread_leaves_to_it():
    assert of_forks("""
        import os, socket, threading
        from cove_forks import PRIVATE, Descriptor
        pipes = [os.pipe() for _ in range(2)]
        kept, other = (Descriptor(write) for _, write in pipes)
        PRIVATE.add(kept)
        PRIVATE.add(other)

        def fork():
            process = os.fork()
            if process == 0:
                for thing in (kept, other):
                    try: os.write(thing.fileno(), b"x")
                    except OSError: pass
                os._exit(0)
            os.waitpid(process, 0)

        with PRIVATE.leaving([kept]):
            # Other threads' forks are not meant.
            thread = threading.Thread(target=fork)
            thread.start()
            thread.join()
            fork()
        PRIVATE.close(kept)
        PRIVATE.close(other)
        print([os.read(read, 9) for read, _ in pipes])
    """) == "[b'x', b'']\n"


def test_threads_that_fork_and_log_do_not_stop_a_scripts_run(scripts, written):  # noqa: F811
    # The hooks of what was imported last run first: logging's lock is held while Cove's is waited for.
    script = written("""
        from botocove import cove
        import logging, os, threading
        over = threading.Event()

        def forks():
            while not over.is_set():
                process = os.fork()
                if process == 0: os._exit(0)
                os.waitpid(process, 0)

        threads = [threading.Thread(target=forks) for _ in range(3)]
        for thread in threads: thread.start()
        try:
            @cove(thread_workers=3, regions=["eu-west-1", "us-east-1"])
            def f(session): return os.getpid()
            for _ in range(4): assert len(f()["Results"]) == 12
            print("over")
        finally:
            over.set()
            for thread in threads: thread.join()
    """)
    finished = scripts.by_cove(script)
    assert (finished.returncode, finished.stdout) == (0, "over\n"), finished.stderr


def test_threads_that_log_into_a_file_do_not_stop_a_scripts_run(scripts, written):  # noqa: F811
    # A fork has a handler's lock anew, and that of the handler's file as it was.
    script = written("""
        import logging, threading
        logging.basicConfig(filename="log", level=logging.INFO)
        from botocove import cove
        over = threading.Event()

        def logs():
            while not over.is_set(): logging.info("x" * 200)

        threads = [threading.Thread(target=logs) for _ in range(2)]
        for thread in threads: thread.start()
        try:
            @cove(thread_workers=3, regions=["eu-west-1", "us-east-1"])
            def f(session):
                logging.info("in a function")
                return 1
            for _ in range(5): assert len(f()["Results"]) == 12
            print("over")
        finally:
            over.set()
            for thread in threads: thread.join()
    """)
    finished = scripts.by_cove(script)
    assert (finished.returncode, finished.stdout) == (0, "over\n"), finished.stderr


def test_a_script_may_have_any_number_of_files_open(scripts, written):  # noqa: F811
    script = written("""
        import os, resource
        from botocove import cove
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        files = [os.open(os.devnull, os.O_RDONLY) for _ in range(1200)]
        print(len(cove(lambda session: 1)()["Results"]))
    """)
    finished = scripts.by_cove(script)
    assert (finished.returncode, finished.stdout) == (0, "6\n"), finished.stderr


def test_a_program_that_a_function_starts_has_nothing_of_its_channel():
    source = """
import os, subprocess
def f(session):
    listing = subprocess.run("ls -l /proc/self/fd", shell=True, close_fds=False, capture_output=True, text=True).stdout
    return listing.count("socket:")
"""
    assert answer_of(source)[0]["value"] == 0


def test_a_lock_that_processes_share_is_left_alone():
    assert of_forks("""
        import cove_forks, logging, multiprocessing, os, threading
        class Shared(logging.NullHandler):
            def createLock(self): self.lock = multiprocessing.RLock()
        shared, own = Shared(), logging.StreamHandler()
        for _ in range(3):
            process = os.fork()
            if process == 0: os._exit(0)
            os.waitpid(process, 0)
        taken = []
        thread = threading.Thread(target=lambda: taken.append(own.lock.acquire(timeout=10)) or own.lock.release())
        thread.start()
        thread.join()
        print(shared.lock._semlock._get_value(), taken)
    """) == "1 [True]\n"


def test_a_fork_waits_for_no_lock_of_a_connection_and_has_none():
    assert of_forks("""
        import gc, os, threading
        from botocore.httpsession import URLLib3Session
        from cove_boto import abandon_connections
        session = URLLib3Session()
        session._manager.connection_from_url("http://127.0.0.1:1")
        gc.freeze()
        held, over = threading.Event(), threading.Event()

        def hold():
            with session._manager.pools.lock:
                held.set()
                over.wait()

        thread = threading.Thread(target=hold)
        thread.start()
        held.wait()
        fork = os.fork()
        if fork == 0:
            abandon_connections()
            before = len(session._manager.pools)
            session._manager.connection_from_url("http://127.0.0.1:1")
            session.close()
            os._exit(before)
        print(os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1]))
        over.set()
        thread.join()
    """) == "0\n"


def test_a_script_reads_a_model_once_whatever_it_runs(scripts, written, tmp_path):  # noqa: F811
    script = written("""
        import os
        from botocore.loaders import JSONFileLoader
        from botocove import cove

        plain = JSONFileLoader.load_file
        def load_file(self, path):
            found = plain(self, path)
            if found is not None and "/iam/" in path and path.endswith("service-2"):
                os.write(1, b"read\\n")
            return found
        JSONFileLoader.load_file = load_file

        @cove
        def users(session):
            return len(session.client("iam").list_users()["Users"])

        for _ in range(2):
            assert users()["Results"]
    """)
    finished = scripts.by_cove(script)
    assert (finished.returncode, finished.stdout) == (0, "read\n"), finished.stderr
