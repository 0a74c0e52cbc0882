# SPDX-License-Identifier: Apache-2.0
"""What a program of `cove exec` is started with: its folder, its arguments, its memory, its credentials; and where it may not run."""

import base64
import json
import os
import pathlib
import queue
import re
import signal
import socket
import sys

import pytest

from processes import is_running, wait_until
from gate import Gate
from wire_peer import FakeCoordinator, OlderCoordinator, RequestFailed, greeting

# The name of one account, as its owner may have written it.
NAME = "a b 'c' \"d\" $(touch owned) `id` {account} ü 😀\n--x"


@pytest.fixture(scope="module")
def members(make_organization):
    return make_organization(accounts={"plain": ("", []), NAME: ("", []), "third": ("", []), "--delete-all": ("", [])})


@pytest.fixture
def cove(cove_as, members, tmp_path):
    (tmp_path / "tmp").mkdir()
    return cove_as(members, TMPDIR=str(tmp_path / "tmp"))


@pytest.fixture
def folders(tmp_path):
    """`folders()`: what is in the folder of all tasks' folders."""
    root = tmp_path / "tmp" / f"cove-{os.getuid()}"
    return lambda: sorted(name for name in os.listdir(root) if name != "lock") if root.exists() else []


def results(finished):
    return {entry["Id"]: entry["Result"] for entry in finished.output["Results"]}


def message(entry):
    return entry["ExceptionDetails"]["Message"]


def python(script):
    return [sys.executable, "-c", script]


# Folders


def test_each_task_has_an_empty_folder_of_its_own_which_is_gone_afterwards(cove, members, folders, tmp_path):
    # The way out leads to a folder of the test's: a removal that follows it must do no harm elsewhere.
    (tmp_path / "outside" / "inner").mkdir(parents=True)
    (tmp_path / "outside" / "kept").write_text("precious")
    script = 'ls -A; stat -c %a .; pwd; [ "$PWD" = "$(pwd)" ]; echo "$COVE_CALLER_FOLDER"; mkdir -p x/y; echo 1 >x/y/z; ' \
        f"ln -s {tmp_path}/outside up"
    found = results(cove("exec", "--run-in", "task", "--regions", "eu-west-1", "--", "sh", "-ec", script, code=0))
    lines = [text.split("\n") for text in found.values()]
    assert len(lines) == 4
    assert {line[0] for line in lines} == {"700"}
    assert len({line[1] for line in lines}) == 4
    assert all(line[1].startswith(f"{tmp_path}/tmp/cove-{os.getuid()}/") for line in lines)
    assert {line[2] for line in lines} == {str(tmp_path)}
    assert folders() == []
    assert (tmp_path / "outside" / "inner").is_dir() and (tmp_path / "outside" / "kept").read_text() == "precious"


def test_without_the_option_a_program_starts_where_cove_was_called(cove, members, folders, tmp_path):
    (tmp_path / "policy.json").write_text("{}")
    target = ["--targets", members.accounts["plain"]]
    found = results(cove("exec", *target, "--", "sh", "-c", "cat policy.json; pwd; echo $COVE_CALLER_FOLDER", code=0))
    assert list(found.values()) == [f"{{}}{tmp_path}\n{tmp_path}"]
    assert folders() == []
    by_variable = results(cove.with_environment(COVE_RUN_IN="task")("exec", *target, "--", "pwd", code=0))
    assert f"/cove-{os.getuid()}/" in list(by_variable.values())[0]


def test_a_relative_program_is_found_from_the_callers_folder_and_a_resumed_run_keeps_its_settings(cove, members, tmp_path):
    tool = tmp_path / "tool.sh"
    tool.write_text(f"#!/bin/sh\n[ -e {tmp_path}/ready ] || exit 1\npwd; ulimit -v; cat \"$COVE_CALLER_FOLDER/tool.sh\" | wc -l\n")
    tool.chmod(0o755)
    target = ["--targets", members.accounts["plain"], "--run-in", "task", "--memory-limit", "512MiB"]
    failed = cove("exec", *target, "--", "./tool.sh", code=1)
    run = re.search(r"\d{8}-\d{6}-[0-9a-z]{5}", failed.stderr).group(0)
    (tmp_path / "ready").touch()
    shown = cove("show", run, code=0).text
    assert re.search(r"Started +in a folder of its own, memory up to 512 MiB, templates", shown)
    (text,) = results(cove("retry", run, code=0)).values()
    folder, limit, lines = text.split("\n")
    assert folder != str(tmp_path) and limit == str(512 * 1024) and lines.strip() == "3"


def test_kill_9_leaves_folders_that_the_next_start_removes_but_not_one_in_which_a_program_lives(cove, members, folders, tmp_path):
    gate = Gate(tmp_path / "gate")
    try:
        options = ["exec", "--run-in", "task", "--slots", "2", "--targets", f"{members.accounts['plain']},{members.accounts['third']}"]
        running = cove.start(*options, "--", *gate.program)
        gate.arrivals(2)
        running.kill()
        (left,) = folders()
        root = tmp_path / "tmp" / f"cove-{os.getuid()}"
        one, two = gate.pids
        places = {pid: pathlib.Path(os.readlink(f"/proc/{pid}/cwd")) for pid in (one, two)}
        assert {place.parent for place in places.values()} == {root / left}
        # One of them dies too; what it left holds a way out of the folder.
        (tmp_path / "kept").write_text("precious")
        (places[one] / "link").symlink_to(tmp_path)
        (places[one] / "deep" / "er").mkdir(parents=True)
        os.killpg(one, signal.SIGKILL)
        wait_until(lambda: not is_running(one), "the program's end")
        assert "Results" in cove("exec", "--run-in", "task", "--targets", members.accounts["plain"], "--", "true", code=0).output
        assert folders() == [left]
        assert places[two].is_dir() and not places[one].exists()
        assert (tmp_path / "kept").read_text() == "precious"
        gate.open(1)
        wait_until(lambda: not is_running(two), "the program's end")
        cove("exec", "--run-in", "task", "--targets", members.accounts["plain"], "--", "true", code=0)
        assert folders() == []
    finally:
        gate.close()


def test_a_folder_of_somebody_elses_making_is_not_used(cove, members, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "tmp" / f"cove-{os.getuid()}").symlink_to(tmp_path / "elsewhere")
    output = cove("exec", "--run-in", "task", "--targets", members.accounts["plain"], "--", "true", code=1).output
    assert "could not be opened" in message(output["Exceptions"][0])
    assert os.listdir(tmp_path / "elsewhere") == []


# Templates


def test_words_stand_for_the_target_and_each_argument_stays_one(cove, members, tmp_path):
    script = "import json, sys; print(json.dumps(sys.argv[1:]))"
    arguments = ["n={name}", "{account}/{region}", '{"account": {"a": "{account}"}}', "${region}", "{{name}}", "{other}", ""]
    target = ["--targets", ",".join(members.accounts.values()), "--regions", "eu-west-1"]
    found = results(cove("exec", *target, "--", *python(script), *arguments, code=0))
    for name, account in members.accounts.items():
        assert found[account] == [
            f"n={name}", f"{account}/eu-west-1", '{"account": {"a": "%s"}}' % account, "${region}", "{name}", "{other}", ""]
    assert not (tmp_path / "owned").exists()


def test_words_can_be_left_alone(cove, members):
    target = ["--targets", members.accounts["plain"]]
    for cove, option in ((cove, ["--no-templates"]), (cove.with_environment(COVE_TEMPLATES="no"), [])):
        assert list(results(cove("exec", *target, *option, "--", "echo", "{account} {{name}}", code=0)).values()) == ["{account} {{name}}"]


def test_a_name_does_not_become_a_program_or_an_option(cove, members, tmp_path):
    refused = cove("exec", "--", "env", "bash", "-ec", "echo {name}", code=2)
    assert "argument 3 is a program for a shell and has {name} in it" in refused.stderr
    assert refused.stdout == b""
    target = ["--targets", ",".join(members.accounts.values())]
    finished = cove("exec", *target, "--", "sh", "-c", 'printf %s "$1"', "sh", "{name}", code=1)
    assert results(finished) == {members.accounts[name]: name for name in ("plain", NAME, "third")}
    (failed,) = finished.output["Exceptions"]
    assert failed["Name"] == "--delete-all" and 'would begin with "-"' in message(failed)
    assert not (tmp_path / "owned").exists()


def test_a_missing_value_fails_the_task_and_nothing_is_started(cove, members, tmp_path):
    target = ["--targets", members.accounts["plain"]]
    without = cove.with_environment(AWS_DEFAULT_REGION=None)
    output = without("exec", *target, "--", "touch", f"{tmp_path}/ran-{{region}}", code=1).output
    assert "has {region}, and the task has no region: name regions with --regions" in message(output["Exceptions"][0])
    assert list(tmp_path.glob("ran-*")) == []


# Memory

ALLOCATE = "import sys; block = bytearray({} << 20); print(len(block) >> 20)"


def test_a_program_that_wants_more_than_its_limit_fails_and_others_do_not(cove, members):
    target = ["--targets", members.accounts["plain"], "--memory-limit", "256MiB"]
    (entry,) = cove("exec", *target, "--", *python(ALLOCATE.format(1024)), code=1).output["Exceptions"]
    assert "MemoryError" in entry["ExceptionDetails"]["Stderr"]
    assert message(entry).endswith("exited with code 1; its memory was limited to 256 MiB (--memory-limit)")
    assert list(results(cove("exec", *target, "--", *python(ALLOCATE.format(64)), code=0)).values()) == ["64"]
    assert list(results(cove("exec", *target[:2], "--", *python(ALLOCATE.format(1024)), code=0)).values()) == ["1024"]


def test_what_leaves_the_group_keeps_the_limit(cove, members):
    target = ["--targets", members.accounts["plain"], "--memory-limit", "1GiB"]
    found = results(cove("exec", *target, "--", "setsid", "--wait", "sh", "-c", "ulimit -v; ulimit -Hv; ulimit -c", code=0))
    assert list(found.values()) == ["1048576\n1048576\n0"]


def test_a_limit_costs_a_program_nothing_else(cove, members, tmp_path):
    script = "import json, os, sys; print(json.dumps([sys.argv[1:], sys.stdin.read(), os.getcwd(), dict(os.environ)]))"
    target = ["--targets", members.accounts["plain"], "--regions", "eu-west-1"]
    limited = cove.with_environment(ODD="a 'b'\n$(c)")
    arguments = ["a b", "*", "", "-x", "--", "$HOME", "ü\n"]
    found = []
    for option in ([], ["--memory-limit", "1GiB"]):
        found += results(limited("exec", *target, *option, "--", *python(script), *arguments, code=0)).values()
    for part in range(3):
        assert found[0][part] == found[1][part]
    changing = ("COVE_RUN_ID", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "PWD", "OLDPWD", "_")
    kept = [{name: value for name, value in each[3].items() if name not in changing} for each in found]
    assert kept[0] == kept[1] and kept[0]["ODD"] == "a 'b'\n$(c)"


@pytest.mark.parametrize("content", ["echo a script without a first line\n", "#!/no/such/interpreter\n", ""])
def test_a_limit_changes_nothing_of_what_cannot_be_started(cove, members, tmp_path, content):
    program = tmp_path / "program"
    program.write_text(content)
    program.chmod(0o755)
    target = ["--targets", members.accounts["plain"]]
    for option in ([], ["--memory-limit", "1GiB"]):
        (entry,) = cove("exec", *target, *option, "--", str(program), code=1).output["Exceptions"]
        assert entry["ExceptionDetails"]["Type"] == "ProgramNotStarted"
        assert entry["ExceptionDetails"]["Retryable"] is False


@pytest.mark.parametrize("size", ["1", "lots", "1GB", "-1GiB"])
def test_a_limit_that_is_no_size_is_a_wrong_request(cove, size):
    assert "expected 16 MiB to" in cove("exec", f"--memory-limit={size}", "--", "true", code=2).stderr


def test_settings_by_variables(cove, members):
    cove = cove.with_environment(COVE_MEMORY_LIMIT="1GiB", COVE_CREDENTIALS="server", COVE_RUN_IN="task")
    script = 'ulimit -v; echo "${AWS_SECRET_ACCESS_KEY-none} ${#AWS_CONTAINER_AUTHORIZATION_TOKEN}"; ls -A'
    finished = cove("exec", "--targets", members.accounts["plain"], "--", "sh", "-c", script, code=0)
    assert list(results(finished).values()) == ["1048576\nnone 64"]
    assert "is not read by cove" not in finished.stderr


# Credentials from a server

IDENTITY = """
import boto3, json, os
session = boto3.session.Session()
account = session.client("sts").get_caller_identity()["Account"]
credentials = session.get_credentials()
print(json.dumps([account, credentials.method, credentials.access_key]))
"""


def test_boto3_finds_the_server_and_nothing_else(cove, members, tmp_path):
    home = pathlib.Path(cove.environment["HOME"]) / ".aws"
    home.mkdir()
    # The user's own profile would go before a container's endpoint.
    keys = f"aws_access_key_id = AKIAOWN\naws_secret_access_key = own\n"
    (home / "credentials").write_text(f"[default]\n{keys}")
    (home / "config").write_text(f"[default]\n{keys}")
    (home.parent / ".boto").write_text(f"[Credentials]\n{keys}")
    cove = cove.with_environment(AWS_CONFIG_FILE=None, AWS_SHARED_CREDENTIALS_FILE=None)
    finished = cove("exec", "--credentials", "server", "--", *python(IDENTITY), code=0)
    found = results(finished)
    assert {account: entry[0] for account, entry in found.items()} == {account: account for account in members.active}
    assert {entry[1] for entry in found.values()} == {"container-role"}
    assert all(entry[2].startswith("ASIA") for entry in found.values())


def test_the_aws_cli_finds_the_server_too(cove, members):
    command = ["aws", "sts", "get-caller-identity", "--query", "Account", "--output", "text"]
    found = results(cove("exec", "--credentials", "server", "--", *command, code=0))
    assert found == {account: account for account in members.active}


def ask(address, token, method="GET", host=None, path=None):
    """Asks an endpoint by hand; the status and the body."""
    place = re.fullmatch(r"http://(127\.0\.0\.1):(\d+)(/.*)", address)
    with socket.create_connection((place[1], int(place[2])), timeout=20) as connection:
        shown = f"Authorization: {token}\r\n" if token is not None else ""
        request = f"{method} {path or place[3]} HTTP/1.1\r\nHost: {host or f'{place[1]}:{place[2]}'}\r\n{shown}\r\n"
        connection.sendall(request.encode())
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def variables(pid):
    pairs = pathlib.Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if pair)


@pytest.fixture
def two(cove, members, gate):
    """Two programs that are at work, each with the credentials of its own account."""
    targets = f"{members.accounts['plain']},{members.accounts['third']}"
    running = cove.start("exec", "--credentials", "server", "--log-level", "trace", "--targets", targets, "--", *gate.program)
    accounts = gate.arrivals(2)
    assert sorted(gate.begun) == sorted(accounts)
    return running, dict(zip(gate.begun, gate.pids))


def test_a_token_gives_the_attempts_own_credentials_and_no_others(two, members, gate, proxy):
    running, pids = two
    environments = {account: variables(pid) for account, pid in pids.items()}
    addresses = {e["AWS_CONTAINER_CREDENTIALS_FULL_URI"] for e in environments.values()}
    tokens = {account: e["AWS_CONTAINER_AUTHORIZATION_TOKEN"] for account, e in environments.items()}
    assert len(addresses) == 1  # one port for all programs
    (address,) = addresses
    assert len(set(tokens.values())) == 2 and all(re.fullmatch("[0-9a-f]{64}", token) for token in tokens.values())
    keys = {}
    for account, token in tokens.items():
        status, body = ask(address, token)
        assert status == 200 and set(body) == {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"}
        keys[account] = body
    assert len({body["AccessKeyId"] for body in keys.values()}) == 2
    secrets = [body[key] for body in keys.values() for key in ("SecretAccessKey", "Token")]
    for environment in environments.values():
        assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} & set(environment)
        assert not [secret for secret in secrets if secret in "".join(environment.values())]
    # Everything else is refused, and told why without a secret.
    token = tokens[members.accounts["plain"]]
    for status, arguments in [
        (401, dict(token=None)), (401, dict(token="")), (401, dict(token="0" * 64)), (401, dict(token=token + "0")),
        (401, dict(token=f"Bearer {token}")), (403, dict(token=token, host="evil.example")),
        (404, dict(token=token, path="/")), (405, dict(token=token, method="POST")),
    ]:
        found, body = ask(address, **arguments)
        assert found == status and set(body) == {"code", "message"}, arguments
    # One attempt ends: its token is dead, the other's is not.
    gate.open(1)
    wait_until(lambda: len(gate.ended) == 1, "the end of one")
    ended, = gate.ended
    wait_until(lambda: ask(address, tokens[ended])[0] == 401, "the end of its token")
    (other,) = set(tokens) - {ended}
    assert ask(address, tokens[other])[0] == 200
    gate.open(1)
    finished = running.finish().expect(0)
    with pytest.raises(OSError):
        ask(address, tokens[other])
    for secret in [*secrets, *tokens.values()]:
        assert secret.encode() not in finished.stdout and secret not in finished.stderr
        assert base64.b64encode(secret.encode())[:-4] not in finished.stdout


def test_the_endpoint_listens_on_loopback_only(two, gate):
    running, pids = two
    port = int(variables(next(iter(pids.values())))["AWS_CONTAINER_CREDENTIALS_FULL_URI"].split(":")[2].split("/")[0])
    listening = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in pathlib.Path(table).read_text().splitlines()[1:] if os.path.exists(table) else []:
            local, state = line.split()[1], line.split()[3]
            if state == "0A" and int(local.split(":")[1], 16) == port:
                listening.append(local.split(":")[0])
    assert listening == ["0100007F"]
    gate.open(2)
    running.finish().expect(0)


# Asks AWS again and again, as a long program does, until its SDK has had its credentials renewed.
LONG = """
import boto3, json, time
session = boto3.session.Session()
credentials = session.get_credentials()
first = credentials.get_frozen_credentials()
sts, end = session.client("sts"), time.monotonic() + 60
accounts = {sts.get_caller_identity()["Account"]}
while (now := credentials.get_frozen_credentials()).access_key == first.access_key:
    assert time.monotonic() < end, "never renewed"
    time.sleep(0.1)
accounts.add(sts.get_caller_identity()["Account"])
print(json.dumps([first.access_key != now.access_key, sorted(accounts)]))
"""


def test_a_program_that_is_longer_than_its_session_has_its_credentials_renewed(cove, members, proxy):
    proxy.end_sessions_after(8, times=1)
    account = members.accounts["plain"]
    cove = cove.with_environment(**proxy.environment)
    found = results(cove("exec", "--credentials", "server", "--targets", account, "--", *python(LONG), code=0))
    assert found == {account: [True, [account]]}
    assert proxy.assumed()[account] == 2


def test_a_role_that_is_taken_away_is_told_to_the_program(cove, members, proxy):
    account = members.accounts["plain"]
    proxy.end_sessions_after(8, times=1)
    cove = cove.with_environment(**proxy.environment)
    proxy.refuse("AssumeRole", "AccessDenied", 403, "the role is gone", after=1)
    (entry,) = cove("exec", "--credentials", "server", "--targets", account, "--", *python(LONG), code=1).output["Exceptions"]
    assert "the role is gone" in entry["ExceptionDetails"]["Stderr"]


# Workers


@pytest.fixture(scope="module")
def cluster(make_cluster, members):
    cluster = make_cluster(members, "--lease-ttl", 5)
    cluster.start()
    return cluster


def test_a_worker_gives_every_program_a_folder_of_its_own_and_keeps_every_setting(cluster, members):
    worker = cluster.worker("settings")
    cluster.wait_for_workers("settings")
    try:
        account = members.accounts["plain"]
        options = ["--targets", account, "--credentials", "server", "--memory-limit", "2GiB"]
        script = "import os, resource, sys, boto3, json; print(json.dumps([os.listdir('.'), os.getcwd(), " \
            "resource.getrlimit(resource.RLIMIT_AS)[0], boto3.client('sts').get_caller_identity()['Account'], sys.argv[1], " \
            "'AWS_SECRET_ACCESS_KEY' in os.environ, os.environ.get('COVE_CALLER_FOLDER')]))"
        finished = cluster.call("exec", *options, "--", *python(script), "{name}/{account}")
        assert finished.returncode == 0, finished.stderr.decode()
        (found,) = [entry["Result"] for entry in json.loads(finished.stdout)["Results"]]
        assert f"/cove-{os.getuid()}/" in found[1] and not os.path.exists(found[1])
        assert found[:1] + found[2:] == [[], 2 << 30, account, f"plain/{account}", False, None]
        refused = cluster.call("exec", "--run-in", "caller", "--", "true")
        assert refused.returncode == 2 and b"the workers' folders are not this one" in refused.stderr
    finally:
        assert worker.terminate() == 0


def test_a_setting_of_a_later_version_is_refused_and_never_dropped(cluster, members):
    function = {"kind": "exec", "program": {"program": "true", "arguments": [], "parsing": "auto", "settings": {"cpuLimit": 1}}}
    specification = {
        "function": function, "selection": {"ignored": [], "includesCallingAccount": False},
        "role": {"name": "Reader", "sessionName": "Reader"}, "raisesException": False, "isAtMostOnce": False,
    }
    with cluster.client("submit") as client:
        with pytest.raises(RequestFailed) as refused:
            client.request("submit", run="20261120-235959-k3x9q", specification=specification)
    assert refused.value.code == "invalidRequest" and '"cpuLimit" is not known here' in refused.value.problems[0]


def test_a_worker_that_does_not_know_settings_is_granted_no_program_that_needs_them(cluster, members):
    target = ["--targets", members.accounts["plain"]]
    asked = [["--memory-limit", "512MiB"], ["--run-in", "task"], ["--credentials", "server"]]
    with cluster.worker_peer(name="old", slots=12) as old:
        old.connect()
        old.want(12)
        runs = [cluster.submit(*target, *options, "--", "true") for options in asked]
        runs.append(cluster.submit(*target, "--", "echo", "{name}"))
        for run in runs:
            old.heartbeat()
            wait_until(
                lambda: "takes what the program is to be started with" in (cluster.snapshot(run)["status"].get("lacking") or ""),
                "what is lacking")
        # What needs none is all that it is granted.
        old.heartbeat()
        plain = cluster.submit(*target, "--", "true")
        (lease,) = old.leases(1)
        assert lease["run"] == plain and old.report(lease["token"]) == {lease["token"]: "applied"}
        with cluster.worker_peer(name="new", slots=12, takesSettings=True) as new:
            new.connect()
            new.want(12)
            leases = new.leases(4)
            assert {lease["run"] for lease in leases} == set(runs)
            assert set(new.report(*(lease["token"] for lease in leases)).values()) == {"applied"}
            new.goodbye()
        old.goodbye()


def test_an_older_coordinator_is_given_no_settings(cove, tmp_path):
    with OlderCoordinator(tmp_path) as old:
        finished = cove("exec", "--memory-limit", "512MiB", *old.options, "--", "true", code=2)
    assert "the coordinator does not take what the program is to be started with" in finished.stderr
    assert old.asked == ["submitWithSettings"]


def test_a_detached_run_says_what_no_worker_allows(cluster, members):
    with cluster.worker_peer(name="other", kinds=("call",)) as other:
        other.connect()
        finished = cluster.call("exec", "--detach", "--targets", members.accounts["plain"], "--", "true")
        assert finished.returncode == 0
        run = finished.stdout.decode().strip()
        assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-z]{5}", run)
        assert finished.stderr.decode().splitlines() == ["cove: tasks wait: no connected worker allows exec"]
        assert cluster.call("cancel", run).returncode == 0
        other.goodbye()


FUNCTIONS = {
    "call": {"kind": "call", "call": {"service": "iam", "operation": "ListUsers", "isPaginated": True}},
    "exec": {"kind": "exec", "program": {"program": "touch", "arguments": ["FILE"], "parsing": "auto"}},
    "native": {"kind": "native", "name": "function"},
    "python": {"kind": "python", "python": {"file": "f.py", "function": "f", "isTyped": False}},
}


@pytest.fixture
def granted(cluster):
    """`granted(allow, function, account)`: what a worker reports whom a coordinator grants a lease, whatever it allows."""

    def run(allow, function, account):
        reports = queue.Queue()

        def serve(wire):
            wire.send(greeting())
            assert wire.receive()["role"] == "worker"
            limits = {"frame": 1 << 20, "message": 1 << 26}
            wire.send({"type": "acceptance", "protocol": 1, "features": [], "rights": ["join"], "limits": limits})
            hello = wire.expect("hello")
            terms = {"ttlMilliseconds": 60_000, "heartbeatMilliseconds": 15_000}
            wire.send({"type": "welcome", "epoch": 1, "terms": terms, "lost": []})
            wire.expect("leaseRequest")
            run = "20261120-235959-k3x9q"
            lease = {"token": "1.1.1", "run": run, "account": {"id": account}, "region": "eu-west-1", "attempt": 1}
            role = {"name": "OrganizationAccountAccessRole", "sessionName": "x"}
            assignment = {"run": run, "function": function, "role": role, "partition": "aws"}
            wire.send({"type": "grant", "leases": [lease], "assignments": [assignment]})
            (report,) = wire.expect("report")["reports"]
            wire.send({"type": "verdicts", "answers": [{"token": "1.1.1", "verdict": "applied"}]})
            reports.put((hello["kinds"], report))
            wire.wait_closed()

        with FakeCoordinator(serve) as fake:
            command = [cluster.binary, "worker", "--allow", allow, "--coordinator", f"127.0.0.1:{fake.place[1]}"]
            worker = cluster._member("granted", [*command, "--token-file", str(cluster.token_file("join"))])
            try:
                kinds, report = reports.get(timeout=60)
            finally:
                worker.kill()
        assert allow in kinds
        return report

    return run


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_a_worker_refuses_a_kind_that_it_does_not_allow_whatever_a_coordinator_grants(granted, members, kind, tmp_path):
    # Allowed is what is not asked for.
    allowed = "call" if kind != "call" else "exec"
    function = json.loads(json.dumps(FUNCTIONS[kind]).replace("FILE", str(tmp_path / "ran")))
    report = granted(allowed, function, members.accounts["plain"])
    assert report["outcome"]["state"] == "failed"
    failure = report["outcome"]["failure"]
    assert failure["type"] == "NotAllowed"
    assert f"may not run functions of the kind {kind}: its operator allows {allowed};" in failure["message"]
    assert not (tmp_path / "ran").exists()
