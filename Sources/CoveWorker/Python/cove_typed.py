# SPDX-License-Identifier: Apache-2.0
"""Python values as JSON for Python on both ends: what JSON does not have is an object with one key that begins with `$`, and `untyped`
makes the same values of it again.
"""

import base64
import dataclasses
import datetime
import decimal
import enum
import json
import math
import os
import pathlib
import sys
import types
import uuid

import cove_values


def typed(value):
    """The tagged JSON text of a value, as UTF-8; raises Unserialisable for what has none."""
    text = json.dumps(_tagged(value, "result", 0, []), allow_nan=False, ensure_ascii=False, separators=cove_values.COMPACT)
    return text.encode()


def untyped(text):
    """The value of tagged JSON text.

    Classes are looked for among the modules that are loaded, and never imported: text decides nothing about what code runs. Where
    the class is not there, a named tuple becomes a tuple, a dataclass a dict, and an enumeration's member its value.
    """
    return untagged(json.loads(text))


def _tagged(value, path, depth, above):
    if value is None or isinstance(value, bool):
        return value
    if depth > cove_values.DEEPEST:
        raise cove_values.Unserialisable(f"{path} is nested more than {cove_values.DEEPEST} levels deep")
    if isinstance(value, enum.Enum):
        return {"$enum": _named(value) + [value.name, _tagged(value.value, path, depth + 1, above)]}
    if isinstance(value, str):
        cove_values.check_text(value, path)
        return str(value)
    if isinstance(value, int):
        cove_values.check_integer(value, path)
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"$float": repr(float(value))}
    for kind, tag, write in _SCALARS:
        if isinstance(value, kind):
            return {tag: write(value)}
    if any(value is outer for outer in above):
        raise cove_values.Unserialisable(f"{path} is a {cove_values.type_name(value)} that contains itself")
    return _tagged_collection(value, path, depth + 1, above + [value])


def _tagged_collection(value, path, depth, above):
    def items(values):
        return [_tagged(item, f"{path}[{index}]", depth, above) for index, item in enumerate(values)]

    if isinstance(value, dict):
        pairs = [(key, _tagged(item, f"{path}[{cove_values.short(key)}]", depth, above)) for key, item in value.items()]
        if all(type(key) is str and not key.startswith("$") for key, _ in pairs):
            for key, _ in pairs:
                cove_values.check_text(key, f"a key of {path}")
            return dict(pairs)
        return {"$dict": [[_tagged(key, f"the key {cove_values.short(key)} of {path}", depth, above), item] for key, item in pairs]}
    if isinstance(value, list):
        return items(value)
    if isinstance(value, tuple):
        if hasattr(value, "_fields"):
            return {"$namedtuple": _named(value) + [items(value)]}
        return {"$tuple": items(value)}
    if isinstance(value, (set, frozenset)):
        return {"$set" if isinstance(value, set) else "$frozenset": items(cove_values.in_order(value))}
    if isinstance(value, BaseException):
        return {"$exception": _tagged_exception(value, path, depth, above)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {"$dataclass": _named(value) + [_tagged(fields, path, depth, above)]}
    raise cove_values.Unserialisable(f"{path} is of type {cove_values.type_name(value)}, which cannot travel; return text, numbers, lists or dicts of it")


def _tagged_exception(error, path, depth, above):
    """An exception by its class and that class's bases, its arguments and attributes; what cannot travel is told as text."""

    def or_text(value):
        try:
            return _tagged(value, path, depth, above)
        except cove_values.Unserialisable:
            return cove_values.short(value)

    classes = [[kind.__module__, kind.__qualname__] for kind in type(error).__mro__ if kind is not object]
    state = {name: or_text(value) for name, value in vars(error).items() if not name.startswith("__")}
    return {"classes": classes, "args": [or_text(value) for value in _arguments(error)], "state": state}


def _arguments(error):
    """What an exception is made of: the name of a file belongs to it, and is not among its `args`."""
    if isinstance(error, OSError) and len(error.args) == 2 and error.filename is not None:
        more = () if error.filename2 is None else (None, error.filename2)
        return (*error.args, error.filename, *more)
    return error.args


def exception(error):
    """The tagged form of an exception, a JSON value."""
    return {"$exception": _tagged_exception(error, "the exception", 0, [])}


def untagged(value):
    """The value of tagged JSON that was read already; ValueError, TypeError or KeyError for what is none."""
    if isinstance(value, list):
        return [untagged(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        tag, content = next(iter(value.items()))
        if tag.startswith("$"):
            read = _READERS.get(tag)
            if read is None:
                raise ValueError(f"found the unknown tag {tag}")
            return read(content)
    return {key: untagged(item) for key, item in value.items()}


def _read_enum(content):
    module, name, member, value = content
    kind = _class(module, name, enum.Enum)
    try:
        return kind[member] if kind else untagged(value)
    except KeyError:
        return untagged(value)


def _read_namedtuple(content):
    module, name, items = content
    kind = _class(module, name, tuple)
    items = [untagged(item) for item in items]
    if kind and len(getattr(kind, "_fields", ())) == len(items):
        return tuple.__new__(kind, items)
    return tuple(items)


def _read_dataclass(content):
    module, name, fields = content
    fields = untagged(fields)
    kind = _class(module, name, object)
    if kind is None or not dataclasses.is_dataclass(kind) or {field.name for field in dataclasses.fields(kind)} != set(fields):
        return fields
    value = object.__new__(kind)
    for field, item in fields.items():
        object.__setattr__(value, field, item)
    return value


def _read_exception(content):
    from cove_exceptions import rebuild

    return rebuild(content)


def loaded_class(module, name):
    """A class of a module that is loaded; None where there is none. Nothing is imported, and nothing looked up that runs code.

    A worker loads a script under another name than `__main__`: here its classes are the main program's.
    """
    place = sys.modules.get(module)
    if place is None and module in _names_of_main():
        place = sys.modules["__main__"]
    if not isinstance(place, types.ModuleType):
        return None
    found = vars(place).get(name.split(".")[0])
    for part in name.split(".")[1:]:
        found = vars(found).get(part) if isinstance(found, type) else None
    if not isinstance(found, type) or any("__del__" in vars(base) for base in found.__mro__):
        # What does something when it is thrown away is not made of a stranger's data.
        return None
    return found


def _names_of_main():
    """What the file of the main program is called where it is loaded for one of its functions (`cove_file.load`)."""
    path = getattr(sys.modules.get("__main__"), "__file__", None)
    return {"cove_function", os.path.splitext(os.path.basename(path))[0]} if path else set()


def _class(module, name, base):
    """A class of a module that is loaded; None where there is none of that name and base."""
    found = loaded_class(module, name)
    return found if found is not None and issubclass(found, base) else None


def _named(value):
    return [type(value).__module__, type(value).__qualname__]


def _base64(value):
    return base64.b64encode(value).decode("ascii")


_SCALARS = [
    (datetime.datetime, "$datetime", lambda value: value.isoformat()),
    (datetime.date, "$date", lambda value: value.isoformat()),
    (datetime.time, "$time", lambda value: value.isoformat()),
    (datetime.timedelta, "$timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
    (bytes, "$binary", _base64),
    (bytearray, "$bytearray", _base64),
    (decimal.Decimal, "$decimal", str),
    (uuid.UUID, "$uuid", str),
    (pathlib.PurePath, "$path", lambda value: [isinstance(value, pathlib.Path), str(value)]),
]

_READERS = {
    "$datetime": datetime.datetime.fromisoformat,
    "$date": datetime.date.fromisoformat,
    "$time": datetime.time.fromisoformat,
    "$timedelta": lambda content: datetime.timedelta(*content),
    "$binary": base64.b64decode,
    "$bytearray": lambda content: bytearray(base64.b64decode(content)),
    "$decimal": decimal.Decimal,
    "$uuid": uuid.UUID,
    "$path": lambda content: (pathlib.Path if content[0] else pathlib.PurePath)(content[1]),
    "$float": float,
    "$tuple": lambda content: tuple(untagged(item) for item in content),
    "$set": lambda content: {untagged(item) for item in content},
    "$frozenset": lambda content: frozenset(untagged(item) for item in content),
    "$dict": lambda content: {untagged(key): untagged(item) for key, item in content},
    "$enum": _read_enum,
    "$namedtuple": _read_namedtuple,
    "$dataclass": _read_dataclass,
    "$exception": _read_exception,
}
