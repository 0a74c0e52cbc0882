// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Testing

@testable import CoveKit

@Suite struct VariableCheckTests {
    /// The options of a command, each with the last word of what its help says.
    private static func options(of command: any ParsableCommand.Type) -> [String: String] {
        var found: [String: String] = [:]
        var option: String?
        for line in CoveCommand.helpMessage(for: command, columns: 2_000).split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("  -"), let name = words.first(where: { $0.hasPrefix("--") }) {
                option = String(name.split(separator: "/")[0].dropFirst(2))
            } else if !line.hasPrefix("    ") {
                option = nil
            }
            // A long name has its help in the next line.
            if let option { found[option] = words.last.map(String.init) }
        }
        found["help"] = nil
        found["version"] = nil
        return found
    }

    /// The commands that do something for people, those of commands among them.
    private static func commands(of command: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
        let below = command.configuration.subcommands.filter { $0.configuration.shouldDisplay }
        return below.isEmpty ? [command] : below.flatMap { commands(of: $0) }
    }

    @Test func `every option of every command has its variable in its help, and in the check`() {
        var all: Set<String> = []
        for command in Self.commands(of: CoveCommand.self) {
            let options = Self.options(of: command)
            #expect(!options.isEmpty)
            for (option, variable) in options {
                #expect(variable == "[$\(SettingReader.variable(of: option))]")
                all.insert(option)
            }
        }
        #expect(all == Set(VariableCheck.options))
        #expect(VariableCheck.options.count == all.count)
    }

    @Test func `a variable that nothing reads is told, with the one that may be meant`() {
        let warnings = VariableCheck.warnings([
            "COVE_TARGET": "1", "COVE_ROLE_NAM": "2", "COVE_COMPLETELY_DIFFERENT_THING": "3", "COVE_TARGETS": "4",
            "HOME": "5",
            "COVE_ACCOUNT_ID": "6", "COVE_SESSION_INFORMATION": "7", "XCOVE_TARGET": "8", "COVE_": "9",
        ])
        #expect(
            warnings == [
                "the variable COVE_ is not read by cove",
                "the variable COVE_COMPLETELY_DIFFERENT_THING is not read by cove",
                "the variable COVE_ROLE_NAM is not read by cove; did you mean COVE_ROLE_NAME?",
                "the variable COVE_TARGET is not read by cove; did you mean COVE_TARGETS?",
            ])
    }

    @Test(arguments: VariableCheck.options) func `an option's variable is not told`(option: String) {
        #expect(VariableCheck.warnings([SettingReader.variable(of: option): "x"]) == [])
    }
}
