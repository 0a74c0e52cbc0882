# SPDX-License-Identifier: Apache-2.0
"""The cove program under test, as a child process with an environment of its own."""

import dataclasses
import json
import os
import re
import selectors
import signal
import subprocess
import time

# A bound for what must end by itself; no test waits for it to pass.
LIMIT = 120


@dataclasses.dataclass
class Finished:
    """What a call of the program left behind."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def output(self):
        """Standard output as one JSON value."""
        assert self.stdout, f"nothing on stdout, exit code {self.code}, stderr:\n{self.stderr}"
        return json.loads(self.stdout)

    @property
    def lines(self):
        """Standard output as one JSON value a line."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def text(self):
        return self.stdout.decode()

    def expect(self, code):
        """This result, if the program ended with the code."""
        assert self.code == code, f"exit code {self.code}, not {code}\nstdout:\n{self.text}\nstderr:\n{self.stderr}"
        return self


class Running:
    """A call of the program that goes on. Reads its stderr as it comes."""

    def __init__(self, process):
        self.process = process
        self.stderr = b""
        self._selector = selectors.DefaultSelector()
        self._selector.register(process.stderr, selectors.EVENT_READ)
        os.set_blocking(process.stderr.fileno(), False)

    def wait_for_stderr(self, pattern):
        """Waits until what was written to stderr matches the pattern, and gives the match."""
        end = time.monotonic() + LIMIT
        while not (match := re.search(pattern, self.stderr.decode(errors="replace"))):
            if not self._selector.select(max(0, end - time.monotonic())):
                raise AssertionError(f"no /{pattern}/ on stderr:\n{self.stderr.decode(errors='replace')}")
            chunk = self.process.stderr.read()
            if chunk == b"":
                raise AssertionError(f"stderr ended without /{pattern}/:\n{self.stderr.decode(errors='replace')}")
            self.stderr += chunk or b""
        return match

    def send(self, number):
        os.kill(self.process.pid, number)

    def interrupt(self):
        self.send(signal.SIGINT)

    def kill(self):
        self.send(signal.SIGKILL)
        return self.finish()

    def finish(self):
        os.set_blocking(self.process.stderr.fileno(), True)
        stdout, stderr = self.process.communicate(timeout=LIMIT)
        return Finished(self.process.returncode, stdout, (self.stderr + stderr).decode(errors="replace"))


class CoveProgram:
    """Calls the program: `cove("exec", …, "--", "true")` waits for its end, `cove.start(…)` does not."""

    def __init__(self, binary, environment, folder):
        self.binary, self.environment, self.folder = str(binary), environment, folder
        self.started = []

    def with_environment(self, **changes):
        """The same program with other variables; None takes one away."""
        environment = {k: v for k, v in (self.environment | changes).items() if v is not None}
        other = CoveProgram(self.binary, environment, self.folder)
        other.started = self.started
        return other

    def __call__(self, *arguments, code=None):
        finished = self.start(*arguments).finish()
        return finished if code is None else finished.expect(code)

    def start(self, *arguments):
        process = subprocess.Popen(
            [self.binary, *map(str, arguments)],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.started.append(process)
        return Running(process)

    def end_all(self):
        """Ends what a test left running."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait()
            process.stdout.close()
            process.stderr.close()
