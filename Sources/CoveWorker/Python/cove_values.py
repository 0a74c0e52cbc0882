# SPDX-License-Identifier: Apache-2.0
"""Python values as JSON that people read: a moment is ISO 8601 text, bytes are base64, sets and tuples are arrays."""

import base64
import dataclasses
import datetime
import decimal
import enum
import json
import math
import pathlib
import uuid

DEEPEST = 200
COMPACT = (",", ":")


class Unserialisable(TypeError):
    """A value that has no JSON: its message names its type and where in the result it stands."""


def plain(value):
    """The JSON text of a value, as UTF-8.

    Raises Unserialisable for what has none.
    """
    try:
        return json.dumps(value, allow_nan=False, ensure_ascii=False, default=_plain_value, separators=COMPACT).encode()
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
        return in_order(value)
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


def in_order(values):
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
        check_text(value, path)
    elif isinstance(value, int):
        check_integer(value, path)
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


def check_text(value, path):
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Unserialisable(f"{path} is text with half of a surrogate pair, which has no UTF-8") from None


def check_integer(value, path):
    try:
        int.__repr__(value)
    except ValueError:
        raise Unserialisable(f"{path} is an integer of more digits than Python writes") from None


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
