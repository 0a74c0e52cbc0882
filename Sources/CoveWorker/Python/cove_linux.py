# SPDX-License-Identifier: Apache-2.0
"""What Linux knows of processes, and Python's library does not say."""

import ctypes
import functools
import os
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PAGE = os.sysconf("SC_PAGE_SIZE")


@functools.lru_cache(maxsize=None)
def _library():
    """The C library, opened before the forks that need it."""
    return ctypes.CDLL(None)


def _prctl(option, value):
    try:
        return _library().prctl(option, value, 0, 0, 0) == 0
    except (OSError, AttributeError):
        return False


def die_with_parent(parent):
    """Lets the kernel kill this process when its parent ends, also when it has ended already."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans():
    """Makes this process the parent of descendants that lose theirs, instead of process 1."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def resident_bytes():
    """How much of this process is in memory."""
    return _statm(1)


def data_bytes():
    """How much writable memory this process has of its own, as RLIMIT_DATA counts it; more, where the kernel does not say."""
    return _statm(5)


def _statm(field):
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[field]) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0


def children():
    """The processes whose parent is this one, dead ones that were not waited for included."""
    found = []
    try:
        threads = os.listdir("/proc/self/task")
    except OSError:
        return found
    for thread in threads:
        try:
            with open(f"/proc/self/task/{thread}/children") as file:
                found += [int(word) for word in file.read().split()]
        except OSError:
            continue
    return found


def live_children():
    """The children of this process that run; dead ones are waited for on the way."""
    return [child for child in children() if not _reaped(child)]


def _reaped(process):
    try:
        return os.waitpid(process, os.WNOHANG)[0] == process
    except ChildProcessError:
        return True


def reap_or_kill(process):
    """Kills a child and waits for it as far as it is dead already; whether it is gone."""
    if _reaped(process):
        return True
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return True
    return _reaped(process)


def prefer_to_be_killed():
    """Lets the kernel choose this process first when memory is out."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("500")
    except OSError:
        return
