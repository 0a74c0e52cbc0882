# SPDX-License-Identifier: Apache-2.0
"""Prints the names of an account's IAM users. `cove exec` runs it once per account, with that account's credentials."""

import json

import boto3

pages = boto3.client("iam").get_paginator("list_users").paginate()
print(json.dumps([user["UserName"] for page in pages for user in page["Users"]]))
