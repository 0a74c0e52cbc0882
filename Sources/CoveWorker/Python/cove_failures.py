# SPDX-License-Identifier: Apache-2.0
"""What an exception says, in the terms of cove's output."""

import json
import traceback

from cove_typed import exception
from cove_values import type_name

_MESSAGE = 16 << 10
_TRACEBACK = 8 << 10
_EXCEPTION = 128 << 10


def describe(error, typed=False, skip=0, file=None, caller="the function"):
    """An exception as the failure of a task: type, message, traceback without the first `skip` frames, or what comes before a
    file, and of botocore's errors what the service said. `caller` is who raised it."""
    failure = {"type": type_name(error), "message": _message(error), "traceback": _traceback(error, skip, file)}
    failure.update(_service_error(error))
    if isinstance(error, SystemExit):
        failure.update(_exit(error, caller))
    if typed:
        failure["exception"] = _bounded(error)
    return failure


def _bounded(error):
    """The typed form of an exception as JSON text; of a very large one only the class and the message."""
    text = json.dumps(exception(error))
    if len(text) <= _EXCEPTION:
        return text
    kind = exception(error)["$exception"]["classes"]
    return json.dumps({"$exception": {"classes": kind, "args": [_message(error)], "state": {}}})


def _message(error):
    try:
        text = str(error)
    except Exception as broken:
        text = f"(its text cannot be had: {type_name(broken)})"
    text = _clean(text)
    return text if len(text) <= _MESSAGE else text[:_MESSAGE] + "…"


def _traceback(error, skip, file):
    trace = error.__traceback__
    while file is not None and trace is not None and trace.tb_frame.f_code.co_filename != file:
        trace = trace.tb_next
    for _ in range(skip):
        if trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
    try:
        lines = traceback.format_exception(type(error), error, trace, limit=-50)
        text = _clean("".join(lines)).rstrip("\n")
    except Exception as broken:
        return f"(the traceback cannot be had: {type_name(broken)})"
    # The end says most: where it happened, and what.
    return text if len(text) <= _TRACEBACK else "…" + text[-_TRACEBACK:]


def _service_error(error):
    try:
        response, operation = getattr(error, "response", None), getattr(error, "operation_name", None)
    except Exception:
        # Properties of the function's own exception class.
        return {}
    if not isinstance(response, dict) or not isinstance(operation, str):
        return {}
    details = response.get("Error") if isinstance(response.get("Error"), dict) else {}
    metadata = response.get("ResponseMetadata") if isinstance(response.get("ResponseMetadata"), dict) else {}
    retries = metadata.get("RetryAttempts")
    found = {
        "code": details.get("Code"), "operation": operation, "requestID": metadata.get("RequestId"),
        "httpStatus": metadata.get("HTTPStatusCode"), "attempts": retries + 1 if isinstance(retries, int) else None,
    }
    kinds = {"code": str, "operation": str, "requestID": str, "httpStatus": int, "attempts": int}
    return {name: value for name, value in found.items() if isinstance(value, kinds[name])}


def _exit(error, caller):
    code = error.code
    if code is None:
        code = 0
    if not isinstance(code, int):
        # sys.exit("text") prints the text and exits with 1.
        return {"exitCode": 1, "message": _clean(f"{caller} called sys.exit: {code}")[:_MESSAGE]}
    return {"exitCode": code & 0xFF, "message": f"{caller} called sys.exit({code})"}


def _clean(text):
    return text.encode("utf-8", "backslashreplace").decode()
