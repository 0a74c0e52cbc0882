# SPDX-License-Identifier: Apache-2.0
"""Files that travel with a run: `cove exec --ship`, locally and to workers, through crashes, and past who means harm."""

import base64
import contextlib
import hashlib
import io
import json
import os
import re
import signal
import sqlite3
import stat
import subprocess
import tarfile

import pytest

from processes import wait_until
from wire_peer import OlderCoordinator, RequestFailed, frames
from wire_proxy import DOWN, WireProxy

PART = 256 << 10


@pytest.fixture(scope="module")
def eight(make_organization):
    return make_organization(accounts={f"member-{number}": ("", []) for number in range(8)})


@pytest.fixture
def cove(cove_as, eight):
    return cove_as(eight)


@pytest.fixture
def cluster(make_cluster, eight):
    """A coordinator of one test: its store and its caches are what the test looks at."""
    cluster = make_cluster(eight, "--lease-ttl", 5)
    cluster.start()
    yield cluster
    cluster.end()


@pytest.fixture
def tool(tmp_path):
    """A folder with a program, what it needs, and a file that nobody else has."""
    folder = tmp_path / "tool"
    (folder / "lib").mkdir(parents=True)
    (folder / "lib" / "words").write_text("hello\n")
    write_program(folder / "check", 'read -r word <"$COVE_ARTEFACT/lib/words"; echo "[\\"$word $COVE_ACCOUNT_ID\\"]"')
    return folder


def write_program(path, body):
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def large(folder, size, seed=b"x"):
    """Bytes that no archive before had, so that they have to travel."""
    (folder / "data").write_bytes(hashlib.shake_128(seed + os.urandom(8)).digest(size))
    return folder


def results(output, organization):
    assert sorted(entry["Id"] for entry in output["Results"]) == sorted(organization.active), output
    return {json.dumps(entry["Result"]).replace(entry["Id"], "ID") for entry in output["Results"]}


def cache_of(cluster, name):
    return cluster.folder / f"cache-{name}" / "cove" / "artefacts"


def start(cluster, name, *options, **settings):
    """A worker with a cache of its own."""
    settings.setdefault("environment", {"XDG_CACHE_HOME": str(cluster.folder / f"cache-{name}")})
    worker = cluster.worker(name, *options, **settings)
    cluster.wait_for_workers(name)
    return worker


def stored(cluster, table="artefact"):
    """How many rows the coordinator's store has, which is asked when nobody has it open."""
    with contextlib.closing(sqlite3.connect(cluster.store / "queue.sqlite")) as database:
        return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


# Locally


def test_a_shipped_folder_runs_and_leaves_nothing_behind(cove, eight, tool, tmp_path):
    finished = cove("exec", "--ship", tool, "--", "check", code=0)
    assert results(finished.output, eight) == {'["hello ID"]'}
    left = [path for path in (tmp_path / "state").rglob("*") if path.name in ("check", "words", "files")]
    assert left == [], "the run's own files went with its end"


def test_a_shipped_file_is_found_by_its_name_and_by_its_path(cove, eight, tmp_path):
    write_program(tmp_path / "mine", 'echo "[\\"$(basename "$0")\\"]"')
    for program in ("mine", "./mine", tmp_path / "mine"):
        output = cove("exec", "--ship", "mine", "--", program, code=0).output
        assert results(output, eight) == {'["mine"]'}
    output = cove.with_environment(COVE_SHIP="mine")("exec", "--", "mine", code=0).output
    assert results(output, eight) == {'["mine"]'}


def test_the_program_sees_its_files_read_only(cove, eight, tool):
    write_program(tool / "look", 'stat -c "%a %n" "$COVE_ARTEFACT" "$COVE_ARTEFACT/lib/words" "$COVE_ARTEFACT/look" '
                                 '| sed "s|$COVE_ARTEFACT|.|"')
    output = cove("exec", "--ship", tool, "--", "./look", code=0).output
    assert {entry["Result"].strip() for entry in output["Results"]} == {"700 .\n400 ./lib/words\n500 ./look"}


def test_a_resumed_run_has_the_files_that_it_began_with(cove, eight, tmp_path, gate):
    program = write_program(tmp_path / "mine", f'{gate.program[2]} >/dev/null; echo \'["as it was"]\'')
    running = cove.start("exec", "--slots", "2", "--ship", program, "--", "mine")
    gate.arrivals(2)
    gate.open(3)
    gate.arrivals(3)
    running.kill()
    write_program(program, 'echo \'["changed"]\'')
    gate.open(len(eight.active) + 2)
    output = cove("resume", gate.run, code=0).output
    assert results(output, eight) == {'["as it was"]'}
    program.unlink()
    assert results(cove("results", gate.run, code=0).output, eight) == {'["as it was"]'}


def test_everything_that_cannot_travel_is_told_at_once(cove, tool, tmp_path):
    (tool / "link").symlink_to("/etc/passwd")
    (tool / "lib" / "up").symlink_to("..")
    os.mkfifo(tool / "pipe")
    (tool / ("n" * 120)).touch()
    finished = cove("exec", "--ship", tool, "--regions", "no such", "--", "check", code=2)
    for word in ("tool/link is a symbolic link", "lib/up is a symbolic link", "pipe is neither", "too long", "no such"):
        assert word in finished.stderr, word
    assert not (tmp_path / "state" / "cove" / "runs").exists()


@pytest.mark.parametrize("arguments, words", [
    (["--ship", "absent", "--", "x"], "absent cannot be looked at"),
    (["--ship", "tool", "--", "./absent"], "not among the files of --ship tool (check, lib/words)"),
    (["--ship", "tool", "--", "lib/words"], "not executable"),
    (["--ship", "big", "--", "big"], "64 MiB"),
    (["--ship", "empty", "--", "x"], "no file"),
])
def test_what_is_wrong_with_the_request_is_said(cove, tool, tmp_path, arguments, words):
    (tmp_path / "empty").mkdir()
    with open(tmp_path / "big", "wb") as big:
        big.truncate(64 << 20)
    os.chmod(tmp_path / "big", 0o755)
    assert words in cove("exec", *arguments, code=2).stderr


# By a coordinator


def test_files_travel_to_two_workers_once_each(cluster, eight, tool):
    for name in ("one", "two"):
        start(cluster, name, "--slots", 2)
    large(tool, 3 * PART + 5)
    command = ["exec", "--regions", "eu-west-1,us-east-1", "--ship", str(tool), "--", "check"]
    for _ in range(2):
        finished = cluster.call(*command)
        assert finished.returncode == 0, finished.stderr.decode()
        output = json.loads(finished.stdout)
        assert {entry["Result"][0] for entry in output["Results"]} == {f"hello {id}" for id in eight.active}
        assert len(output["Results"]) == 2 * len(eight.active)
    assert {entry["Worker"] for entry in output["Results"]} == {"one", "two"}
    for name in ("one", "two"):
        cache = cache_of(cluster, name)
        (artefact,) = cache.iterdir()
        assert stat.S_IMODE(cache.stat().st_mode) == 0o700
        assert sorted(path.name for path in artefact.rglob("*")) == ["check", "data", "lib", "words"]
        assert not any(path.stat().st_mode & 0o077 for path in artefact.rglob("*"))
    assert cluster.coordinator.terminate() == 0
    assert stored(cluster) == 1, "both runs use one"


def test_an_upload_that_was_interrupted_goes_on_where_it_was(cluster, eight, tool):
    start(cluster, "one")
    large(tool, 20 * PART)
    with WireProxy(cluster.place) as proxy:
        # The last bytes of the upload never arrive; then the command is killed.
        options = cluster.client_options(place=f"127.0.0.1:{proxy.place[1]}")
        command = [cluster.binary, "exec", "--ship", str(tool), *options, "--", "check"]
        running = subprocess.Popen(
            list(map(str, command)), env=cluster.environment, cwd=cluster.folder, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        wait_until(lambda: proxy.forwarded["up"] > 8 * PART, "a part of the upload")
        running.kill()
        running.wait()
        sent = proxy.forwarded["up"]
    with WireProxy(cluster.place) as proxy:
        options = cluster.client_options(place=f"127.0.0.1:{proxy.place[1]}")
        finished = subprocess.run(
            list(map(str, [cluster.binary, "exec", "--ship", str(tool), *options, "--", "check"])),
            env=cluster.environment, cwd=cluster.folder, capture_output=True, timeout=60)
        assert finished.returncode == 0, finished.stderr.decode()
        assert results(json.loads(finished.stdout), eight) == {'["hello ID"]'}
        # Base64 is a third longer; what had arrived did not travel again.
        assert proxy.forwarded["up"] < 20 * PART * 1.4 - 6 * PART, (sent, proxy.forwarded)


def test_a_coordinator_that_is_killed_during_an_upload_takes_the_rest(cluster, eight, tool):
    start(cluster, "one")
    large(tool, 24 * PART)
    with WireProxy(cluster.place) as proxy:
        options = cluster.client_options(place=f"127.0.0.1:{proxy.place[1]}")
        running = subprocess.Popen(
            list(map(str, [cluster.binary, "exec", "--ship", str(tool), *options, "--", "check"])),
            env=cluster.environment, cwd=cluster.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_until(lambda: proxy.forwarded["up"] > 4 * PART, "a part of the upload")
        cluster.coordinator.kill()
        cluster.start()
        stdout, stderr = running.communicate(timeout=60)
    assert running.returncode == 0, stderr.decode()
    assert results(json.loads(stdout), eight) == {'["hello ID"]'}


def test_a_worker_that_is_killed_during_a_fetch_fetches_anew(cluster, eight, tool):
    large(tool, 24 * PART)
    with WireProxy(cluster.place) as proxy:
        worker = start(cluster, "one", place=f"127.0.0.1:{proxy.place[1]}")
        run = cluster.submit("--ship", str(tool), "--", "check")
        wait_until(lambda: proxy.forwarded["down"] > 2 * PART, "a part of the fetch")
        proxy.hold(DOWN)
        worker.kill()
    cache = cache_of(cluster, "one")
    assert [path.name[:5] for path in cache.iterdir()] == [".new-"]
    start(cluster, "one")
    cluster.wait_completed(run)
    assert results(cluster.results(run), eight) == {'["hello ID"]'}
    (artefact,) = cache.iterdir()
    assert re.fullmatch("[0-9a-f]{64}-[0-9]+", artefact.name), "what the dead worker left is gone"


def test_a_fetch_goes_on_when_the_link_or_the_coordinator_is_lost(cluster, eight, tool):
    large(tool, 40 * PART)
    with WireProxy(cluster.place) as proxy:
        start(cluster, "one", place=f"127.0.0.1:{proxy.place[1]}")
        run = cluster.submit("--ship", str(tool), "--", "check")
        wait_until(lambda: proxy.forwarded["down"] > 2 * PART, "a part of the fetch")
        proxy.cut()
        before = proxy.forwarded["down"]
        wait_until(lambda: proxy.forwarded["down"] > before + 2 * PART, "the fetch to go on")
        cluster.coordinator.kill()
        cluster.start()
        cluster.wait_completed(run)
        # In base64; not much more than once.
        assert proxy.forwarded["down"] < 40 * PART * 1.4 + 8 * PART
    output = cluster.results(run)
    assert results(output, eight) == {'["hello ID"]'}


def test_a_cache_that_was_tampered_with_is_fetched_anew(cluster, eight, tool):
    worker = start(cluster, "one")
    assert results(json.loads(cluster.call("exec", "--ship", str(tool), "--", "check").stdout), eight)
    (artefact,) = cache_of(cluster, "one").iterdir()
    program = artefact / "check"
    program.chmod(0o700)
    program.write_text("#!/bin/sh\necho '[\"mine\"]'\n")
    program.chmod(0o500)
    finished = cluster.call("exec", "--ship", str(tool), "--", "check")
    assert results(json.loads(finished.stdout), eight) == {'["hello ID"]'}
    worker.wait_for("were changed after they had come")


def test_forget_removes_the_files_with_the_last_run_of_them(cluster, tool):
    start(cluster, "one")
    runs = [cluster.submit("--ship", str(tool), "--", "check") for _ in range(2)]
    for run in runs:
        cluster.wait_completed(run)
    assert cluster.call("forget", runs[0]).returncode == 0
    cluster.coordinator.terminate()
    assert stored(cluster) == 1 and stored(cluster, "artefact_part") == 1
    cluster.start()
    assert cluster.call("forget", runs[1]).returncode == 0
    cluster.coordinator.terminate()
    # Whoever asked for it within the hour may still submit a run of it.
    assert stored(cluster) == 1
    with contextlib.closing(sqlite3.connect(cluster.store / "queue.sqlite")) as database, database:
        database.execute("UPDATE artefact SET touched = touched - 3600001")
    cluster.start()
    assert cluster.call("runs").returncode == 0
    cluster.coordinator.terminate()
    assert stored(cluster) == 0 and stored(cluster, "artefact_part") == 0


# Who means harm


def archive(*members, form=tarfile.USTAR_FORMAT):
    """A tar archive as Python makes it: members are pairs of `TarInfo` and content."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as tar:
        for information, content in members:
            tar.addfile(information, io.BytesIO(content))
    # Python fills up to 10,240 bytes; a canonical archive ends after two blocks.
    end = sum(512 + -(-len(content) // 512) * 512 for _, content in members)
    return file.getvalue()[:end] + b"\0" * 1024


def member(path, content=b"x", mode=0o644, kind=tarfile.REGTYPE, link=""):
    information = tarfile.TarInfo(path)
    information.size, information.mode, information.type, information.linkname = len(content), mode, kind, link
    return information, content


HOSTILE = {
    "parent": archive(member("../escaped")),
    "deep-parent": archive(member("a/../../../escaped")),
    "absolute": archive(member("/tmp/escaped")),
    "symlink": archive(member("a", b"", kind=tarfile.SYMTYPE, link="/etc")),
    "hard-link": archive(member("a", b"", kind=tarfile.LNKTYPE, link="/etc/passwd")),
    "device": archive(member("a", b"", kind=tarfile.CHRTYPE)),
    "folder": archive(member("a", b"", kind=tarfile.DIRTYPE)),
    "set-user-id": archive(member("a", mode=0o4755)),
    "twice": archive(member("a"), member("a")),
    "below-a-file": archive(member("a"), member("a/b")),
    "unordered": archive(member("b"), member("a")),
    "garbage": b"\xff" * 4096,
    "truncated": archive(member("a", b"x" * 2000))[:-1500],
    "trailing": archive(member("a")) + b"\0" * 512,
}


def reference(data, **changes):
    return {"digest": hashlib.sha256(data).hexdigest(), "size": len(data)} | changes


def upload(client, data, **changes):
    """Brings bytes as an artefact, a part at a time; gives the last reply."""
    artefact = reference(data, **changes)
    stored = client.request("artefact", artefact=artefact)["stored"]
    while stored < artefact["size"]:
        part = base64.b64encode(data[stored : stored + PART]).decode()
        now = client.request("artefactPart", artefact=artefact, offset=stored, data=part)["stored"]
        assert now > stored
        stored = now
    return artefact


def specification(artefact, program="run"):
    return {
        "function": {"kind": "exec", "program": {
            "program": program, "arguments": [], "parsing": "auto", "artefact": artefact}},
        "selection": {"ignored": [], "includesCallingAccount": False},
        "role": {"name": "OrganizationAccountAccessRole", "sessionName": "audit"},
        "raisesException": False, "isAtMostOnce": False,
    }


def test_archives_that_lead_elsewhere_are_refused(cluster):
    start(cluster, "one")
    with cluster.client() as client:
        for name, data in HOSTILE.items():
            with pytest.raises(RequestFailed) as failure:
                upload(client, data)
            assert failure.value.code == "invalidRequest" and "is refused" in failure.value.problems[0], name
            with pytest.raises(RequestFailed) as failure:
                client.request("submit", run="20260101-000000-aaaaa", specification=specification(reference(data)))
            assert failure.value.code == "invalidRequest" and "are not there" in failure.value.problems[0], name
            assert client.request("artefact", artefact=reference(data))["stored"] == 0, name
        good = archive(member("run", b"#!/bin/sh\necho '[1]'\n", mode=0o755))
        artefact = upload(client, good)
        client.request("submit", run="20260101-000000-aaaaa", specification=specification(artefact))
    cluster.wait_completed("20260101-000000-aaaaa")
    assert [entry["Result"] for entry in cluster.results("20260101-000000-aaaaa")["Results"]] == [[1]] * 8
    assert not os.path.exists("/tmp/escaped")


def test_wrong_digests_sizes_and_parts_are_refused(cluster):
    data = archive(member("run"))
    with cluster.client() as client:
        for changes in ({"digest": "0" * 64}, {"digest": "../../../x"}, {"digest": "A" * 64}, {"size": 0},
                        {"size": (64 << 20) + 1}, {"size": -1}, {"size": "1"}):
            with pytest.raises(RequestFailed) as failure:
                upload(client, data, **changes)
            assert failure.value.code == "invalidRequest", changes
        artefact = reference(data)
        assert client.request("artefact", artefact=artefact)["stored"] == 0
        for offset, part in ((512, data[512:]), (0, data + b"x"), (1 << 20, data)):
            encoded = base64.b64encode(part).decode()
            assert client.request("artefactPart", artefact=artefact, offset=offset, data=encoded)["stored"] == 0
        for encoded in ("", "%%%", base64.b64encode(b"x" * (PART + 1)).decode()):
            with pytest.raises(RequestFailed) as failure:
                client.request("artefactPart", artefact=artefact, offset=0, data=encoded)
            assert failure.value.code == "invalidRequest"
        assert upload(client, data) == artefact
    with cluster.client("read") as reader:
        for call, fields in (("artefact", {}), ("artefactPart", {"offset": 0, "data": "AA=="})):
            with pytest.raises(RequestFailed) as failure:
                reader.request(call, artefact=artefact, **fields)
            assert failure.value.code == "forbidden"


def test_a_worker_gets_what_runs_need_and_an_old_one_is_spared(cluster):
    data = archive(member("run", b"#!/bin/sh\n", mode=0o755))
    unused = archive(member("other"))
    run = "20260101-000000-bbbbb"
    with cluster.client() as client:
        artefact = upload(client, data)
        upload(client, unused)
        client.request("submit", run=run, specification=specification(artefact))
    with cluster.worker_peer(name="old") as old:
        old.connect()
        old.want(4)
        old.heartbeat()
        wait_until(lambda: "upgrade" in (cluster.snapshot(run)["status"].get("lacking") or ""), "what is lacking")
        with cluster.worker_peer(name="new", takesArtefacts=True) as new:
            new.connect()
            new.want(1)
            new.leases(1)
            assert new.assignments[0]["function"]["program"]["artefact"] == artefact
            new.wire.send({"type": "fetch", "artefact": artefact, "offset": 512})
            part = new.wire.expect("part")
            assert base64.b64decode(part["data"]) == data[512:] and part["offset"] == 512
            for wanted in (reference(unused), artefact | {"digest": "../x"}, reference(b"nothing")):
                new.wire.send({"type": "fetch", "artefact": wanted, "offset": 0})
                assert "data" not in new.wire.expect("part")
            # Two at a time is out of turn.
            new.wire.send_bytes(b"".join(frames({"type": "fetch", "artefact": artefact, "offset": 0}) * 40))
            refusals = [m for m in new.wire.wait_closed() if m["type"] == "refusal"]
            assert [m["code"] for m in refusals] == ["outOfTurn"]


def test_an_older_coordinator_is_asked_first_and_given_no_run(cove, tool, tmp_path):
    with OlderCoordinator(tmp_path) as old:
        finished = cove("exec", "--ship", tool, *old.options, "--", "check", code=2)
    assert "does not take files that travel with a run: upgrade it" in finished.stderr
    assert old.asked == ["artefact"]


# Without room


def test_a_worker_whose_cache_cannot_be_used_says_so(cluster, eight, tool):
    folder = cluster.folder / "not-a-folder"
    folder.write_text("")
    start(cluster, "one", environment={"XDG_CACHE_HOME": str(folder)})
    finished = cluster.call("exec", "--ship", str(tool), "--", "check")
    assert finished.returncode == 1
    output = json.loads(finished.stdout)
    assert {entry["ExceptionDetails"]["Type"] for entry in output["Exceptions"]} == {"ArtefactUnavailable"}
    assert len(output["Exceptions"]) == len(eight.active)


def test_a_worker_without_a_home_takes_no_files(cluster, tool):
    environment = dict(cluster.environment)
    cluster.environment = {k: v for k, v in environment.items() if k != "HOME"}
    worker = start(cluster, "one", environment={})
    worker.wait_for("set HOME or XDG_CACHE_HOME")
    run = cluster.submit("--ship", str(tool), "--", "check")
    wait_until(lambda: "HOME or XDG_CACHE_HOME" in (cluster.snapshot(run)["status"].get("lacking") or ""), "what is lacking")
    assert cluster.call("cancel", run).returncode == 0


def test_sigterm_during_a_fetch_gives_the_tasks_back(cluster, eight, tool):
    large(tool, 24 * PART)
    with WireProxy(cluster.place) as proxy:
        worker = start(cluster, "one", "--drain-timeout", 0, place=f"127.0.0.1:{proxy.place[1]}")
        run = cluster.submit("--ship", str(tool), "--", "check")
        wait_until(lambda: proxy.forwarded["down"] > 2 * PART, "a part of the fetch")
        assert worker.terminate(signal.SIGTERM) == 0
    start(cluster, "two")
    cluster.wait_completed(run)
    assert {entry["Attempts"] for entry in cluster.results(run)["Results"]} == {1}
