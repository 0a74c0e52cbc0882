// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// The keys that secrets, days and scopes give: SigV4's task 3, which costs four HMACs and is the same for a day.
///
/// Holds two generations of at most 256 keys; when the younger is full, the older is forgotten. A run that visits 10,000
/// accounts so keeps the keys that it uses often and forgets the rest.
final class SigningKeyCache: Sendable {
    private struct Key: Hashable {
        let secret: String
        let day: String
        let scope: SigningScope
    }

    private struct Generations {
        var young: [Key: [UInt8]] = [:]
        var old: [Key: [UInt8]] = [:]
    }

    private static let limit = 256
    private let generations = Mutex(Generations())

    init() {}

    /// The signing key of the secret for the scope on a day (`20150830`).
    func key(secret: String, day: String, scope: SigningScope) throws -> [UInt8] {
        let name = Key(secret: secret, day: day, scope: scope)
        if let known = generations.withLock({ $0.young[name] }) { return known }
        let kept = generations.withLock { $0.old[name] }
        let key = try kept ?? Self.derive(secret: secret, day: day, scope: scope)
        generations.withLock { generations in
            if generations.young.count >= Self.limit {
                generations.old = generations.young
                generations.young = [:]
            }
            generations.young[name] = key
        }
        return key
    }

    /// How many keys are held.
    var count: Int { generations.withLock { $0.young.count + $0.old.count } }

    private static func derive(secret: String, day: String, scope: SigningScope) throws -> [UInt8] {
        var key = try Digest.hmac(key: Array("AWS4\(secret)".utf8), day.utf8)
        key = try Digest.hmac(key: key, scope.region.utf8)
        key = try Digest.hmac(key: key, scope.service.utf8)
        return try Digest.hmac(key: key, "aws4_request".utf8)
    }
}
