# SPDX-License-Identifier: Apache-2.0
"""Python's values as JSON: plain for people, typed for Python at both ends."""

import collections
import dataclasses
import datetime
import decimal
import enum
import json
import math
import pathlib
import random
import string
import sys
import uuid

import pytest
from botocore.exceptions import ClientError

sys.path.append(str(pathlib.Path(__file__).parents[2] / "Sources/CoveWorker/Python"))

import cove_typed

import cove_values

UTC = datetime.timezone.utc
EAST = datetime.timezone(datetime.timedelta(hours=5, minutes=30))


class Colour(enum.Enum):
    RED = "red"
    BOTH = (1, 2)


class Level(enum.IntEnum):
    LOW = 1


class Word(str, enum.Enum):
    YES = "yes"


@dataclasses.dataclass
class Thing:
    name: str
    when: datetime.datetime


@dataclasses.dataclass(frozen=True)
class Frozen:
    number: int


Point = collections.namedtuple("Point", "x y")


class Trouble(Exception):
    def __init__(self, what, size):
        super().__init__(what, size)
        self.what, self.size = what, size


def plain(value):
    return json.loads(cove_values.plain(value))


def there_and_back(value):
    return cove_typed.untyped(cove_typed.typed(value))


def same(left, right):
    """Equal, and of the same types all the way down."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float) and math.isnan(left):
        return math.isnan(right)
    if isinstance(left, dict):
        return list(left) == list(right) and all(map(same, left, right)) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


@pytest.mark.parametrize("value, json_value", [
    ({"a": [1, 2.5, True, None, "ä\n"]}, {"a": [1, 2.5, True, None, "ä\n"]}),
    (datetime.datetime(2024, 2, 29, 1, 2, 3, 4, UTC), "2024-02-29T01:02:03.000004+00:00"),
    (datetime.datetime(2024, 2, 29), "2024-02-29T00:00:00"),
    (datetime.date(2024, 2, 29), "2024-02-29"),
    (datetime.time(1, 2), "01:02:00"),
    (datetime.timedelta(minutes=1, microseconds=500000), 60.5),
    (b"\xff\x00", "/wA="),
    (bytearray(b"a"), "YQ=="),
    (decimal.Decimal("5"), 5),
    (decimal.Decimal("1.10"), 1.1),
    (decimal.Decimal("0.12345678901234567890"), "0.12345678901234567890"),
    (decimal.Decimal("1e400"), "1E+400"),
    ({3, 1, 2}, [1, 2, 3]),
    (frozenset({"b", "a"}), ["a", "b"]),
    ({1, "a"}, [1, "a"]),
    ((1, (2,)), [1, [2]]),
    (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (pathlib.PurePosixPath("/a/b"), "/a/b"),
    (Colour.RED, "red"),
    (Colour.BOTH, [1, 2]),
    (Level.LOW, 1),
    (Word.YES, "yes"),
    (Thing("x", datetime.datetime(2024, 1, 1)), {"name": "x", "when": "2024-01-01T00:00:00"}),
    (Point(1, 2), [1, 2]),
    ({3: "a", None: "b", True: "c", 2.5: "d"}, {"3": "a", "null": "b", "true": "c", "2.5": "d"}),
    (collections.OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
    (2**200, 2**200),
])
def test_a_value_has_its_plain_json(value, json_value):
    found = plain(value)
    assert same(found, json_value) or found == json_value


def circle():
    value = []
    value.append([value])
    return value


def deep():
    value = []
    for _ in range(1000):
        value = [value]
    return value


@pytest.mark.parametrize("value, problem", [
    ({"Users": [1, {"when": object()}]}, "result['Users'][1]['when'] is of type object, which has no JSON"),
    (math.nan, "result is nan, which JSON does not have"),
    ([math.inf], "result[0] is inf, which JSON does not have"),
    (decimal.Decimal("NaN"), "result is Decimal('NaN'), which has no JSON: not finite"),
    ({(1, 2): 3}, "result has a key of type tuple: expected text or a number"),
    ({"a": b"x", "b": {1, object}}, "result['b'][1] is of type type"),
    (circle(), "result[0][0] is a list that contains itself"),
    (deep(), "is nested more than 200 levels deep"),
    ("\ud800", "result is text with half of a surrogate pair, which has no UTF-8"),
    ({"\udc00": 1}, "the key '\\udc00' of result is text with half of a surrogate pair"),
    ((1 for _ in ()), "result is of type generator"),
    (Thing("x", object()), "is of type object"),
    ([10**5000], "result[0] is an integer of more digits than Python writes"),
])
def test_a_value_without_json_is_named_with_its_place(value, problem):
    with pytest.raises(cove_values.Unserialisable) as caught:
        cove_values.plain(value)
    assert problem in str(caught.value)


@pytest.mark.parametrize("value", [
    None, True, 0, -1, 1.5, "", "ä\u2028", [], {}, [None, {"a": []}],
    math.nan, math.inf, -math.inf,
    datetime.datetime(2024, 2, 29, 1, 2, 3, 4, EAST), datetime.datetime(1, 1, 1), datetime.date(2024, 2, 29),
    datetime.time(23, 59, 59, 1), datetime.time(1, tzinfo=UTC), datetime.timedelta(days=-1, microseconds=1),
    b"", b"\xff", bytearray(b"x"), decimal.Decimal("1.10"), decimal.Decimal("NaN").__class__("Infinity"),
    (), (1, [2], (3,)), set(), {1, "a", (2, 3)}, frozenset({1}), uuid.UUID(int=7), pathlib.Path("/a"), pathlib.PurePosixPath("b"),
    {"$date": 1}, {"$": {"$set": []}}, {1: "a", "1": "b"}, {(1, 2): {3}}, {None: None, True: 1}, {"a": 1, "$b": 2},
    Colour.RED, Colour.BOTH, Level.LOW, Word.YES, Thing("x", datetime.datetime(2024, 1, 1)), Frozen(3), Point(1, b"2"),
    {"deep": [{"er": ({"est": {1}},)}]},
])
def test_a_value_travels_typed_and_is_the_same_again(value):
    assert same(there_and_back(value), value)


def test_random_values_travel():
    generator = random.Random(7)

    def value(depth):
        kind = generator.randrange(14 if depth else 9)
        text = "".join(generator.choices(string.printable + "$ä€😀", k=generator.randrange(6)))
        if kind < 9:
            return [None, True, generator.randrange(-10**12, 10**12), generator.random(), text, text.encode(),
                    decimal.Decimal(generator.randrange(10**9)).scaleb(-3), datetime.date.fromordinal(generator.randrange(1, 10**6)),
                    datetime.timedelta(seconds=generator.randrange(10**6))][kind]
        items = [value(depth - 1) for _ in range(generator.randrange(4))]
        if kind == 9:
            return items
        if kind == 10:
            return tuple(items)
        if kind == 11:
            return {"$" * generator.randrange(2) + str(index): item for index, item in enumerate(items)}
        if kind == 12:
            return {index: item for index, item in enumerate(items)}
        return {str(item) for item in items}

    for _ in range(2000):
        made = value(4)
        assert same(there_and_back(made), made)


@pytest.mark.parametrize("error", [
    ValueError("no", 3), KeyError("k"), Trouble("big", 4), StopIteration(), SystemExit(2),
    ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListUsers"),
])
def test_an_exception_travels_with_its_arguments_and_attributes(error):
    found = cove_typed.untyped(json.dumps(cove_typed.exception(error)))
    if isinstance(error, Exception):
        assert type(found) is type(error) and found.args == error.args and str(found) == str(error)
        assert vars(found) == vars(error)
    else:
        assert isinstance(found, BaseException) and found.args == error.args


def test_what_an_exception_holds_and_cannot_travel_becomes_text():
    error = ValueError(object)
    error.lock = object()
    found = cove_typed.untyped(json.dumps(cove_typed.exception(error)))
    assert found.args == ("<class 'object'>",) and found.lock.startswith("<object object at")


@pytest.mark.parametrize("tagged", [
    '{"$enum":["subprocess","Popen","x",["rm"]]}', '{"$dataclass":["nowhere","Thing",{"a":1}]}',
    '{"$namedtuple":["subprocess","Popen",[["touch","/tmp/x"]]]}', '{"$enum":["not_loaded_module","C","x",1]}',
])
def test_a_class_that_is_none_of_ours_is_not_made(tagged):
    before = set(sys.modules)
    found = cove_typed.untyped(tagged)
    assert type(found) in (list, dict, tuple, int)
    assert set(sys.modules) == before


def test_an_unknown_tag_is_an_error():
    with pytest.raises(ValueError, match="unknown tag"):
        cove_typed.untyped('{"$code": "1"}')


def test_what_cannot_travel_is_named_with_its_place():
    with pytest.raises(cove_values.Unserialisable, match=r"result\['a'\]\[0\] is of type object, which cannot travel"):
        cove_typed.typed({"a": [object()]})
    for value in (circle(), deep()):
        with pytest.raises(cove_values.Unserialisable):
            cove_typed.typed(value)
