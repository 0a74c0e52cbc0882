# SPDX-License-Identifier: Apache-2.0
"""A script for botocove: `botocove_cases.py IDS REPORT CASE …` calls decorated functions and writes what each came to.

IDS is a JSON object of an organization's ids; REPORT a file to write. It runs under botocove and under `cove python`, and knows of
neither.
"""

import collections
import datetime
import decimal
import enum
import json
import pickle
import sys
import warnings
from typing import Any, Dict

import boto3
import botocove
from botocore.exceptions import ClientError
from botocove import CoveOutput, CoveSession, cove
from botocove.cove_types import CoveFunctionOutput, CoveSessionInformation

ids: Dict[str, Any] = {}
CASES = {}
READ_ONLY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:List*", "Resource": "*"}]}'
MANAGED = [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, {"arn": "arn:aws:iam::aws:policy/SecurityAudit"}]


def case(function):
    CASES[function.__name__] = function
    return function


class Trouble(Exception):
    """An exception that cannot be made of its arguments, with something more to tell."""

    def __init__(self, account, *, hint):
        super().__init__(f"trouble in {account}")
        self.account, self.hint = account, hint


class Color(enum.Enum):
    RED = 1


Pair = collections.namedtuple("Pair", "left right")


# The decorator


@cove
def bare_function(session: CoveSession) -> str:
    """Says where it is."""
    return session.session_information["Id"]


@case
def bare():
    return bare_function()


@case
def called():
    @cove()
    def function(session):
        return session.session_information["Id"]

    return function()


@case
def attributes():
    names = ("__name__", "__doc__", "__module__", "__qualname__", "__annotations__")
    return {name: getattr(bare_function, name) for name in names} | {"wrapped": callable(bare_function.__wrapped__)}


@case
def arguments():
    @cove(target_ids=[ids["alder"]])
    def function(session, first, second=2, *more, third, **rest):
        return [first, second, more, third, rest]

    return function(1, "two", ids, third=datetime.date(2026, 1, 2), fourth={3, 4})


@case
def an_argument_is_missing():
    @cove(target_ids=[ids["alder"]])
    def function(session, first):
        return first

    return function()


@case
def what_a_closure_holds():
    held = object()

    @cove(target_ids=[ids["alder"]])
    def function(session, check):
        return check(held)

    return function(lambda value: value is held)


@case
def a_function_without_decoration_syntax():
    return cove(lambda session: session.region_name, target_ids=[ids["alder"]], regions=["eu-west-1"])()


@case
def the_signature():
    names = ["cove", "CoveSession", "CoveOutput"]
    return sorted(botocove.__all__), [name for name in names if not hasattr(botocove, name)], bool(
        CoveOutput and CoveFunctionOutput and CoveSessionInformation and isinstance(CoveSession, type)
    )


# Where


@case
def two_regions():
    return cove(lambda session: session.region_name, regions=["eu-west-1", "us-east-1"])()


@case
def no_regions():
    return cove(lambda session: session.region_name)()


@case
def target_accounts():
    return cove(nothing, target_ids=[ids["alder"], ids["birch"]])()


@case
def target_units():
    return cove(nothing, target_ids=[ids["north"]])()


@case
def ignored_units():
    return cove(nothing, target_ids=[ids["north"]], ignore_ids=[ids["north/inner"]])()


@case
def ignored_accounts():
    return cove(nothing, ignore_ids=[ids["alder"]])()


@case
def nobody_ignored():
    return cove(nothing, target_ids=[ids["alder"]], ignore_ids=[])()


@case
def ids_in_a_tuple():
    return cove(nothing, target_ids=(ids["alder"],), ignore_ids={ids["birch"]}, regions=("eu-west-1",))()


@case
def the_calling_account_is_ignored():
    return cove(nothing, target_ids=[ids["alder"], ids["management"]])()


@case
def role_and_policies():
    return cove(
        lambda session: dict(session.session_information),
        target_ids=[ids["alder"]],
        rolename="Audit",
        role_session_name="who=me@example.com",
        policy=READ_ONLY,
        policy_arns=MANAGED,
        external_id="a:b/c",
        partition="aws-us-gov",
        regions=["us-gov-west-1"],
    )()


@case
def org_master():
    return cove(nothing, target_ids=[ids["alder"]], org_master=False)()


@case
def an_assuming_session():
    session = boto3.session.Session(ids["key"], ids["secret"], region_name="eu-west-1")
    return cove(lambda session: session.region_name, assuming_session=session, target_ids=[ids["alder"]])()


@case
def one_worker():
    return cove(nothing, thread_workers=1)()


# The session


@case
def the_session():
    def function(session):
        assert isinstance(session, CoveSession) and isinstance(session, boto3.session.Session)
        return [
            repr(session),
            dict(session.session_information),
            session.client("sts").get_caller_identity()["Account"],
            session.resource("iam").meta.service_name,
        ]

    return cove(function, regions=["eu-west-1"])()


@case
def the_information_without_regions():
    return cove(lambda session: dict(session.session_information), target_ids=[ids["alder"]])()


@case
def what_aws_answers():
    def function(session):
        users = session.client("iam").get_paginator("list_users").paginate().build_full_result()
        return sorted((user["UserName"], user["CreateDate"]) for user in users["Users"])

    return cove(function, regions=["eu-west-1"])()


def users(session):
    found = session.client("iam").get_paginator("list_users").paginate().build_full_result()
    return sorted((user["UserName"], user["CreateDate"]) for user in found["Users"])


@case
def what_aws_answers_at_the_top():
    return cove(users, regions=["eu-west-1", "us-east-1"])()


# What comes back


VALUES = {
    "nothing": None,
    "false": False,
    "zero": 0,
    "no_text": "",
    "no_list": [],
    "float": 1.5,
    "large": 2**80,
    "infinite": float("inf"),
    "bytes": b"\x00\xff",
    "moment": datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.timezone.utc),
    "naive": datetime.datetime(2026, 1, 2),
    "span": datetime.timedelta(days=1, microseconds=3),
    "decimal": decimal.Decimal("1.10"),
    "tuple": (1, (2,)),
    "set": {1, 2},
    "pair": Pair(1, "b"),
    "color": Color.RED,
    "keys": {1: "one", (2, 3): "tuple", "$dict": 4},
    "nested": {"list": [{"moment": datetime.date(2026, 1, 2)}], "none": None},
    "exception": ValueError("returned, not raised"),
}


def values(name):
    return cove(lambda session: VALUES[name], target_ids=[ids["alder"]], regions=["eu-west-1"])()


for _name in VALUES:
    CASES[f"value_{_name}"] = lambda name=_name: values(name)


def fail(session, how):
    account = session.session_information["Id"]
    if how == "own":
        raise Trouble(account, hint={"try": ["again"]})
    if how == "key":
        raise KeyError("Users")
    if how == "file":
        open("/no/such/file")
    if how == "unicode":
        b"\xff".decode()
    if how == "cause":
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise RuntimeError("outer", 7) from error
    if how == "assertion":
        assert not account, "an account"
    if how == "parameters":
        session.client("iam").get_user(UserName=7)
    if how == "client":
        session.client("iam").get_user(UserName="nobody")
    if how == "made":
        raise ClientError({"Error": {"Code": "Odd", "Message": "made up"}, "Extra": {1, 2}}, "MakeUp")
    if how == "local":
        raise type("Local", (LookupError,), {})("here alone")
    return how


HOWS = ["own", "key", "file", "unicode", "cause", "assertion", "parameters", "client", "made", "local"]


def failure(how, **more):
    return cove(fail, target_ids=[ids["alder"]], regions=["eu-west-1"], **more)(how)


for _how in HOWS:
    CASES[f"failure_{_how}"] = lambda how=_how: failure(how)
    CASES[f"raised_{_how}"] = lambda how=_how: failure(how, raise_exception=True)


@case
def some_fail():
    def function(session):
        if session.session_information["Name"].startswith("birch"):
            raise Trouble(session.session_information["Id"], hint=None)
        return session.session_information["Name"]

    return cove(function, regions=["eu-west-1", "us-east-1"])()


# What is wrong


WRONG = {
    "no_targets": {"target_ids": []},
    "no_targets_in_a_tuple": {"target_ids": ()},
    "targets_are_text": {"target_ids": "123456789012"},
    "a_target_is_a_number": {"target_ids": [123456789012]},
    "a_target_of_no_kind": {"target_ids": ["cat"]},
    "a_root": {"target_ids": ["r-abcd"]},
    "ignored_are_text": {"ignore_ids": "123456789012"},
    "an_ignored_id_is_a_number": {"ignore_ids": [7]},
    "an_ignored_id_of_no_kind": {"ignore_ids": ["xu-gzxu-393a2l5b"]},
    "two_ids_of_no_kind": {"target_ids": ["cat"], "ignore_ids": ["dog"]},
    "no_regions": {"regions": []},
    "regions_are_text": {"regions": "eu-west-1"},
    "external_id_is_a_number": {"external_id": 7},
    "an_unknown_argument": {"no_such_argument": 1},
    "an_old_argument_and_an_unknown_one": {"org_master": True, "no_such_argument": 1},
    "two_things": {"regions": [], "target_ids": []},
    "not_in_the_organization": {"target_ids": ["999999999999"]},
    "nobody_left": {"target_ids": ["999999999999"], "ignore_ids": ["999999999999"]},
    "no_workers": {"thread_workers": 0},
}


for _name, _arguments in WRONG.items():
    CASES[f"wrong_{_name}"] = lambda arguments=_arguments: cove(nothing, **arguments)()


@case
def wrong_suspended():
    return cove(nothing, target_ids=[ids["fallen"], ids["alder"]])()


@case
def wrong_calling_account():
    return cove(nothing, target_ids=[ids["management"]])()


def nothing(session):
    return None


# The report


def comparable(value):
    """The value with exceptions as what can be seen of them, and without what no two answers of AWS have in common."""
    if isinstance(value, BaseException):
        kinds = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(value).__mro__]
        seen = {name: comparable(item) for name, item in vars(value).items() if not name.startswith("__")}
        return {"kinds": kinds, "text": str(value), "args": comparable(value.args), "seen": seen}
    if isinstance(value, type):
        return value.__qualname__
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    if type(value) is tuple:
        return tuple(comparable(item) for item in value)
    if type(value).__module__ == "__main__":
        return {"kind": type(value).__qualname__, "text": repr(value)}
    return value


def call(name):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            report = {"returned": comparable(CASES[name]())}
        except Exception as error:
            report = {"raised": comparable(error)}
    report["warned"] = [str(warning.message) for warning in caught if warning.category is DeprecationWarning]
    return report


def main():
    ids.update(json.loads(sys.argv[1]))
    reports = {name: call(name) for name in sys.argv[3:] or CASES}
    with open(sys.argv[2], "wb") as file:
        pickle.dump(reports, file)


if __name__ == "__main__":
    main()
