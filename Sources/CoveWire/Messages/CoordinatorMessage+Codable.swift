// SPDX-License-Identifier: Apache-2.0

import CoveCore

extension CoordinatorMessage {
    /// The values of `type`.
    enum Word: String, CaseIterable {
        case welcome, grant, verdicts, renewal, cancel, drain, goaway, part, refusal
    }

    private enum Key: String, CodingKey {
        case type, answers, tokens
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch Word(rawValue: try container.decode(String.self, forKey: .type)) {
        case .welcome: self = .welcome(try Welcome(from: decoder))
        case .grant: self = .grant(try LeaseGrant(from: decoder))
        case .verdicts: self = .verdicts(try container.decode([ReportAnswer].self, forKey: .answers))
        case .renewal: self = .renewal(try Renewal(from: decoder))
        case .cancel: self = .cancel(try container.decode([LeaseToken].self, forKey: .tokens))
        case .drain: self = .drain
        case .goaway: self = .goaway(try Goaway(from: decoder))
        case .part: self = .part(try ArtefactPart(from: decoder))
        case .refusal: self = .refusal(try Refusal(from: decoder))
        case nil:
            throw DecodingError.dataCorruptedError(
                forKey: .type, in: container, debugDescription: "expected a message of a coordinator to a worker")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        func type(_ word: Word) throws { try container.encode(word.rawValue, forKey: .type) }
        switch self {
        case .welcome(let welcome):
            try type(.welcome)
            try welcome.encode(to: encoder)
        case .grant(let grant):
            try type(.grant)
            try grant.encode(to: encoder)
        case .verdicts(let answers):
            try type(.verdicts)
            try container.encode(answers, forKey: .answers)
        case .renewal(let renewal):
            try type(.renewal)
            try renewal.encode(to: encoder)
        case .cancel(let tokens):
            try type(.cancel)
            try container.encode(tokens, forKey: .tokens)
        case .drain: try type(.drain)
        case .goaway(let goaway):
            try type(.goaway)
            try goaway.encode(to: encoder)
        case .part(let part):
            try type(.part)
            try part.encode(to: encoder)
        case .refusal(let refusal):
            try type(.refusal)
            try refusal.encode(to: encoder)
        }
    }
}

extension Welcome {
    private enum Key: String, CodingKey {
        case epoch, terms, lost, callingAccount
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        epoch = try container.decode(Int64.self, forKey: .epoch)
        terms = try container.decode(LeaseTerms.self, forKey: .terms)
        lost = try container.decodeIfPresent([LeaseToken].self, forKey: .lost) ?? []
        callingAccount = try container.decodeIfPresent(AccountID.self, forKey: .callingAccount)
        guard (1...86_400_000).contains(terms.ttlMilliseconds),
            (1...terms.ttlMilliseconds).contains(terms.heartbeatMilliseconds)
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .terms, in: container,
                debugDescription: "found \(terms.heartbeatMilliseconds) of \(terms.ttlMilliseconds) milliseconds, "
                    + "expected a TTL up to a day and heartbeats within it")
        }
    }
}

extension Renewal {
    private enum Key: String, CodingKey {
        case number
    }

    package init(from decoder: any Decoder) throws {
        number = try decoder.container(keyedBy: Key.self).decode(1...Int64.max, forKey: .number)
    }
}

extension Goaway {
    /// Nobody is told to stay away for longer, in milliseconds: an hour.
    package static let longestRetry: Int64 = 3_600_000

    private enum Key: String, CodingKey {
        case reason, retryMilliseconds
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        reason = try container.decode(String.self, forKey: .reason)
        let retry = try container.decodeIfPresent(Int64.self, forKey: .retryMilliseconds) ?? 0
        retryMilliseconds = min(max(0, retry), Self.longestRetry)
    }
}
