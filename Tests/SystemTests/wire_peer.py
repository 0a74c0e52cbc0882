# SPDX-License-Identifier: Apache-2.0
"""A peer of Cove's wire protocol that shares no code with Cove: written from docs/protocol.md, in plain Python.

It plays a worker, a client, or a coordinator, well-behaved or not: `Wire.send_bytes` says anything at all.
"""

import itertools
import json
import secrets
import socket
import ssl
import struct
import threading
import time

LIMIT = 30
CHUNK = 512 * 1024
DEFAULT_PORT = 2683


class Closed(Exception):
    """The other end closed the connection, orderly or not."""


class Silent(Exception):
    """Nothing came in the time that was waited for."""


class Refused(Exception):
    """The other end sent a refusal."""

    def __init__(self, refusal):
        super().__init__(f"{refusal.get('code')}: {refusal.get('message')}")
        self.code, self.message = refusal.get("code"), refusal.get("message", "")


def frame(payload):
    """The bytes of a frame around JSON text, or around a value's JSON."""
    if not isinstance(payload, bytes):
        payload = json.dumps(payload, ensure_ascii=False).encode()
    return struct.pack(">I", len(payload)) + payload


def frames(message):
    """The frames of a message: one, or chunks where its JSON is long; their texts are cut between characters."""
    text = json.dumps(message, ensure_ascii=False)
    encoded = text.encode()
    if len(encoded) <= CHUNK:
        return [frame(encoded)]
    found, begin = [], 0
    while begin < len(encoded):
        end = min(begin + CHUNK, len(encoded))
        while end < len(encoded) and encoded[end] & 0xC0 == 0x80:
            end -= 1
        part = {"type": "chunk", "of": len(encoded), "last": end == len(encoded), "text": encoded[begin:end].decode()}
        found.append(frame(part))
        begin = end
    return found


class Wire:
    """Frames over a connected socket."""

    def __init__(self, connection):
        self.socket, self._read = connection, b""

    def send_bytes(self, data):
        """Sends bytes as they are."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError) as error:
            raise Closed(str(error)) from error

    def send(self, message):
        for part in frames(message):
            self.send_bytes(part)

    def receive(self, timeout=LIMIT):
        """The next message, put together where it came in chunks."""
        end, text = time.monotonic() + timeout, ""
        while True:
            message = json.loads(self._frame(end))
            if message.get("type") != "chunk":
                return message
            text += message["text"]
            if message["last"]:
                assert len(text.encode()) == message["of"], "the chunks are not as long as they said"
                return json.loads(text)

    def expect(self, kind, timeout=LIMIT):
        """The next message of a type; others are passed over, but a refusal is raised."""
        end = time.monotonic() + timeout
        while True:
            message = self.receive(max(0.001, end - time.monotonic()))
            if message["type"] == kind:
                return message
            if message["type"] == "refusal":
                raise Refused(message)

    def wait_closed(self, timeout=LIMIT):
        """Waits until the other end closes; gives the messages that came before that."""
        end, found = time.monotonic() + timeout, []
        while True:
            try:
                found.append(self.receive(max(0.001, end - time.monotonic())))
            except Closed:
                return found

    def close(self):
        self.socket.close()

    def reset(self):
        """Closes with RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _frame(self, end):
        (length,) = struct.unpack(">I", self._bytes(4, end))
        return self._bytes(length, end)

    def _bytes(self, count, end):
        while len(self._read) < count:
            self.socket.settimeout(max(0.001, end - time.monotonic()))
            try:
                data = self.socket.recv(1 << 16)
            except (TimeoutError, ssl.SSLWantReadError) as error:
                raise Silent("nothing came in time") from error
            except (ConnectionError, ssl.SSLError) as error:
                raise Closed(str(error)) from error
            if not data:
                raise Closed("end of stream")
            self._read += data
        data, self._read = self._read[:count], self._read[count:]
        return data


def tls(ca=None, certificate=None, key=None):
    """A client's TLS settings: the coordinator is verified by the CA, or not at all without one."""
    context = ssl.create_default_context(cafile=ca)
    if ca is None:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(certificate, key)
    return context


def connect(place, context=None, timeout=LIMIT):
    """A connection to `(host, port)` or a Unix socket's path; nothing was said on it yet."""
    if isinstance(place, tuple):
        connection = socket.create_connection(place, timeout)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context:
            connection = context.wrap_socket(connection, server_hostname=place[0])
    else:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(place))
    return Wire(connection)


def introduction(role, token=None, protocol=1, program="0.1.0", **more):
    fields = {"type": "introduction", "protocol": protocol, "role": role, "program": program, "features": []}
    return fields | ({"token": token} if token else {}) | more


def introduce(wire, role, token=None, **fields):
    """Takes the greeting, introduces itself, and gives the acceptance."""
    wire.greeting = wire.expect("greeting")
    wire.send(introduction(role, token, **fields))
    return wire.expect("acceptance")


class WorkerPeer:
    """A worker by hand: it does nothing of itself but count its heartbeats."""

    def __init__(self, place, token=None, context=None, name="peer", slots=4, kinds=("exec",), session=None, **more):
        self.place, self.token, self.context = place, token, context
        self.session = session or secrets.token_hex(16)
        self.about = {"worker": name, "slots": slots, "kinds": list(kinds), "program": "0.1.0"} | more
        self._numbers, self.wire = itertools.count(1), None

    def connect(self, held=()):
        """A new link of this session; gives the welcome."""
        self.wire = connect(self.place, self.context)
        self.acceptance = introduce(self.wire, "worker", self.token)
        self.wire.send({"type": "hello", "session": self.session, "held": list(held)} | self.about)
        self.welcome = self.wire.expect("welcome")
        return self.welcome

    def want(self, count):
        self.wire.send({"type": "leaseRequest", "want": count})

    def leases(self, count, timeout=LIMIT):
        """So many leases, from as many grants as they come in."""
        found = []
        while len(found) < count:
            grant = self.wire.expect("grant", timeout)
            found += grant["leases"]
            self.assignments = grant["assignments"]
        return found

    def heartbeat(self, **more):
        """Says that it lives, and waits for the answer."""
        number = next(self._numbers)
        self.wire.send({"type": "heartbeat", "number": number, "isDraining": False} | more)
        while (renewal := self.wire.expect("renewal"))["number"] != number:
            pass
        return renewal

    def report(self, *tokens, result='"done"', outcome=None):
        """Reports attempts as succeeded, or with the outcome, and gives the verdicts by token."""
        self.send_report(*tokens, result=result, outcome=outcome)
        answers = {}
        while not set(answers) >= set(tokens):
            answers |= {each["token"]: each["verdict"] for each in self.wire.expect("verdicts")["answers"]}
        return answers

    def send_report(self, *tokens, result='"done"', outcome=None):
        self.wire.send({"type": "report", "reports": [attempt(token, result, outcome) for token in tokens]})

    def release(self, *tokens, reason="notStarted"):
        self.wire.send({"type": "release", "releases": [{"token": each, "reason": reason} for each in tokens]})

    def goodbye(self):
        self.wire.send({"type": "goodbye"})

    def close(self):
        if self.wire:
            self.wire.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def attempt(token, result='"done"', outcome=None):
    """A report of an attempt that ended just now."""
    outcome = outcome or {"state": "succeeded", "result": result}
    return {"token": token, "outcome": outcome, "startedAt": int(time.time() * 1000), "durationMilliseconds": 5}


class RequestFailed(Exception):
    """The coordinator answered a request with a failure; the link goes on."""

    def __init__(self, failure):
        super().__init__(f"{failure['code']}: {' '.join(failure['problems'])}")
        self.code, self.problems = failure["code"], failure["problems"]


class ClientPeer:
    """A client: `request(call, …)` waits for the reply."""

    def __init__(self, place, token=None, context=None):
        self.wire, self._numbers = connect(place, context), itertools.count(1)
        self.acceptance = introduce(self.wire, "client", token)

    def send(self, call, **fields):
        number = next(self._numbers)
        self.wire.send({"type": "request", "id": number, "call": call} | fields)
        return number

    def reply(self, number, timeout=LIMIT):
        while (reply := self.wire.receive(timeout)).get("id") != number:
            if reply["type"] == "refusal":
                raise Refused(reply)
        if reply["kind"] == "failure":
            raise RequestFailed(reply)
        return reply

    def request(self, call, timeout=LIMIT, **fields):
        return self.reply(self.send(call, **fields), timeout)

    def close(self):
        self.wire.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class FakeCoordinator:
    """Listens on loopback and calls `serve(wire)` for every connection, each in a thread of its own."""

    def __init__(self, serve, context=None):
        self._serve, self._context, self._threads = serve, context, []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.place = self._listener.getsockname()
        self.connections, self.errors = 0, []

    def __enter__(self):
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(LIMIT)

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection):
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            with Wire(connection) as wire:
                self._serve(wire)
        except (Closed, Silent, OSError) as error:
            self.errors.append(error)


def greeting(lowest=1, highest=1, **more):
    versions = {"lowest": lowest, "highest": highest}
    return {
        "type": "greeting", "protocol": versions, "program": "0.1.0", "authentication": ["token", "certificate"],
    } | more


class OlderCoordinator(FakeCoordinator):
    """A coordinator that knows no request at all, and keeps which it was asked."""

    def __init__(self, folder):
        super().__init__(self._answer)
        self.asked = []
        token = folder / "token"
        token.write_text("token\n")
        token.chmod(0o600)
        self.options = ["--coordinator", f"127.0.0.1:{self.place[1]}", "--token-file", token]

    def _answer(self, wire):
        wire.send(greeting())
        wire.expect("introduction")
        limits = {"frame": 1 << 20, "message": 1 << 26}
        wire.send({"type": "acceptance", "protocol": 1, "features": [], "rights": ["submit", "read"], "limits": limits})
        while True:
            request = wire.expect("request")
            self.asked.append(request["call"])
            problem = f'request "{request["call"]}" is not understood: this version does not know it'
            wire.send({"type": "reply", "id": request["id"], "kind": "failure", "code": "invalidRequest",
                       "problems": [problem]})
