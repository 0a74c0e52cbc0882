# SPDX-License-Identifier: Apache-2.0
"""The Python side of `cove python`, driven without cove: a host process, its children, and what is said to them."""

import contextlib
import json
import os
import pathlib
import secrets
import select
import socket
import struct
import subprocess
import sys
import tempfile

SOURCES = pathlib.Path(__file__).parents[2] / "Sources/CoveWorker/Python"
KEY = "ASIACHILDSKEY0000001"
SECRET = "childs/secret/access/key/of/forty/chars00"
PATIENCE = 30


def receive(connection):
    """A frame's payload; None when the other end closed."""
    head = _exactly(connection, 4)
    return head and _exactly(connection, *struct.unpack(">I", head))


def _exactly(connection, count):
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            return None
        data += part
    return data


def send(connection, message):
    payload = json.dumps(message).encode()
    connection.sendall(struct.pack(">I", len(payload)) + payload)


class PythonChild:
    """A child of a host."""

    def __init__(self, host, number):
        self.host, self.number = host, number
        self.channel, theirs = socket.socketpair()
        self.channel.settimeout(PATIENCE)
        self.output, output = os.pipe()
        socket.send_fds(host.births, [struct.pack(">I", number)], [theirs.fileno(), output])
        theirs.close()
        os.close(output)
        born = host.hear()
        assert (born["type"], born["child"]) == ("born", number), born
        self.process = born["process"]

    def begin(self, *arguments, typed=False, result_bytes=1 << 20, region="eu-west-1", expiration=None, **keywords):
        """Gives the child a task."""
        self.marker = secrets.token_hex(16)
        credentials = {"accessKeyId": KEY, "secretAccessKey": SECRET, "sessionToken": "child's token"}
        if expiration:
            credentials["expiration"] = expiration
        information = {"Id": "111111111111", "RoleName": "Audit", "Region": region, "Name": "one", "Result": None}
        send(self.channel, {"type": "task", "session": information, "credentials": credentials, "arguments": arguments,
                            "keywordArguments": keywords, "typed": typed, "resultBytes": result_bytes, "marker": self.marker})

    def answer(self):
        """What the child answers: the header, with the value where there is one; None when it is gone."""
        payload = receive(self.channel)
        header = payload and json.loads(payload)
        if header:
            assert header.pop("task") == self.marker
        if header and header.get("value"):
            header["value"] = json.loads(receive(self.channel))
        return header

    def run(self, *arguments, **keywords):
        self.begin(*arguments, **keywords)
        return self.answer()

    def printed(self):
        """What the child's task printed, up to the marker or the end."""
        data = b""
        mark = b"\0" + self.marker.encode() + b"\n"
        while not data.endswith(mark) and select.select([self.output], [], [], PATIENCE)[0]:
            part = os.read(self.output, 1 << 16)
            if not part:
                return data
            data += part
        return data.removesuffix(mark)

    def kill(self, number=9):
        send(self.host.control, {"type": "kill", "child": self.number, "signal": number})


class PythonHost:
    """A host process of a file."""

    def __init__(self, file, function, **limits):
        self.control, theirs = socket.socketpair()
        self.control.settimeout(PATIENCE)
        self.births, their_births = socket.socketpair()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.process = subprocess.Popen(
            [sys.executable, SOURCES / "cove_file.py"], stdin=theirs, env={**environment, "PYTHONDONTWRITEBYTECODE": "1"})
        theirs.close()
        start = json.dumps({"type": "start", "file": str(file), "function": function, "limits": limits}).encode()
        socket.send_fds(self.control, [struct.pack(">I", len(start)) + start], [their_births.fileno()])
        their_births.close()
        self.first = self.hear()
        self.count = 0

    def hear(self):
        payload = receive(self.control)
        return payload and json.loads(payload)

    def child(self):
        self.count += 1
        return PythonChild(self, self.count)

    def close(self):
        self.control.close()
        self.births.close()
        self.process.wait(PATIENCE)


@contextlib.contextmanager
def hosted(source, function="f", **limits):
    """A host whose file has this source."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "audit.py")
        file.write_text(source)
        host = PythonHost(file, function, **limits)
        try:
            yield host
        finally:
            host.close()
