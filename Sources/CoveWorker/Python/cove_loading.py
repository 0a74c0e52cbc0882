# SPDX-License-Identifier: Apache-2.0
"""What decorated functions do while their file is loaded for one of them: nothing, where a worker or a host loads it.

A script without `if __name__ == "__main__"` calls its decorated functions when it is loaded. The first such call ends the loading and
starts no run: what was defined until then is there.
"""


class _Called(BaseException):
    """A decorated function was called; none of the file's own `except Exception` is meant."""

    def __init__(self, function):
        super().__init__(function)
        self.function = function


class _Loading:
    """What goes on in this process."""

    is_under_way = False
    # Whether functions were decorated, and whether one of them was called, in this process.
    has_decorated = has_called = False
    # The functions that were decorated meanwhile, by their modules' and their qualified names.
    functions = {}


class Decorated:
    """A function, and the names of the arguments that its decorator has."""

    def __init__(self, function, arguments=()):
        self.function = function
        self.arguments = arguments


def note(function, wrapper, arguments):
    """Notes what was decorated and with which arguments, so that it is found below whatever else decorates it."""
    wrapper.__cove_decorated__ = decorated = Decorated(function, arguments)
    _Loading.has_decorated = True
    if _Loading.is_under_way:
        _Loading.functions[getattr(function, "__module__", None), getattr(function, "__qualname__", "")] = decorated


def note_call():
    """Notes that a decorated function was called."""
    _Loading.has_called = True


def refuse_runs(function):
    """Ends the loading of a file where one is under way."""
    if _Loading.is_under_way:
        raise _Called(function)


def is_idle():
    """Whether functions were decorated in this process and none of them was called."""
    return _Loading.has_decorated and not _Loading.has_called


def execute(load):
    """Loads a file; gives the name of the decorated function whose call ended that, None where it came to its end."""
    _Loading.functions.clear()
    _Loading.is_under_way = True
    try:
        load()
    except _Called as call:
        return getattr(call.function, "__qualname__", "a decorated function")
    finally:
        _Loading.is_under_way = False
    return None


def decorated(module, name):
    """What was decorated as the function of that qualified name in that module while the file was loaded; None where nothing was."""
    return _Loading.functions.get((module, name))


def undecorated(function):
    """A function that may be decorated, as what was decorated."""
    found = getattr(function, "__cove_decorated__", None)
    return found if isinstance(found, Decorated) else Decorated(function)
