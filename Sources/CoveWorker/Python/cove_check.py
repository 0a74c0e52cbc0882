# SPDX-License-Identifier: Apache-2.0
"""Looks whether a file and this Python can run a function, without importing any of it: prints what it found as JSON.

What is asked for is its argument, as JSON; no value of the function's arguments is in it. Written for any Python 3, so that one that is
too old says so.
"""

import ast
import collections
import difflib
import importlib.util
import json
import os
import sys

OLDEST = (3, 9)
MOST = 1000
ASYNC = "an async function: expected one that is called; run it in one, with asyncio.run(%s(...))"


def findings(path, name, is_remote, arguments):
    """What is wrong, which modules beside the file it imports, and what a decorator of botocove says of the function's runs."""
    found = {"problems": [], "neighbours": [], "defaults": {}, "unread": [], "decoration": []}
    if sys.version_info < OLDEST:
        found["problems"].append(
            "%s is Python %d.%d: expected 3.9 or later (--python)" % (sys.executable, sys.version_info[0], sys.version_info[1]))
        return found
    # Workers have their own.
    if not is_remote and importlib.util.find_spec("boto3") is None:
        found["problems"].append(
            "%s has no boto3: install it there (pip install boto3), or name another Python with --python or COVE_PYTHON"
            % sys.executable)
    if not path:
        return found
    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read(), path)
    except SyntaxError as error:
        found["problems"].append("%s, line %s: %s" % (path, error.lineno, error.msg))
        return found
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        found["problems"].append("%s cannot be read: %s" % (path, error))
        return found
    found["problems"] += function_problems(tree, path, name)
    definitions = [node for node in module_scope(tree) if isinstance(node, ast.FunctionDef) and node.name == name]
    known = botocove_names(tree)
    decorations = [place for node in definitions for place in node.decorator_list if is_decorator(place, known)]
    is_only = len(definitions) == 1 and is_bound_once(tree, name)
    for decoration in decorations:
        read_decoration(decoration, found, is_only)
    found["problems"] += ["%s in %s is decorated with @cove(%s=...), which botocove does not know" % (name, path, argument)
                          for argument in found["decoration"] if argument not in KNOWN]
    # Another decorator may call the function with anything.
    if arguments is not None and is_only and not may_bind_more(tree) and len(decorations) == len(definitions[0].decorator_list):
        found["problems"] += ["%s in %s %s" % (name, path, text) for text in argument_problems(definitions[0], **arguments)]
    if not found["problems"]:
        found["neighbours"] = neighbours(path)
    return found


def function_problems(tree, path, name):
    names, is_open = bindings(tree)
    first = name.split(".")[0]
    if first in names:
        if names[first] is not None:
            yield "%s in %s is %s" % (name, path, names[first])
    elif not is_open:
        near = difflib.get_close_matches(first, [known for known in names if names[known] is None], 1)
        hint = "; did you mean %s?" % near[0] if near else ""
        yield "there is no function %s in %s%s" % (name, path, hint)


# The function's arguments


def is_bound_once(tree, name):
    """Whether a file binds a name of the module once, as far as that is written in it."""
    others = [node for node in ast.walk(tree) if isinstance(node, ast.Global) and name in node.names]
    return bound_names(module_scope(tree))[name] == 1 and not others


def argument_problems(function, positional, keywords):
    """What a call with a session, so many further arguments and these keywords would fail for."""
    arguments = function.args
    places = [argument.arg for argument in arguments.posonlyargs + arguments.args]
    if not places and arguments.vararg is None:
        yield "takes no session: expected def %s(session, ...)" % function.name
        return
    session, places = places[:1], places[1:]
    if positional > len(places) and arguments.vararg is None:
        yield "takes %d argument%s after the session: the input has %d" % (
            len(places), "" if len(places) == 1 else "s", positional)
    taken = set(session + places[:positional])
    by_keyword = [argument.arg for argument in arguments.args + arguments.kwonlyargs]
    for keyword in keywords:
        if keyword in taken and keyword in by_keyword:
            yield "gets its argument %s from Cove: leave it out of the input" % keyword
        elif keyword not in by_keyword and arguments.kwarg is None:
            near = difflib.get_close_matches(keyword, [name for name in by_keyword if name not in taken], 1)
            yield "has no argument %s%s" % (keyword, "; did you mean %s?" % near[0] if near else "")
    # The session may be among those that have a default.
    needed = places[:max(0, len(places) - len(arguments.defaults))]
    needed = [name for name in needed if name not in taken]
    needed += [argument.arg for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults) if default is None]
    missing = [name for name in needed if name not in keywords or name not in by_keyword]
    if missing:
        yield "needs %s: give it with --input" % ", ".join(missing)


# What a decorator says

# The options that botocove's arguments stand for.
OPTIONS = {
    "target_ids": "targets", "ignore_ids": "ignore", "regions": "regions", "rolename": "role-name",
    "role_session_name": "role-session-name", "policy": "policy", "policy_arns": "policy-arns", "external_id": "external-id",
    "partition": "partition", "assuming_session": "profile", "org_session": "profile", "raise_exception": "raise-exception",
    "thread_workers": "slots",
}
KNOWN = {"**", "org_master", *OPTIONS}
EMPTY = {"role-name": ("",), "role-session-name": ("",), "partition": ("",), "policy-arns": ([], ())}
MOST_SLOTS = 4096
# How long the text of a decorator's value may be: more than that of ten thousand accounts.
LONGEST = 200000


def botocove_names(tree):
    """The names by which a file has botocove's decorator, and those by which it has the module."""
    decorators, modules = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").split(".")[0] == "botocove":
            decorators.update(alias.asname or "cove" for alias in node.names if alias.name in ("cove", "*"))
            modules.update(alias.asname or alias.name for alias in node.names if alias.name == "cove_decorator")
        elif isinstance(node, ast.Import):
            modules.update(alias.asname or "botocove" for alias in node.names if alias.name.split(".")[0] == "botocove")
    return decorators, modules


def is_decorator(place, known):
    decorators, modules = known
    name = place.func if isinstance(place, ast.Call) else place
    if isinstance(name, ast.Attribute) and name.attr == "cove":
        while isinstance(name, ast.Attribute):
            name = name.value
        return isinstance(name, ast.Name) and name.id in modules
    return isinstance(name, ast.Name) and name.id in decorators


def read_decoration(place, found, is_only):
    """Notes what a decorator says as the defaults of options, and what of it only running the file could tell: which of several
    functions of the name is decorated, for one."""
    for argument in place.keywords if isinstance(place, ast.Call) else []:
        found["decoration"].append(argument.arg or "**")
        if argument.arg is not None and argument.arg not in OPTIONS:
            continue
        option = OPTIONS.get(argument.arg)
        try:
            value = ast.literal_eval(argument.value)
            # As botocove takes it, nothing.
            if value is None or value in EMPTY.get(option, ()):
                continue
            value = setting(option, value)
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError, MemoryError):
            value = None
        if value is None or len(value) > LONGEST or not is_only:
            unread = {"argument": argument.arg or "**", "option": option}
            found["unread"] += [unread] if unread not in found["unread"] else []
        else:
            found["defaults"][option] = value


def setting(option, value):
    """A decorator's value in the words of an option; an error where it has none."""
    if option == "raise-exception" and isinstance(value, bool):
        return "true" if value else "false"
    if option == "slots" and isinstance(value, (int, float)) and value > 0:
        return str(max(1, min(int(value), MOST_SLOTS)))
    if option == "policy-arns":
        value = [entry["arn"] for entry in value]
    if option in ("targets", "ignore", "regions", "policy-arns") and not isinstance(value, str):
        return ",".join(value)
    if option in ("role-name", "role-session-name", "policy", "external-id", "partition") and isinstance(value, str):
        return value
    raise ValueError(option)


# What a file binds and imports


SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def module_scope(tree):
    """The nodes of a module, without what is inside of its functions and classes."""
    pending = list(reversed(tree.body))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, SCOPES):
            pending += reversed(list(ast.iter_child_nodes(node)))


def bound_names(nodes):
    """The names that nodes bind, each with how often."""
    found = collections.Counter()
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found[node.name] += 1
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            found[node.id] += 1
        elif isinstance(node, ast.ExceptHandler) or type(node).__name__ in ("MatchAs", "MatchStar"):
            found[node.name or ""] += 1
    return found


def may_bind_more(tree):
    """Whether a file binds names that are not written in it."""
    return any(
        isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
        or isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("globals", "exec", "setattr")
        for node in ast.walk(tree))


def bindings(tree):
    """What a module binds: names, each with what it is where that can be told to be no function; and whether there may be more."""
    bound = bound_names(ast.walk(tree))
    names = dict.fromkeys(bound)
    # What is bound twice may be anything when the file was run.
    once = {name for name in names if bound[name] == 1}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, (ast.Constant, ast.List, ast.Dict, ast.Set, ast.Tuple)):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id in once:
                    names[target.id] = "no function but a " + type(node.value).__name__.lower()
        elif isinstance(node, ast.AsyncFunctionDef) and not node.decorator_list and node.name in once:
            names[node.name] = ASYNC % node.name
    return names, may_bind_more(tree)


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
    except (SyntaxError, OSError, ValueError, RecursionError, MemoryError):
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
    asked = json.loads(sys.argv[1])
    print(json.dumps(findings(
        asked.get("file"), asked.get("function"), asked.get("isRemote", False), asked.get("arguments"))))
