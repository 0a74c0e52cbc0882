# SPDX-License-Identifier: Apache-2.0
"""moto checks the signatures of all calls once it is told to: those of Cove pass, and one changed byte does not."""

import json
import urllib.request

import pytest

import moto_organization
from call_comparison import ROLE
from conftest import cove_binary, cut_off
from cove_program import CoveProgram
from fault_proxy import FaultProxy
from moto_server import MotoServer

EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})

# One call of each protocol that moto speaks, and others whose signatures are of another kind. moto puts the body of a
# form together anew, with + for spaces, and takes no request without a body but those of S3, from boto3 neither.
CALLS = {
    "query": ("iam", "ListUsers", {"PathPrefix": "/a&c=é/"}),
    "json": ("dynamodb", "ListTables", {"Limit": 7}),
    "ec2": ("ec2", "DescribeVpcs", {"Filters": [{"Name": "isDefault", "Values": ["true"]}]}),
    "rest-json": ("apigateway", "CreateRestApi", {"name": "signed é"}),
    "rest-xml": ("route53", "CreateHostedZone", {"Name": "a.example.com", "CallerReference": "1"}),
    "a body by PUT": ("s3", "CreateBucket", {"Bucket": "signed-of-cove"}),
    "a name in a path": ("s3", "PutObject", {"Bucket": "signed-of-cove", "Key": "a b/é+&=~.txt", "Body": "eA=="}),
    "a name in a query": ("s3", "ListObjectsV2", {"Bucket": "signed-of-cove", "Prefix": "a b/é+&=~"}),
}

# Where the endpoint's variable is named after a service id that is another than the service's name.
VARIABLES = {"apigateway": "API_GATEWAY", "route53": "ROUTE_53"}


class Corruptor(FaultProxy):
    """Changes one byte of what passes: a letter of a body that stays a body of its kind."""

    def __init__(self, target, letters):
        super().__init__(target)
        self.letters, self.changed = letters, 0

    def forward(self, method, path, headers, body):
        if self.letters and self.letters in body:
            before = body
            body = body.replace(self.letters, self.letters[:-1] + bytes([self.letters[-1] ^ 1]), 1)
            assert sum(a != b for a, b in zip(before, body)) == 1 and len(before) == len(body)
            self.changed += 1
        return super().forward(method, path, headers, body)


@pytest.fixture(scope="module")
def checking():
    """A server that checks signatures, and an organization on it: caller and role may do everything."""
    with MotoServer() as url:
        organization = moto_organization.create(url, "400000000001", [], {"member": ("", [])}, [])
        setup = moto_organization.Client(url)
        setup.within(organization.management, "iam").put_user_policy(
            UserName="administrator", PolicyName="all", PolicyDocument=EVERYTHING
        )
        setup.within(organization.accounts["member"], "iam").put_role_policy(
            RoleName=ROLE, PolicyName="all", PolicyDocument=EVERYTHING
        )
        # So many calls are let through unchecked: none.
        request = urllib.request.Request(f"{url}/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"})
        urllib.request.urlopen(request).close()
        yield url, organization


@pytest.fixture
def call(checking, tmp_path):
    url, organization = checking
    environment = cut_off(tmp_path, url) | organization.keys

    def call(service, operation, members, **changes):
        program = CoveProgram(cove_binary(), environment | changes, tmp_path)
        return program(
            "call", "--targets", organization.accounts["member"], "--role-name", ROLE, "--regions", "us-east-1",
            service, operation, "--input", json.dumps(members, ensure_ascii=False),
        )

    return call


@pytest.mark.parametrize("kind", CALLS)
def test_what_cove_signs_is_accepted(call, kind):
    call(*CALLS[kind]).expect(0)


def test_the_server_does_check(checking, call):
    url, organization = checking
    finished = call("iam", "ListUsers", {}, AWS_SECRET_ACCESS_KEY="wrong").expect(3)
    assert "SignatureDoesNotMatch" in finished.stderr


@pytest.mark.parametrize(
    ("kind", "letters", "code"),
    [("query", b"PathPrefix=%2Fa", "SignatureDoesNotMatch"), ("json", b'"Limit":7', "403"),
     ("ec2", b"Value.1=true", "AuthFailure"), ("rest-json", b'"name":"s', "403"),
     ("rest-xml", b"<Name>a", "SignatureDoesNotMatch")],
)
def test_one_changed_byte_is_refused(checking, call, kind, letters, code):
    """A code that is a number: moto refuses in XML, which is no answer of the JSON protocol, for boto3 neither."""
    url, _ = checking
    service, operation, members = CALLS[kind]
    with Corruptor(url, letters) as proxy:
        variable = {f"AWS_ENDPOINT_URL_{VARIABLES.get(service, service.upper())}": proxy.url}
        finished = call(service, operation, members, **variable).expect(1)
        assert proxy.changed
        said = finished.output["Exceptions"][0]["ExceptionDetails"]
        assert said["Code"] == code and (code == "AuthFailure" or "signature" in said["Message"]), said
        proxy.letters = None
        call(service, operation, members, **variable).expect(0)
