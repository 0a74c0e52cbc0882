// SPDX-License-Identifier: Apache-2.0

/// The coordinator's answer to an introduction: messages follow.
package struct Acceptance: Sendable, Hashable {
    /// The version of the protocol that is spoken.
    package var version: Int
    /// Those of the peer's features that the coordinator has too.
    package var features: [String]
    /// What the peer may do.
    package var rights: Rights
    /// The largest payload of a frame from now on, in bytes, in both directions.
    package var frame: Int
    /// The longest JSON of a message, in bytes, in both directions.
    package var message: Int

    /// The limits of frames that a coordinator may set, in bytes: a peer is not made to take any memory.
    static let frames = 64 << 10...16 << 20
    /// The limits of messages that a coordinator may set, in bytes.
    static let messages = 64 << 10...1 << 30

    package init(version: Int, features: [String] = [], rights: Rights, frame: Int, message: Int) {
        self.version = version
        self.features = features
        self.rights = rights
        self.frame = frame
        self.message = message
    }
}

extension Acceptance: Codable {
    /// The value of `type`.
    static let type = "acceptance"

    private enum Key: String, CodingKey {
        case type, features, rights, limits
        case version = "protocol"
    }

    private enum LimitKey: String, CodingKey {
        case frame, message
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        version = try container.decode(Int.self, forKey: .version)
        features = try container.decodeIfPresent([String].self, forKey: .features) ?? []
        rights = try container.decode(Rights.self, forKey: .rights)
        let limits = try container.nestedContainer(keyedBy: LimitKey.self, forKey: .limits)
        frame = try limits.decode(Self.frames, forKey: .frame)
        message = try limits.decode(Self.messages, forKey: .message)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Self.type, forKey: .type)
        try container.encode(version, forKey: .version)
        try container.encode(features, forKey: .features)
        try container.encode(rights, forKey: .rights)
        var limits = container.nestedContainer(keyedBy: LimitKey.self, forKey: .limits)
        try limits.encode(frame, forKey: .frame)
        try limits.encode(message, forKey: .message)
    }
}
