# SPDX-License-Identifier: Apache-2.0
"""Makes an AWS organization on a moto server, with boto3 as the client: the demo's, and those of the system tests."""

import dataclasses

import boto3

REGION = "us-east-1"

# The demo's organization: OUs by path, each after its parent, and the member accounts with their OU's path and their
# IAM users.
DEMO_UNITS = [
    "Security",
    "Infrastructure",
    "Infrastructure/Network",
    "Workloads",
    "Workloads/Production",
    "Workloads/Production/Payments",
    "Workloads/Development",
]
DEMO_ACCOUNTS = {
    "log-archive": ("Security", ["audit-reader"]),
    "security-tooling": ("Security", ["ingrid", "scanner"]),
    "network": ("Infrastructure/Network", ["wei", "transit-automation"]),
    "dns": ("Infrastructure/Network", []),
    "shared-services": ("Infrastructure", ["build-agent", "marta"]),
    "web-prod": ("Workloads/Production", ["deploy"]),
    "data-prod": ("Workloads/Production", ["airflow", "deploy", "olu"]),
    "payments-prod": ("Workloads/Production/Payments", ["deploy"]),
    "ledger-prod": ("Workloads/Production/Payments", []),
    "web-dev": ("Workloads/Development", ["amara", "jun", "priya"]),
    "data-dev": ("Workloads/Development", ["olu"]),
    "sandbox": ("", ["amara", "intern", "jun", "wei"]),
    "legacy-crm": ("Workloads", ["contractor"]),
}
DEMO_SUSPENDED = ["legacy-crm"]


@dataclasses.dataclass
class Organization:
    """What was made: the management account's keys as environment variables, and every id by name."""

    endpoint: str
    management: str
    keys: dict[str, str]
    root: str
    units: dict[str, str]
    accounts: dict[str, str]
    suspended: list[str]

    @property
    def active(self):
        """The ids of the members that are not suspended."""
        return [number for name, number in self.accounts.items() if name not in self.suspended]


class Client:
    """boto3 clients for one moto server, as any account: moto lets everybody assume any role."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.session = boto3.session.Session(
            aws_access_key_id="AKIAMOTOCREATESTHIS", aws_secret_access_key="not-a-secret", region_name=REGION
        )

    def client(self, service, **keys):
        return self.session.client(service, endpoint_url=self.endpoint, **keys)

    def within(self, account, service, session_name="setup"):
        """A client for a service that acts in the given account."""
        role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
        keys = self.client("sts").assume_role(RoleArn=role, RoleSessionName=session_name)["Credentials"]
        return self.client(
            service,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )


def administrator_keys(client, account):
    """Long-lived keys of a new IAM user in the account, as the environment variables a program reads."""
    iam = client.within(account, "iam")
    iam.create_user(UserName="administrator")
    key = iam.create_access_key(UserName="administrator")["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def create(endpoint, management="100000000001", units=DEMO_UNITS, accounts=DEMO_ACCOUNTS, suspended=DEMO_SUSPENDED):
    """Makes the organization: `units` are paths, each after its parent; `accounts`: name to (unit path, users)."""
    client = Client(endpoint)
    keys = administrator_keys(client, management)
    organizations = client.within(management, "organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    ids = {"": root}
    for path in units:
        parent, _, name = path.rpartition("/")
        answer = organizations.create_organizational_unit(ParentId=ids[parent], Name=name)
        ids[path] = answer["OrganizationalUnit"]["Id"]
    numbers = {}
    for name, (unit, users) in accounts.items():
        answer = organizations.create_account(AccountName=name, Email=f"{name}@example.com")
        numbers[name] = answer["CreateAccountStatus"]["AccountId"]
        if unit:
            organizations.move_account(AccountId=numbers[name], SourceParentId=root, DestinationParentId=ids[unit])
        if users:
            iam = client.within(numbers[name], "iam")
            for user in users:
                iam.create_user(UserName=user)
    for name in suspended:
        organizations.close_account(AccountId=numbers[name])
    del ids[""]
    return Organization(endpoint, management, keys, root, ids, numbers, list(suspended))
