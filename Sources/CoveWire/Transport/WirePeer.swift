// SPDX-License-Identifier: Apache-2.0

/// Who is at the other end of a link that a coordinator took.
package struct WirePeer: Sendable, Hashable {
    /// What a peer is.
    package typealias Role = PeerRole

    package var role: Role
    /// What it may do.
    package var rights: Rights
    /// Where it connected from, for people: an address and a port, or the user at the other end of the control socket.
    package var address: String
    /// The name in the client certificate that it showed, where it showed one.
    package var certificateName: String?
    /// The version of its program.
    package var program: String

    package init(
        role: Role, rights: Rights, address: String, certificateName: String? = nil, program: String = ""
    ) {
        self.role = role
        self.rights = rights
        self.address = address
        self.certificateName = certificateName
        self.program = program
    }
}
