// SPDX-License-Identifier: Apache-2.0

internal import CCrypto
internal import Synchronization

/// Hashes by libcrypto: the only user of it.
///
/// Algorithms are looked up once and contexts are used again, since both cost more than the hash of a small request.
final class Digest: Sendable {
    /// The algorithms that AWS's protocols know.
    enum Algorithm: String, Sendable {
        case sha256 = "SHA256"
        case sha1 = "SHA1"
        case sha512 = "SHA512"
        case md5 = "MD5"
    }

    /// A libcrypto context.
    ///
    /// Sendable: it is used by whoever took it out of the pool, and by nobody else meanwhile.
    fileprivate struct Context: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    /// The looked-up algorithm.
    ///
    /// Sendable: libcrypto only counts its references.
    private struct Method: @unchecked Sendable {
        let pointer: OpaquePointer
        let size: Int
    }

    private static let blockSize = 64
    private static let poolLimit = 16
    private let method: Method
    private let pool = Mutex<[Context]>([])

    private init?(_ algorithm: Algorithm) {
        guard let pointer = EVP_MD_fetch(nil, algorithm.rawValue, nil) else { return nil }
        method = Method(pointer: pointer, size: Int(EVP_MD_get_size(pointer)))
    }

    // Absent only when libcrypto is set up so that it does not offer the algorithm.
    private static let sha256 = Digest(.sha256)
    private static let sha1 = Digest(.sha1)
    private static let sha512 = Digest(.sha512)
    private static let md5 = Digest(.md5)

    /// The SHA-256 digest of the bytes.
    static func sha256(_ bytes: [UInt8]) throws -> [UInt8] { try hash(.sha256, bytes) }

    /// The digest of the bytes.
    static func hash(_ algorithm: Algorithm, _ bytes: [UInt8]) throws -> [UInt8] {
        let digest = try of(algorithm)
        let context = try digest.take()
        defer { digest.giveBack(context) }
        try digest.begin(context)
        try digest.add(bytes.span.bytes, to: context)
        return try digest.finish(context)
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

    // MARK: Contexts

    fileprivate static func of(_ algorithm: Algorithm) throws -> Digest {
        let digest =
            switch algorithm {
            case .sha256: sha256
            case .sha1: sha1
            case .sha512: sha512
            case .md5: md5
            }
        guard let digest else {
            throw AWSError(
                .invalidInput, code: "SigningFailed",
                message: "libcrypto offers no \(algorithm.rawValue); check the OpenSSL configuration "
                    + "(openssl list -digest-algorithms)")
        }
        return digest
    }

    fileprivate func take() throws -> Context {
        let pooled = pool.withLock { $0.popLast() }
        guard let context = pooled ?? EVP_MD_CTX_new().map(Context.init) else { throw Self.failure }
        return context
    }

    fileprivate func giveBack(_ context: Context) {
        let isKept = pool.withLock { pool in
            guard pool.count < Self.poolLimit else { return false }
            pool.append(context)
            return true
        }
        if !isKept { EVP_MD_CTX_free(context.pointer) }
    }

    fileprivate func begin(_ context: Context) throws {
        guard EVP_DigestInit_ex2(context.pointer, method.pointer, nil) == 1 else { throw Self.failure }
    }

    fileprivate func add(_ bytes: RawSpan, to context: Context) throws {
        let isAdded = bytes.withUnsafeBytes { EVP_DigestUpdate(context.pointer, $0.baseAddress, $0.count) == 1 }
        guard isAdded else { throw Self.failure }
    }

    fileprivate func finish(_ context: Context) throws -> [UInt8] {
        var isDone = false
        let digest = [UInt8](unsafeUninitializedCapacity: method.size) { buffer, count in
            isDone = EVP_DigestFinal_ex(context.pointer, buffer.baseAddress, nil) == 1
            count = isDone ? method.size : 0
        }
        guard isDone else { throw Self.failure }
        return digest
    }

    private static let failure = AWSError(
        .invalidInput, code: "SigningFailed", message: "libcrypto cannot hash: is there memory left?")
}

/// A hash of bytes that come one part after the other.
struct RunningDigest: ~Copyable {
    private let digest: Digest
    private let context: Digest.Context

    init(_ algorithm: Digest.Algorithm) throws {
        let digest = try Digest.of(algorithm)
        let context = try digest.take()
        do { try digest.begin(context) } catch {
            digest.giveBack(context)
            throw error
        }
        self.digest = digest
        self.context = context
    }

    deinit { digest.giveBack(context) }

    func add(_ bytes: [UInt8]) throws { try digest.add(bytes.span.bytes, to: context) }

    /// The hash of all that was added; nothing may be added afterwards.
    func finish() throws -> [UInt8] { try digest.finish(context) }
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
