// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

/// Who is at the other end of a link, and what its operator allows.
struct ServedWorker: Sendable {
    let name: String
    let slots: Int
    let kinds: [FunctionSpecification.Kind]
    let regions: [String]?
    let roles: [String]?
    let account: AccountID?
    let program: String
    /// The Swift functions of its program, without their shapes, which nobody here needs.
    let native: NativeOffer?
    /// Whether it can fetch what travels with a run.
    let takesArtefacts: Bool
    /// Whether it starts a program as its settings say.
    let takesSettings: Bool
    let address: String
    let connectedAt: Timestamp
    var isDraining = false
    /// Whether it was said that its account is another than the coordinator's.
    var isAccountTold = false

    init(_ hello: Hello, address: String, connectedAt: Timestamp) {
        name = hello.worker
        slots = hello.slots
        kinds = hello.kinds
        regions = hello.regions
        roles = hello.roles
        account = hello.account
        program = hello.program
        native = hello.native?.withoutShapes
        takesArtefacts = hello.takesArtefacts
        takesSettings = hello.takesSettings
        self.address = address
        self.connectedAt = connectedAt
    }

    func allows(_ kind: FunctionSpecification.Kind) -> Bool { kinds.contains(kind) }

    /// Whether it can have what a function needs beside it.
    func takesFiles(of function: FunctionSpecification) -> Bool { takesArtefacts || function.artefact == nil }

    /// Whether it starts a function with all that was asked for: a worker of an earlier version would pass over settings.
    func takesSettings(of function: FunctionSpecification) -> Bool {
        takesSettings || function.program?.needsSettings != true
    }

    /// Whether it allows a function's kind, and has the function where it is one of a program's own.
    ///
    /// A function without a build is one that is known by its name alone, to whoever made the run.
    func has(_ function: FunctionSpecification) -> Bool {
        guard allows(function.kind) else { return false }
        guard case .native(let native) = function, native.build != nil else { return true }
        return self.native?.has(native) ?? false
    }

    func allows(_ role: RoleSpecification) -> Bool { roles?.matches(role.name) ?? true }

    /// The regions of a run that it serves, by their numbers in the run's list.
    func served(of run: [RegionName?]) -> Set<Int> {
        guard let regions else { return Set(run.indices) }
        return Set(run.indices.filter { run[$0].map { regions.matches($0.rawValue) } ?? true })
    }
}

extension Hello {
    /// What runs in the largest number of slots, and the reports and releases that may wait beside it.
    private static let mostHeld = 32_768
    private static let longestName = 256
    private static let mostPatterns = 1_024

    /// What is wrong with it, in sentences; empty when the worker can be served.
    var problems: [String] {
        var found: [String] = []
        let names = [("name", worker), ("session", session), ("program version", program)]
        for (what, name) in names where !Self.isPlain(name) {
            found.append("the worker's \(what) is not plain text of up to \(Self.longestName) bytes")
        }
        if worker.isEmpty { found.append("the worker has no name: start it with one") }
        if !RunSpecification.slotRange.contains(slots) {
            found.append("the worker has \(slots) slots: expected 1 to \(RunSpecification.slotRange.upperBound)")
        }
        if held.count > Self.mostHeld {
            found.append("the worker says that it holds \(held.count) leases: expected at most \(Self.mostHeld)")
        }
        for (what, patterns) in [("regions", regions ?? []), ("roles", roles ?? [])] {
            if patterns.count > Self.mostPatterns {
                found.append("the worker names \(patterns.count) \(what): expected at most \(Self.mostPatterns)")
            } else if !patterns.allSatisfy(Self.isPlain) {
                found.append("one of the worker's \(what) is not plain text of up to \(Self.longestName) bytes")
            }
        }
        return found + (native?.problems ?? [])
    }

    /// Whether a text can stand in tables and logs.
    fileprivate static func isPlain(_ text: String) -> Bool {
        text.utf8.count <= longestName
            && text.unicodeScalars.allSatisfy { scalar in
                switch scalar.properties.generalCategory {
                case .control, .lineSeparator, .paragraphSeparator: false
                default: true
                }
            }
    }
}

extension NativeOffer {
    /// What is wrong with it, in sentences; empty when the worker can be served.
    fileprivate var problems: [String] {
        var found: [String] = []
        if functions.count > Self.mostFunctions {
            found.append("the worker has \(functions.count) functions: expected at most \(Self.mostFunctions)")
        } else if size > Self.mostBytes {
            found.append("the worker's functions take \(size) bytes to tell: expected at most \(Self.mostBytes)")
        } else if Set(functions.map(\.name)).count < functions.count {
            found.append("the worker names a function twice: expected each once")
        }
        if !([program, build] + functions.map(\.name)).allSatisfy({ !$0.isEmpty && Hello.isPlain($0) }) {
            found.append(
                "the worker's program, build or one of its functions has no name of plain text up to 256 bytes")
        }
        return found
    }
}
