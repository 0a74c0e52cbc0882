# SPDX-License-Identifier: Apache-2.0
"""A child of the host: it runs one task at a time, until it is told to end, has done enough, or is killed."""

import os
import resource
import signal
import sys
import threading

import cove_failures
import cove_linux
import cove_typed
import cove_values
from cove_session import CoveSession, credentials_of

# What names another identity, account or region than the session's; cove takes it out of the environment of what it starts, and this
# is for a script that was started otherwise.
_NOT_INHERITED = {
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_EXPIRATION", "AWS_ACCOUNT_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_REGION", "AWS_DEFAULT_REGION",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
}


class TaskEnded(KeyboardInterrupt):
    """Raised in a function that is to end: its run was cancelled, or it took too long."""


class TaskServer:
    """Serves tasks that come over a child's channel."""

    def __init__(self, frames, output, resolve, shared, limits, keeps_environment=False):
        self._frames = frames
        self._output = output
        self._resolve = resolve
        self._shared = shared
        self._limits = limits
        self._keeps_environment = keeps_environment
        self._asking = threading.Lock()
        self._is_busy = False
        self._count = 0
        self._process = None
        self._task = None
        self._forking = threading.local()

    def serve(self):
        """Serves until the channel is closed or the process has done enough; the caller then exits."""
        if not self._keeps_environment:
            for name in [name for name in os.environ if name in _NOT_INHERITED or name.startswith("AWS_BEARER_TOKEN_")]:
                del os.environ[name]
        # A core dump would hold the session's credentials.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        self._limit_memory()
        self._limit_processes()
        self._process = os.getpid()
        os.register_at_fork(before=self._will_fork, after_in_parent=self._has_forked, after_in_child=self._was_forked)
        while True:
            task = self._frames.receive()
            if task is None or task.get("type") != "task":
                return
            self._count += 1
            self._task = task.get("marker")
            header, value = self._run(task)
            self._flush()
            if os.getpid() != self._process:
                # A fork of the function's that came back as if it were the task: channel and answer are its parent's.
                os._exit(0 if header["type"] == "result" else 1)
            reason = self._reason_to_retire()
            if reason:
                header["retire"] = reason
            if self._mark(self._task):
                header["marked"] = True
            self._frames.send({**header, "task": self._task})
            if value is not None:
                self._frames.send_bytes(value)
            if reason:
                return
            task = value = header = None

    # What a function forks

    def _will_fork(self):
        # A descendant has this too: its thread has another number.
        self._forking.is_main = threading.get_native_id() == self._process
        # Python drops signals that reach a fork before it is itself: a pool would wait for ever for a worker that it has ended.
        self._forking.mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])

    def _has_forked(self):
        signal.pthread_sigmask(signal.SIG_SETMASK, self._forking.mask)

    def _was_forked(self):
        """Leaves to a fork of the function's nothing of what makes this process a server of tasks."""
        self._frames.socket.close()
        if signal.getsignal(signal.SIGTERM) == self._end:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self._has_forked()
        # The kernel takes the end of the thread that forked for that of the process; and a daemon's first parent ends on purpose.
        if self._forking.is_main:
            cove_linux.die_with_parent(self._process)

    def _limit_memory(self):
        more = self._limits.get("memoryBytes")
        if not more:
            return
        most = cove_linux.data_bytes() + more
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))

    def _limit_processes(self):
        most = self._limits.get("processes")
        if most:
            _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
            resource.setrlimit(resource.RLIMIT_NPROC, (most, hard))

    # One task

    def _run(self, task):
        """The header of the answer, and the result's JSON where there is one."""
        typed = bool(task.get("typed"))
        try:
            signal.signal(signal.SIGTERM, self._end)
            self._is_busy = True
            try:
                value = self._call(task)
            finally:
                self._is_busy = False
                _disarm()
            return self._result(value, typed, task["resultBytes"])
        except BaseException as error:
            # Frames of this file are of no interest: the function's begin after them.
            return {"type": "failure", "failure": cove_failures.describe(error, typed, skip=2)}, None

    def _call(self, task):
        session = CoveSession(self._shared, task["session"], credentials_of(task["credentials"], self._renew))
        function, args, kwargs = self._resolve(task)
        return function(session, *args, **kwargs)

    def _result(self, value, typed, most):
        if value is None:
            return {"type": "result"}, None
        try:
            text = cove_typed.typed(value) if typed else cove_values.plain(value)
        except MemoryError:
            raise
        except Exception as error:
            return {"type": "failure", "failure": {"type": "UnserialisableResult", "message": str(error)}}, None
        if len(text) > most:
            message = (f"the function returned {len(text)} bytes of JSON; {most} is the largest result: return less, "
                       "or store it elsewhere and return where")
            return {"type": "failure", "failure": {"type": "ResultTooLarge", "message": message}}, None
        return {"type": "result", "value": True}, text

    def _renew(self):
        """Asks cove for credentials that are valid now; nobody else speaks on the channel while a function runs."""
        if os.getpid() != self._process:
            raise ConnectionError("a process that the function forked cannot get new credentials; make its session's calls in the function")
        with self._asking:
            self._frames.send({"type": "credentials", "task": self._task})
            answer = self._frames.receive()
        if answer is None:
            raise ConnectionError("cove is gone")
        return answer

    def _end(self, number, frame):
        if self._is_busy:
            self._is_busy = False
            raise TaskEnded("the task was cancelled, or took longer than it may")
        # Between tasks there is nothing to clean up.
        os._exit(0)

    # After a task

    def _reason_to_retire(self):
        """Why this process should not run another task; None when it may."""
        if self._count >= self._limits.get("tasks", 100):
            return f"{self._count} tasks"
        if cove_linux.resident_bytes() > self._limits.get("residentBytes", 512 << 20):
            return "memory"
        if threading.active_count() > 1:
            return "threads that the function left behind"
        if cove_linux.live_children():
            return "processes that the function left behind"
        return None

    @staticmethod
    def _flush():
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (AttributeError, OSError, ValueError):
                continue

    def _mark(self, marker):
        """Writes the end of the task's output into the output itself, where it cannot be overtaken."""
        if marker is None or self._output is None:
            return False
        try:
            os.write(self._output, b"\0" + marker.encode("ascii") + b"\n")
            return True
        except OSError:
            return False


def _disarm():
    """Clears the alarms that a function has set: they would go off in another's task."""
    for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
        signal.setitimer(timer, 0)
