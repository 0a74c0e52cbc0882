# SPDX-License-Identifier: Apache-2.0
"""An HTTP proxy in front of moto's STS and Organizations that notes every call and answers chosen ones with an error.

moto lets everybody assume every role and is never slow: a refusal, a throttle or a held answer comes from here.
"""

import collections
import dataclasses
import datetime
import http.client
import http.server
import json
import re
import threading
import urllib.parse


@dataclasses.dataclass
class Call:
    """One request: its operation, and the parameters as text (STS) or values (Organizations)."""

    operation: str
    parameters: dict

    @property
    def account(self):
        """The account whose role is assumed, None for other operations."""
        role = self.parameters.get("RoleArn", "")
        return role.split(":")[4] if role.count(":") >= 5 else None


@dataclasses.dataclass
class Refusal:
    operation: str
    account: str | None
    code: str
    status: int
    message: str
    times: int | None
    passed: int = 0

    def takes(self, call):
        if self.operation != call.operation or self.account not in (None, call.account) or self.times == 0:
            return False
        self.passed -= 1
        return self.passed < 0


class Hold:
    """Calls that wait: `arrived` is set by the first one, `release()` lets all of them go on."""

    def __init__(self, operation, account):
        self.operation, self.account = operation, account
        self.arrived, self._released = threading.Event(), threading.Event()

    def release(self):
        self._released.set()

    def wait(self):
        self.arrived.set()
        self._released.wait()


class FaultProxy:
    """`with FaultProxy(moto_url) as proxy:` listens on a free loopback port, `proxy.url`."""

    def __init__(self, target):
        self.target = urllib.parse.urlsplit(target)
        self.calls, self.secrets = [], set()
        self._refusals, self._holds, self._lock = [], [], threading.Lock()
        self._short = (0, 0)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def environment(self):
        return {"AWS_ENDPOINT_URL_STS": self.url, "AWS_ENDPOINT_URL_ORGANIZATIONS": self.url}

    def refuse(self, operation, code, status=400, message="refused by the fault proxy", account=None, times=None, after=0):
        """Answers matching calls with an error, the first `times` of them or all, but for the first `after`."""
        with self._lock:
            self._refusals.append(Refusal(operation, account, code, status, message, times, after))

    def deny(self, account):
        """Refuses to let anybody assume a role in the account, with STS's own words."""
        message = f"User: moto is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::{account}:role/x"
        self.refuse("AssumeRole", "AccessDenied", 403, message, account)

    def allow(self):
        """Refuses nothing any more."""
        with self._lock:
            self._refusals.clear()

    def end_sessions_after(self, seconds, times):
        """Says of the next `times` role sessions that they end so soon."""
        with self._lock:
            self._short = (seconds, times)

    def hold(self, operation, account=None):
        with self._lock:
            self._holds.append(Hold(operation, account))
            return self._holds[-1]

    def assumed(self):
        """How often a role of each account was asked for."""
        with self._lock:
            return collections.Counter(call.account for call in self.calls if call.operation == "AssumeRole")

    def parameters(self, operation):
        with self._lock:
            return [call.parameters for call in self.calls if call.operation == operation]

    def forget(self):
        """Forgets the calls noted so far; refusals and holds stay."""
        with self._lock:
            self.calls.clear()

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(self, *_):
        for hold in self._holds:
            hold.release()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    # Called by the handler's threads.

    def admit(self, call):
        """Notes the call, waits where it is held, and gives the refusal that it meets, if any."""
        with self._lock:
            self.calls.append(call)
            holds = [h for h in self._holds if h.operation == call.operation and h.account in (None, call.account)]
        for hold in holds:
            hold.wait()
        with self._lock:
            for refusal in self._refusals:
                if refusal.takes(call):
                    if refusal.times is not None:
                        refusal.times -= 1
                    return refusal
        return None

    def forward(self, method, path, headers, body):
        connection = http.client.HTTPConnection(self.target.hostname, self.target.port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        with self._lock:
            seconds, times = self._short
            if times and b"</AssumeRoleResult>" in content:
                self._short = (seconds, times - 1)
                end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
                content = re.sub(b"<Expiration>[^<]+", f"<Expiration>{end:%Y-%m-%dT%H:%M:%S.%fZ}".encode(), content)
            for name in (b"SecretAccessKey", b"SessionToken"):
                self.secrets |= {m.decode() for m in re.findall(b"<%s>([^<]+)</%s>" % (name, name), content)}
        return answer.status, answer.headers, content


def _read_call(headers, body):
    target = headers.get("x-amz-target")
    if target:
        return Call(target.rpartition(".")[2], json.loads(body or b"{}"))
    parameters = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
    operation = parameters.pop("Action", "")
    parameters.pop("Version", None)
    return Call(operation, parameters)


def _error(refusal, is_json):
    if is_json:
        body = json.dumps({"__type": refusal.code, "Message": refusal.message}).encode()
        return "application/x-amz-json-1.1", body
    body = (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
        f"<Code>{refusal.code}</Code><Message>{refusal.message}</Message></Error>"
        "<RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"
    )
    return "text/xml", body.encode()


def _handler(proxy):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            refusal = proxy.admit(_read_call(self.headers, body))
            if refusal:
                kind, content = _error(refusal, "x-amz-target" in self.headers)
                self.answer(refusal.status, kind, content)
            else:
                status, headers, content = proxy.forward("POST", self.path, dict(self.headers), body)
                self.answer(status, headers.get("Content-Type", "text/xml"), content)

        def answer(self, status, kind, content):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    return Handler
