// SPDX-License-Identifier: Apache-2.0

public import struct FoundationEssentials.Date

/// AWS credentials: an access key, and for a role session its token and end.
///
/// The secret parts never print: every textual form shows the access key's last four characters and the expiry.
public struct Credentials: Sendable, Equatable {
    /// The access key id, `AKIA…` for a user's key and `ASIA…` for a session's.
    public let accessKeyID: String
    /// The secret that signs requests.
    public let secretAccessKey: String
    /// The session token that belongs to a temporary key; nil for a user's key.
    public let sessionToken: String?
    /// When a temporary key ends; nil for one that does not.
    public let expiration: Date?

    /// Makes credentials out of their parts.
    public init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiration: Date? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }
}

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The credentials without their secrets.
    public var description: String {
        let end = expiration.map { ", expires \(Int64($0.timeIntervalSince1970))" } ?? ""
        return "Credentials(…\(accessKeyID.suffix(4))\(end))"
    }

    /// The same as `description`.
    public var debugDescription: String { description }

    /// A mirror without children, so that `dump` and string interpolation of an owner show no secret.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
