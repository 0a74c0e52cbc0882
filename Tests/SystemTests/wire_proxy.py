# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy between Cove's peers that can hold, cut and delay bytes; it understands none of them, so TLS passes."""

import select
import socket
import struct
import threading

UP, DOWN = "up", "down"


class WireProxy:
    """`with WireProxy(place) as proxy:` listens at `proxy.place` and forwards to `place`.

    `up` is from whoever connects to the target. A direction that is held is not read, so that its sender notices a peer
    that is there and silent; one that swallows is read and thrown away, so that its sender believes it was heard.
    """

    def __init__(self, target, host="127.0.0.1"):
        self.target, self.swallows, self.held, self.refuses = target, set(), set(), False
        self._pairs, self._lock, self._changed = [], threading.Lock(), threading.Condition()
        self._listener = socket.create_server((host, 0))
        self.place = self._listener.getsockname()[:2]
        self.accepted = 0
        self.forwarded = {UP: 0, DOWN: 0}

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def hold(self, *directions):
        with self._changed:
            self.held |= set(directions)

    def swallow(self, *directions):
        with self._changed:
            self.swallows |= set(directions)

    def pass_on(self):
        """Everything as it should be, for connections that are there and for new ones."""
        with self._changed:
            self.held, self.swallows, self.refuses = set(), set(), False
            self._changed.notify_all()

    def cut(self):
        """Resets all connections that are there."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                try:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        with self._changed:
            self._changed.notify_all()

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            if self.refuses:
                near.close()
                continue
            try:
                far = socket.create_connection(self.target, 5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self._lock:
                self._pairs.append((near, far))
            for source, sink, direction in ((near, far, UP), (far, near, DOWN)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._forward, args=(source, sink, direction), daemon=True).start()

    def _forward(self, source, sink, direction):
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: direction not in self.held or source.fileno() < 0, timeout=60)
                readable, _, _ = select.select([source], [], [], 0.2)
                if not readable or direction in self.held:
                    continue
                data = source.recv(1 << 16)
                if not data:
                    break
                if direction not in self.swallows:
                    sink.sendall(data)
                    self.forwarded[direction] += len(data)
        except (OSError, ValueError):
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
