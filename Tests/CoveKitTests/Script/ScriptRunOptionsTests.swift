// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveKit

/// The options of a script: which are refused, and how the others are handed on.
@Suite struct ScriptRunOptionsTests {
    private static func options(_ line: String) throws -> ScriptRunOptions {
        let words = ["python"] + line.split(separator: " ").map(String.init) + ["a.py"]
        let command = try #require(PythonTarget.command(of: words))
        return ScriptRunOptions(
            target: command.selection, execution: command.execution, output: command.output, detach: command.detach,
            place: command.place, console: command.console)
    }

    @Test func `options are handed on as arguments, paths by this process's folder`() throws {
        let line =
            "--slots 4 --task-timeout 5m --duration 1h --store runs --token-file /t --at-most-once --no-quiet --coordinator h:1"
        let arguments = try Self.options(line).arguments(.sample(workingDirectory: "/work"))
        #expect(
            arguments == [
                "--slots", "4", "--task-timeout", "5m", "--duration", "1h", "--store", "/work/runs", "--coordinator",
                "h:1", "--token-file", "/t", "--at-most-once", "--no-quiet",
            ])
    }

    @Test func `what a decorator says is refused, all of it at once`() throws {
        let line = "--targets 123456789012 --role-name Audit --output json --raise-exception --slots 2"
        var reader = SettingReader(variables: [:])
        try Self.options(line).check(&reader, ["COVE_REGIONS": "eu-west-1", "COVE_SLOTS": "3", "COVE_POLICY": ""])
        #expect(reader.problems.count == 5)
        for word in ["--targets", "--role-name", "--output", "--raise-exception", "COVE_REGIONS"] {
            #expect(reader.problems.contains { $0.hasPrefix("\(word) was given") })
        }
    }

    @Test func `what a script is told is the program, its options and the process`() throws {
        let settings = ScriptSettings(
            program: "/bin/cove", options: ["--slots", "4"], isRemote: true, isQuiet: false, process: 7)
        #expect(
            try settings.text()
                == #"{"IsQuiet":false,"IsRemote":true,"Options":["--slots","4"],"Process":7,"Program":"/bin/cove"}"#)
    }
}
