// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Foundation
import NIOSSL
import SwiftASN1
import Testing
import X509

@testable import CoveKit

/// Certificates as other programs read them, and when they are not made.
@Suite struct CertificateFolderTests {
    private static let now = Timestamp.start
    private let place: TemporaryFolder
    private let folder: CertificateFolder

    init() throws {
        place = try TemporaryFolder()
        folder = CertificateFolder(place.path + "/tls/")
        _ = try folder.makeAuthority(days: 10, replaces: false, now: Self.now)
    }

    private func certificate(_ name: String) throws -> Certificate {
        try Certificate(pemEncoded: place.text("tls/\(name).pem"))
    }

    private func mode(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: place.file(name))[.posixPermissions] as? Int
    }

    @Test func `keys are for their owner's eyes alone`() throws {
        _ = try folder.makeIdentity(for: .worker("w"), days: 1, replaces: false, now: Self.now)
        #expect(folder.path == place.path + "/tls")
        #expect(try mode("tls") == 0o700)
        #expect(try mode("tls/ca.key") == 0o600)
        #expect(try mode("tls/worker-w.key") == 0o600)
        #expect(try mode("tls/ca.pem") == 0o644)
    }

    @Test func `an authority may make certificates and no authorities`() throws {
        let authority = try certificate("ca")
        #expect(try authority.extensions.basicConstraints == .isCertificateAuthority(maxPathLength: 0))
        #expect(try authority.extensions.keyUsage == KeyUsage(keyCertSign: true, cRLSign: true))
        #expect(authority.issuer == authority.subject)
        #expect(authority.publicKey.isValidSignature(authority.signature, for: authority))
    }

    @Test func `what a certificate lets its holder do stands in its names`() throws {
        let holders: [(CertificateHolder, names: [GeneralName], usage: ExtendedKeyUsage.Usage)] = [
            (.worker("w"), [.uniformResourceIdentifier("cove:join")], .clientAuth),
            (.client("a", isReadOnly: false), [.uniformResourceIdentifier("cove:submit")], .clientAuth),
            (.client("b", isReadOnly: true), [.uniformResourceIdentifier("cove:read")], .clientAuth),
            (
                .coordinator([.name("cove.example.org"), .address([10, 0, 0, 7])], firstName: "cove.example.org"),
                [.dnsName("cove.example.org"), .ipAddress(ASN1OctetString(contentBytes: [10, 0, 0, 7]))], .serverAuth
            ),
        ]
        let authority = try certificate("ca")
        for (holder, names, usage) in holders {
            let (files, _) = try folder.makeIdentity(for: holder, days: 1, replaces: false, now: Self.now)
            #expect(files == folder.files(of: holder.fileName))
            let made = try certificate(holder.fileName)
            #expect(try made.extensions.subjectAlternativeNames == SubjectAlternativeNames(names))
            #expect(try made.extensions.extendedKeyUsage == ExtendedKeyUsage([usage]))
            #expect(try made.extensions.basicConstraints == .notCertificateAuthority)
            #expect(made.issuer == authority.subject)
            #expect(authority.publicKey.isValidSignature(made.signature, for: made))
            #expect(made.subject.description == "CN=\(holder.commonName),O=Cove")
            let key = try Certificate.PrivateKey(pemEncoded: place.text("tls/\(holder.fileName).key"))
            #expect(key.publicKey == made.publicKey)
        }
    }

    @Test func `no certificate outlives its authority`() throws {
        let first = try folder.makeIdentity(for: .worker("w"), days: 1, replaces: false, now: Self.now)
        #expect(first.validUntil == Self.now + .seconds(86_400))
        let second = try folder.makeIdentity(for: .worker("v"), days: 365, replaces: false, now: Self.now)
        #expect(second.validUntil == Self.now + .seconds(10 * 86_400))
        let seconds = Double(Self.now.milliseconds / 1_000)
        #expect(try certificate("worker-v").notValidAfter.timeIntervalSince1970 == seconds + 10 * 86_400)
        // Clocks differ.
        #expect(try certificate("worker-v").notValidBefore.timeIntervalSince1970 == seconds - 300)
    }

    @Test func `nothing is overwritten unless that is said`() throws {
        let authority = try place.text("tls/ca.pem")
        #expect(throws: InvalidRequest.self) { try folder.makeAuthority(days: 1, replaces: false, now: Self.now) }
        _ = try folder.makeIdentity(for: .worker("w"), days: 1, replaces: false, now: Self.now)
        let worker = try place.text("tls/worker-w.pem")
        #expect(throws: InvalidRequest("\(folder.path)/worker-w.pem is there already: with --force it is replaced")) {
            try folder.makeIdentity(for: .worker("w"), days: 1, replaces: false, now: Self.now)
        }
        #expect(try place.text("tls/ca.pem") == authority)
        #expect(try place.text("tls/worker-w.pem") == worker)
        _ = try folder.makeIdentity(for: .worker("w"), days: 1, replaces: true, now: Self.now)
        #expect(try place.text("tls/worker-w.pem") != worker)
        _ = try folder.makeAuthority(days: 1, replaces: true, now: Self.now)
        #expect(try place.text("tls/ca.pem") != authority)
    }

    @Test func `a key that is there alone is not overwritten either`() throws {
        _ = try place.write("tls/worker-w.key", "mine".utf8)
        #expect(throws: InvalidRequest("\(folder.path)/worker-w.key is there already: with --force it is replaced")) {
            try folder.makeIdentity(for: .worker("w"), days: 1, replaces: false, now: Self.now)
        }
    }

    @Test func `an authority that is missing, over, or not one is told`() throws {
        let other = CertificateFolder(place.path + "/other one")
        #expect(
            throws: InvalidRequest(
                "there is no authority in \(other.path) (no ca.pem): make one with `cove certs init '\(other.path)'`")
        ) {
            try other.makeIdentity(for: .worker("w"), days: 1, replaces: false, now: Self.now)
        }
        #expect(throws: InvalidRequest("the authority's certificate ended on 2026-11-30: make another authority")) {
            try folder.makeIdentity(
                for: .worker("w"), days: 1, replaces: false, now: Self.now + .seconds(10 * 86_400))
        }
        _ = try folder.makeIdentity(for: .worker("w"), days: 1, replaces: false, now: Self.now)
        _ = try place.write("tls/ca.pem", try place.text("tls/worker-w.pem").utf8)
        #expect(
            throws: InvalidRequest([
                "the authority's key is not that of its certificate",
                "the authority's certificate does not allow it to make others (basicConstraints: CA:FALSE)",
            ])
        ) {
            try folder.readAuthority(now: Self.now)
        }
        _ = try place.write("tls/ca.key", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n".utf8)
        #expect(
            throws: InvalidRequest("the authority's key cannot be read: expected an unencrypted private key in PEM")
        ) {
            try folder.readAuthority(now: Self.now)
        }
        #expect(try !place.names().contains("other one"))
    }

    @Test(arguments: ["w1", "a", "worker-1.eu_west", String(repeating: "n", count: 64)])
    func `a name`(text: String) { #expect(CertificateHolder.isName(text)) }

    @Test(arguments: ["", ".", "..", ".x", "a/b", "../a", "a b", "ä", String(repeating: "n", count: 65)])
    func `what cannot be a name`(text: String) { #expect(!CertificateHolder.isName(text)) }
}
