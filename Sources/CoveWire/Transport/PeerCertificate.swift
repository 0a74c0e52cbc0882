// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import NIOSSL
internal import SwiftASN1
internal import X509

/// What a certificate says of its holder.
struct PeerCertificate: Sendable {
    /// The rights that its URI names give: `cove:join`, `cove:submit`, `cove:read`.
    let rights: Rights
    /// Its common name, or the first of its other names.
    let name: String?
    /// The DNS names in it.
    let dnsNames: [String]
    /// The DNS names and addresses in it.
    let hosts: [String]
    /// Who issued it.
    let issuer: String
    /// The seconds since 1970 between which it holds.
    let validity: ClosedRange<Double>

    /// What a certificate says; nil when it cannot be read.
    init?(_ certificate: NIOSSLCertificate) {
        guard let bytes = try? certificate.toDERBytes(), let parsed = try? Certificate(derEncoded: bytes) else {
            return nil
        }
        let names = (try? parsed.extensions.subjectAlternativeNames).map { Array($0) } ?? []
        var rights: Rights = []
        var dnsNames: [String] = []
        var hosts: [String] = []
        var uris: [String] = []
        for name in names {
            switch name {
            case .uniformResourceIdentifier(let uri):
                uris.append(uri)
                rights.formUnion(Self.rights(of: uri))
            case .dnsName(let host):
                dnsNames.append(host)
                hosts.append(host)
            case .ipAddress(let octets): hosts.append(Self.address(octets.bytes))
            default: break
            }
        }
        self.rights = rights
        self.dnsNames = dnsNames
        self.hosts = hosts
        issuer = parsed.issuer.description
        name = Self.commonName(of: parsed.subject) ?? hosts.first ?? uris.first
        let start = parsed.notValidBefore.timeIntervalSince1970
        validity = start...max(start, parsed.notValidAfter.timeIntervalSince1970)
    }

    /// Whether it is for the host of a DNS name; `*` in it stands for the first label.
    ///
    /// NIOSSL takes it as well when it holds the address that the name was looked up to, which whoever answers for the name chooses. One
    /// that names no host is left to NIOSSL, which looks at its common name.
    func isFor(name: String) -> Bool {
        guard !hosts.isEmpty else { return true }
        let name = (name.hasSuffix(".") ? String(name.dropLast()) : name).lowercased()
        let domain = name.drop { $0 != "." }
        return dnsNames.map { $0.lowercased() }.contains { known in
            known == name || (known.hasPrefix("*.") && !domain.isEmpty && known.dropFirst() == domain)
        }
    }

    private static func rights(of uri: String) -> Rights {
        switch uri {
        case "cove:join": .join
        case "cove:submit": .submit
        case "cove:read": .read
        default: []
        }
    }

    private static func commonName(of subject: DistinguishedName) -> String? {
        for attribute in subject.flatMap({ $0 }) where attribute.type == .RDNAttributeType.commonName {
            return String(attribute.value)
        }
        return nil
    }

    private static func address(_ octets: ArraySlice<UInt8>) -> String {
        if octets.count == 4 { return octets.map(String.init).joined(separator: ".") }
        let words = stride(from: octets.startIndex, to: octets.endIndex - 1, by: 2).map { index in
            String(UInt16(octets[index]) << 8 | UInt16(octets[index + 1]), radix: 16)
        }
        return words.joined(separator: ":")
    }
}
