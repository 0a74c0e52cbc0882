# SPDX-License-Identifier: Apache-2.0
"""Exceptions that are made anew from what another process says: what a hostile worker could say, and what comes of it."""

import json
import pathlib
import sys

import pytest

PYTHON = pathlib.Path(__file__).resolve().parents[2] / "Sources" / "CoveWorker" / "Python"


@pytest.fixture
def cove_exceptions(monkeypatch):
    monkeypatch.syspath_prepend(str(PYTHON))
    for name in [name for name in sys.modules if name.startswith("cove_")]:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(PYTHON)):
            monkeypatch.delitem(sys.modules, name)
    import cove_exceptions

    return cove_exceptions


def described(*classes, args=(), state=None):
    return {"classes": list(classes), "args": list(args), "state": state or {}}


class Plain(Exception):
    """Its constructor must not run."""

    made = []

    def __new__(cls, *args):
        cls.made.append("new")
        return super().__new__(cls, *args)

    def __init__(self, only):
        self.made.append("init")
        super().__init__(only)

    def __setattr__(self, name, value):
        self.made.append(name)


class Ending(Exception):
    """Something happens when it is thrown away."""

    def __del__(self):
        pass


def test_a_loaded_class_is_taken_and_its_constructor_left_alone(cove_exceptions):
    found = cove_exceptions.rebuild(described([__name__, "Plain"], args=["a", "b"], state={"hint": 7}))
    assert type(found) is Plain and found.args == ("a", "b") and found.hint == 7
    assert Plain.made == []


def test_a_class_of_a_module_that_is_not_loaded_is_not_imported(cove_exceptions):
    assert "antigravity" not in sys.modules
    found = cove_exceptions.rebuild(described(["antigravity", "Up"], ["builtins", "LookupError"], args=["x"]))
    assert "antigravity" not in sys.modules
    assert type(found).__qualname__ == "Up" and type(found).__module__ == "antigravity"
    assert isinstance(found, LookupError) and str(found) == "x"


def test_no_lookup_runs_code_of_a_module(cove_exceptions, monkeypatch):
    module = type(sys)("lazy")
    module.__getattr__ = lambda name: pytest.fail(f"{name} was asked for")
    monkeypatch.setitem(sys.modules, "lazy", module)
    assert type(cove_exceptions.rebuild(described(["lazy", "Error"]))).__bases__ == (Exception,)


@pytest.mark.parametrize("name", ["SystemExit", "KeyboardInterrupt", "GeneratorExit", "BaseException"])
def test_what_ends_a_program_becomes_an_exception(cove_exceptions, name):
    found = cove_exceptions.rebuild(described(["builtins", name], ["builtins", "BaseException"], args=[3]))
    assert isinstance(found, Exception) and type(found).__qualname__ == name and found.args == (3,)


@pytest.mark.parametrize(
    "names",
    [["builtins", "eval"], ["os", "system"], ["builtins", "int"], ["subprocess", "Popen"], ["pathlib", "Path.home"], ["", ""]],
)
def test_what_is_no_exception_is_never_called(cove_exceptions, names):
    found = cove_exceptions.rebuild(described(names, args=["touch /tmp/never"]))
    assert type(found).__bases__ == (Exception,) and found.args == ("touch /tmp/never",)


def test_a_class_that_does_something_when_it_is_thrown_away_is_not_taken(cove_exceptions):
    found = cove_exceptions.rebuild(described([__name__, "Ending"], ["builtins", "Exception"], args=["x"]))
    assert not isinstance(found, Ending) and type(found).__qualname__ == "Ending"


def test_attributes_do_not_reach_what_python_keeps(cove_exceptions):
    state = {"__class__": "x", "__cause__": "x", "not a name": 1, "code": "Denied"}
    found = cove_exceptions.rebuild(described(["builtins", "ValueError"], state=state))
    assert vars(found) == {"code": "Denied"} and found.__cause__ is None and type(found) is ValueError


def test_arguments_that_do_not_fit_a_class_of_python_are_kept_all_the_same(cove_exceptions):
    found = cove_exceptions.rebuild(described(["builtins", "UnicodeDecodeError"], args=["too few"]))
    assert type(found).__qualname__ == "UnicodeDecodeError" and found.args == ("too few",)


def test_a_traceback_of_another_process_is_the_cause(cove_exceptions):
    found = cove_exceptions.rebuild(described(["builtins", "ValueError"]), "File elsewhere")
    assert "File elsewhere" in str(found.__cause__)


@pytest.mark.parametrize("error", [
    ValueError("a", 1), KeyError("k"), OSError(2, "No such file", "name"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
    StopIteration(3), ExceptionGroup("several", [ValueError(1), KeyError(2)]) if sys.version_info >= (3, 11) else ValueError(),
])
def test_what_is_described_is_made_again(cove_exceptions, error):
    import cove_typed

    content = json.loads(json.dumps(cove_typed.exception(error)))
    found = cove_typed.untagged(content)
    assert type(found) is type(error) and str(found) == str(error) and repr(found) == repr(error)


HOSTILE = [
    {"$unknown": 1}, {"$set": [[]]}, {"$dict": 7}, {"$datetime": "soon"}, {"$binary": 7}, {"$dict": [[{"$set": []}, 1]]},
    {"$decimal": "x"}, {"$exception": {}}, {"$timedelta": ["a"]}, {"$namedtuple": ["os", "stat_result"]},
]


@pytest.mark.parametrize("result", HOSTILE)
def test_a_result_that_no_python_wrote_costs_its_own_task(cove_exceptions, result):
    import cove_run

    target = cove_run.Target(None, [], ["eu-west-1"], None, None, None, None, None, None)
    manner = cove_run.Manner(None, False, 20, None)
    good = {"Id": "1", "Region": "eu-west-1", "Result": {"$tuple": [1]}}
    lists = {"Results": [good, {"Id": "2", "Region": "eu-west-1", "Result": result}], "Exceptions": [], "FailedAssumeRole": []}
    output = json.dumps(lists) + "\n" + json.dumps({"Ended": {"Problems": []}}) + "\n"
    found = cove_run._lists(output.encode(), 0, target, manner)
    assert found["Results"] == [{"Id": "1", "Region": "eu-west-1", "Result": (1,)}]
    (entry,) = found["Exceptions"]
    assert entry["Id"] == "2" and type(entry["ExceptionDetails"]).__name__ == "UnreadableResult" and "Result" not in entry


@pytest.mark.parametrize("exception", [
    7, {}, {"$exception": 7}, {"$exception": {"classes": 1}}, {"$exception": {"classes": [["a"]], "args": [], "state": {}}},
    {"$exception": {"classes": [["builtins", "OSError"]], "args": [{"$x": 1}], "state": {}}},
])
def test_an_exception_that_no_python_described_is_what_its_message_says(cove_exceptions, exception):
    import cove_run

    found = cove_run._exception({"Type": "ValueError", "Message": "no", "Exception": exception})
    assert type(found).__name__ == "ValueError" and str(found) == "no"


def test_an_error_of_botocore_is_one(cove_exceptions):
    from botocore.exceptions import ClientError

    failure = {"Type": "AWSError", "Code": "AccessDenied", "Message": "no", "Operation": "STS.AssumeRole", "Attempts": 3,
               "RequestId": "7", "HTTPStatusCode": 403}
    found = cove_exceptions.of_failure(failure)
    assert type(found) is ClientError and found.operation_name == "AssumeRole"
    assert str(found) == "An error occurred (AccessDenied) when calling the AssumeRole operation: no"
    assert found.response["Error"] == {"Code": "AccessDenied", "Message": "no"}
    assert found.response["ResponseMetadata"] == {"RetryAttempts": 2, "RequestId": "7", "HTTPStatusCode": 403}


def test_a_failure_that_is_no_exception_of_python_has_a_name(cove_exceptions):
    found = cove_exceptions.of_failure({"Type": "TaskTimeout", "Message": "too long"})
    assert type(found).__qualname__ == "TaskTimeout" and isinstance(found, cove_exceptions.CoveFailure)
    assert str(found) == "too long"
