// SPDX-License-Identifier: Apache-2.0

/// The checksums by which services and clients see that a body arrived as it was sent (`x-amz-checksum-…`).
enum BodyChecksum: String, Sendable, CaseIterable {
    case crc64nvme, crc32c, crc32, sha1, sha256, sha512

    /// The field that carries it.
    var field: String { "x-amz-checksum-\(rawValue)" }

    /// The checksum of a body, in base64.
    func text(_ body: RequestBody) throws -> String {
        switch self {
        case .crc64nvme: try cyclic(.crc64nvme, body)
        case .crc32c: try cyclic(.crc32c, body)
        case .crc32: try cyclic(.crc32, body)
        case .sha1: Base64.encode(try body.digest(.sha1))
        case .sha256: Base64.encode(try body.digest(.sha256))
        case .sha512: Base64.encode(try body.digest(.sha512))
        }
    }

    private func cyclic(_ kind: CyclicChecksum.Kind, _ body: RequestBody) throws -> String {
        var checksum = CyclicChecksum(kind)
        try body.forEachPart { checksum.add($0) }
        return Base64.encode(checksum.bytes)
    }
}

extension RequestBody {
    /// The digest of all bytes.
    func digest(_ algorithm: Digest.Algorithm) throws -> [UInt8] {
        if case .bytes(let bytes) = self { return try Digest.hash(algorithm, bytes) }
        let digest = try RunningDigest(algorithm)
        try forEachPart { try digest.add($0) }
        return try digest.finish()
    }
}
