// SPDX-License-Identifier: Apache-2.0

/// The files that TLS is made of, in PEM.
///
/// They are read again when they changed, so that a certificate is renewed without a restart.
package enum WireTLS {
    /// What a coordinator shows, and whose certificates it takes.
    package struct Server: Sendable, Hashable {
        /// The path of its certificate, followed by those that lead to the authority.
        package var certificate: String
        /// The path of the certificate's private key.
        package var key: String
        /// The path of the authorities whose client certificates are taken; nil when peers show tokens only.
        package var clientCA: String?

        package init(certificate: String, key: String, clientCA: String? = nil) {
            self.certificate = certificate
            self.key = key
            self.clientCA = clientCA
        }
    }

    /// What a worker or client trusts, and what it shows.
    package struct Client: Sendable, Hashable {
        /// The path of the authorities that are trusted; nil for those of the system.
        package var ca: String?
        /// The path of its own certificate, where it shows one.
        package var certificate: String?
        /// The path of the certificate's private key.
        package var key: String?

        package init(ca: String? = nil, certificate: String? = nil, key: String? = nil) {
            self.ca = ca
            self.certificate = certificate
            self.key = key
        }
    }
}
