// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a script's `botocove` module is told by the environment: how it has runs made.
///
/// Nothing secret is in it.
struct ScriptSettings: Encodable, Sendable {
    /// The variable that holds them, as JSON.
    static let variable = "COVE_SCRIPT"

    private enum CodingKeys: String, CodingKey {
        case program = "Program"
        case options = "Options"
        case isRemote = "IsRemote"
        case isQuiet = "IsQuiet"
        case process = "Process"
    }

    /// The `cove` program that performs runs.
    var program: String
    /// The options of its command.
    var options: [String]
    /// Whether a coordinator's workers run the functions.
    var isRemote: Bool
    /// Whether only what went wrong is said.
    var isQuiet: Bool
    /// The process that becomes the script; what it starts has the settings too.
    var process = getpid()

    /// The variable's value.
    func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
