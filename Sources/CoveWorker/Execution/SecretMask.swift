// SPDX-License-Identifier: Apache-2.0

import CoveAWS

/// Hides a session's secrets in what a program wrote to stderr, which goes into failures, logs and tables.
///
/// A program that traces itself (`set -x`, an SDK's debug log) writes the credentials of its environment. Only the
/// exact bytes are found: a program that encodes them first is not stopped.
struct SecretMask: Sendable {
    private static let mark = Array("[secret]".utf8)
    private let secrets: [[UInt8]]

    /// Hides the access key, its id included, and the session token of `credentials`.
    init(_ credentials: Credentials) { self.init([credentials]) }

    /// Hides those of all of `credentials`, as of a session that was renewed.
    init(_ credentials: [Credentials]) {
        secrets = credentials.flatMap { [$0.secretAccessKey, $0.sessionToken ?? "", $0.accessKeyID] }
            .map { Array($0.utf8) }
            // A shorter text is no secret of AWS and would be found in ordinary words.
            .filter { $0.count >= Self.mark.count }
    }

    /// How many bytes before a place must be known to tell whether a secret reaches over it.
    var reach: Int { secrets.map(\.count).max() ?? 0 }

    /// Bytes with every secret replaced.
    func bytes(_ bytes: [UInt8]) -> [UInt8] { end(of: bytes, limit: bytes.count) }

    /// Text with every secret replaced.
    func text(_ text: String) -> String { String(decoding: bytes(Array(text.utf8)), as: UTF8.self) }

    /// The last `limit` bytes of `bytes` with every secret replaced, also one that begins before them.
    ///
    /// At most `limit` bytes, unless a mark stands for the end of a secret that begins before them.
    func end(of bytes: [UInt8], limit: Int) -> [UInt8] {
        let start = max(0, bytes.count - limit)
        var result: [UInt8] = []
        var place = max(0, start - reach)
        while place < bytes.count {
            if let secret = secrets.first(where: { bytes[place...].starts(with: $0) }) {
                place += secret.count
                if place > start { result += Self.mark }
            } else {
                if place >= start { result.append(bytes[place]) }
                place += 1
            }
        }
        return result
    }

    /// Hides another secret too.
    func hiding(_ secret: String) -> SecretMask { SecretMask(secrets: secrets + [Array(secret.utf8)]) }

    private init(secrets: [[UInt8]]) { self.secrets = secrets }
}
