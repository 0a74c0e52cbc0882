// SPDX-License-Identifier: Apache-2.0

import CoveCore

extension WorkerMessage {
    /// The values of `type`.
    enum Word: String, CaseIterable {
        case hello, leaseRequest, heartbeat, report, release, fetch, goodbye
    }

    private enum Key: String, CodingKey {
        case type, reports, releases
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch Word(rawValue: try container.decode(String.self, forKey: .type)) {
        case .hello: self = .hello(try Hello(from: decoder))
        case .leaseRequest: self = .leaseRequest(try LeaseRequest(from: decoder))
        case .heartbeat: self = .heartbeat(try Heartbeat(from: decoder))
        case .report: self = .report(try container.decode([AttemptReport].self, forKey: .reports))
        case .release: self = .release(try container.decode([LeaseRelease].self, forKey: .releases))
        case .fetch: self = .fetch(try ArtefactRequest(from: decoder))
        case .goodbye: self = .goodbye
        case nil:
            throw DecodingError.dataCorruptedError(
                forKey: .type, in: container, debugDescription: "expected a message of a worker")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        func type(_ word: Word) throws { try container.encode(word.rawValue, forKey: .type) }
        switch self {
        case .hello(let hello):
            try type(.hello)
            try hello.encode(to: encoder)
        case .leaseRequest(let request):
            try type(.leaseRequest)
            try request.encode(to: encoder)
        case .heartbeat(let heartbeat):
            try type(.heartbeat)
            try heartbeat.encode(to: encoder)
        case .report(let reports):
            try type(.report)
            try container.encode(reports, forKey: .reports)
        case .release(let releases):
            try type(.release)
            try container.encode(releases, forKey: .releases)
        case .fetch(let request):
            try type(.fetch)
            try request.encode(to: encoder)
        case .goodbye: try type(.goodbye)
        }
    }
}

extension LeaseRequest {
    private enum Key: String, CodingKey {
        case want
    }

    package init(from decoder: any Decoder) throws {
        want = try decoder.container(keyedBy: Key.self).decode(1...Hello.mostSlots, forKey: .want)
    }
}

extension Heartbeat {
    private enum Key: String, CodingKey {
        case number, isDraining
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        number = try container.decode(1...Int64.max, forKey: .number)
        isDraining = try container.decodeIfPresent(Bool.self, forKey: .isDraining) ?? false
    }
}

extension Hello {
    /// More slots than any worker has; numbers in messages are bounded so that sums of them are.
    static let mostSlots = 1_000_000

    private enum Key: String, CodingKey {
        case worker, session, slots, kinds, regions, roles, account, program, native, held, takesArtefacts
        case takesSettings
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        worker = try container.decode(String.self, forKey: .worker)
        session = try container.decode(String.self, forKey: .session)
        slots = try container.decode(1...Self.mostSlots, forKey: .slots)
        // A worker of a later version may allow kinds that are not known here; it is never given them.
        kinds = try container.decode([String].self, forKey: .kinds).compactMap(FunctionSpecification.Kind.init)
        regions = try container.decodeIfPresent([String].self, forKey: .regions)
        roles = try container.decodeIfPresent([String].self, forKey: .roles)
        account = try container.decodeIfPresent(AccountID.self, forKey: .account)
        program = try container.decodeIfPresent(String.self, forKey: .program) ?? ""
        native = try container.decodeIfPresent(NativeOffer.self, forKey: .native)
        held = try container.decodeIfPresent([LeaseToken].self, forKey: .held) ?? []
        takesArtefacts = try container.decodeIfPresent(Bool.self, forKey: .takesArtefacts) ?? false
        takesSettings = try container.decodeIfPresent(Bool.self, forKey: .takesSettings) ?? false
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(worker, forKey: .worker)
        try container.encode(session, forKey: .session)
        try container.encode(slots, forKey: .slots)
        try container.encode(kinds, forKey: .kinds)
        try container.encodeIfPresent(regions, forKey: .regions)
        try container.encodeIfPresent(roles, forKey: .roles)
        try container.encodeIfPresent(account, forKey: .account)
        try container.encode(program, forKey: .program)
        try container.encodeIfPresent(native, forKey: .native)
        try container.encode(held, forKey: .held)
        if takesArtefacts { try container.encode(true, forKey: .takesArtefacts) }
        if takesSettings { try container.encode(true, forKey: .takesSettings) }
    }
}

extension KeyedDecodingContainer {
    /// A number that must lie in a range.
    func decode<Number: FixedWidthInteger & Decodable>(_ range: ClosedRange<Number>, forKey key: Key) throws -> Number {
        let number = try decode(Number.self, forKey: key)
        guard range.contains(number) else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self,
                debugDescription: "found \(number), expected \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
