# SPDX-License-Identifier: Apache-2.0
"""botocove's README example for `cove python`: the names of an account's IAM users."""


def get_iam_users(session):
    iam = session.client("iam", region_name="eu-west-1")
    all_users = iam.get_paginator("list_users").paginate().build_full_result()
    return [user["UserName"] for user in all_users["Users"]]
