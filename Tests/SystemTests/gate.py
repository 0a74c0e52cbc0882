# SPDX-License-Identifier: Apache-2.0
"""Programs for `cove exec` that wait for the test instead of sleeping, and keep a log of their own."""

import os
import selectors

LIMIT = 60


class Gate:
    """Each program notes that it began, says who it is, and waits until the test lets it go on.

    `begun` and `ended` are the programs' own logs, one line each, written with O_APPEND: what really ran, whatever the
    program that started them believes. Closing the gate lets everybody through.
    """

    def __init__(self, folder):
        folder.mkdir()
        self._begun, self._ended = folder / "begun", folder / "ended"
        arrivals, door = folder / "arrivals", folder / "door"
        os.mkfifo(arrivals)
        os.mkfifo(door)
        self._arrivals = os.open(arrivals, os.O_RDWR | os.O_NONBLOCK)
        self._door = os.open(door, os.O_RDWR)
        self._unread = b""
        self.program = [
            "sh",
            "-c",
            f'echo "$COVE_ACCOUNT_ID $COVE_RUN_ID $$" >>{self._begun}; echo "$COVE_ACCOUNT_ID" >{arrivals}; '
            f'read -r _ <{door}; echo "$COVE_ACCOUNT_ID" >>{self._ended}; echo "[\\"$COVE_ACCOUNT_ID\\"]"',
        ]

    def arrivals(self, count):
        """Waits until so many more programs have arrived, and gives their accounts."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._arrivals, selectors.EVENT_READ)
            while self._unread.count(b"\n") < count:
                if not selector.select(LIMIT):
                    raise AssertionError(f"waited for {count} programs, only came: {self._unread.decode().split()}")
                self._unread += os.read(self._arrivals, 4096)
        lines = self._unread.split(b"\n")
        self._unread = b"\n".join(lines[count:])
        return [line.decode() for line in lines[:count]]

    def open(self, count):
        """Lets so many programs go on, those that wait or those that come."""
        os.write(self._door, b"\n" * count)

    def close(self):
        for descriptor in (self._arrivals, self._door):
            os.close(descriptor)

    @property
    def begun(self):
        return [line.split()[0] for line in _lines(self._begun)]

    @property
    def run(self):
        """The run of the programs."""
        return _lines(self._begun)[0].split()[1]

    @property
    def pids(self):
        return [int(line.split()[2]) for line in _lines(self._begun)]

    @property
    def ended(self):
        return _lines(self._ended)


def _lines(path):
    return path.read_text().splitlines() if path.exists() else []
