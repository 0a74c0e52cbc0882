// SPDX-License-Identifier: Apache-2.0

/// The first frame of a link: what the coordinator speaks.
package struct Greeting: Sendable, Hashable {
    /// The versions of the protocol that it speaks.
    package var versions: ProtocolVersions
    /// The version of its program.
    package var program: String
    /// How a peer may say who it is; words that a peer does not know are ignored.
    package var authentication: [String]

    package init(versions: ProtocolVersions, program: String, authentication: [String]) {
        self.versions = versions
        self.program = program
        self.authentication = authentication
    }
}

extension Greeting: Codable {
    /// The value of `type`.
    static let type = "greeting"

    /// The words of `authentication`.
    enum Authentication {
        /// A token in the introduction.
        static let token = "token"
        /// A client certificate in TLS.
        static let certificate = "certificate"
        /// Who can open the control socket needs nothing else.
        static let socket = "socket"
    }

    private enum Key: String, CodingKey {
        case type, program, authentication
        case versions = "protocol"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        versions = try container.decode(ProtocolVersions.self, forKey: .versions)
        program = try container.decodeIfPresent(String.self, forKey: .program) ?? ""
        authentication = try container.decodeIfPresent([String].self, forKey: .authentication) ?? []
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Self.type, forKey: .type)
        try container.encode(versions, forKey: .versions)
        try container.encode(program, forKey: .program)
        try container.encode(authentication, forKey: .authentication)
    }
}
