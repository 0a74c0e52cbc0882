# SPDX-License-Identifier: Apache-2.0
"""Cove in the place of botocove, for scripts that were written for it: what botocove 1.7.4 has in public.

One file that is a package too, so that `from botocove.cove_types import …` finds what it does with botocove.
"""

import sys
import types
from typing import Any, Dict, List, Optional, TypedDict

from cove_decoration import cove
from cove_session import CoveSession

__all__ = ["cove", "CoveSession", "CoveOutput"]
__path__ = []


class CoveSessionInformation(TypedDict):
    """What is known of a session's account; `None` where there is no value."""

    Id: str
    RoleName: str
    AssumeRoleSuccess: bool
    Arn: Optional[str]
    Email: Optional[str]
    Name: Optional[str]
    Status: Optional[str]
    RoleSessionName: Optional[str]
    Policy: Optional[str]
    PolicyArns: Optional[List[Dict[str, str]]]
    ExternalId: Optional[str]
    Result: Any
    ExceptionDetails: Optional[Exception]
    Region: Optional[str]
    Partition: Optional[str]


class CoveFunctionOutput(TypedDict):
    """What a run came to, before failures are told apart."""

    Results: List[CoveSessionInformation]
    Exceptions: List[CoveSessionInformation]


class CoveOutput(TypedDict):
    """What a decorated function returns."""

    Results: List[Dict[str, Any]]
    Exceptions: List[Dict[str, Any]]
    FailedAssumeRole: List[Dict[str, Any]]


def _place(name, *values):
    """A module of botocove's with these values in it."""
    module = types.ModuleType(f"{__name__}.{name}", f"Where botocove has {', '.join(value.__name__ for value in values)}.")
    module.__dict__.update({value.__name__: value for value in values})
    sys.modules[module.__name__] = module
    return module


cove_decorator = _place("cove_decorator", cove)
cove_session = _place("cove_session", CoveSession)
cove_types = _place("cove_types", CoveSessionInformation, CoveFunctionOutput, CoveOutput)
