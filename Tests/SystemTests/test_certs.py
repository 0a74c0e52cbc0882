# SPDX-License-Identifier: Apache-2.0
"""Certificates of `cove certs`, as OpenSSL and Python's ssl see them."""

import re
import socket
import ssl
import subprocess
import threading

import pytest


@pytest.fixture
def cove(cove_as, organization):
    return cove_as(organization)


@pytest.fixture
def folder(cove, tmp_path):
    cove("certs", "init", "tls", code=0)
    cove("certs", "coordinator", "tls", "localhost", "cove.example.org", "127.0.0.1", code=0)
    cove("certs", "worker", "tls", "w1", code=0)
    cove("certs", "client", "tls", "alice", code=0)
    cove("certs", "client", "tls", "bob", "--read-only", code=0)
    return tmp_path / "tls"


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)


def verify(folder, name, *options):
    return openssl("verify", "-x509_strict", "-CAfile", folder / "ca.pem", *options, folder / f"{name}.pem")


def names(path):
    text = openssl("x509", "-in", path, "-noout", "-ext", "subjectAltName").stdout
    return [name.strip() for name in text.splitlines()[1].split(",")]


@pytest.mark.parametrize("name, purpose, other", [
    ("coordinator", "sslserver", "sslclient"), ("worker-w1", "sslclient", "sslserver"),
    ("client-alice", "sslclient", "sslserver"), ("client-bob", "sslclient", "sslserver"),
])
def test_openssl_verifies_every_certificate_for_its_purpose_alone(folder, name, purpose, other):
    assert verify(folder, name, "-purpose", purpose).returncode == 0
    assert verify(folder, name, "-purpose", other).returncode != 0


def test_the_names_say_what_a_holder_may_do(folder):
    assert names(folder / "coordinator.pem") == ["DNS:localhost", "DNS:cove.example.org", "IP Address:127.0.0.1"]
    assert names(folder / "worker-w1.pem") == ["URI:cove:join"]
    assert names(folder / "client-alice.pem") == ["URI:cove:submit"]
    assert names(folder / "client-bob.pem") == ["URI:cove:read"]
    assert verify(folder, "coordinator", "-verify_hostname", "cove.example.org").returncode == 0
    assert verify(folder, "coordinator", "-verify_ip", "127.0.0.1").returncode == 0
    assert verify(folder, "coordinator", "-verify_hostname", "other.example.org").returncode != 0


def test_a_certificate_cannot_make_others(folder, tmp_path):
    worker = folder / "worker-w1"
    request = openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x",
                      "-keyout", tmp_path / "x.key", "-out", tmp_path / "x.csr")
    assert request.returncode == 0, request.stderr
    openssl("x509", "-req", "-in", tmp_path / "x.csr", "-CA", f"{worker}.pem", "-CAkey", f"{worker}.key", "-days", "1",
            "-CAcreateserial", "-out", tmp_path / "x.pem")
    made = openssl("verify", "-CAfile", folder / "ca.pem", "-untrusted", f"{worker}.pem", tmp_path / "x.pem")
    assert made.returncode != 0


def test_keys_are_private(folder):
    assert folder.stat().st_mode & 0o777 == 0o700
    keys = sorted(folder.glob("*.key"))
    assert [key.name for key in keys] == ["ca.key", "client-alice.key", "client-bob.key", "coordinator.key",
                                          "worker-w1.key"]
    assert {key.stat().st_mode & 0o777 for key in keys} == {0o600}
    assert list(folder.glob("*.new")) == []


def handshake(folder, client, host):
    """What a client of Python's ssl gets from a server that asks for a certificate, or the error."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "coordinator.pem", folder / "coordinator.key")
    server.load_verify_locations(folder / "ca.pem")
    server.verify_mode = ssl.CERT_REQUIRED
    peer = ssl.create_default_context(cafile=folder / "ca.pem")
    if client:
        peer.load_cert_chain(folder / f"{client}.pem", folder / f"{client}.key")
    ours, theirs = socket.socketpair()

    def serve():
        try:
            with server.wrap_socket(theirs, server_side=True) as connection:
                subject = connection.getpeercert()["subjectAltName"]
                connection.sendall(repr(subject).encode())
        except OSError:
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with peer.wrap_socket(ours, server_hostname=host) as connection:
            return connection.recv(1024).decode()
    finally:
        ours.close()
        thread.join()


def test_a_handshake_of_another_implementation(folder):
    assert handshake(folder, "worker-w1", "localhost") == "(('URI', 'cove:join'),)"
    assert handshake(folder, "client-bob", "127.0.0.1") == "(('URI', 'cove:read'),)"
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(folder, "worker-w1", "other.example.org")
    with pytest.raises(ssl.SSLError):
        handshake(folder, None, "localhost")


def test_nothing_is_overwritten_unless_that_is_said(cove, folder):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for arguments in (["init"], ["coordinator"], ["worker"], ["client"]):
        name = {"init": [], "coordinator": ["localhost"], "worker": ["w1"], "client": ["alice"]}[arguments[0]]
        finished = cove("certs", *arguments, "tls", *name, code=2)
        assert "is there already" in finished.stderr and "--force" in finished.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    cove("certs", "worker", "tls", "w1", "--force", code=0)
    assert (folder / "worker-w1.pem").read_bytes() != before["worker-w1.pem"]
    assert verify(folder, "worker-w1").returncode == 0
    cove("certs", "init", "tls", "--force", code=0)
    assert verify(folder, "client-alice").returncode != 0


def test_days_by_option_and_by_variable(cove, folder):
    def lasts(name):
        return openssl("x509", "-in", folder / f"worker-{name}.pem", "-noout", "-checkend", 86400 * 5).returncode == 0

    cove("certs", "worker", "tls", "short", "--days", "5", code=0)
    cove.with_environment(COVE_DAYS="6")("certs", "worker", "tls", "longer", code=0)
    assert not lasts("short")
    assert lasts("longer")


def test_what_was_made_and_the_options_that_use_it_are_printed(cove, folder):
    text = cove("certs", "worker", "tls", "w2", code=0).text
    assert re.search(r"made tls/worker-w2\.pem and tls/worker-w2\.key, valid until \d{4}-\d\d-\d\d", text)
    assert "--tls-certificate tls/worker-w2.pem --tls-key tls/worker-w2.key" in text
    assert "--tls-ca tls/ca.pem" in text
    text = cove("certs", "coordinator", "tls", "::1", "--force", code=0).text
    assert "--coordinator [::1] --tls-ca tls/ca.pem" in text
    assert max(map(len, text.splitlines())) <= 80


def test_everything_that_is_wrong_is_told_at_once(cove, folder):
    finished = cove("certs", "coordinator", "tls", "host:1", "10.0.0.300", "--days", "0", code=2)
    assert len(finished.stderr.splitlines()) == 3
    assert "there is no authority in nowhere" in cove("certs", "worker", "nowhere", "w", code=2).stderr
    assert cove("certs", "worker", "tls", "../w", code=2).stdout == b""


def test_an_authority_of_ones_own_serves_as_well(cove, tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    made = openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Own", "-days", "3", "-keyout",
                   folder / "ca.key", "-out", folder / "ca.pem", "-addext", "keyUsage=critical,keyCertSign")
    assert made.returncode == 0, made.stderr
    text = cove("certs", "coordinator", "own", "localhost", code=0).text
    assert verify(folder, "coordinator", "-purpose", "sslserver").returncode == 0
    # Never longer than the authority's own.
    end = openssl("x509", "-in", folder / "coordinator.pem", "-noout", "-checkend", 86400 * 4)
    assert end.returncode == 1 and "valid until" in text
