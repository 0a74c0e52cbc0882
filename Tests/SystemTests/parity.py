# SPDX-License-Identifier: Apache-2.0
"""One run by botocove and one by `cove exec`, and how their outputs are compared."""

import dataclasses
import json
import os
import pathlib
import sys

import boto3
from botocove import cove as botocove

ACCOUNT_USERS = pathlib.Path(__file__).parent / "programs" / "account_users.py"
LISTS = ["Results", "Exceptions", "FailedAssumeRole"]

# botocove's 15 keys, in the order that the output contract gives them.
KEYS = [
    "Id",
    "RoleName",
    "RoleSessionName",
    "Policy",
    "PolicyArns",
    "ExternalId",
    "AssumeRoleSuccess",
    "Region",
    "Partition",
    "ExceptionDetails",
    "Name",
    "Arn",
    "Email",
    "Status",
    "Result",
]

# botocove's arguments and the options that say the same.
OPTIONS = {
    "target_ids": "--targets",
    "ignore_ids": "--ignore",
    "regions": "--regions",
    "rolename": "--role-name",
    "role_session_name": "--role-session-name",
    "policy": "--policy",
    "policy_arns": "--policy-arns",
    "external_id": "--external-id",
    "partition": "--partition",
}


def as_options(arguments):
    options = []
    for name, value in arguments.items():
        if name == "policy_arns":
            value = [entry["arn"] for entry in value]
        options += [OPTIONS[name], ",".join(value) if isinstance(value, list) else value]
    return options


def comparable(output, with_region=True):
    """The three lists as values that are equal when the outputs say the same, whatever the order of their entries."""
    keys = [key for key in KEYS if key != "ExceptionDetails" and (with_region or key != "Region")]
    lists = {}
    for name in LISTS:
        entries = [{key: entry[key] for key in keys if key in entry} for entry in output[name]]
        lists[name] = sorted(entries, key=lambda entry: (entry["Id"], entry.get("Region", "")))
    return lists


@dataclasses.dataclass
class Both:
    """Runs the same function by both and gives botocove's output and Cove's."""

    cove: object
    environment: dict
    monkeypatch: object

    def __call__(self, function, program, code, options=(), **arguments):
        return self.by_botocove(function, **arguments), self.by_cove(program, code, options, **arguments)

    def by_botocove(self, function, **arguments):
        with self.monkeypatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                patch.delenv(name)
            for name, value in self.environment.items():
                patch.setenv(name, value)
            return botocove(function, **arguments)()

    def by_cove(self, program, code, options=(), **arguments):
        return self.finished(program, code, options, **arguments).output

    def finished(self, program, code, options=(), **arguments):
        """What `cove exec` left behind when it ended with the code."""
        options = [*options, *as_options(arguments)]
        return self.program("exec", *options, "--", *program, code=code)

    @property
    def program(self):
        """The cove program with the environment that botocove has."""
        return self.cove.with_environment(**self.environment)


def account_users_program():
    return [sys.executable, str(ACCOUNT_USERS)]


def nothing(session):
    """A function that returns nothing."""
    return None


def printing(value):
    """A program that prints the value as JSON."""
    return ["printf", "%s\\n", json.dumps(value)]


def without_a_default_region(both):
    """Takes the default region away; gives botocove's caller a session with one: no call is signed without."""
    del both.environment["AWS_DEFAULT_REGION"]
    both.cove = both.cove.with_environment(AWS_DEFAULT_REGION=None)
    keys = [both.environment[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")]
    return boto3.session.Session(*keys, region_name="us-east-1")
