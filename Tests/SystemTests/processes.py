# SPDX-License-Identifier: Apache-2.0
"""Processes that a test watches from outside."""

import pathlib
import time

# How long anything may take on a machine that is busy.
LIMIT = 60


def is_running(pid):
    """Whether the process is there and not a zombie that nobody has fetched."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition, what, timeout=LIMIT):
    """Waits for what only another process can make true; gives the first value that is not false.

    `what` it is may be a function, so that it is found out when it is told.
    """
    end = time.monotonic() + timeout
    while not (value := condition()):
        assert time.monotonic() < end, f"waited {timeout} s for {what() if callable(what) else what}"
        time.sleep(0.02)
    return value
