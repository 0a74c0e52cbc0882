# SPDX-License-Identifier: Apache-2.0
"""The process that cove keeps for a Python file: it loads boto3 and the file once and forks children, which run the tasks.

It is the children's only parent, so it alone waits for them: no signal of it can reach a process that took a dead child's number.
Memory is shared with the children as long as nobody writes to it.
"""

import faulthandler
import json
import os
import selectors
import signal
import socket
import struct
import sys
import threading
import time
import traceback
import warnings

import cove_linux
from cove_boto import SharedParts, abandon_connections
from cove_forks import PRIVATE, Descriptor
from cove_frames import Frames, receive_with_descriptors
from cove_task import TaskServer

# How often the host looks for ends that nobody tells it of: of adopted orphans, and of children where there are no pidfds.
_LOOK_SECONDS = 0.02


class Child:
    """A child that was forked and not waited for yet."""

    def __init__(self, process, descriptor):
        self.process = process
        self.descriptor = descriptor


class Host:
    """Forks children for the cove at the other end of `control`, a connected stream socket or the Frames on it, and ends them.

    `resolve(task)` gives the function, its positional and its keyword arguments for a task's frame, and is called in the child.
    `owns_process` says that this process does nothing else: then orphans of the children are adopted and killed too.
    `preloaded` names services whose models are loaded before the first fork. `keeps_environment` leaves the children what names
    another identity than the session's.
    """

    def __init__(self, control, resolve, owns_process=False, preloaded=(), keeps_environment=False):
        self._control = control if isinstance(control, Frames) else Frames(control)
        self._resolve = resolve
        self._owns_process = owns_process
        self._keeps_environment = keeps_environment
        self._shared = SharedParts.of_process()
        self._births = None
        self._children = {}
        self._limits = {}
        self._had_children = False
        self._selector = selectors.DefaultSelector()
        self._shared.preload(preloaded)

    def serve(self, start=None, births=None):
        """Serves until cove says stop or is gone, and returns when no child is left.

        `start` is cove's first frame, and `births` the socket that came with it, where the caller has read them.
        """
        try:
            if not self._begin(start, births):
                return
            self._control.send({"type": "ready"})
            while self._step():
                pass
        except (ConnectionError, BrokenPipeError):
            return
        finally:
            self._end()

    def _begin(self, start, births):
        self._selector.register(self._control.socket, selectors.EVENT_READ, "control")
        if start is None:
            # Nobody is kept from forking while it is waited for.
            self._selector.select()
            with PRIVATE.opening():
                start = self._control.receive()
                if start is None or start.get("type") != "start" or not self._control.descriptors:
                    return False
                births = self._control.take_socket()
                PRIVATE.add(births)
        self._births = births
        self._limits = start.get("limits", {})
        self._selector.register(self._births, selectors.EVENT_READ, "births")
        if self._owns_process:
            cove_linux.adopt_orphans()
        return True

    def _step(self):
        """Waits for what happens next and does what it asks for; False at the end."""
        is_looking = (self._owns_process and self._had_children and self._kill_orphans()) or any(
            child.descriptor is None for child in self._children.values())
        for key, _ in self._selector.select(_LOOK_SECONDS if is_looking else None):
            if key.data == "births":
                self._give_birth()
            elif key.data == "control":
                if not self._control.fill():
                    return False
                if not self._obey():
                    return False
            else:
                self._reap(key.data)
        for name in [name for name, child in self._children.items() if child.descriptor is None]:
            self._reap(name)
        return True

    # What cove asks for

    def _obey(self):
        message = self._control_message()
        while message is not None:
            if message.get("type") == "stop":
                return False
            if message.get("type") == "kill":
                child = self._children.get(message.get("child"))
                if child is not None:
                    self._signal(child.process, message.get("signal", signal.SIGKILL))
            message = self._control_message()
        return True

    def _control_message(self):
        payload = self._control.take()
        return None if payload is None else json.loads(payload)

    def _give_birth(self):
        """Forks a child: four bytes are its number, and with them come its channel and, unless it keeps this process's, its output."""
        with PRIVATE.opening():
            data, numbers = receive_with_descriptors(self._births, 4)
            descriptors = [Descriptor(number) for number in numbers]
            for descriptor in descriptors:
                PRIVATE.add(descriptor)
        if not data:
            self._selector.unregister(self._births)
            return
        (name,) = struct.unpack(">I", data)
        try:
            with PRIVATE.leaving(descriptors):
                process = self._fork(descriptors)
        except OSError as error:
            self._control.send({"type": "exited", "child": name, "error": str(error)})
            return
        finally:
            for descriptor in descriptors:
                PRIVATE.close(descriptor)
        self._had_children = True
        descriptor = None
        if hasattr(os, "pidfd_open"):
            try:
                descriptor = os.pidfd_open(process)
                self._selector.register(descriptor, selectors.EVENT_READ, name)
            except OSError:
                descriptor = None
        self._children[name] = Child(process, descriptor)
        self._control.send({"type": "born", "child": name, "process": process})

    def _fork(self, descriptors):
        """Forks a child with its descriptors; gives its process's number."""
        if not descriptors:
            raise OSError("its channel did not arrive")
        for stream in (sys.stdout, sys.stderr):
            _flush(stream)
        # A thread of a script may have opened connections since those were closed.
        has_threads = threading.active_count() > 1
        with warnings.catch_warnings():
            # Python 3.12 warns of a fork beside threads; the file's own are not used in the children.
            warnings.simplefilter("ignore", DeprecationWarning)
            process = os.fork()
        if process == 0:
            self._be_child(descriptors, has_threads)
        return process

    def _be_child(self, descriptors, had_threads):
        """Serves tasks in the child, and never returns."""
        status = 1
        try:
            parent = os.getppid()
            os.setsid()
            cove_linux.die_with_parent(parent)
            cove_linux.adopt_orphans()
            cove_linux.prefer_to_be_killed()
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            self._selector.close()
            for child in self._children.values():
                if child.descriptor is not None:
                    os.close(child.descriptor)
            channel, output = (descriptors + [None])[:2]
            null = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null, 0)
            os.close(null)
            if output is not None:
                os.dup2(output.fileno(), 1)
                os.dup2(output.fileno(), 2)
                _tell_of_crashes()
            if had_threads:
                abandon_connections()
            frames = Frames(socket.socket(fileno=channel.fileno()))
            output = None if output is None else output.fileno()
            TaskServer(frames, output, self._resolve, self._shared, self._limits, self._keeps_environment).serve()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            for stream in (sys.stdout, sys.stderr):
                _flush(stream)
            os._exit(status)

    # Ends

    def _signal(self, process, number):
        """Signals a child and all of its group; one that leads none yet alone."""
        try:
            os.killpg(process, number)
        except (ProcessLookupError, PermissionError):
            try:
                os.kill(process, number)
            except ProcessLookupError:
                return

    def _reap(self, name):
        """Tells of a child that has ended, after all that it left in its group was killed."""
        child = self._children[name]
        try:
            ended = os.waitid(os.P_PID, child.process, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            # The script waited for it: nothing is known of its end.
            ended = None
            status, peak = None, 0
        else:
            if ended is None:
                return
            # While the child was not waited for, the group's number is its own.
            try:
                os.killpg(child.process, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
            _, status, usage = os.wait4(child.process, 0)
            peak = usage.ru_maxrss
        if child.descriptor is not None:
            self._selector.unregister(child.descriptor)
            os.close(child.descriptor)
        del self._children[name]
        if self._owns_process:
            self._kill_orphans()
        message = {"type": "exited", "child": name, "peakKiB": peak}
        if status is not None and os.WIFSIGNALED(status):
            message["signal"] = os.WTERMSIG(status)
        elif status is not None and os.WIFEXITED(status):
            message["exitCode"] = os.WEXITSTATUS(status)
        self._control.send(message)

    def _kill_orphans(self):
        """Kills what dead children left behind outside of their groups; whether there is any that has not ended yet.

        A child adopts its own descendants as long as it lives, so what comes here belongs to no child that runs.
        """
        own = {child.process for child in self._children.values()}
        return not all([cove_linux.reap_or_kill(process) for process in cove_linux.children() if process not in own])

    def _end(self):
        """Kills every child and waits for all of them."""
        for child in self._children.values():
            self._signal(child.process, signal.SIGKILL)
        for child in self._children.values():
            try:
                os.waitpid(child.process, 0)
            except ChildProcessError:
                pass
            if child.descriptor is not None:
                os.close(child.descriptor)
        self._children.clear()
        if self._owns_process:
            while self._kill_orphans():
                time.sleep(_LOOK_SECONDS / 10)
        self._selector.close()
        if self._births is not None:
            PRIVATE.close(self._births)


def _tell_of_crashes():
    """Lets a segmentation fault print where in the Python code it happened."""
    try:
        faulthandler.enable(2)
    except (OSError, ValueError, RuntimeError):
        return


def _flush(stream):
    try:
        stream.flush()
    except (AttributeError, OSError, ValueError):
        return
