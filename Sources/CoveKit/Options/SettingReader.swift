// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore

/// Reads settings from arguments and, where an argument is not given, from `COVE_…` variables; gathers all that is wrong.
struct SettingReader {
    /// What holds where neither an argument nor a variable is given.
    struct Defaults {
        /// Where they stand, as it is told of one that is wrong: `@Cove of f`.
        var place: String
        /// The values, by the options that they stand for.
        var values: [String: String]
    }

    private let variables: [String: String]
    private var defaults: Defaults?
    /// What is wrong with the settings read so far, a sentence each.
    private(set) var problems: [String] = []

    init(variables: [String: String], defaults: Defaults? = nil) {
        self.variables = variables
        self.defaults = defaults
    }

    /// Has values hold where neither an argument nor a variable is given, for what is read from now on.
    mutating func use(_ defaults: Defaults) { self.defaults = defaults }

    /// Adds something that is wrong.
    mutating func add(problem: String) { problems.append(problem) }

    /// The variable of an option: `--role-name` is `COVE_ROLE_NAME`.
    static func variable(of option: String) -> String {
        "COVE_" + option.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    /// A setting that is text; an empty variable is no setting.
    func text(_ argument: String?, _ option: String) -> String? {
        argument ?? variable(option) ?? defaults?.values[option]
    }

    private func variable(_ option: String) -> String? {
        variables[Self.variable(of: option)].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A setting that is a list: elements separated by commas or line ends, the option may be repeated.
    ///
    /// A list that was given and has no elements comes back empty, also from a variable: an empty variable is more
    /// often a slip than a wish.
    func list(_ arguments: [String], _ option: String) -> [String]? {
        let other = variables[Self.variable(of: option)] ?? defaults?.values[option]
        let given = arguments.isEmpty ? other.map { [$0] } : arguments
        return given?.flatMap { $0.split { $0 == "," || $0.isNewline }.map { trimmed($0) } }.filter { !$0.isEmpty }
    }

    /// A setting that is on or off.
    mutating func flag(_ argument: Bool?, _ option: String, default fallback: Bool = false) -> Bool {
        if let argument { return argument }
        guard let value = text(nil, option) else { return fallback }
        switch value.lowercased() {
        case "1", "true", "yes", "on": return true
        case "0", "false", "no", "off": return false
        default:
            problems.append("\(name(option, nil)) is \"\(value)\": expected true or false")
            return fallback
        }
    }

    /// A setting that is a whole number within a range.
    mutating func integer(_ argument: String?, _ option: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = text(argument, option) else { return nil }
        guard let number = Int(value), range.contains(number) else {
            problems.append(
                "\(name(option, argument)) is \"\(value)\": expected a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
            return nil
        }
        return number
    }

    /// A setting that is a time span in whole seconds: `90`, `90s`, `5m`, `2h`.
    mutating func seconds(_ argument: String?, _ option: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = text(argument, option) else { return nil }
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600]
        let unit = value.last.flatMap { units[$0] }
        let digits = unit == nil ? value[...] : value.dropLast()
        guard let number = Int(digits), (0...range.upperBound).contains(number), range.contains(number * (unit ?? 1))
        else {
            problems.append(
                "\(name(option, argument)) is \"\(value)\": expected seconds from \(range.lowerBound) to "
                    + "\(range.upperBound), such as 90, 90s, 5m or 2h")
            return nil
        }
        return number * (unit ?? 1)
    }

    /// A setting that is one of a few words.
    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ argument: String?, _ option: String, default fallback: Choice
    ) -> Choice where Choice.RawValue == String {
        guard let value = text(argument, option) else { return fallback }
        guard let choice = Choice(rawValue: value) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            problems.append("\(name(option, argument)) is \"\(value)\": expected one of \(words)")
            return fallback
        }
        return choice
    }

    /// Throws what is wrong, all at once.
    func check() throws {
        if !problems.isEmpty { throw InvalidRequest(problems) }
    }

    /// How the setting was given.
    func name(_ option: String, _ argument: String?) -> String {
        if argument != nil { return "--\(option)" }
        if variable(option) == nil, let defaults, defaults.values[option] != nil {
            return "\(option) in \(defaults.place)"
        }
        return Self.variable(of: option)
    }
}

/// Text without white space around it.
func trimmed(_ text: some StringProtocol) -> String {
    var slice = text[...]
    while let first = slice.first, first.isWhitespace { slice.removeFirst() }
    while let last = slice.last, last.isWhitespace { slice.removeLast() }
    return String(slice)
}

extension ArgumentHelp {
    /// The help of an option that has a variable.
    static func setting(_ option: String, _ text: String, value: String? = nil) -> ArgumentHelp {
        ArgumentHelp("\(text) [$\(SettingReader.variable(of: option))]", valueName: value)
    }
}
