# SPDX-License-Identifier: Apache-2.0
"""The host process of `cove python` and its children: every way a function can end is one task's end."""

import os
import pathlib
import signal
import time

import pytest
from processes import is_running, wait_until
from python_child import KEY, PATIENCE, SECRET, PythonHost, hosted, send


def read_line(descriptor):
    line = b""
    while not line.endswith(b"\n"):
        line += os.read(descriptor, 1)
    return line


def answer_of(source, *arguments, **keywords):
    with hosted(source) as host:
        assert host.first == {"type": "ready"}, host.first
        child = host.child()
        answer = child.run(*arguments, **keywords)
        return answer, child.printed()


def test_a_function_gets_its_session_and_arguments():
    source = """
def f(session, first, *rest, word):
    keys = session.get_credentials().get_frozen_credentials()
    return {
        "first": first, "rest": rest, "word": word, "key": keys.access_key, "region": session.region_name,
        "client": session.client("sts").meta.region_name, "name": session.session_information["Name"],
        "assumed": session.assume_role_success, "repr": repr(session), "kind": type(session).__name__,
    }
"""
    answer, printed = answer_of(source, 1, 2, 3, word={"a": []})
    assert answer["value"] == {
        "first": 1, "rest": [2, 3], "word": {"a": []}, "key": KEY, "region": "eu-west-1", "client": "eu-west-1", "name": "one",
        "assumed": True, "repr": "CoveSession(account_id=111111111111)", "kind": "CoveSession"}
    assert printed == b""


def test_the_callers_sts_client_is_not_there():
    failure = answer_of("def f(session): return session.sts_client")[0]["failure"]
    assert failure["type"] == "AttributeError" and "cove gives a function no sts_client" in failure["message"]


def test_tasks_of_a_process_share_its_globals():
    with hosted("seen = []\ndef f(session):\n    seen.append(1)\n    return len(seen)") as host:
        first, second = host.child(), host.child()
        assert [first.run()["value"], first.run()["value"], second.run()["value"]] == [1, 2, 1]


def test_a_function_that_returns_nothing_has_no_result():
    answer, _ = answer_of("def f(session): print('hello')")
    assert answer == {"type": "result", "marked": True}


def test_what_a_function_and_its_programs_print_comes_before_the_mark():
    source = """
import os, subprocess, sys
def f(session):
    print("one", flush=True)
    os.write(2, b"two\\n")
    subprocess.run(["echo", "three"])
    sys.stderr.write("four")
    print("five", end="")
"""
    _, printed = answer_of(source)
    assert printed in (b"one\ntwo\nthree\nfour" + b"five", b"one\ntwo\nthree\nfivefour")


def test_a_decorated_function_of_botocove_is_run_itself():
    source = """
from botocove import cove
@cove(regions=["eu-west-1"])
def f(session, x):
    return x + 1
"""
    assert answer_of(source, 1)[0]["value"] == 2


@pytest.mark.parametrize("body, failure", [
    ("raise ValueError('no', 'way')", {"type": "ValueError", "message": "('no', 'way')"}),
    ("import sys; sys.exit(3)", {"type": "SystemExit", "message": "the function called sys.exit(3)", "exitCode": 3}),
    ("import sys; sys.exit('that is it')", {"message": "the function called sys.exit: that is it", "exitCode": 1}),
    ("return object()", {"type": "UnserialisableResult",
                         "message": "result is of type object, which has no JSON; return text, numbers, lists or dicts of it"}),
    ("return 'x' * (2 << 20)", {"type": "ResultTooLarge"}),
    ("f(session)", {"type": "RecursionError"}),
    ("class Odd(Exception):\n        def __str__(self): raise KeyError\n    raise Odd", {"type": "audit.f.<locals>.Odd"}),
])
def test_a_failure_says_what_happened(body, failure):
    answer, _ = answer_of(f"def f(session):\n    {body}\n")
    assert answer["type"] == "failure"
    found = answer["failure"]
    assert {name: found.get(name) for name in failure} == failure


def test_a_traceback_begins_in_the_users_file():
    answer, _ = answer_of("def f(session):\n    g()\ndef g():\n    raise ValueError('deep')\n")
    lines = answer["failure"]["traceback"].splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].endswith('audit.py", line 2, in f') and lines[-1] == "ValueError: deep"
    assert "cove_task" not in answer["failure"]["traceback"]


def test_an_error_of_aws_keeps_what_the_service_said():
    source = """
from botocore.exceptions import ClientError
def f(session):
    raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"},
                       "ResponseMetadata": {"RequestId": "r-1", "HTTPStatusCode": 403, "RetryAttempts": 2}}, "ListUsers")
"""
    failure = answer_of(source)[0]["failure"]
    assert {name: failure[name] for name in ("type", "code", "operation", "requestID", "httpStatus", "attempts")} == {
        "type": "botocore.exceptions.ClientError", "code": "AccessDenied", "operation": "ListUsers", "requestID": "r-1",
        "httpStatus": 403, "attempts": 3}


@pytest.mark.parametrize("body, end", [
    ("import os; os._exit(7)", {"exitCode": 7}),
    ("import ctypes; ctypes.string_at(0)", {"signal": signal.SIGSEGV}),
    ("import os; os.kill(os.getpid(), 9)", {"signal": signal.SIGKILL}),
])
def test_an_end_of_the_process_is_told_and_the_next_child_works(body, end):
    with hosted(f"def f(session, die):\n    if die:\n        {body}\n    return 'alive'\n") as host:
        child, other = host.child(), host.child()
        assert child.run(True) is None
        exited = host.hear()
        assert exited.pop("peakKiB") > 1000
        assert exited == {"type": "exited", "child": 1, **end}
        assert other.run(False)["value"] == "alive" and host.child().run(False)["value"] == "alive"
        if end.get("signal") == signal.SIGSEGV:
            assert b"Segmentation fault" in child.printed() + b""


def test_sigterm_interrupts_a_function_and_lets_it_clean_up():
    source = """
def f(session):
    try:
        print("busy", flush=True)
        while True: pass
    finally:
        print("cleaned up", flush=True)
"""
    with hosted(source) as host:
        child = host.child()
        child.begin()
        assert read_line(child.output) == b"busy\n"
        child.kill(signal.SIGTERM)
        assert child.answer()["failure"]["type"] == "cove_task.TaskEnded"
        assert child.printed() == b"cleaned up\n"


def test_a_kill_takes_all_that_a_function_started():
    # The second has left the child's session and group, and its parent is gone: only who adopted it can find it.
    source = """
import os, subprocess, time
def f(session):
    near = subprocess.Popen(["sleep", "600"]).pid
    far = int(subprocess.check_output(["sh", "-c", "setsid sleep 600 >/dev/null 2>&1 & echo $!"]))
    print(near, far, flush=True)
    while True:
        try: time.sleep(600)
        except KeyboardInterrupt: pass
"""
    with hosted(source) as host:
        child = host.child()
        child.begin()
        left = [child.process, *map(int, read_line(child.output).split())]
        assert all(is_running(process) for process in left)
        child.kill(signal.SIGTERM)
        child.kill(signal.SIGKILL)
        assert host.hear()["signal"] == signal.SIGKILL
        wait_until(lambda: not any(is_running(process) for process in left), "the end of what the function left")


def test_what_a_function_leaves_behind_ends_with_its_process():
    source = """
import subprocess
def f(session):
    return subprocess.Popen(["sleep", "600"]).pid
"""
    with hosted(source) as host:
        answer = host.child().run()
        assert answer["retire"] == "processes that the function left behind"
        assert host.hear()["exitCode"] == 0
        wait_until(lambda: not is_running(answer["value"]), "the end of what the function left")


def test_an_alarm_of_one_task_does_not_end_the_next():
    source = """
import signal, time
def f(session, seconds):
    if seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    else: time.sleep(0.5)
    return "done"
"""
    with hosted(source) as host:
        child = host.child()
        assert [child.run(0.2)["value"], child.run(0)["value"]] == ["done", "done"]


def test_a_decorated_function_of_another_file_of_the_same_name_is_not_run():
    source = """
import pathlib, sys
pathlib.Path(__file__).with_name("lib.py").write_text("from botocove import cove\\n@cove\\ndef f(session): return 'lib'")
import lib
def f(session): return "own"
"""
    assert answer_of(source)[0]["value"] == "own"


def test_an_error_whose_properties_raise_keeps_type_and_message():
    source = """
class Odd(Exception):
    @property
    def response(self): raise KeyError("response")
def f(session): raise Odd("what it says")
"""
    for typed in (False, True):
        failure = answer_of(source, typed=typed)[0]["failure"]
        assert (failure["type"], failure["message"]) == ("audit.Odd", "what it says")


def test_a_connection_that_is_only_being_made_is_passed_over():
    source = """
from botocore.httpsession import URLLib3Session
begun = URLLib3Session.__new__(URLLib3Session)
def f(session): return "fine"
"""
    assert answer_of(source)[0]["value"] == "fine"


def test_a_dead_proxy_in_a_file_is_passed_over():
    source = """
import weakref
class Thing: pass
proxy = weakref.proxy(Thing())
def f(session): return "fine"
"""
    assert answer_of(source)[0]["value"] == "fine"


def test_threads_that_a_function_leaves_behind_end_with_its_process():
    source = """
import threading, time
def f(session): threading.Thread(target=time.sleep, args=[600]).start()
"""
    with hosted(source) as host:
        child = host.child()
        assert child.run()["retire"] == "threads that the function left behind"
        assert host.hear()["exitCode"] == 0 and not is_running(child.process)


def test_a_process_retires_after_its_tasks():
    with hosted("def f(session): return 1", tasks=2) as host:
        child = host.child()
        assert "retire" not in child.run() and child.run()["retire"] == "2 tasks"
        assert host.hear()["exitCode"] == 0


def test_a_process_that_grew_retires():
    source = "kept = []\ndef f(session, size): kept.append(b'x' * size)"
    with hosted(source, residentBytes=100 << 20) as host:
        child = host.child()
        assert "retire" not in child.run(1) and child.run(80 << 20)["retire"] == "memory"


def test_memory_over_the_limit_is_a_memory_error():
    source = "def f(session, size): return len(bytearray(size))"
    with hosted(source, memoryBytes=64 << 20) as host:
        child = host.child()
        assert child.run(256 << 20)["failure"]["type"] == "MemoryError"
        assert child.run(1 << 20)["value"] == 1 << 20


def test_credentials_are_asked_for_before_they_end():
    source = """
def f(session):
    return session.get_credentials().get_frozen_credentials().access_key
"""
    with hosted(source) as host:
        child = host.child()
        child.begin(expiration=time.time() + 30)
        assert child.answer() == {"type": "credentials"}
        send(child.channel, {"type": "credentials", "credentials": {
            "accessKeyId": "ASIARENEWED000000001", "secretAccessKey": "s", "sessionToken": "t", "expiration": time.time() + 3600}})
        assert child.answer()["value"] == "ASIARENEWED000000001"


def test_credentials_that_cannot_be_renewed_are_the_functions_error():
    with hosted("def f(session): return session.get_credentials().get_frozen_credentials().access_key") as host:
        child = host.child()
        child.begin(expiration=time.time() + 30)
        assert child.answer() == {"type": "credentials"}
        send(child.channel, {"type": "credentials", "error": "the role is gone"})
        assert "the role is gone" in child.answer()["failure"]["message"]


def test_secrets_are_in_no_environment_and_no_command_line():
    with hosted("def f(session): return 1") as host:
        child = host.child()
        child.run()
        for process in (host.process.pid, child.process):
            for file in ("environ", "cmdline"):
                text = pathlib.Path(f"/proc/{process}/{file}").read_bytes()
                assert KEY.encode() not in text and SECRET.encode() not in text


def test_a_host_whose_cove_is_gone_leaves_no_process():
    with hosted("import time\ndef f(session):\n    print(1, flush=True)\n    time.sleep(600)") as host:
        children = [host.child() for _ in range(3)]
        for child in children:
            child.begin()
            read_line(child.output)
        host.control.close()
        host.process.wait(PATIENCE)
        assert not any(is_running(child.process) for child in children)


def test_the_connections_of_a_files_own_clients_are_not_shared():
    source = """
from botocore.httpsession import URLLib3Session
session = URLLib3Session()
session._manager.connection_from_url("http://127.0.0.1:1")
def f(_): return len(session._manager.pools)
"""
    assert answer_of(source)[0]["value"] == 0


def test_a_fork_beside_threads_has_none_of_its_parents_connections():
    source = """
import gc, threading
from botocore.httpsession import URLLib3Session
session = URLLib3Session()
seen = []
def use():
    # After the file was loaded, its connections were closed and its objects frozen.
    while not gc.get_freeze_count(): threading.Event().wait(0.001)
    session._manager.connection_from_url("http://127.0.0.1:1")
    threading.Event().wait()
threading.Thread(target=use, daemon=True).start()
def f(_): return [len(session._manager.pools), threading.active_count()]
"""
    with hosted(source) as host:
        # Before the first the thread may have nothing open yet.
        children = [host.child() for _ in range(5)]
        assert [child.run()["value"] for child in children] == [[0, 1]] * 5


@pytest.mark.parametrize("source, message", [
    ("def ff(session): pass", "there is no function f in audit.py; did you mean ff?"),
    ("f = 3", "f in audit.py is no function but of type int"),
    ("import nothing_of_that_name", "audit.py cannot be loaded: ModuleNotFoundError: No module named 'nothing_of_that_name'"),
    ("def f(:", "audit.py cannot be loaded: SyntaxError"),
])
def test_a_file_that_cannot_be_used_says_why(source, message):
    with hosted(source) as host:
        assert host.first["type"] == "failed"
        assert host.first["failure"]["type"] == "PythonNotLoaded"
        assert host.first["failure"]["message"].startswith(message)


def test_sessions_share_models_and_keep_their_handlers_apart():
    source = """
def f(session, noisy):
    seen = []
    if noisy:
        session.events.register("creating-client-class.iam", lambda class_attributes, **_: class_attributes.update(extra=1))
    client = session.client("iam")
    return {"extra": hasattr(client, "extra"), "model": id(client.meta.service_model)}
"""
    with hosted(source) as host:
        child = host.child()
        answers = [child.run(noisy)["value"] for noisy in (False, True, False)]
        assert [answer["extra"] for answer in answers] == [False, True, False]
        assert len({answer["model"] for answer in answers}) == 1


def test_each_handler_of_a_session_makes_a_class_of_its_own():
    source = """
class Handler:
    def __init__(self, number): self.number = number
    def __call__(self, class_attributes, **_): class_attributes.update(extra=self.number)
def f(session, count):
    found = []
    for number in range(count):
        handler = Handler(number)
        session.events.register("creating-client-class.iam", handler)
        found.append(session.client("iam").extra)
        session.events.unregister("creating-client-class.iam", handler)
        # The next one takes its place in memory.
        del handler
    return found
"""
    assert answer_of(source, 8)[0]["value"] == list(range(8))
