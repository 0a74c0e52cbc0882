# SPDX-License-Identifier: Apache-2.0
"""Frames over a Unix socket: four bytes of length, the most significant first, then JSON in UTF-8."""

import array
import json
import socket
import struct

# Twice the largest result and input: a length beyond that is no frame of ours.
_LARGEST = 64 << 20
_DESCRIPTORS = 4


class Frames:
    """The frames of a connected stream socket, in blocking reads and writes."""

    def __init__(self, connection):
        self.socket = connection
        self._received = bytearray()
        self.descriptors = []

    def fileno(self):
        return self.socket.fileno()

    def send(self, message):
        self.send_bytes(json.dumps(message, separators=(",", ":")).encode())

    def send_bytes(self, payload):
        self.socket.sendall(struct.pack(">I", len(payload)) + payload)

    def receive(self):
        """The next frame's JSON; None when the other end closed."""
        while True:
            payload = self.take()
            if payload is not None:
                return json.loads(payload)
            if not self.fill():
                return None

    def take(self):
        """The payload of a frame that was received whole; None while there is none."""
        if len(self._received) < 4:
            return None
        (length,) = struct.unpack_from(">I", self._received)
        if length > _LARGEST:
            raise ConnectionError(f"found a frame of {length} bytes, expected at most {_LARGEST}")
        if len(self._received) < 4 + length:
            return None
        payload = bytes(self._received[4:4 + length])
        del self._received[:4 + length]
        return payload

    def take_socket(self):
        """The first of the descriptors that came with frames and were not taken yet, as a socket."""
        return socket.socket(fileno=self.descriptors.pop(0))

    def fill(self):
        """Waits for bytes, and keeps the descriptors that come with them; False when the other end closed."""
        data, descriptors = receive_with_descriptors(self.socket, 64 << 10)
        self.descriptors += descriptors
        self._received += data
        return bool(data)


def receive_with_descriptors(connection, size):
    """Bytes, and the file descriptors that were sent along."""
    found = array.array("i")
    try:
        # Not for programs that this process starts, nor those of its forks.
        data, ancillary, _, _ = connection.recvmsg(
            size, socket.CMSG_SPACE(_DESCRIPTORS * found.itemsize), getattr(socket, "MSG_CMSG_CLOEXEC", 0))
    except ConnectionResetError:
        return b"", []
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(content[:len(content) - len(content) % found.itemsize])
    return data, list(found)
