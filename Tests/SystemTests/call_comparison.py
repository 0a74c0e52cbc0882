# SPDX-License-Identifier: Apache-2.0
"""Makes the same calls with boto3 and with Cove, and says where the answers differ.

Both sides have a moto server of their own with an organization of the same accounts. Answers are compared member by
member: what boto3 gives as the AWS CLI would print it, without ResponseMetadata. Two texts that differ are the same
when these rules make them so, because the servers draw them or they follow from the side:

- the account's number, and the server's host and port;
- what an earlier answer gave and the scenario keeps;
- moments at most five minutes apart, also as seconds or milliseconds since 1970;
- identifiers that moto draws (`DRAWN`), and members that the scenario names as drawn.
"""

import base64
import datetime
import json
import re

import botocore.exceptions
import jmespath
from botocore import xform_name

import moto_organization

ROLE = "OrganizationAccountAccessRole"
MOMENT = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?$")
DRAWN = [
    ("UUID", r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    ("HOST NAME", r"\bip-\d+-\d+-\d+-\d+\b|\bec2-\d+-\d+-\d+-\d+\b"),
    ("ADDRESS", r"\b\d+\.\d+\.\d+\.\d+\b|\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b"),
    ("ZONE", r"\bus-east-1[a-f]\b|\buse1-az\d\b"),
    ("ID", r"\b(?=[a-z]*\d)[a-z0-9]{20}\b|\b[A-Z0-9]{13,21}\b|\b[0-9a-f]{32,}\b|\b[a-z0-9]{10}\b"),
    ("ID WITH PREFIX", r"\b[a-z]+-[0-9a-z]{8,20}\b"),
    ("SECRET'S END", r"-[A-Za-z0-9]{6}$"),
    ("HANDLE", r"^[a-z]{180,}$"),
]


class Refused(Exception):
    """What a side says of a call that did not succeed: the service's code and message, or why it was not sent."""

    def __init__(self, **said):
        super().__init__(said)
        self.said = said


class Side:
    """One side's server and organization: a member account for every scenario, and what answers gave."""

    def __init__(self, url, number, scenarios):
        self.url = url
        self.organization = moto_organization.create(url, number, [], {name: ("", []) for name in scenarios}, [])
        self.kept = {name: {} for name in scenarios}

    def account(self, scenario):
        return self.organization.accounts[scenario]

    def filled(self, scenario, value):
        """The value with what was kept in the place of `${name}`."""
        if isinstance(value, str):
            return re.sub(r"\$\{(\w+)\}", lambda match: self.kept[scenario][match[1]], value)
        if isinstance(value, dict):
            return {name: self.filled(scenario, member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.filled(scenario, element) for element in value]
        return value

    def answer(self, scenario, call):
        """Makes a call; a refusal is an answer, too."""
        service = call.service or scenario
        try:
            answer = self.call(scenario, service, call, self.filled(scenario, call.input))
        except Refused as refused:
            return {"refused": refused.said}
        self.kept[scenario] |= {name: jmespath.search(path, answer) for name, path in call.keep.items()}
        return {"answered": answer}

    def plain(self, scenario, text):
        """The text without what belongs to this side."""
        for name, value in self.kept[scenario].items():
            text = text.replace(value, f"${{{name}}}")
        text = text.replace(self.account(scenario), "ACCOUNT").replace(self.url.rpartition("/")[2], "HOST")
        for name, pattern in DRAWN:
            text = re.sub(pattern, f"<{name}>", text)
        return text


class Boto3Side(Side):
    def __init__(self, url, number, scenarios):
        super().__init__(url, number, scenarios)
        self.clients = {}

    def client(self, scenario, service):
        """A client that acts in the scenario's account; a scenario is run by one thread."""
        if (scenario, service) not in self.clients:
            session = moto_organization.Client(self.url)
            self.clients[scenario, service] = session.within(self.account(scenario), service, session_name=ROLE)
        return self.clients[scenario, service]

    def call(self, scenario, service, call, members):
        client = self.client(scenario, service)
        method = xform_name(call.operation)
        try:
            if client.can_paginate(method):
                settings = {"PageSize": call.page_size} if call.page_size else {}
                answer = client.get_paginator(method).paginate(**members, PaginationConfig=settings).build_full_result()
            else:
                answer = getattr(client, method)(**members)
        except botocore.exceptions.ClientError as error:
            said, status = error.response["Error"], error.response["ResponseMetadata"]["HTTPStatusCode"]
            raise Refused(Code=said["Code"], Message=said["Message"], HTTPStatusCode=status) from None
        except botocore.exceptions.ParamValidationError as error:
            raise Refused(invalid=str(error)) from None
        answer.pop("ResponseMetadata", None)
        return printed(answer)


class CoveSide(Side):
    def __init__(self, url, number, scenarios, make_program):
        super().__init__(url, number, scenarios)
        self.program = make_program(self)

    def call(self, scenario, service, call, members):
        options = ["--input", json.dumps(printed(members))] if members else []
        if call.page_size:
            options += ["--page-size", call.page_size]
        finished = self.program(
            "call", "--targets", self.account(scenario), "--role-name", ROLE, "--regions", moto_organization.REGION,
            *options, service, call.operation,
        )
        if finished.code == 2:
            raise Refused(invalid=finished.stderr)
        output = finished.output
        for entry in output["Exceptions"] + output["FailedAssumeRole"]:
            said = entry["ExceptionDetails"]
            raise Refused(**{name: said.get(name) for name in ("Code", "Message", "HTTPStatusCode")})
        finished.expect(0)
        return output["Results"][0].get("Result", {})


def printed(value):
    """A value of boto3's as the AWS CLI prints it."""
    if isinstance(value, dict):
        return {name: printed(member) for name, member in value.items()}
    if isinstance(value, list):
        return [printed(element) for element in value]
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if hasattr(value, "read"):
        return base64.b64encode(value.read()).decode()
    return value


def differences(boto3_side, cove_side, scenario, call, left, right, path=""):
    """Where two answers differ, as lines; `left` is boto3's."""
    if isinstance(left, dict) and isinstance(right, dict):
        for name in [*left, *(name for name in right if name not in left)]:
            here = f"{path}.{name}" if path else name
            if name in call.drawn and name in left and name in right:
                continue
            if name not in left or name not in right:
                yield f"{here}: only {'Cove' if name in right else 'boto3'} has {(left | right)[name]!r}"
            else:
                yield from differences(boto3_side, cove_side, scenario, call, left[name], right[name], here)
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, pair in enumerate(zip(left, right)):
            yield from differences(boto3_side, cove_side, scenario, call, *pair, f"{path}[{index}]")
    elif left != right or isinstance(left, bool) != isinstance(right, bool):
        if not same_text(boto3_side, cove_side, scenario, left, right):
            yield f"{path}: boto3 {left!r}, Cove {right!r}"


def same_text(boto3_side, cove_side, scenario, left, right):
    """Whether the rules make two values the same."""
    moments = [moment(value) for value in (left, right)]
    if type(left) is type(right) and None not in moments:
        return abs(moments[0] - moments[1]) < 300
    if not isinstance(left, str) or not isinstance(right, str):
        return False
    return boto3_side.plain(scenario, left) == cove_side.plain(scenario, right)


def moment(value):
    """The seconds since 1970 of what looks like a moment of these years, else None."""
    if isinstance(value, str) and MOMENT.match(value):
        return datetime.datetime.fromisoformat(value).timestamp()
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return next((number / unit for unit in (1, 1000) if 1.7e9 < number / unit < 4e9), None)
