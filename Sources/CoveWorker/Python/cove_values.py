# SPDX-License-Identifier: Apache-2.0
"""Python values as JSON, both ways.

`plain` is what people read: a moment is ISO 8601 text, bytes are base64, sets and tuples are arrays. `typed` is for Python on both ends:
what JSON does not have is an object with one key that begins with `$`, and `untyped` makes the same values of it again.
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

DEEPEST = 200
_COMPACT = (",", ":")


class Unserialisable(TypeError):
    """A value that has no JSON: its message names its type and where in the result it stands."""


# Plain JSON


def plain(value):
    """The JSON text of a value, as UTF-8.

    Raises Unserialisable for what has none.
    """
    try:
        return json.dumps(value, allow_nan=False, ensure_ascii=False, default=_plain_value, separators=_COMPACT).encode()
    except (TypeError, ValueError, RecursionError):
        # Searched only now: json does not say where it failed.
        _find_problem(value, "result", 0, [])
        raise


def _plain_value(value):
    """What stands for a value that json does not know."""
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, decimal.Decimal):
        return _number(value)
    if isinstance(value, (set, frozenset)):
        return _in_order(value)
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, (uuid.UUID, pathlib.PurePath)):
        return str(value)
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    raise Unserialisable(type_name(value))


def _number(value):
    """A decimal as a number where that says exactly the same, else as its digits."""
    if not value.is_finite():
        raise ValueError("not finite")
    if abs(value.adjusted()) > 300:
        return str(value)
    if value == value.to_integral_value() and abs(value.adjusted()) < 30:
        return int(value)
    number = float(value)
    return number if decimal.Decimal(repr(number)) == value else str(value)


def _in_order(values):
    """The elements of a set in the same order every time, where they have one."""
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=lambda value: (type(value).__name__, repr(value)))


def _find_problem(value, path, depth, above):
    """Raises Unserialisable for the first value that has no JSON."""
    if depth > DEEPEST:
        raise Unserialisable(f"{path} is nested more than {DEEPEST} levels deep")
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        _check_text(value, path)
    elif isinstance(value, int):
        _check_integer(value, path)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise Unserialisable(f"{path} is {value!r}, which JSON does not have")
    elif isinstance(value, (dict, list, tuple)):
        if any(value is outer for outer in above):
            raise Unserialisable(f"{path} is a {type_name(value)} that contains itself")
        above = above + [value]
        if isinstance(value, dict):
            for key, item in value.items():
                if not (key is None or isinstance(key, (str, int, float, bool))):
                    raise Unserialisable(f"{path} has a key of type {type_name(key)}: expected text or a number")
                _find_problem(key, f"the key {short(key)} of {path}", depth + 1, above)
                _find_problem(item, f"{path}[{short(key)}]", depth + 1, above)
        else:
            for index, item in enumerate(value):
                _find_problem(item, f"{path}[{index}]", depth + 1, above)
    else:
        try:
            stand_in = _plain_value(value)
        except Unserialisable:
            raise Unserialisable(f"{path} is of type {type_name(value)}, which has no JSON; return text, numbers, lists "
                                 "or dicts of it") from None
        except (ValueError, ArithmeticError) as error:
            raise Unserialisable(f"{path} is {short(value)}, which has no JSON: {error}") from None
        if any(value is outer for outer in above):
            raise Unserialisable(f"{path} is a {type_name(value)} that contains itself")
        _find_problem(stand_in, path, depth + 1, above + [value])


def _check_text(value, path):
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Unserialisable(f"{path} is text with half of a surrogate pair, which has no UTF-8") from None


def _check_integer(value, path):
    try:
        int.__repr__(value)
    except ValueError:
        raise Unserialisable(f"{path} is an integer of more digits than Python writes") from None


# Typed JSON


def typed(value):
    """The tagged JSON text of a value, as UTF-8; raises Unserialisable for what has none."""
    text = json.dumps(_tagged(value, "result", 0, []), allow_nan=False, ensure_ascii=False, separators=_COMPACT)
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
    if depth > DEEPEST:
        raise Unserialisable(f"{path} is nested more than {DEEPEST} levels deep")
    if isinstance(value, enum.Enum):
        return {"$enum": _named(value) + [value.name, _tagged(value.value, path, depth + 1, above)]}
    if isinstance(value, str):
        _check_text(value, path)
        return str(value)
    if isinstance(value, int):
        _check_integer(value, path)
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"$float": repr(float(value))}
    for kind, tag, write in _SCALARS:
        if isinstance(value, kind):
            return {tag: write(value)}
    if any(value is outer for outer in above):
        raise Unserialisable(f"{path} is a {type_name(value)} that contains itself")
    return _tagged_collection(value, path, depth + 1, above + [value])


def _tagged_collection(value, path, depth, above):
    def items(values):
        return [_tagged(item, f"{path}[{index}]", depth, above) for index, item in enumerate(values)]

    if isinstance(value, dict):
        pairs = [(key, _tagged(item, f"{path}[{short(key)}]", depth, above)) for key, item in value.items()]
        if all(type(key) is str and not key.startswith("$") for key, _ in pairs):
            for key, _ in pairs:
                _check_text(key, f"a key of {path}")
            return dict(pairs)
        return {"$dict": [[_tagged(key, f"the key {short(key)} of {path}", depth, above), item] for key, item in pairs]}
    if isinstance(value, list):
        return items(value)
    if isinstance(value, tuple):
        if hasattr(value, "_fields"):
            return {"$namedtuple": _named(value) + [items(value)]}
        return {"$tuple": items(value)}
    if isinstance(value, (set, frozenset)):
        return {"$set" if isinstance(value, set) else "$frozenset": items(_in_order(value))}
    if isinstance(value, BaseException):
        return {"$exception": _tagged_exception(value, path, depth, above)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {"$dataclass": _named(value) + [_tagged(fields, path, depth, above)]}
    raise Unserialisable(f"{path} is of type {type_name(value)}, which cannot travel; return text, numbers, lists or dicts of it")


def _tagged_exception(error, path, depth, above):
    """An exception by its class and that class's bases, its arguments and attributes; what cannot travel is told as text."""

    def or_text(value):
        try:
            return _tagged(value, path, depth, above)
        except Unserialisable:
            return short(value)

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


def type_name(value):
    """The qualified name of a value's type, without `builtins`."""
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def short(value):
    """A value in at most 80 characters, whatever its repr does."""
    try:
        text = repr(value)
    except Exception:
        text = f"<{type_name(value)}>"
    return text if len(text) <= 80 else text[:77] + "..."
