# SPDX-License-Identifier: Apache-2.0
"""The forks of Cove's own hosts, and of scripts: what they keep of their parent, and that nothing of its threads stops them."""

import subprocess
import sys
import textwrap

import pytest
from python_child import SOURCES
from test_python_host import answer_of
from test_script_runs import scripts, written  # noqa: F401


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


FORKS = """
    while not over.is_set():
        process = os.fork()
        if process == 0: os._exit(0)
        os.waitpid(process, 0)
"""
LOGS = """
    while not over.is_set(): logging.info("x" * 200)
"""


# The hooks of what was imported last run first before a fork: logging's lock is then held while Cove's is waited for. And a fork has a
# handler's lock anew, but that of the handler's file as it was.
@pytest.mark.parametrize("work", [[FORKS] * 3, [LOGS] * 2, [LOGS, FORKS]], ids=["fork", "log", "both"])
@pytest.mark.parametrize("first", ["from botocove import cove\nimport logging", "import logging\nfrom botocove import cove"])
def test_other_threads_of_a_script_do_not_stop_its_runs(scripts, written, first, work):  # noqa: F811
    threads = "".join(f"\ndef thread{n}():{code}\nthreads.append(threading.Thread(target=thread{n}))" for n, code in enumerate(work))
    script = written(f"""
import os, threading
{first}
logging.basicConfig(filename="log", level=logging.INFO)
over, threads = threading.Event(), []
{threads}
for thread in threads: thread.start()
try:
    @cove(thread_workers=3, regions=["eu-west-1", "us-east-1"])
    def f(session):
        logging.info("in a function")
        return 1
    for _ in range(4): assert len(f()["Results"]) == 12
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
