# SPDX-License-Identifier: Apache-2.0
"""One function for botocove, which calls it with a session, and for `cove exec`, which runs this file."""

import json

import boto3


def account_users(session):
    """The account's id, the session's region and the IAM users; fails in an account that has a user "trouble"."""
    pages = session.client("iam").get_paginator("list_users").paginate()
    users = sorted(user["UserName"] for page in pages for user in page["Users"])
    if "trouble" in users:
        raise RuntimeError("this account has trouble")
    account = session.client("sts").get_caller_identity()["Account"]
    return {"Account": account, "Region": session.region_name, "Users": users, "Missing": None}


if __name__ == "__main__":
    print(json.dumps(account_users(boto3.session.Session()), ensure_ascii=False))
