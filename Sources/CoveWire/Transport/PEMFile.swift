// SPDX-License-Identifier: Apache-2.0

// `stat` belongs to whichever of these two the compiler happens to load first; X509 brings the former.
internal import CoreFoundation
internal import Glibc
internal import NIOCore
internal import NIOSSL

/// A file of certificates or of a private key.
struct PEMFile: Sendable {
    /// No file of certificates is larger; one that seems to be is none.
    private static let limit = 1 << 20

    let path: String
    /// The option that names it, for messages.
    let option: String

    /// Whether everybody on this host may read it.
    var isOpenToEverybody: Bool {
        var status = stat()
        return stat(path, &status) == 0 && SecretFileMode(status.st_mode).isReadByEverybody
    }

    /// The certificates in it, at least one.
    func certificates() throws(LinkError) -> [NIOSSLCertificate] {
        let bytes = try read()
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
            throw LinkError(
                .configuration, "\(option): found no certificate in \(path), expected PEM (-----BEGIN CERTIFICATE-----)"
            )
        }
        return certificates
    }

    /// The private key in it.
    func privateKey() throws(LinkError) -> NIOSSLPrivateKey {
        let bytes = try read()
        do {
            return try NIOSSLPrivateKey(bytes: bytes, format: .pem)
        } catch {
            throw LinkError(
                .configuration,
                "\(option): found no private key in \(path) that can be used, expected PEM without a passphrase (-----BEGIN PRIVATE KEY-----)"
            )
        }
    }

    private func read() throws(LinkError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(errno) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= Self.limit else {
            throw LinkError(.configuration, "\(option): \(path) is not a file of certificates or keys")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var count = 0
        while count < bytes.count {
            let start = count
            let more = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress?.advanced(by: start), $0.count - start)
            }
            if more < 0, errno == EINTR { continue }
            guard more >= 0 else { throw unreadable(errno) }
            if more == 0 { break }
            count += more
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    private func unreadable(_ code: Int32) -> LinkError {
        LinkError(.configuration, "\(option): cannot read \(path): \(String(cString: strerror(code)))")
    }
}
