// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveKit

/// What stands on the command line of `cove python`.
@Suite struct PythonTargetTests {
    @Test(arguments: [("audit.py:users", true), ("a:b/audit.py", false), ("audit.py", false), ("x/audit.py:", true)])
    func `a colon in the last part of a path names a function`(target: String, isFunction: Bool) {
        #expect(PythonTarget.isFunction(target) == isFunction)
    }

    @Test func `options may follow a function`() {
        let line = ["python", "--slots", "4", "audit.py:users", "--input", "[1]", "--quiet"]
        #expect(
            PythonTarget.ordered(line)
                == ["python", "--slots", "4", "--input", "[1]", "--quiet", "audit.py:users"])
    }

    @Test(arguments: [
        (["a.py:f", "--quiet", "other"], ["--quiet", "a.py:f", "other"]), (["a.py:f", "--slots"], ["--slots"]),
        (["a.py:f", "--slots", "3", "--unknown"], ["--slots", "3", "--unknown", "a.py:f"]),
    ])
    func `a function does not stand for the value of an option, nor another word for it`(
        words: [String], expected: [String]
    ) {
        #expect(PythonTarget.ordered(["python"] + words) == ["python"] + expected)
    }

    @Test(arguments: [
        ["python", "--slots", "4", "audit.py", "--input", "[1]"], ["python", "audit.py", "other.py:f", "-h"],
        ["exec", "--", "python", "a:b", "c"], ["python"],
    ])
    func `what follows a script is left as it is`(line: [String]) {
        #expect(PythonTarget.ordered(line) == line)
    }

    @Test func `a script has what follows it, and cove what stands before it`() throws {
        let line = ["python", "--slots", "4", "a.py", "--slots", "9", "--", "-h"]
        let command = try #require(PythonTarget.command(of: line))
        #expect(command.execution.slots.slots == "4")
        #expect(command.command == ["a.py", "--slots", "9", "--", "-h"])
    }
}
