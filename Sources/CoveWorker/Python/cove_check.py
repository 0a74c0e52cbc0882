# SPDX-License-Identifier: Apache-2.0
"""Looks whether a file and this Python can run a function, without importing any of it: prints what is wrong as JSON.

Written for any Python 3, so that one that is too old says so.
"""

import ast
import difflib
import importlib.util
import json
import os
import sys

OLDEST = (3, 9)
MOST = 1000
ASYNC = "an async function: expected one that is called; run it in one, with asyncio.run(%s(...))"


def problems(path, name, is_remote):
    if sys.version_info < OLDEST:
        yield "%s is Python %d.%d: expected 3.9 or later (--python)" % (sys.executable, sys.version_info[0], sys.version_info[1])
        return
    # Workers have their own.
    if not is_remote and importlib.util.find_spec("boto3") is None:
        yield ("%s has no boto3: install it there (pip install boto3), or name another Python with --python or COVE_PYTHON"
               % sys.executable)
    if path:
        yield from function_problems(path, name)


def function_problems(path, name):
    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read(), path)
    except SyntaxError as error:
        yield "%s, line %s: %s" % (path, error.lineno, error.msg)
        return
    except (OSError, ValueError) as error:
        yield "%s cannot be read: %s" % (path, error)
        return
    names, is_open = bindings(tree)
    first = name.split(".")[0]
    if first in names:
        if names[first] is not None:
            yield "%s in %s is %s" % (name, path, names[first])
    elif not is_open:
        near = difflib.get_close_matches(first, [known for known in names if names[known] is None], 1)
        hint = "; did you mean %s?" % near[0] if near else ""
        yield "there is no function %s in %s%s" % (name, path, hint)


def bindings(tree):
    """What a module binds: names, each with what it is where that can be told to be no function; and whether there may be more."""
    names, is_open = {}, False

    def bind(name):
        names[name] = names.get(name, 0) + 1

    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bind(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                is_open = is_open or alias.name == "*"
                bind((alias.asname or alias.name).split(".")[0])
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bind(node.id)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("globals", "exec", "setattr"):
            is_open = True
    # What is bound twice may be anything when the file was run.
    once = {name for name, count in names.items() if count == 1}
    names = dict.fromkeys(names)
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, (ast.Constant, ast.List, ast.Dict, ast.Set, ast.Tuple)):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id in once:
                    names[target.id] = "no function but a " + type(node.value).__name__.lower()
        elif isinstance(node, ast.AsyncFunctionDef) and not node.decorator_list and node.name in once:
            names[node.name] = ASYNC % node.name
    return names, is_open


def neighbours(path):
    """The modules and packages beside a file that it imports, and those that they import."""
    folder = os.path.dirname(os.path.abspath(path))
    found, pending = [], [path]
    while pending and len(found) < MOST:
        for name in imported(pending.pop()):
            for beside in (name, name + ".py"):
                place = os.path.join(folder, beside)
                if not os.path.exists(place) or beside in found or os.path.samefile(path, place):
                    continue
                if os.path.isdir(place) and not python_files(place):
                    continue
                found.append(beside)
                pending += python_files(place)
    return found


def imported(path):
    """The first names of what a file imports from its own folder or from anywhere."""
    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read(), path)
    except (SyntaxError, OSError, ValueError):
        return []
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return sorted(names)


def python_files(place):
    """The Python files of a module or a package."""
    if not os.path.isdir(place):
        return [place]
    return [os.path.join(folder, name) for folder, _, names in os.walk(place) for name in names if name.endswith(".py")]


if __name__ == "__main__":
    path, name, place = (sys.argv[1:] + [None, None, None])[:3]
    found = list(problems(path, name, place == "elsewhere"))
    print(json.dumps({"problems": found, "neighbours": neighbours(path) if path and not found else []}))
