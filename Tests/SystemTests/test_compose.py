# SPDX-License-Identifier: Apache-2.0
"""compose/compose.yaml: that compose takes it, that its command lines are Cove's, and that they work as processes."""

import os
import shutil
import subprocess

import pytest
import yaml

import compose_file
from conftest import ROOT, cove_binary

FILE = compose_file.FILE
SERVICES = compose_file.read()


def compose():
    """The compose program that is here."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    if shutil.which("docker") and subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0:
        return ["docker", "compose"]
    pytest.skip("neither docker-compose (apt package docker-compose) nor docker's compose plugin is installed")


def test_compose_takes_the_file():
    finished = subprocess.run([*compose(), "-f", FILE, "config"], capture_output=True, text=True, cwd=ROOT)
    assert finished.returncode == 0, finished.stderr
    assert set(yaml.safe_load(finished.stdout)["services"]) == set(SERVICES)


def test_every_service_is_locked_down():
    content = yaml.safe_load(FILE.read_text())
    assert "name" not in content
    for name, service in content["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.get("privileged") and service.get("user") != "root", name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        assert all(entry.endswith(":ro") for entry in service.get("volumes", []) if entry.startswith(".")), name


def test_only_the_init_service_sees_the_authority_s_key_and_workers_see_no_store():
    for name, service in SERVICES.items():
        assert "authority" not in service.volumes.values() or name == "init"
        if name.startswith("worker"):
            assert set(service.volumes.values()) == {"worker"}


def test_the_file_s_folders_and_scripts_are_there():
    for service in SERVICES.values():
        for source in service.volumes.values():
            assert not source.startswith(".") or (FILE.parent / source).is_file(), source
    declared = set(yaml.safe_load(FILE.read_text())["volumes"])
    used = {source for service in SERVICES.values() for source in service.volumes.values() if not source.startswith(".")}
    assert used == declared


def test_a_worker_is_given_longer_to_end_than_it_takes_to_drain():
    for name, service in SERVICES.items():
        drains = [float(word.partition("=")[2]) for word in service.command if word.startswith("--drain-timeout=")]
        # After the drain programs get SIGTERM, and SIGKILL five seconds later; then leases are given back.
        assert all(service.grace >= seconds + 10 for seconds in drains), name
        assert bool(drains) == name.startswith("worker")


def _cove_commands():
    for name, service in SERVICES.items():
        for words in (service.command, service.healthcheck or []):
            if words and words[0] == "cove":
                yield pytest.param(name, words, id=f"{name}-{words[1]}")


COMMANDS = list(_cove_commands())


@pytest.mark.parametrize(("name", "words"), COMMANDS)
def test_every_command_line_is_one_that_cove_knows(name, words, tmp_path):
    """Run without the files that it names, so that it ends: about files, never about its options."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    finished = subprocess.run(
        [cove_binary(), *words[1:]], env=environment, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=30)
    assert finished.returncode in (2, 3), finished.stderr
    assert "/run/cove" in finished.stderr or "/var/lib/cove" in finished.stderr, finished.stderr
    for wrong in ("Unknown option", "Unexpected argument", "Missing", "unknown", "Usage:"):
        assert wrong not in finished.stderr, finished.stderr


@pytest.mark.parametrize(("name", "words"), COMMANDS)
def test_a_misspelt_option_would_be_noticed(name, words, tmp_path):
    finished = subprocess.run(
        [cove_binary(), *words[1:], "--colour=blue"], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert finished.returncode == 2 and "colour" in finished.stderr


def test_the_services_run_as_processes():
    finished = subprocess.run(
        [ROOT / "Scripts" / "cluster", "--check"], env=os.environ | {"COVE_BINARY": str(cove_binary())}, cwd=ROOT,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert finished.returncode == 0, finished.stderr
    assert "eu-west-1" in finished.stdout and "us-east-1" in finished.stdout


def test_the_image_holds_what_the_file_needs():
    image = (FILE.parent / "Dockerfile").read_text()
    for folder in {inside for service in SERVICES.values() if service.command[0] != "python" for inside in service.volumes}:
        if not folder.endswith("init"):
            assert folder in image or "/var/lib/cove/store" in folder, folder
    assert "USER cove" in image and "HEALTHCHECK" in image and "--static-swift-stdlib" in image
