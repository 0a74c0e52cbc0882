# SPDX-License-Identifier: Apache-2.0
"""The instruments of these tests measure right: the fault proxy as boto3 sees it."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError


@pytest.fixture
def client(organization, proxy):
    def make(service):
        return boto3.client(
            service,
            endpoint_url=proxy.url,
            region_name="us-east-1",
            aws_access_key_id=organization.keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=organization.keys["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}),
        )

    return make


def assume(sts, account):
    return sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/r", RoleSessionName="test")["Credentials"]


def test_calls_are_passed_on_counted_and_their_secrets_noted(client, proxy, organization):
    account = organization.accounts["alder"]
    keys = assume(client("sts"), account)
    assert proxy.assumed() == {account: 1}
    assert {keys["SecretAccessKey"], keys["SessionToken"]} <= proxy.secrets
    assert len(client("organizations").list_accounts()["Accounts"]) == len(organization.accounts) + 1


def test_a_refusal_meets_its_account_only_and_so_often_only(client, proxy, organization):
    account, other = organization.accounts["alder"], organization.accounts["birch"]
    proxy.refuse("AssumeRole", "AccessDenied", 403, account=account, times=1)
    sts = client("sts")
    assume(sts, other)
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(sts, account)
    assume(sts, account)
    assert proxy.assumed() == {account: 2, other: 1}


def test_organizations_refuses_in_its_own_format(client, proxy):
    proxy.refuse("ListAccounts", "AccessDeniedException", message="no")
    with pytest.raises(ClientError) as raised:
        client("organizations").list_accounts()
    assert raised.value.response["Error"] == {"Code": "AccessDeniedException", "Message": "no"}
