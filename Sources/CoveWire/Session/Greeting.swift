// SPDX-License-Identifier: Apache-2.0

/// The first frame of a link: what the coordinator speaks.
package struct Greeting: Sendable, Hashable {
    /// The versions of the protocol that it speaks.
    package var versions: ProtocolVersions
    /// The version of its program.
    package var program: String
    /// How a peer may say who it is; words that a peer does not know are ignored.
    package var authentication: [String]

    package init(versions: ProtocolVersions, program: String, authentication: [String]) {
        self.versions = versions
        self.program = program
        self.authentication = authentication
    }
}
