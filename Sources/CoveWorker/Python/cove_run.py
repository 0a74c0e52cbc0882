# SPDX-License-Identifier: Apache-2.0
"""One call of a decorated function as one run of Cove: what is asked for, and what comes back."""

import dataclasses
import json
from typing import Any, List, Optional

import cove_exceptions
import cove_loading
import cove_typed
from cove_process import CoveError, Settings, perform

# The entries' keys that botocove has, in its order.
KEYS = [
    "Id",
    "RoleName",
    "RoleSessionName",
    "Policy",
    "PolicyArns",
    "ExternalId",
    "AssumeRoleSuccess",
    "Region",
    "Partition",
    "ExceptionDetails",
    "Name",
    "Arn",
    "Email",
    "Status",
    "Result",
]
# How boto3 found credentials that `cove` finds by itself, and has renewed where they can be.
FOUND_BY_COVE = {"env", "shared-credentials-file", "config-file", "assume-role", "custom-process"}
# The exit codes of `cove`.
INVALID_REQUEST, UNAVAILABLE, INTERRUPTED = 2, 3, 130


@dataclasses.dataclass
class Target:
    """Where a run runs, by botocove's names."""

    target_ids: Optional[List[str]]
    ignore_ids: List[str]
    regions: Optional[List[str]]
    rolename: Optional[str]
    role_session_name: Optional[str]
    policy: Optional[str]
    policy_arns: Optional[List[str]]
    external_id: Optional[str]
    partition: Optional[str]


@dataclasses.dataclass
class Manner:
    """How it runs, and what of the arguments is given back as it came."""

    assuming_session: Any
    raise_exception: bool
    slots: int
    policy_arns: Any


def run(target, manner, function, args, kwargs):
    """Performs a run and gives its three lists; raises what it could not start for, or its first failure where that is asked for."""
    cove_loading.refuse_runs(function)
    settings = Settings.current()
    request = {name: value for name, value in dataclasses.asdict(target).items() if value is not None}
    request.update(raise_exception=manner.raise_exception, slots=manner.slots, function=_name(function))
    if settings.is_remote:
        if manner.assuming_session is not None:
            raise ValueError(
                "assuming_session was given with a coordinator: the coordinator and its workers use their own credentials"
            )
        request.update(_for_workers(function, args, kwargs))
        output, status = perform(settings, request, None)
    else:
        request.update(_caller(manner.assuming_session))
        output, status = perform(settings, request, _resolve(target, manner.assuming_session, function, args, kwargs))
    return _lists(output, status, target, manner)


# What is asked for


def _name(function):
    return getattr(function, "__qualname__", type(function).__qualname__)


def _resolve(target, assuming_session, function, args, kwargs):
    """What gives the function and its arguments in every fork of this process."""
    from boto3.session import Session

    def body(session, *args, **kwargs):
        session.calling_session = lambda: assuming_session or Session()
        if target.regions is None:
            # As botocove has it: the session has its default region, which the information does not name.
            session.session_information["Region"] = None
        return function(session, *args, **kwargs)

    return lambda task: (body, args, kwargs)


def _for_workers(function, args, kwargs):
    """A function and its arguments for processes that have the script's file and nothing else of this process."""
    name, module = _name(function), getattr(function, "__module__", None)
    if module != "__main__" or "<" in name:
        place = f"a function of the module {module}" if module != "__main__" else "not at the top level of the script"
        raise TypeError(
            f"{name} is {place}: with a coordinator the workers load the script's file and look for the function there by its name; "
            "define it in the script itself, outside of other functions"
        )
    try:
        texts = {"arguments": cove_typed.typed(list(args)), "keyword_arguments": cove_typed.typed(dict(kwargs))}
    except Exception as error:
        raise TypeError(f"the arguments of {name} cannot travel to a coordinator's workers: {error}") from error
    return {key: text.decode() for key, text in texts.items()}


def _caller(session):
    """Whose credentials assume the roles, where `cove` does not find them by itself."""
    import boto3.session
    from botocore.exceptions import NoCredentialsError

    given = session or boto3.session.Session()
    credentials = given.get_credentials()
    if credentials is None:
        raise NoCredentialsError()
    if not session and credentials.method in FOUND_BY_COVE:
        return {}
    frozen = credentials.get_frozen_credentials()
    caller = {"access_key_id": frozen.access_key, "secret_access_key": frozen.secret_key}
    if frozen.token:
        caller["session_token"] = frozen.token
    request = {"credentials": caller}
    if given.region_name:
        request["region"] = given.region_name
    return request


# What comes back


def _lists(output, status, target, manner):
    results, ended = _read(output, status)
    if results is None:
        raise _not_started(ended, status)
    lists = {name: [] for name in results}
    for name in results:
        for raw in results[name]:
            entry, is_readable = _entry(raw, target, manner)
            lists[name if is_readable else "Exceptions"].append(entry)
    if manner.raise_exception and (failures := results["Exceptions"] + results["FailedAssumeRole"]):
        raise _exception(min(failures, key=_end)["ExceptionDetails"])
    if status in (UNAVAILABLE, INTERRUPTED):
        raise _not_started(ended, status)
    return lists


def _read(output, status):
    """The lists that `cove` wrote, if the run came to have any, and how it ended, which is the last line."""
    text, _, last = output.rstrip(b"\n").rpartition(b"\n")
    try:
        ended = json.loads(last)["Ended"]
        return (json.loads(text) if text else None), ended
    except (ValueError, KeyError, TypeError):
        raise CoveError(f"cove ended with {status} before the run was over") from None


def _not_started(ended, status):
    problems = "\n".join(ended["Problems"])
    failure = ended.get("Failure")
    if status == INVALID_REQUEST:
        return ValueError(problems)
    if failure and failure.get("Code") and failure.get("Operation"):
        return cove_exceptions.of_service(failure)
    return CoveError(problems or f"cove ended with {status}")


def _entry(raw, target, manner):
    """An entry with botocove's keys alone, as botocove has them, and whether its result could be read.

    What a worker has answered may be nothing that Python can have written: that costs its own task.
    """
    is_readable = True
    entry = {key: raw[key] for key in KEYS if key in raw}
    if target.regions is None:
        entry.pop("Region", None)
    if manner.policy_arns is not None:
        entry["PolicyArns"] = manner.policy_arns
    if "Result" in entry:
        try:
            entry["Result"] = cove_typed.untagged(entry["Result"])
        except Exception as error:
            is_readable = False
            del entry["Result"]
            entry["ExceptionDetails"] = {"Type": "UnreadableResult", "Message": f"the result is no value of Python's: {error!r}"}
    if "ExceptionDetails" in entry:
        entry["ExceptionDetails"] = _exception(entry["ExceptionDetails"])
    if "Reason" in raw:
        entry["Reason"] = raw["Reason"]
    return entry, is_readable


def _exception(details):
    try:
        return cove_exceptions.rebuild(details["Exception"]["$exception"], details.get("Traceback"))
    except Exception:
        # Cove's own failures have none, and a worker may say what it likes.
        return cove_exceptions.of_failure(details)


def _end(raw):
    """When a task had failed, as something that can be compared."""
    from datetime import datetime, timedelta

    text = raw.get("StartedAt", "9999-01-01T00:00:00Z")
    started = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return started + timedelta(seconds=raw.get("DurationSeconds", 0))
