# SPDX-License-Identifier: Apache-2.0
"""Exceptions of other processes, made anew.

What comes from another process is data of a stranger. Nothing is imported for it, no constructor runs but those of Python's own
exceptions, and what is no subclass of `Exception` does not become one of those that end a program.
"""

import cove_typed


class RemoteTraceback(Exception):
    """Where an exception was raised in another process: the cause of the one that was made anew."""

    def __init__(self, text):
        super().__init__(text)
        self.text = text

    def __str__(self):
        return f"\n{self.text}"


def rebuild(content, traceback=None):
    """The exception that `cove_typed` has described by its classes, arguments and attributes.

    It is of its own class where this process has that loaded, else of one of the same name below the nearest that it has.
    """
    names = [(str(module), str(name)) for module, name in content["classes"]] or [("builtins", "Exception")]
    arguments = [cove_typed.untagged(argument) for argument in content["args"]]
    kind = _loaded(*names[0])
    if kind is None:
        above = (_loaded(*each) for each in names[1:])
        kind = _named_like(next((each for each in above if each is not None), Exception), names[0])
    exception = _made(kind, arguments)
    if exception is None:
        exception = _made(_named_like(Exception, names[0]), arguments)
    for name, value in content["state"].items():
        if name.isidentifier() and not name.startswith("__"):
            exception.__dict__[name] = cove_typed.untagged(value)
    if traceback:
        exception.__cause__ = RemoteTraceback(str(traceback))
    return exception


def of_service(failure):
    """A failure that Cove itself met at AWS, as botocore tells it."""
    from botocore.exceptions import ClientError

    metadata = {"RetryAttempts": max(0, failure.get("Attempts", 1) - 1)}
    for ours, theirs in [("RequestId", "RequestId"), ("HTTPStatusCode", "HTTPStatusCode")]:
        if ours in failure:
            metadata[theirs] = failure[ours]
    response = {
        "Error": {"Code": failure["Code"], "Message": failure["Message"]},
        "ResponseMetadata": metadata,
    }
    return ClientError(response, failure["Operation"].rpartition(".")[2])


def of_failure(failure):
    """A failure that Cove tells of, such as a task that took too long, as an exception of that name."""
    if failure.get("Code") and failure.get("Operation"):
        return of_service(failure)
    return _named_like(CoveFailure, ("botocove", failure.get("Type", "CoveFailure")))(failure.get("Message", ""))


class CoveFailure(Exception):
    """What Cove itself has to tell of a task: it took too long, its worker was lost, its result could not be written."""


def _loaded(module, name):
    """An exception's class by its names, if this process has it and it is one that may be made of a stranger's data."""
    kind = cove_typed.loaded_class(module, name)
    return kind if kind is not None and issubclass(kind, Exception) else None


def _named_like(base, names):
    """A type with the names of one that this process has not; below `Exception` where the base allows no others."""
    module, name = names
    name = name.replace("\0", "")
    for each in (base, Exception):
        try:
            return type(name.rpartition(".")[2], (each,), {"__module__": module, "__qualname__": name})
        except Exception:
            continue
    return Exception


def _made(kind, arguments):
    """An exception with these arguments; the code of its own type is not run, only that of Python's type below it.

    None where Python's own type does not take them.
    """
    native = next(base for base in kind.__mro__ if base.__module__ == "builtins")
    try:
        exception = native.__new__(kind, *arguments)
        native.__init__(exception, *arguments)
    except Exception:
        return None
    return exception
