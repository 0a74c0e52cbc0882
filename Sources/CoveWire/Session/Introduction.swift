// SPDX-License-Identifier: Apache-2.0

/// The first frame of a peer: who it is.
package struct Introduction: Sendable, Hashable {
    /// The version of the protocol that both shall speak.
    package var version: Int
    package var role: PeerRole
    /// The version of its program.
    package var program: String
    /// What it can do beyond the version.
    package var features: [String]
    /// What it shows as its token, where it has one and was asked for one.
    package var token: AccessToken?

    package init(
        version: Int, role: PeerRole, program: String, features: [String] = [], token: AccessToken? = nil
    ) {
        self.version = version
        self.role = role
        self.program = program
        self.features = features
        self.token = token
    }
}

extension Introduction: Codable {
    /// The value of `type`.
    static let type = "introduction"

    private enum Key: String, CodingKey {
        case type, role, program, features, token
        case version = "protocol"
    }

    /// Reads an introduction.
    ///
    /// - Throws: `DecodingError`, which never holds the token; a text that can be no token is one.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        version = try container.decode(Int.self, forKey: .version)
        let word = try container.decode(String.self, forKey: .role)
        guard let role = PeerRole(rawValue: word) else {
            throw DecodingError.dataCorruptedError(
                forKey: .role, in: container,
                debugDescription: "found \"\(PeerText(word, limit: 64))\", expected worker or client")
        }
        self.role = role
        program = try container.decodeIfPresent(String.self, forKey: .program) ?? ""
        features = try container.decodeIfPresent([String].self, forKey: .features) ?? []
        token = try container.decodeIfPresent(String.self, forKey: .token).map { text in
            guard let token = AccessToken(text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .token, in: container,
                    debugDescription: "expected 1 to 1024 printable ASCII characters without spaces")
            }
            return token
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Self.type, forKey: .type)
        try container.encode(version, forKey: .version)
        try container.encode(role, forKey: .role)
        try container.encode(program, forKey: .program)
        try container.encode(features, forKey: .features)
        try container.encodeIfPresent(token?.secret, forKey: .token)
    }
}
