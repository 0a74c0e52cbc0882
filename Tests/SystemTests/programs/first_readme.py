# SPDX-License-Identifier: Apache-2.0
"""A script as the first version of botocove wanted it: `org_session`, and a main function that prints what comes back."""

import boto3
from botocove import cove

# Only where the credentials that boto3 finds by itself are not the organization's
session = boto3.session.Session(profile_name="my_org_master")


@cove(org_session=session)
def get_iam_users(session):
    iam = session.client("iam", region_name="eu-west-1")
    all_users = iam.get_paginator("list_users").paginate().build_full_result()

    return all_users


def main():
    all_users = get_iam_users()
    print(all_users)


if __name__ == "__main__":
    main()
