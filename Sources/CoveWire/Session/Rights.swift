// SPDX-License-Identifier: Apache-2.0

/// What a peer may do.
package struct Rights: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Lease and report as a worker.
    package static let join = Rights(rawValue: 1)
    /// Ask about runs, results and workers.
    package static let read = Rights(rawValue: 2)
    /// Make, continue, cancel and forget runs; includes `read`.
    package static let submit = Rights(rawValue: 4 | 2)

    /// The rights by their words, as they travel.
    private static let words: [(word: String, right: Rights)] = [("join", .join), ("submit", .submit), ("read", .read)]

    /// The rights' words; `submit` comes with `read`.
    package var words: [String] { Self.words.filter { contains($0.right) }.map(\.word) }

    /// The rights that words name; other words give none.
    package init(words: some Sequence<String>) {
        self = []
        for word in words {
            if let named = Self.words.first(where: { $0.word == word }) { insert(named.right) }
        }
    }

    /// The rights that the URIs of a certificate name: `cove:join`, `cove:submit`, `cove:read`; other URIs give none.
    package init(uris: some Sequence<String>) {
        let prefix = "cove:"
        self.init(words: uris.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) })
    }

    /// Whether they let a peer be what it says.
    package func allow(_ role: PeerRole) -> Bool {
        switch role {
        case .worker: contains(.join)
        case .client: contains(.read)
        }
    }
}

extension Rights: Codable, CustomStringConvertible {
    package init(from decoder: any Decoder) throws {
        self.init(words: try decoder.singleValueContainer().decode([String].self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(words)
    }

    package var description: String { isEmpty ? "no right" : words.joined(separator: ", ") }
}
