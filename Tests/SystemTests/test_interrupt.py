# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C and SIGTERM: stop leasing, keep what is done, say how to go on."""

import fcntl
import os
import pty
import re
import signal
import subprocess
import termios

import pytest


@pytest.fixture
def six(make_organization):
    return make_organization(accounts={f"member-{n}": ("", []) for n in range(6)})


@pytest.fixture
def cove(cove_as, six):
    return cove_as(six)


def resumed_by_its_own_hint(cove, finished, gate):
    """Runs the command that the interrupted program printed."""
    arguments = re.search(r"cove (resume \S+)", finished.stderr).group(1).split()
    assert arguments[1] == gate.run
    return cove(*arguments, code=0).output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_lets_what_runs_finish_and_says_how_to_resume(cove, six, gate, number):
    running = cove.start("exec", "--slots", "2", "--", *gate.program)
    first = gate.arrivals(2)
    running.send(number)
    running.wait_for_stderr("(?i)again")
    gate.open(2)
    finished = running.finish().expect(130)
    assert sorted(gate.begun) == sorted(gate.ended) == sorted(first)
    assert {entry["Id"] for entry in finished.output["Results"]} == set(first)
    gate.open(len(six.active))
    output = resumed_by_its_own_hint(cove, finished, gate)
    assert sorted(entry["Id"] for entry in output["Results"]) == sorted(six.active)
    assert sorted(gate.begun) == sorted(six.active)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_second_signal_ends_what_runs(cove, six, gate, number):
    running = cove.start("exec", "--slots", "2", "--", *gate.program)
    gate.arrivals(2)
    running.send(number)
    running.wait_for_stderr("(?i)again")
    running.send(number)
    finished = running.finish().expect(130)
    assert gate.ended == []
    assert [pid for pid in gate.pids if os.path.exists(f"/proc/{pid}")] == []
    gate.open(len(six.active))
    output = resumed_by_its_own_hint(cove, finished, gate)
    assert sorted(entry["Id"] for entry in output["Results"]) == sorted(six.active)


def test_ctrl_c_in_a_terminal_does_not_reach_the_programs(cove, six, gate):
    ours, theirs = pty.openpty()

    def take_terminal():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        [cove.binary, "exec", "--slots", "2", "--output-file", "out.json", "--", *gate.program],
        env=cove.environment | {"TERM": "xterm", "COLUMNS": "80"},
        cwd=cove.folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        preexec_fn=take_terminal,
    )
    os.close(theirs)
    shown = b""
    try:
        first = gate.arrivals(2)
        os.write(ours, b"\x03")
        while b"again" not in shown.lower():
            shown += os.read(ours, 4096)
        gate.open(2)
        try:
            while chunk := os.read(ours, 4096):
                shown += chunk
        except OSError:  # what Linux says when the other side is closed
            pass
        assert process.wait(60) == 130
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert sorted(gate.ended) == sorted(first)
    assert f"cove resume {gate.run}" in shown.decode()


def test_an_interrupt_while_the_organization_is_read_can_be_resumed(cove_as, six, proxy):
    cove = cove_as(six, **proxy.environment)
    hold = proxy.hold("ListAccounts")
    running = cove.start("exec", "--", "true")
    assert hold.arrived.wait(60)
    running.interrupt()
    # Nothing runs that could be waited for: whether the first signal is enough is the program's choice.
    if "cove resume" not in running.wait_for_stderr("(?i)again|cove resume").group(0):
        running.interrupt()
    finished = running.finish().expect(130)
    hold.release()
    run = re.search(r"cove resume (\S+)", finished.stderr).group(1)
    output = cove("resume", run, code=0).output
    assert sorted(entry["Id"] for entry in output["Results"]) == sorted(six.active)


def test_credentials_that_end_in_the_middle_stop_the_run_which_can_be_resumed(cove_as, six, gate, proxy):
    cove = cove_as(six, **proxy.environment)
    running = cove.start("exec", "--slots", "1", "--", *gate.program)
    gate.arrivals(1)
    proxy.refuse("AssumeRole", "ExpiredToken", 403, "The security token included in the request is expired")
    gate.open(len(six.active))
    finished = running.finish().expect(3)
    assert "The security token included in the request is expired" in finished.stderr
    # An account whose role was not asked for yet is no account whose role is refused.
    assert finished.output["FailedAssumeRole"] == []
    assert 1 <= len(finished.output["Results"]) < len(six.active)
    proxy.allow()
    output = resumed_by_its_own_hint(cove, finished, gate)
    assert sorted(entry["Id"] for entry in output["Results"]) == sorted(six.active)
    assert sorted(gate.begun) == sorted(six.active)


def test_raise_exception_ends_what_runs_at_once(cove, six, gate, tmp_path):
    # The first to come fails as soon as the gate lets it, the others wait for ever.
    arrive = ";".join(gate.program[2].split(";")[:2])
    script = f"{arrive}; mkdir {tmp_path}/first && read -r _ <{tmp_path}/gate/door && exit 9; sleep 3600"
    running = cove.start("exec", "--slots", "3", "--raise-exception", "--", "sh", "-c", script)
    gate.arrivals(3)
    gate.open(1)
    finished = running.finish().expect(1)
    assert len(gate.begun) == 3
    assert [pid for pid in gate.pids if os.path.exists(f"/proc/{pid}")] == []
    (entry,) = finished.output["Exceptions"]
    assert entry["ExceptionDetails"]["ExitCode"] == 9
    assert entry["Id"] in finished.stderr
