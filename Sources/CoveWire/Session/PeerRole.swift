// SPDX-License-Identifier: Apache-2.0

/// What a peer of the coordinator is.
package enum PeerRole: String, Sendable, Hashable, Codable, CaseIterable {
    /// It runs attempts.
    case worker
    /// It asks.
    case client
}
