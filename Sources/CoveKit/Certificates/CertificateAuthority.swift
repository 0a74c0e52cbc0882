// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Crypto
import FoundationEssentials
import SwiftASN1
import X509

/// A certificate authority of one's own: it makes the certificates by which coordinator, workers and clients know each other.
///
/// Keys are P-256 and signatures ECDSA with SHA-256, which every TLS library verifies.
struct CertificateAuthority: Sendable {
    /// A certificate and its key, in PEM.
    struct Identity: Sendable {
        let certificate: String
        let key: String
        let validUntil: Timestamp
    }

    /// How far a certificate's beginning lies back: clocks differ.
    private static let clockDifference = Duration.seconds(300)

    private let certificate: Certificate
    private let key: Certificate.PrivateKey

    /// A new authority and what is to be kept of it.
    static func make(days: Int, now: Timestamp) throws -> (authority: CertificateAuthority, identity: Identity) {
        let (key, pem) = makeKey()
        let identifier = SubjectKeyIdentifier(hash: key.publicKey)
        // Two authorities are told apart by it in what a TLS library says.
        let mark = String(identifier.keyIdentifier.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }, radix: 16)
        let name = try DistinguishedName {
            OrganizationName("Cove")
            CommonName("Cove CA \(mark)")
        }
        let end = now + .days(days)
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key.publicKey, notValidBefore: Date(now - clockDifference),
            notValidAfter: Date(end), issuer: name, subject: name,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                identifier
            }, issuerPrivateKey: key)
        let identity = Identity(certificate: try certificate.pem, key: pem, validUntil: end)
        return (CertificateAuthority(certificate: certificate, key: key), identity)
    }

    private init(certificate: Certificate, key: Certificate.PrivateKey) {
        self.certificate = certificate
        self.key = key
    }

    /// The authority of a certificate and its key in PEM, this program's or another's.
    ///
    /// - Throws: `InvalidRequest` when they are none, do not belong together, or are no longer valid.
    init(certificate text: String, key keyText: String, now: Timestamp) throws {
        let certificate: Certificate
        do { certificate = try Certificate(pemEncoded: text) } catch {
            throw InvalidRequest("the authority's certificate cannot be read: expected a certificate in PEM")
        }
        let key: Certificate.PrivateKey
        // Not what the parser says of it: the key is a secret.
        do { key = try Certificate.PrivateKey(pemEncoded: keyText) } catch {
            throw InvalidRequest("the authority's key cannot be read: expected an unencrypted private key in PEM")
        }
        var problems: [String] = []
        if key.publicKey != certificate.publicKey {
            problems.append("the authority's key is not that of its certificate")
        }
        if case .isCertificateAuthority? = try? certificate.extensions.basicConstraints {
        } else {
            problems.append("the authority's certificate does not allow it to make others (basicConstraints: CA:FALSE)")
        }
        let end = Timestamp(certificate.notValidAfter)
        if end <= now { problems.append("the authority's certificate ended on \(end.day): make another authority") }
        if !problems.isEmpty { throw InvalidRequest(problems) }
        self.init(certificate: certificate, key: key)
    }

    /// Makes a certificate, which is never valid longer than the authority's own.
    func identity(for holder: CertificateHolder, days: Int, now: Timestamp) throws -> Identity {
        let (key, pem) = Self.makeKey()
        let end = min(now + .days(days), Timestamp(certificate.notValidAfter))
        let issuer = try certificate.extensions.subjectKeyIdentifier
        let made = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key.publicKey,
            notValidBefore: Date(max(now - Self.clockDifference, Timestamp(certificate.notValidBefore))),
            notValidAfter: Date(end), issuer: certificate.subject,
            subject: DistinguishedName {
                OrganizationName("Cove")
                CommonName(holder.commonName)
            },
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([holder.usage])
                SubjectAlternativeNames(holder.alternativeNames)
                SubjectKeyIdentifier(hash: key.publicKey)
                if let issuer { AuthorityKeyIdentifier(keyIdentifier: issuer.keyIdentifier) }
            }, issuerPrivateKey: self.key)
        return Identity(certificate: try made.pem, key: pem, validUntil: end)
    }

    private static func makeKey() -> (Certificate.PrivateKey, pem: String) {
        let key = P256.Signing.PrivateKey()
        return (Certificate.PrivateKey(key), key.pemRepresentation + "\n")
    }
}

extension Certificate {
    fileprivate var pem: String { get throws { try serializeAsPEM().pemString + "\n" } }
}

extension Date {
    fileprivate init(_ moment: Timestamp) {
        // Certificates know whole seconds.
        self.init(timeIntervalSince1970: Double(moment.milliseconds / 1_000))
    }
}

extension Timestamp {
    fileprivate init(_ date: Date) { self.init(milliseconds: Int64(date.timeIntervalSince1970) * 1_000) }

    fileprivate static func - (moment: Timestamp, duration: Duration) -> Timestamp {
        moment + (.zero - duration)
    }

    /// The day in UTC, as in 2026-11-20.
    var day: String { String(description.prefix(10)) }
}

extension Duration {
    fileprivate static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}
