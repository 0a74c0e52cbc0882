# SPDX-License-Identifier: Apache-2.0
"""What forks of this process do not keep: the sockets and pipes whose end tells somebody else that this process is gone, or done; and
what they must not find half done.

Imported before logging, where that can be: hooks are called in the order of their making, and before a fork in the opposite one.
"""

import contextlib
import os
import sys
import threading
import time

# How long a fork waits for what other threads write through handlers of logging.
_HANDLER_SECONDS = 0.2


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


class _Handlers:
    """Handlers of logging, through which no other thread writes while this process forks.

    A fork has a handler's lock anew, and the lock of the handler's file as it was: nobody would ever let go of it there.
    """

    def __init__(self):
        self._held = threading.local()
        # Else logging's own lock, which comes before its handlers', would be taken after them.
        if "logging" not in sys.modules:
            os.register_at_fork(before=self._hold, after_in_parent=self._release, after_in_child=self._release)

    def _hold(self):
        end = time.monotonic() + _HANDLER_SECONDS
        self._held.locks = []
        for lock in self._locks():
            # Who holds it for longer waits for something else, and may do so for ever.
            with contextlib.suppress(Exception):
                if lock.acquire(timeout=max(0, end - time.monotonic())):
                    self._held.locks.append(lock)

    @staticmethod
    def _locks():
        handlers = [reference() for reference in list(getattr(sys.modules.get("logging"), "_handlerList", ()))]
        # Those that a fork has anew: one that processes share is the same one there.
        locks = [getattr(handler, "lock", None) for handler in handlers]
        return [lock for lock in locks if hasattr(lock, "_at_fork_reinit")]

    def _release(self):
        for lock in reversed(self._held.locks):
            with contextlib.suppress(Exception):
                lock.release()
        self._held.locks = []


_HANDLERS = _Handlers()
PRIVATE = _PrivateThings()
