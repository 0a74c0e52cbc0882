# SPDX-License-Identifier: Apache-2.0
"""What the compiler tells of functions that `@Cove` cannot decorate: real files, typechecked against the built modules."""
"""What the compiler tells of functions that `@Cove` cannot decorate: files are typechecked against the built modules."""
import os
import pathlib
import re
import subprocess

import pytest

import cove_program

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = ROOT / ".build" / "debug"
DECLARATIONS = """import CoveKit

struct Plain: Sendable {}
struct Phantom<Value>: Codable, Sendable {}
"""
UNCODABLE = "must be 'Codable' and 'Sendable'"


@pytest.fixture(scope="module")
def errors(tmp_path_factory):
    """Typechecks a function; gives the errors of the compiler, each once, with the file's name and place."""
    folder = tmp_path_factory.mktemp("wrong")
    checkouts = ROOT / ".build" / "checkouts"
    maps = [*(ROOT / "Sources").glob("*/module.modulemap"), *checkouts.glob("GRDB.swift/Sources/*/module.modulemap"),
            *checkouts.glob("*/Sources/*/include/module.modulemap"), *BUILT.glob("*.build/module.modulemap")]
    maps = [path for path in maps if path.is_relative_to(BUILT) or "swift-syntax" not in path.parts]
    includes = [path for path in checkouts.glob("*/Sources/*/include") if "swift-syntax" not in path.parts]
    command = ["swiftc", "-typecheck", "-parse-as-library", "-swift-version", "6", "-diagnostic-style", "llvm",
               "-module-cache-path", folder / "cache", "-I", BUILT / "Modules",
               "-load-plugin-executable", f"{BUILT / 'CoveMacros-tool'}#CoveMacros"]
    command += [part for path in maps for part in ("-Xcc", f"-fmodule-map-file={path}")]
    command += [part for path in includes for part in ("-Xcc", f"-I{path}")]

    def check(source):
        file = folder / "wrong.swift"
        file.write_text(DECLARATIONS + source + "\n")
        # The compiler leaves expansions among temporary files.
        done = subprocess.run([*command, file], capture_output=True, text=True, timeout=cove_program.LIMIT,
                              env={**os.environ, "TMPDIR": str(folder)})
        found = list(dict.fromkeys(
            re.findall(r"^(?:.*/)?([^/]*?:\d+:\d+|<unknown>:0): error: (.*)$", done.stderr, re.MULTILINE)))
        assert (done.returncode == 0) == (not found), done.stderr
        return found

    return check


@pytest.mark.parametrize("function", [
    "@Cove func f(session: CoveSession, for: Int, `a b`: String = \"\") async throws -> [Int?] { [] }",
    "@Cove func f(session: CoveSession, x: Phantom<Any>) async throws -> Phantom<(Int, Int)> { Phantom() }",
    "@Cove func f(session: CoveSession) async throws -> () {}",
])
def test_what_can_be_decorated_is_taken(errors, function):
    assert errors(function) == []


@pytest.mark.parametrize("result", ["(Int, Int)", "[Any]", "any Sendable", "@Sendable () -> Int"])
def test_a_result_that_is_never_codable_is_refused_at_its_type(errors, result):
    function = f"@Cove func f(session: CoveSession) async throws -> {result} {{ preconditionFailure() }}"
    (place, text), = errors(function)
    type_column = function.index(result) + 1
    if result == "[Any]":
        type_column += 1
    elif result.startswith("@"):
        type_column += len("@Sendable ")
    assert place == f"wrong.swift:5:{type_column}" and UNCODABLE in text


@pytest.mark.parametrize("result", ["Plain", "[Plain]", "Plain?"])
def test_a_result_that_is_not_codable_is_one_error_that_says_so(errors, result):
    (_, text), = errors(f"@Cove func f(session: CoveSession) async throws -> {result} {{ preconditionFailure() }}")
    assert f"the result of a function with '@Cove' {UNCODABLE}" in text


def test_an_input_that_is_not_codable_is_named(errors):
    texts = [text for _, text in errors("@Cove func f(session: CoveSession, x: Plain) async throws {}")]
    assert len(texts) == 2 and all("CoveFunctionInput' does not conform to protocol" in text for text in texts)
