# SPDX-License-Identifier: Apache-2.0
"""`cove models`: where models are found, and how they are installed by way of pip."""

import os
import pathlib
import sys
import zipfile

import botocore
import pytest

RELEASE = "1.44.5"
DATA = pathlib.Path(botocore.__file__).parent / "data"


@pytest.fixture
def cove(cove_as, organization):
    return cove_as(organization)


def folders(cove):
    return [entry["Folder"] for entry in cove("models", "path", "--output", "json", code=0).output]


def make_wheel(folder, services=("iam", "sts"), release=RELEASE):
    """A wheel by botocore's name with some of its models, for pip to install."""
    folder.mkdir(exist_ok=True)
    info = f"botocore-{release}.dist-info"
    with zipfile.ZipFile(folder / f"botocore-{release}-py3-none-any.whl", "w") as wheel:
        for service in services:
            for file in (DATA / service).rglob("*.json*"):
                wheel.write(file, f"botocore/data/{file.relative_to(DATA)}")
        wheel.writestr("botocore/__init__.py", "")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: botocore\nVersion: {release}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture
def offline(cove, tmp_path):
    """The program beside a pip that finds packages in a folder only, and nothing of botocore elsewhere."""
    tools = tmp_path / "tools"
    tools.mkdir()
    # Not a link: what is beside the venv's own python3 would be found.
    (tools / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tools / "python3").chmod(0o755)
    return cove.with_environment(
        PATH=f"{tools}:/usr/bin:/bin",
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(tmp_path / "wheels"),
        PIP_CONFIG_FILE=os.devnull,
        XDG_DATA_HOME=str(tmp_path / "share"),
    )


def test_the_services_are_listed_with_version_and_folder(cove):
    listed = {entry["Service"]: entry for entry in cove("models", "list", "--output", "json", code=0).output}
    assert len(listed) > 400
    assert listed["iam"] == {"Service": "iam", "Version": "2010-05-08", "Folder": str(DATA)}
    assert listed["ec2"]["Version"] == sorted(os.listdir(DATA / "ec2"))[-1]
    lines = cove("models", "list", code=0).text.splitlines()
    assert lines[0].split() == ["SERVICE", "VERSION", "FOLDER"] and len(lines) == len(listed) + 1


def test_folders_of_ones_own_come_first(cove, tmp_path):
    model = tmp_path / "mine" / "iam" / "2010-05-08"
    model.mkdir(parents=True)
    for file in (DATA / "iam" / "2010-05-08").iterdir():
        (model / file.name).write_bytes(file.read_bytes())
    cove = cove.with_environment(AWS_DATA_PATH=str(tmp_path / "mine"))
    home = pathlib.Path(cove.environment["HOME"])
    assert folders(cove)[:3] == [str(tmp_path / "mine"), str(home / ".aws/models"), str(home / ".local/share/cove/models")]
    listed = {entry["Service"]: entry for entry in cove("models", "list", "--output", "json", code=0).output}
    assert listed["iam"]["Folder"] == str(tmp_path / "mine")
    assert cove("call", "iam", "list-users", "--output", "none", code=0)


def test_models_are_installed_and_used(offline, tmp_path):
    make_wheel(tmp_path / "wheels")
    bare = offline.with_environment(PATH=f"{tmp_path / 'tools'}")
    assert "cove models install" in bare("models", "list", code=3).stderr
    finished = bare("models", "install", code=0)
    own = tmp_path / "share/cove/models"
    assert finished.stdout == b"" and f"the models of 2 services are in {own}" in finished.stderr
    assert sorted(os.listdir(own)) == ["iam", "sts"]
    # Nothing of pip's work is left beside it.
    assert [name for name in os.listdir(own.parent) if not name.startswith("models")] == []
    assert bare("call", "iam", "list-users", "--output", "none", code=0)
    assert 'no service "ec2"' in bare("call", "ec2", "describe-vpcs", code=2).stderr


def test_models_are_replaced_as_a_whole(offline, tmp_path):
    own = tmp_path / "share/cove/models"
    # What stands there may also be a folder that somebody made.
    (own / "mine").mkdir(parents=True)
    make_wheel(tmp_path / "wheels", ["iam"])
    offline("models", "install", code=0)
    assert os.listdir(own) == ["iam"]
    make_wheel(tmp_path / "wheels", ["sts"])
    offline("models", "install", code=0)
    assert os.listdir(own) == ["sts"]
    assert len(os.listdir(own.parent)) == 2


def test_an_installation_that_fails_changes_nothing_and_says_why(offline, tmp_path):
    make_wheel(tmp_path / "wheels", ["iam"])
    offline("models", "install", code=0)
    own = tmp_path / "share/cove/models"
    before = sorted(os.listdir(own.parent))
    make_wheel(tmp_path / "wheels", ["iam"], release="1.0.0")
    os.remove(tmp_path / "wheels" / f"botocore-{RELEASE}-py3-none-any.whl")
    finished = offline("models", "install", code=3)
    assert f"pip install botocore=={RELEASE} failed" in finished.stderr and "No matching distribution" in finished.stderr
    assert sorted(os.listdir(own.parent)) == before and os.listdir(own) == ["iam"]


def test_without_python_or_pip_it_says_what_is_missing(offline, tmp_path):
    finished = offline.with_environment(PATH="/nowhere")("models", "install", code=3)
    assert "python3" in finished.stderr and "pip" in finished.stderr
    (tmp_path / "tools/python3").write_text('#!/bin/sh\necho "$0: No module named pip" >&2\nexit 1\n')
    finished = offline("models", "install", code=3)
    assert "apt install python3-pip" in finished.stderr
    finished = offline.with_environment(HOME=None, XDG_DATA_HOME=None)("models", "install", code=2)
    assert "HOME or XDG_DATA_HOME" in finished.stderr


def test_a_broken_model_is_told_with_its_file(cove, tmp_path):
    model = tmp_path / "mine" / "iam" / "2010-05-08"
    model.mkdir(parents=True)
    (model / "service-2.json").write_text('{"metadata": {}}')
    (model / "endpoint-rule-set-1.json").write_text("{}")
    finished = cove.with_environment(AWS_DATA_PATH=str(tmp_path / "mine"))("call", "iam", "list-users", code=3)
    assert "iam" in finished.stderr and "cannot be used" in finished.stderr
