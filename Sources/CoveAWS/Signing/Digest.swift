// SPDX-License-Identifier: Apache-2.0

internal import CCrypto
internal import Synchronization

/// SHA-256 and HMAC-SHA-256 by libcrypto: the only user of it.
///
/// The algorithm is looked up once and contexts are used again, since both cost more than the hash of a small request.
final class Digest: Sendable {
    /// A libcrypto context.
    ///
    /// Sendable: it is used by whoever took it out of the pool, and by nobody else meanwhile.
    private struct Context: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    /// The looked-up algorithm.
    ///
    /// Sendable: libcrypto only counts its references.
    private struct Algorithm: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private static let blockSize = 64
    private static let poolLimit = 16
    private let algorithm: Algorithm
    private let pool = Mutex<[Context]>([])

    private init(_ algorithm: Algorithm) { self.algorithm = algorithm }

    /// SHA-256.
    ///
    /// Absent only when libcrypto is set up so that it does not offer the algorithm.
    private static let shared = EVP_MD_fetch(nil, "SHA256", nil).map { Digest(Algorithm(pointer: $0)) }

    /// The SHA-256 digest of the bytes.
    static func sha256(_ bytes: [UInt8]) throws -> [UInt8] {
        let digest = try available()
        return try digest.withContext { context in
            guard EVP_DigestInit_ex2(context, digest.algorithm.pointer, nil) == 1,
                bytes.withUnsafeBytes({ EVP_DigestUpdate(context, $0.baseAddress, $0.count) }) == 1
            else { throw failure }
            return try final(context)
        }
    }

    /// The HMAC-SHA-256 of the bytes (RFC 2104).
    static func hmac(key: [UInt8], _ bytes: some Collection<UInt8>) throws -> [UInt8] {
        var block = key.count > blockSize ? try sha256(key) : key
        block.append(contentsOf: repeatElement(0, count: blockSize - block.count))
        var inner: [UInt8] = []
        inner.reserveCapacity(blockSize + bytes.count)
        for byte in block { inner.append(byte ^ 0x36) }
        inner.append(contentsOf: bytes)
        var outer: [UInt8] = []
        outer.reserveCapacity(blockSize + 32)
        for byte in block { outer.append(byte ^ 0x5C) }
        outer.append(contentsOf: try sha256(inner))
        return try sha256(outer)
    }

    private static func final(_ context: OpaquePointer) throws -> [UInt8] {
        var isDone = false
        let digest = [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            isDone = EVP_DigestFinal_ex(context, buffer.baseAddress, nil) == 1
            count = isDone ? 32 : 0
        }
        guard isDone else { throw failure }
        return digest
    }

    private func withContext(_ body: (OpaquePointer) throws -> [UInt8]) throws -> [UInt8] {
        let pooled = pool.withLock { $0.popLast() }
        guard let context = pooled ?? EVP_MD_CTX_new().map(Context.init) else { throw Self.failure }
        defer {
            let isKept = pool.withLock { pool in
                guard pool.count < Self.poolLimit else { return false }
                pool.append(context)
                return true
            }
            if !isKept { EVP_MD_CTX_free(context.pointer) }
        }
        return try body(context.pointer)
    }

    private static func available() throws -> Digest {
        guard let shared else { throw failure }
        return shared
    }

    private static let failure = AWSError(
        .invalidInput, code: "SigningFailed",
        message: "libcrypto offers no SHA-256; check the OpenSSL configuration (openssl list -digest-algorithms)")
}

/// Hexadecimal text, as SigV4 writes digests.
enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Appends two lower-case digits for every byte.
    static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
    }

    /// Two lower-case digits for every byte.
    static func text(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(2 * bytes.count)
        append(bytes, to: &text)
        return text
    }
}
