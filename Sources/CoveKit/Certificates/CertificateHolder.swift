// SPDX-License-Identifier: Apache-2.0

import X509

/// Whom a certificate is for, and what it lets them do.
enum CertificateHolder: Sendable, Hashable {
    /// The coordinator, under the names by which it is connected to.
    case coordinator([HostName], firstName: String)
    /// A worker: it may join.
    case worker(String)
    /// A client: it may submit, or only read.
    case client(String, isReadOnly: Bool)

    /// The name of its files, without what follows the dot.
    var fileName: String {
        switch self {
        case .coordinator: "coordinator"
        case .worker(let name): "worker-\(name)"
        case .client(let name, _): "client-\(name)"
        }
    }

    /// What a certificate calls it, 64 characters at most (X.520).
    var commonName: String {
        switch self {
        case .coordinator(_, let firstName): firstName.utf8.count <= 64 ? firstName : "coordinator"
        case .worker(let name), .client(let name, _): name
        }
    }

    /// The names that count: where a coordinator is, what others may do (docs/protocol.md, Authentication).
    var alternativeNames: [GeneralName] {
        switch self {
        case .coordinator(let names, _): names.map(\.generalName)
        case .worker: [.uniformResourceIdentifier("cove:join")]
        case .client(_, let isReadOnly): [.uniformResourceIdentifier(isReadOnly ? "cove:read" : "cove:submit")]
        }
    }

    /// Which end of a connection it is.
    var usage: ExtendedKeyUsage.Usage {
        switch self {
        case .coordinator: .serverAuth
        case .worker, .client: .clientAuth
        }
    }

    /// Whether a text can be a worker's or client's name: it becomes a file's.
    static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && !text.hasPrefix(".")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
