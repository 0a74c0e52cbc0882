// SPDX-License-Identifier: Apache-2.0

package import CoveWire
internal import Crypto
internal import Foundation
internal import SwiftASN1
internal import X509

/// An authority that issues certificates into files, for tests of TLS.
package final class TestAuthority: Sendable {
    /// When a certificate holds, relative to now.
    package enum Validity: Sendable {
        /// From an hour ago for a day.
        case current
        /// It ended an hour ago.
        case expired
        /// It begins in an hour.
        case future
    }

    /// A certificate and its private key.
    package struct Issued: Sendable {
        /// The path of the certificate.
        package let certificate: String
        /// The path of the private key.
        package let key: String
    }

    private let folder: TestFolder
    private let subject: DistinguishedName
    private let key: Certificate.PrivateKey

    /// The path of its own certificate.
    package let certificate: String

    /// An authority of that name, whose files are in a folder.
    package init(_ name: String = "Cove test authority", in folder: TestFolder, file: String = "ca") throws {
        self.folder = folder
        key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        subject = try DistinguishedName { CommonName(name) }
        let own = try Self.make(
            subject: subject, key: key.publicKey, issuer: subject, issuerKey: key, validity: .current,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true))
            })
        certificate = try folder.write("\(file).pem", own.serializeAsPEM().pemString)
    }

    /// A coordinator's certificate for host names and addresses.
    ///
    /// Files of the same name are replaced.
    package func server(
        _ hosts: [String] = ["localhost", "127.0.0.1"], validity: Validity = .current, file: String = "server"
    ) throws -> Issued {
        let names = hosts.map { host -> GeneralName in
            let octets = host.split(separator: ".").compactMap { UInt8($0) }
            if octets.count == 4 { return .ipAddress(ASN1OctetString(contentBytes: octets[...])) }
            return host == "::1"
                ? .ipAddress(ASN1OctetString(contentBytes: ([UInt8](repeating: 0, count: 15) + [1])[...]))
                : .dnsName(host)
        }
        return try issue("coordinator", names, .serverAuth, validity, file)
    }

    /// A worker's or client's certificate with URI names such as `cove:join`.
    ///
    /// Files of the same name are replaced.
    package func client(
        _ uris: [String], name: String = "test peer", validity: Validity = .current, file: String = "client"
    ) throws -> Issued {
        try issue(name, uris.map { .uniformResourceIdentifier($0) }, .clientAuth, validity, file)
    }

    private func issue(
        _ name: String, _ names: [GeneralName], _ usage: ExtendedKeyUsage.Usage, _ validity: Validity, _ file: String
    ) throws -> Issued {
        let own = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let certificate = try Self.make(
            subject: DistinguishedName { CommonName(name) }, key: own.publicKey, issuer: subject, issuerKey: key,
            validity: validity,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([usage])
                SubjectAlternativeNames(names)
            })
        return Issued(
            certificate: try folder.write("\(file).pem", certificate.serializeAsPEM().pemString),
            key: try folder.write("\(file)-key.pem", own.serializeAsPEM().pemString))
    }

    private static func make(
        subject: DistinguishedName, key: Certificate.PublicKey, issuer: DistinguishedName,
        issuerKey: Certificate.PrivateKey, validity: Validity, extensions: Certificate.Extensions
    ) throws -> Certificate {
        let hour = 3_600.0
        let (start, end): (Double, Double) =
            switch validity {
            case .current: (-hour, 24 * hour)
            case .expired: (-48 * hour, -hour)
            case .future: (hour, 24 * hour)
            }
        return try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key,
            notValidBefore: Date.now + start, notValidAfter: Date.now + end, issuer: issuer, subject: subject,
            extensions: extensions, issuerPrivateKey: issuerKey)
    }
}

extension TestAuthority.Issued {
    /// The TLS of a coordinator with this certificate.
    package func serverTLS(clientCA: String? = nil) -> WireTLS.Server {
        WireTLS.Server(certificate: certificate, key: key, clientCA: clientCA)
    }
}
