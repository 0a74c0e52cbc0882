# SPDX-License-Identifier: Apache-2.0
"""What the world says no to: credentials, endpoint, organization, store. Told in words, exit code 3."""

import pathlib
import re
import socket
import sqlite3

import moto_organization
import pytest


def test_no_credentials(cove):
    without = cove.with_environment(AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
    assert re.search("(?i)credentials", without("exec", "--", "true", code=3).stderr)


def test_half_a_pair_of_keys(cove):
    finished = cove.with_environment(AWS_SECRET_ACCESS_KEY=None)("exec", "--", "true", code=3)
    assert "AWS_SECRET_ACCESS_KEY" in finished.stderr


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch"])
def test_credentials_that_sts_refuses(cove, proxy, code):
    proxy.refuse("GetCallerIdentity", code, 403, "The security token included in the request is expired")
    finished = cove.with_environment(**proxy.environment)("exec", "--", "true", code=3)
    assert code in finished.stderr
    assert "The security token included in the request is expired" in finished.stderr
    assert len(proxy.calls) == 1


def test_a_profile_that_is_not_there(cove):
    assert "no-such-profile" in cove("exec", "--profile", "no-such-profile", "--", "true", code=3).stderr


def test_an_endpoint_that_refuses(cove):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    finished = cove.with_environment(AWS_ENDPOINT_URL=url, AWS_MAX_ATTEMPTS="1")("exec", "--", "true", code=3)
    assert url.removeprefix("http://") in finished.stderr


def test_an_endpoint_that_is_no_url(cove):
    assert "not a url" in cove.with_environment(AWS_ENDPOINT_URL="not a url")("exec", "--", "true", code=3).stderr


def test_no_permission_for_the_organization_and_no_targets(cove, proxy):
    proxy.refuse("ListAccounts", "AccessDeniedException", message="You don't have permissions to access this resource.")
    finished = cove.with_environment(**proxy.environment)("exec", "--", "true", code=3)
    assert "organizations:ListAccounts" in finished.stderr


def test_no_permission_for_the_organization_and_accounts_named(cove, proxy, organization):
    proxy.refuse("ListAccounts", "AccessDeniedException", message="You don't have permissions to access this resource.")
    cove = cove.with_environment(**proxy.environment)
    output = cove("exec", "--targets", organization.accounts["alder"], "--", "true", code=0).output
    assert [entry["Id"] for entry in output["Results"]] == [organization.accounts["alder"]]


def test_no_permission_to_read_a_unit_that_is_named(cove, proxy, organization):
    proxy.refuse("ListChildren", "AccessDeniedException", message="You don't have permissions to access this resource.")
    cove = cove.with_environment(**proxy.environment)
    finished = cove("exec", "--targets", organization.units["north"], "--", "true", code=3)
    assert "organizations:ListChildren" in finished.stderr


def test_a_unit_that_is_not_there(cove):
    finished = cove("exec", "--targets", "ou-abcd-12345678", "--", "true")
    assert finished.code in (2, 3)
    assert "ou-abcd-12345678" in finished.stderr


@pytest.fixture
def lone(cove, proxy):
    """The program in an account that is in no organization: moto has none such that refuses as AWS does."""
    message = "Your account is not a member of an organization."
    proxy.refuse("ListAccounts", "AWSOrganizationsNotInUseException", message=message)
    return cove.with_environment(**proxy.environment)


def test_an_account_without_organization_and_no_targets(lone):
    finished = lone("exec", "--", "true", code=3)
    assert re.search("(?i)organization", finished.stderr)
    assert "--targets" in finished.stderr


def test_an_account_without_organization_and_accounts_named(lone):
    output = lone("exec", "--targets", "400000000004", "--", "true", code=0).output
    (entry,) = output["Results"]
    assert entry["Id"] == "400000000004"
    assert not {"Name", "Arn", "Email", "Status"} & set(entry)


# The store.


def database_of(cove):
    """The SQLite file of the only run in the program's state folder."""
    state = pathlib.Path(cove.environment["XDG_STATE_HOME"])
    (file,) = [path for path in state.rglob("*") if path.is_file() and path.read_bytes()[:15] == b"SQLite format 3"]
    return file


@pytest.fixture
def kept(cove, organization, tmp_path):
    """A completed run's id and its database."""
    log = tmp_path / "run"
    target = ["--targets", organization.accounts["alder"]]
    cove("exec", *target, "--", "sh", "-c", f"echo $COVE_RUN_ID >{log}", code=0)
    return log.read_text().strip(), database_of(cove)


@pytest.mark.parametrize("command", ["show", "results", "resume", "retry"])
def test_a_store_of_a_newer_version(cove, kept, command):
    run, database = kept
    with sqlite3.connect(database) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        assert version > 0
        connection.execute(f"PRAGMA user_version = {version + 1}")
    connection.close()
    finished = cove(command, run, code=3)
    assert re.search("(?i)newer", finished.stderr)
    assert str(database.parent) in finished.stderr


@pytest.mark.parametrize("command", ["resume", "retry"])
def test_a_store_in_use(cove, organization, gate, command):
    running = cove.start("exec", "--targets", organization.accounts["alder"], "--", *gate.program)
    gate.arrivals(1)
    finished = cove(command, gate.run, code=3)
    assert f"run {gate.run} is under way, performed by process {running.process.pid}" in finished.stderr
    gate.open(1)
    running.finish().expect(0)


def test_a_store_that_is_damaged(cove, kept):
    run, database = kept
    database.write_bytes(b"SQLite format 3\0" + b"rubbish" * 4096)
    finished = cove("results", run, code=3)
    assert str(database.parent) in finished.stderr
    assert "Fatal error" not in finished.stderr


def test_a_folder_that_cannot_be_written(cove, tmp_path):
    # A file stands where a folder is needed: refused for root too.
    (tmp_path / "state").write_text("a file")
    finished = cove("exec", "--", "true", code=3)
    assert str(tmp_path / "state") in finished.stderr


def test_a_store_folder_that_cannot_be_made(cove, tmp_path):
    (tmp_path / "file").write_text("a file")
    finished = cove("exec", "--store", tmp_path / "file" / "store", "--", "true", code=3)
    assert str(tmp_path / "file") in finished.stderr


def test_no_home_and_no_state_folder(cove, tmp_path):
    finished = cove.with_environment(HOME=None, XDG_STATE_HOME=None)("exec", "--", "true")
    assert finished.code == 2
    assert "XDG_STATE_HOME" in finished.stderr and "--store" in finished.stderr


def test_the_state_folder_is_the_owners_alone(cove, kept):
    folder = kept[1].parent
    assert folder.stat().st_mode & 0o777 == 0o700
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0 or path.is_dir()
