// SPDX-License-Identifier: Apache-2.0

/// The first frame of a peer: who it is.
package struct Introduction: Sendable, Hashable {
    /// The version of the protocol that both shall speak.
    package var version: Int
    package var role: PeerRole
    /// The version of its program.
    package var program: String
    /// What it can do beyond the version.
    package var features: [String]
    /// The token, where it has one and was asked for one.
    package var token: AccessToken?

    package init(
        version: Int, role: PeerRole, program: String, features: [String] = [], token: AccessToken? = nil
    ) {
        self.version = version
        self.role = role
        self.program = program
        self.features = features
        self.token = token
    }
}
