// SPDX-License-Identifier: Apache-2.0

import CoveCore
import FoundationEssentials

/// The folder of an authority and the certificates that it made: `ca.pem`, `ca.key`, and two files for each.
struct CertificateFolder: Sendable {
    let path: String

    init(_ path: String) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
    }

    /// The authority's certificate, which everybody may have.
    var authority: String { path + "/ca.pem" }
    private var authorityKey: String { path + "/ca.key" }

    /// The files of a certificate and its key.
    func files(of name: String) -> IdentityFiles {
        IdentityFiles(certificate: "\(path)/\(name).pem", key: "\(path)/\(name).key")
    }

    /// Makes an authority.
    ///
    /// - Throws: `InvalidRequest` when there is one and `replaces` is not said.
    func makeAuthority(days: Int, replaces: Bool, now: Timestamp) throws -> CertificateAuthority.Identity {
        try refuseOverwriting(
            files(of: "ca"), unless: replaces,
            "with --force it is replaced, and every certificate that it made is worth nothing then")
        let identity = try CertificateAuthority.make(days: days, now: now).identity
        try PrivateFile.makeFolder(path)
        try write(identity, to: files(of: "ca"))
        return identity
    }

    /// The authority that is there.
    ///
    /// - Throws: `InvalidRequest` when there is none.
    func readAuthority(now: Timestamp) throws -> CertificateAuthority {
        guard FileManager.default.fileExists(atPath: authority) else {
            throw InvalidRequest(
                "there is no authority in \(path) (no ca.pem): make one with `\(Program.current.name) certs init \(ShellWord(path))`"
            )
        }
        let limit = 64 * 1_024
        let certificate = try TextFile.read(authority, limit: limit).get()
        return try CertificateAuthority(
            certificate: certificate, key: TextFile.read(authorityKey, limit: limit).get(), now: now)
    }

    /// Makes a certificate.
    ///
    /// - Throws: `InvalidRequest` when there is one for the holder and `replaces` is not said.
    func makeIdentity(
        for holder: CertificateHolder, days: Int, replaces: Bool, now: Timestamp
    ) throws -> (files: IdentityFiles, validUntil: Timestamp) {
        let files = files(of: holder.fileName)
        let authority = try readAuthority(now: now)
        try refuseOverwriting(files, unless: replaces, "with --force it is replaced")
        let identity = try authority.identity(for: holder, days: days, now: now)
        try write(identity, to: files)
        return (files, identity.validUntil)
    }

    private func write(_ identity: CertificateAuthority.Identity, to files: IdentityFiles) throws {
        try PrivateFile.write(identity.key, to: files.key)
        try PrivateFile.write(identity.certificate, to: files.certificate, mode: 0o644)
    }

    private func refuseOverwriting(_ files: IdentityFiles, unless replaces: Bool, _ consequence: String) throws {
        guard !replaces else { return }
        let found = [files.certificate, files.key].filter { FileManager.default.fileExists(atPath: $0) }
        if let first = found.first { throw InvalidRequest("\(first) is there already: \(consequence)") }
    }
}
