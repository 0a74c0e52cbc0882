# SPDX-License-Identifier: Apache-2.0
"""botocove's decorator: a call of the decorated function becomes a run of Cove.

The arguments are checked as botocove 1.7.4 checks them, in its order and with its words, when the function is called.
"""

import functools
import re
import warnings

import cove_loading
import cove_run

# As many as botocove has, where nothing else is said.
WORKERS = 20
# As many as Cove has at most.
MOST_SLOTS = 4096

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_UNIT = re.compile(r"ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}")


def cove(
    _func=None,
    *,
    target_ids=None,
    ignore_ids=None,
    rolename=None,
    role_session_name=None,
    policy=None,
    policy_arns=None,
    external_id=None,
    assuming_session=None,
    raise_exception=False,
    thread_workers=WORKERS,
    regions=None,
    partition=None,
    **cove_kwargs,
):
    """Runs the decorated function in every account and region, each time with a session of that account.

    Bare (`@cove`) or called (`@cove(regions=[…])`). The call gives a dict of `Results`, `Exceptions` and `FailedAssumeRole`.
    """

    texts = {"rolename": rolename, "role_session_name": role_session_name, "policy": policy, "partition": partition}
    others = {
        "target_ids": target_ids, "ignore_ids": ignore_ids, "policy_arns": policy_arns, "external_id": external_id,
        "assuming_session": assuming_session, "regions": regions, "raise_exception": raise_exception, **cove_kwargs,
    }
    if thread_workers != WORKERS:
        others["thread_workers"] = thread_workers
    said = sorted(name for name, value in {**texts, **others}.items() if _says_something(value) and name != "org_master")

    def decorator(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            cove_loading.note_call()
            session = _deprecated(cove_kwargs, assuming_session)
            _check_list("regions", regions, may_be_empty=False)
            _check_external_id(external_id)
            _check_ids("target_ids", target_ids, may_be_empty=False)
            _check_ids("ignore_ids", ignore_ids, may_be_empty=True)
            _check_form(ignore_ids)
            _check_form(target_ids)
            for name, text in texts.items():
                _check_text(name, text)
            _check_workers(thread_workers)
            return cove_run.run(
                cove_run.Target(
                    target_ids=_listed(target_ids),
                    ignore_ids=_listed(ignore_ids) or [],
                    regions=_listed(regions),
                    rolename=rolename or None,
                    role_session_name=role_session_name or None,
                    policy=policy,
                    policy_arns=_arns(policy_arns),
                    external_id=external_id,
                    partition=partition or None,
                ),
                cove_run.Manner(
                    assuming_session=session,
                    raise_exception=raise_exception is True,
                    slots=max(1, min(int(thread_workers), MOST_SLOTS)),
                    policy_arns=policy_arns,
                ),
                function,
                args,
                kwargs,
            )

        cove_loading.note(function, wrapper, said)
        return wrapper

    return decorator if _func is None else decorator(_func)


def _says_something(value):
    return value is not None and value is not False and not (isinstance(value, (str, list, tuple)) and not value)


def _deprecated(others, assuming_session):
    """Warns of arguments of older versions, refuses those that never were; gives the assuming session."""
    if "org_master" in others:
        warnings.warn(
            "org_master is a deprecated kwarg since Cove 1.6.2 and has no effect", DeprecationWarning, stacklevel=2
        )
    for name in others:
        if name not in ("org_master", "org_session"):
            raise TypeError(f"cove() got an unexpected keyword argument '{name}'")
    if others.get("org_session") is None:
        return assuming_session
    warnings.warn("org_session is the name that assuming_session had at first", DeprecationWarning, stacklevel=3)
    if assuming_session is not None:
        raise TypeError("cove() got both assuming_session and org_session, which is its old name")
    return others["org_session"]


def _check_list(name, values, may_be_empty):
    if values is None:
        return
    if isinstance(values, str):
        raise TypeError(f"{name} must be a list of str. Got str {values!r}.")
    if not may_be_empty and len(values) == 0:
        raise ValueError(f"{name} must have at least 1 element. Got {values!r}.")


def _check_external_id(value):
    if value is not None and not isinstance(value, str):
        raise TypeError(f"external_id must be a string not {type(value)}")


def _check_ids(name, values, may_be_empty):
    _check_list(name, values, may_be_empty)
    for value in values or []:
        if not isinstance(value, str):
            raise TypeError(
                f"{value} is an incorrect type: all account and ou id's must be strings not {type(value)}"
            )


def _check_form(values):
    for value in values or []:
        if not _ACCOUNT.fullmatch(value) and not _UNIT.fullmatch(value):
            raise ValueError(f"provided id is neither an aws account nor an ou: {value}")


def _check_text(name, value):
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} must be a string not {type(value)}")


def _check_workers(number):
    if number <= 0:
        raise ValueError("max_workers must be greater than 0")


def _arns(policy_arns):
    """The ARNs of `[{"arn": "…"}]`, the form that STS wants."""
    if not policy_arns:
        return None
    if isinstance(policy_arns, (str, dict)) or not all(
        isinstance(entry, dict) and set(entry) == {"arn"} and isinstance(entry["arn"], str) for entry in policy_arns
    ):
        raise TypeError(f'policy_arns must be a list of {{"arn": "…"}}. Got {policy_arns!r}.')
    return [entry["arn"] for entry in policy_arns]


def _listed(values):
    return None if values is None else list(values)
