# SPDX-License-Identifier: Apache-2.0
"""The program of the process that runs a Python file's functions: `cove python FILE:FUNCTION`.

Its stdin is the control channel. The first frame says which file and function; nothing of it stands on the command line.
"""

# Before whatever imports logging.
import cove_forks  # noqa: F401, I001

import ast
import difflib
import gc
import importlib.util
import inspect
import json
import os
import resource
import socket
import sys

import cove_loading

_PRELOADED = 8
_PROCESSES = 1024
# How many more this process may make than its children: what they have forked must not keep the next child from being born.
_RESERVE = 256


class NoFunction(Exception):
    """There is no such function: says what there is."""


def main():
    """Serves one file until cove is gone."""
    here = os.path.dirname(os.path.abspath(__file__))
    # Before an installed botocove can be found: its decorated functions would start runs where only one of them is wanted.
    import botocove  # noqa: F401

    # The user's folder comes first, as when Python runs the file; this one last, so that it hides nothing.
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != here] + [here]
    import cove_failures
    import cove_linux
    from cove_boto import close_connections
    from cove_forks import PRIVATE
    from cove_frames import Frames
    from cove_host import Host

    cove_linux.die_with_parent(os.getppid())
    control = socket.socket(fileno=os.dup(0))
    PRIVATE.add(control)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    frames = Frames(control)
    start = frames.receive()
    if start is None or not frames.descriptors:
        return
    # Before the file, which may fork.
    births = frames.take_socket()
    PRIVATE.add(births)
    _bound_processes(start.setdefault("limits", {}))
    try:
        function = load(start["file"], start["function"], start.get("paths", []), start.get("decoration"))
    except BaseException as error:
        failure = cove_failures.describe(error, file=os.path.abspath(start["file"]), caller="it")
        if not isinstance(error, NoFunction):
            failure["message"] = f"{os.path.basename(start['file'])} cannot be loaded: {failure['type']}: {failure['message']}"
        failure["type"] = "PythonNotLoaded"
        frames.send({"type": "failed", "failure": failure})
        return
    host = Host(frames, lambda task: (function, *arguments(task)), owns_process=True, preloaded=services(start["file"]))
    close_connections()
    gc.collect()
    gc.freeze()
    host.serve(start, births)


def load(path, name, paths=(), decoration=None):
    """Imports a file as a module and finds a function in it.

    `paths` are folders of files that travelled with it, `decoration` the arguments of its decorator that are taken account of: where it
    has others, the function would run elsewhere than its author has written. None where nobody has looked, as for a script.
    """
    path = os.path.abspath(path)
    sys.path[:0] = [os.path.dirname(path), *(place for files in paths for place in importable(files))]
    # What travelled is held against its digest whenever it is used again.
    sys.dont_write_bytecode = sys.dont_write_bytecode or bool(paths)
    stem = os.path.splitext(os.path.basename(path))[0]
    module_name = stem if stem.isidentifier() and stem not in sys.modules else "cove_function"
    from importlib.machinery import SourceFileLoader

    specification = importlib.util.spec_from_loader(module_name, SourceFileLoader(module_name, path))
    module = importlib.util.module_from_spec(specification)
    sys.modules[module_name] = module
    called = cove_loading.execute(lambda: specification.loader.exec_module(module))
    decorated = cove_loading.decorated(module_name, name)
    is_missing = decorated is None and not hasattr(module, name.split(".")[0])
    # What comes after the call may make another function of it.
    if called is not None and (is_missing or decoration is not None and not _is_bound_once(path, name)):
        raise NoFunction(f"{os.path.basename(path)} calls {called} before it defines {name}: put such calls below "
                         'if __name__ == "__main__", so that the file can be loaded for its functions')
    found = decorated if decorated is not None and _is_hidden(module, name) else find(module, name)
    unknown = [] if decoration is None else [argument for argument in found.arguments if argument not in decoration]
    if unknown:
        place = os.path.basename(path)
        raise NoFunction(f"{name} in {place} is decorated with @cove({', '.join(f'{argument}=…' for argument in unknown)}), and Cove "
                         "has not read that in the file: write botocove's decorator above the function, at the top level of the file, "
                         f"or run the file as a script with cove python {place}")
    return found.function


def _is_bound_once(path, name):
    import cove_check

    with open(path, "rb") as file:
        return cove_check.is_bound_once(ast.parse(file.read(), path), name.split(".")[0])


def _is_hidden(module, name):
    """Whether a name is bound to something that another decorator made of its function, or to nothing: not to the function itself."""
    found = module
    for part in name.split("."):
        found = getattr(found, part, None)
    return getattr(cove_loading.undecorated(found).function, "__qualname__", None) != name


def importable(files):
    """What of the files that travelled with a run is importable beside the file itself: folders and wheels that --with named."""
    searched = os.path.join(files, "with")
    folders = sorted(os.listdir(searched), key=int) if os.path.isdir(searched) else []
    wheels = [name for name in sorted(os.listdir(files)) if name.endswith((".whl", ".zip"))]
    return [os.path.join(searched, name) for name in folders] + [os.path.join(files, name) for name in wheels]


def find(module, name):
    """What is decorated as the function of a qualified name in a module, by botocove's decorator or by none."""
    found = module
    for part in name.split("."):
        if not hasattr(found, part):
            near = difflib.get_close_matches(part, [known for known in dir(found) if not known.startswith("_")], 1)
            raise NoFunction(f"there is no function {name} in {os.path.basename(module.__file__)}"
                             + (f"; did you mean {name[:len(name) - len(part)]}{near[0]}?" if near else ""))
        found = getattr(found, part)
    found = cove_loading.undecorated(found)
    function = found.function
    if not callable(function):
        raise NoFunction(f"{name} in {os.path.basename(module.__file__)} is no function but of type {type(function).__name__}")
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise NoFunction(f"{name} in {os.path.basename(module.__file__)} is an async function: expected one that is called; "
                         f"run it in one, with asyncio.run({name}(...))")
    return found


def arguments(task):
    """A task's positional and keyword arguments."""
    from cove_typed import untyped

    read = (lambda value: untyped(json.dumps(value))) if task.get("typed") else (lambda value: value)
    return read(task.get("arguments") or []), read(task.get("keywordArguments") or {})


def services(path):
    """The services that a file names in calls such as `session.client("iam")`, the first few."""
    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read(), path)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        # What was loaded from it may be gone by now; that keeps nothing from running.
        return []
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in ("client", "resource"):
            continue
        named = [word.value for word in node.keywords if word.arg == "service_name"]
        for word in node.args[:1] + named:
            if isinstance(word, ast.Constant) and isinstance(word.value, str) and word.value not in found:
                found.append(word.value)
    return found[:_PRELOADED]


def _bound_processes(limits):
    """Keeps a function that forks without end from taking all processes of this user; root is not bound by it.

    The children's bound is left in `limits`: the kernel counts all of the user's processes, dying ones too, and asks the one that forks.
    """
    allowance = _PROCESSES + 16 * limits.get("slots", 1)
    running = _tasks_of_user()
    soft, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    most = running + allowance + _RESERVE
    if soft == resource.RLIM_INFINITY or soft > most:
        resource.setrlimit(resource.RLIMIT_NPROC, (most, hard))
        limits["processes"] = most - _RESERVE


def _tasks_of_user():
    """How many threads the user's processes have, which is what the limit counts."""
    count = 0
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            if os.stat(f"/proc/{name}").st_uid == os.getuid():
                count += len(os.listdir(f"/proc/{name}/task"))
        except OSError:
            continue
    return count


if __name__ == "__main__":
    # Under its own name, so that a class of it is the same one everywhere.
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import cove_file

    cove_file.main()
