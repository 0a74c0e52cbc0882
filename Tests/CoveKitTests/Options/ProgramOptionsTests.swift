// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore
import Testing

@testable import CoveKit

@Suite struct ProgramOptionsTests {
    private static func resolve(
        _ arguments: [String], _ variables: [String: String] = [:], isRemote: Bool = false
    ) throws -> (settings: ProgramSettings, problems: [String]) {
        let options = try ProgramOptions.parse(arguments)
        var reader = SettingReader(variables: variables)
        let settings = options.resolve(&reader, isRemote: isRemote)
        return (settings, reader.problems)
    }

    @Test func `without options a program starts in the caller's folder, with templates, and on a worker in its own`()
        throws
    {
        let here = try Self.resolve([])
        #expect(here.problems == [] && here.settings == ProgramSettings(folder: .caller, fillsTemplates: true))
        let there = try Self.resolve([], isRemote: true)
        #expect(there.problems == [] && there.settings == ProgramSettings(fillsTemplates: true))
        let asked = try Self.resolve(["--run-in", "task"], isRemote: true)
        #expect(asked.settings == ProgramSettings(folder: .task, fillsTemplates: true))
    }

    @Test func `every option is read, and has its variable`() throws {
        let arguments = ["--run-in", "task", "--no-templates", "--memory-limit", "512MiB", "--credentials", "server"]
        let variables = [
            "COVE_RUN_IN": "task", "COVE_TEMPLATES": "false", "COVE_MEMORY_LIMIT": "536870912",
            "COVE_CREDENTIALS": "server",
        ]
        let expected = ProgramSettings(folder: .task, memoryLimit: 512 << 20, credentials: .server)
        for (settings, problems) in [try Self.resolve(arguments), try Self.resolve([], variables)] {
            #expect(problems == [] && settings == expected)
        }
        #expect(VariableCheck.warnings(variables) == [])
    }

    @Test func `all that is wrong is told at once`() throws {
        let (_, problems) = try Self.resolve(
            ["--run-in", "home", "--memory-limit", "1GB", "--credentials", "vault"], ["COVE_TEMPLATES": "maybe"])
        #expect(problems.count == 4)
        #expect(
            problems.contains(
                "--memory-limit is \"1GB\": expected 16 MiB to 1048576 GiB, such as 512MiB or 2GiB; a number alone is bytes"
            ))
    }

    @Test(arguments: [
        "MiB", "-1GiB", "+64MiB", "15MiB", "1.5GiB", "99999999999999999999", "9999999TiB", "64 MiB", "٦٤MiB",
    ])
    func `what is no size, or too small or large, is refused`(text: String) throws {
        #expect(try Self.resolve(["--memory-limit=\(text)"]).problems.count == 1)
    }

    @Test func `workers have no folder of the caller's`() throws {
        let (_, problems) = try Self.resolve(["--run-in", "caller"], isRemote: true)
        #expect(problems.count == 1 && problems[0].contains("the workers' folders are not this one"))
    }
}
