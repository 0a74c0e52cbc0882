// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore

/// The options that say what a worker does, and what its operator allows it.
struct WorkerOptions: ParsableArguments {
    /// The longest name.
    private static let longestName = 128

    @Option(
        name: .long, help: .setting("name", "The worker's name in results. (default: host and process)", value: "name"))
    var name: String?
    @Option(
        name: .long, help: .setting("slots", "How many attempts run at the same time. (default: 20)", value: "n"))
    var slots: String?
    @Option(
        name: .long,
        help: .setting(
            "allow",
            "The kinds of function that may run here. (default: call,native; programs only with exec, Python only with python)",
            value: "call,native,exec,python"))
    var allow: [String] = []
    @Option(
        name: .long,
        help: .setting(
            "allow-roles", "The roles that may be assumed, * standing for any characters. (default: all)",
            value: "name,…"))
    var allowRoles: [String] = []
    @Option(
        name: .long,
        help: .setting(
            "regions", "The regions that are worked in, as in eu-*. (default: all)", value: "region,…"))
    var regions: [String] = []
    @Option(
        name: .long,
        help: .setting("profile", "The profile whose credentials assume the roles.", value: "name"))
    var profile: String?
    @Option(
        name: .long,
        help: .setting(
            "drain-timeout", "How long attempts may finish after SIGTERM: 20, 20s, 5m. (default: 20s)", value: "seconds"
        ))
    var drainTimeout: String?
}

extension WorkerOptions {
    /// What a worker does, once that is known to be well formed.
    struct Resolved: Sendable {
        let name: String
        let slots: Int
        let kinds: [FunctionSpecification.Kind]
        let roles: [String]?
        let regions: [String]?
        let profile: String?
        let drainTimeout: Duration
    }

    /// Reads the options and their variables; what is wrong is left with the reader.
    func resolve(_ reader: inout SettingReader, _ environment: ProcessEnvironment) -> Resolved {
        let slots = reader.integer(slots, "slots", in: SlotOptions.range) ?? SlotOptions.defaultSlots
        environment.checkFileLimit(slots: slots, &reader)
        return Resolved(
            name: name(&reader), slots: slots, kinds: kinds(&reader),
            roles: patterns(allowRoles, "allow-roles", "a role's name", &reader),
            regions: patterns(regions, "regions", "a region's name", &reader),
            profile: reader.text(profile, "profile"),
            drainTimeout: .seconds(reader.seconds(drainTimeout, "drain-timeout", in: 0...86_400) ?? 20))
    }

    private func name(_ reader: inout SettingReader) -> String {
        guard let name = reader.text(name, "name") else { return ProcessEnvironment.workerName }
        let isVisible = name.unicodeScalars.allSatisfy { $0 != " " && !TextTable.isInvisible($0) }
        if name.isEmpty || name.utf8.count > Self.longestName || !isVisible {
            reader.add(
                problem:
                    "the worker's name cannot be \"\(name)\": expected 1 to \(Self.longestName) bytes without spaces")
        }
        return name
    }

    private func kinds(_ reader: inout SettingReader) -> [FunctionSpecification.Kind] {
        guard let words = reader.list(allow, "allow") else { return [.call, .native] }
        if words.isEmpty { reader.add(problem: "allow must have at least 1 element. Got [].") }
        let known = FunctionSpecification.Kind.allCases
        return words.reduce(into: []) { kinds, word in
            guard let kind = FunctionSpecification.Kind(rawValue: word) else {
                reader.add(
                    problem: "\"\(word)\" is not a kind of function: expected some of "
                        + known.map(\.rawValue).joined(separator: ", "))
                return
            }
            if !kinds.contains(kind) { kinds.append(kind) }
        }
    }

    /// Names in which `*` may stand for any characters.
    private func patterns(
        _ arguments: [String], _ option: String, _ what: String, _ reader: inout SettingReader
    ) -> [String]? {
        guard let texts = reader.list(arguments, option) else { return nil }
        if texts.isEmpty { reader.add(problem: "\(option) must have at least 1 element. Got [].") }
        for text in texts
        where !text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "*+=,.@_-/".contains($0)) }) {
            reader.add(problem: "\(option): \"\(text)\" is not \(what), nor one with * in it")
        }
        return texts
    }
}
