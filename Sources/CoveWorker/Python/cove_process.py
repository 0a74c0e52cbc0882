# SPDX-License-Identifier: Apache-2.0
"""The `cove` process that performs a script's run.

It gets the request over a pipe and leaves the results in a file without a name, which it has as its standard output. A socket ties it
to this process: over that it has this process forked for what runs at the same time, each fork running tasks one after another; where
workers run the tasks, nothing goes over it. Either way its end is the end of this process.
"""

import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from typing import List

from cove_forks import PRIVATE

# Where `cove python script.py` says how runs are made. Nothing secret is in it.
VARIABLE = "COVE_SCRIPT"


class CoveError(Exception):
    """A run that could not start or did not come to its end."""


@dataclasses.dataclass
class Settings:
    """What `cove python` was told."""

    program: str
    options: List[str]
    is_remote: bool

    @classmethod
    def current(cls):
        text = os.environ.get(VARIABLE)
        if not text:
            raise CoveError(
                "this botocove is Cove's, and the script was not started by Cove: expected cove python SCRIPT"
            )
        values = json.loads(text)
        return cls(values["Program"], values["Options"], values["IsRemote"])


def perform(settings, request, resolve):
    """Has a `cove` process perform a run; gives what it wrote, and its exit code.

    `resolve` gives the function and its arguments in forks of this process; None where workers run the tasks.
    """
    with tempfile.TemporaryFile() as output, _Interruption() as interruption, _Process(settings, output) as cove:
        interruption.hand_to(cove.process)
        cove.send(request)
        if resolve is not None:
            _serve(cove.socket, resolve)
            PRIVATE.close(cove.socket)
        status = cove.process.wait()
        output.seek(0)
        return output.read(), status


def _serve(connection, resolve):
    """Forks this process for a run's tasks, until the run is over."""
    from cove_boto import close_connections
    from cove_file import services
    from cove_host import Host

    script = getattr(sys.modules["__main__"], "__file__", None)
    host = Host(connection, resolve, preloaded=services(script) if script else (), keeps_environment=True)
    close_connections()
    host.serve()


class _Process:
    """A `cove` process, and this end of the socket to it."""

    def __init__(self, settings, output):
        with PRIVATE.opening():
            self.socket, theirs = socket.socketpair()
            PRIVATE.add(self.socket)
            try:
                self.process = subprocess.Popen(
                    [settings.program, "script-run", *settings.options, "--script-socket", str(theirs.fileno())],
                    # Without a buffer, which a fork would have too.
                    bufsize=0,
                    stdin=subprocess.PIPE,
                    stdout=output,
                    pass_fds=[theirs.fileno()],
                    # A Ctrl-C reaches it through this process alone, and once.
                    start_new_session=True,
                )
                PRIVATE.add(self.process.stdin)
            except BaseException:
                PRIVATE.close(self.socket)
                raise
            finally:
                theirs.close()

    def send(self, request):
        """Says what is asked for."""
        rest = memoryview(json.dumps(request).encode())
        try:
            while rest:
                rest = rest[self.process.stdin.write(rest):]
        except BrokenPipeError:
            return
        finally:
            PRIVATE.close(self.process.stdin)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Where it has not ended it does now: it has lost this process.
        PRIVATE.close(self.process.stdin)
        PRIVATE.close(self.socket)
        self.process.wait()


class _Interruption:
    """Hands SIGINT on to the `cove` process, which drains, and interrupts this one when that is done."""

    def __init__(self):
        self._process = None
        self._before = None
        self._is_interrupted = False
        # Whether it was before there was a process to tell.
        self._is_waiting = False

    def hand_to(self, process):
        self._process = process
        if self._is_waiting:
            process.send_signal(signal.SIGINT)

    def __enter__(self):
        handler = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is threading.main_thread() and callable(handler):
            self._before = handler
            signal.signal(signal.SIGINT, self._interrupt)
        return self

    def _interrupt(self, *_):
        self._is_interrupted = True
        if self._process is None:
            self._is_waiting = True
        else:
            self._process.send_signal(signal.SIGINT)

    def __exit__(self, *_):
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            if self._is_interrupted:
                self._before(signal.SIGINT, None)
