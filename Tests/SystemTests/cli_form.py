# SPDX-License-Identifier: Apache-2.0
"""What boto3 answers, as the AWS CLI prints it, and what the AWS CLI itself prints."""

import base64
import datetime
import json
import subprocess

import boto3
import botocore.response


def cli_form(value):
    """An answer of boto3 as the AWS CLI's version 2 prints it; an answer without members is none."""
    if isinstance(value, dict):
        return {name: cli_form(inner) for name, inner in value.items() if name != "ResponseMetadata"}
    if isinstance(value, (list, tuple)):
        return [cli_form(inner) for inner in value]
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).isoformat()
    if isinstance(value, botocore.response.StreamingBody):
        value = value.read()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def keys_within(moto, account, name="OrganizationAccountAccessRole"):
    """The keys of a role in an account, as the arguments of a boto3 client."""
    sts = boto3.client(
        "sts", endpoint_url=moto, aws_access_key_id="AKIA", aws_secret_access_key="x", region_name="us-east-1"
    )
    keys = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/{name}", RoleSessionName="test")["Credentials"]
    return {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }


def client_within(moto, account, service, region="eu-west-1"):
    return boto3.client(service, endpoint_url=moto, region_name=region, **keys_within(moto, account))


def aws_cli(environment, moto, account, *arguments, folder):
    """What `aws` prints in an account; None when it prints nothing."""
    config = folder / "cli-config"
    config.write_text("[default]\ncli_timestamp_format = iso8601\nregion = eu-west-1\n")
    keys = {name.upper(): value for name, value in keys_within(moto, account).items()}
    finished = subprocess.run(
        ["aws", *arguments, "--output", "json", "--endpoint-url", moto],
        env=environment | keys | {"AWS_CONFIG_FILE": str(config), "AWS_DEFAULT_REGION": "eu-west-1"},
        capture_output=True,
        timeout=60,
        check=True,
    )
    return json.loads(finished.stdout) if finished.stdout else None
