# SPDX-License-Identifier: Apache-2.0
"""What forks of this process do not keep: the sockets and pipes whose end tells somebody else that this process is gone, or done."""

import contextlib
import os
import threading


class Descriptor:
    """A file descriptor as something that can be closed."""

    def __init__(self, number):
        self._number = number

    def fileno(self):
        return self._number

    def close(self):
        os.close(self._number)


class _PrivateThings:
    """Sockets and files that every fork of this process closes at once, whoever makes it."""

    def __init__(self):
        self._lock = threading.RLock()
        self._things = set()
        self._left = threading.local()
        os.register_at_fork(before=self._will_fork, after_in_parent=self._has_forked, after_in_child=self._was_forked)

    @contextlib.contextmanager
    def opening(self):
        """Nobody forks meanwhile: what the caller opens and adds, or closes again, no fork gets.

        It must not fork in here itself, nor wait for what another thread may hold while that forks, such as logging's lock.
        """
        with self._lock:
            yield self

    @contextlib.contextmanager
    def leaving(self, things):
        """The forks that this thread makes meanwhile keep these."""
        self._left.things = things
        try:
            yield
        finally:
            self._left.things = ()

    def add(self, thing):
        """Has a thing closed in forks."""
        with self._lock:
            self._things.add(thing)

    def close(self, thing):
        """Closes a thing, here."""
        with self._lock:
            self._things.discard(thing)
            thing.close()

    def _will_fork(self):
        self._lock.acquire()

    def _has_forked(self):
        self._lock.release()

    def _was_forked(self):
        # What the forking thread held is its parent's.
        self._lock = threading.RLock()
        self._things.difference_update(getattr(self._left, "things", ()))
        for thing in self._things:
            with contextlib.suppress(OSError):
                thing.close()
        self._things.clear()


PRIVATE = _PrivateThings()
