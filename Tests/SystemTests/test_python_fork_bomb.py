# SPDX-License-Identifier: Apache-2.0
"""A function that forks for ever meets the bound of its user's processes, which holds for every user but root."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import boto3
import pytest
from processes import wait_until
from conftest import cove_binary, cut_off
from cove_program import CoveProgram

NOBODY = 65534
# The processes that a run may have: 1024, 16 for its one slot, and some that ended or began since they were counted.
MOST = 1100
BOMB = """
import os, signal

def f(session, bad):
    if session.session_information["Name"] != bad:
        return "fine"
    forked = 0
    while True:
        try:
            if os.fork() == 0:
                # Half of them leave the group.
                if forked % 2: os.setsid()
                while True: signal.pause()
        except OSError as error:
            raise RuntimeError(f"{forked} forks, then {type(error).__name__}")
        forked += 1
"""


# That the user may run it is asked by themselves: whoever starts it may be allowed more.
IS_USABLE = 'test -x "$1" && test -x "$2" && exec "$1" -c "import boto3"'


@pytest.fixture
def somebody():
    """A user who is not root: a command that becomes them, a folder of theirs, and an environment in which Python has boto3."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cove-", dir="/tmp"))
    become = []
    if os.getuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root is not bound, and there is no setpriv to become somebody else: the fork bomb is NOT tested")
        os.chown(folder, NOBODY, NOBODY)
        become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    try:
        packages = {"PYTHONPATH": str(pathlib.Path(boto3.__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}
        for python in (sys.executable, shutil.which("python3", path="/usr/local/bin:/usr/bin")):
            command = [*become, "sh", "-c", IS_USABLE, "sh", str(python), str(cove_binary())]
            if subprocess.run(command, cwd=folder, env=packages | {"PATH": os.environ["PATH"]}).returncode == 0:
                yield become, folder, packages | {"COVE_PYTHON": python}
                return
        pytest.skip("a user who is not root can run no Python with boto3, or not cove: the fork bomb is NOT tested")
    finally:
        shutil.rmtree(folder)


def processes_of(file):
    """The processes of a file's run, forks of forks included: its folder is their home's parent."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if str(file.parent).encode() in b"".join((folder / name).read_bytes() for name in ("cmdline", "environ")):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def test_a_fork_bomb_is_one_tasks_exception(somebody, organization, moto):
    become, folder, python = somebody
    file = folder / "bomb.py"
    file.write_text(BOMB)
    environment = cut_off(folder, moto) | organization.keys | python
    for path in (folder / "home", file):
        os.chown(path, *((NOBODY, NOBODY) if become else (-1, -1)))
    program, *before = [*become, cove_binary()]
    cove = CoveProgram(program, environment, folder)
    try:
        finished = cove(*before, "python", f"{file}:f", "--slots", "1", "--input", json.dumps({"bad": "cedar"}), code=1)
    finally:
        cove.end_all()
    assert [entry["Result"] for entry in finished.output["Results"]] == ["fine"] * 5
    (exception,) = finished.output["Exceptions"]
    details = exception["ExceptionDetails"]
    assert exception["Name"] == "cedar" and details["Type"] == "RuntimeError"
    forks, _, error = details["Message"].partition(" forks, then ")
    assert 0 < int(forks) < MOST and error == "BlockingIOError"
    wait_until(lambda: not processes_of(file), "an end of all its processes")
