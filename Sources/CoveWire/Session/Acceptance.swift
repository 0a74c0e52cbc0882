// SPDX-License-Identifier: Apache-2.0

/// The coordinator's answer to an introduction: messages follow.
package struct Acceptance: Sendable, Hashable {
    /// The version of the protocol that is spoken.
    package var version: Int
    /// Those of the peer's features that the coordinator has too.
    package var features: [String]
    /// What the peer may do.
    package var rights: Rights
    /// The largest payload of a frame from now on, in bytes, in both directions.
    package var frame: Int
    /// The longest JSON of a message, in bytes, in both directions.
    package var message: Int

    package init(version: Int, features: [String] = [], rights: Rights, frame: Int, message: Int) {
        self.version = version
        self.features = features
        self.rights = rights
        self.frame = frame
        self.message = message
    }
}
