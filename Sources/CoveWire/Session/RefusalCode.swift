// SPDX-License-Identifier: Apache-2.0

/// The words that refusals carry for programs (docs/protocol.md, Refusals); a reader takes any other word as it is.
package enum RefusalCode: String, Sendable, Hashable, CaseIterable {
    /// The two ends have no version of the protocol in common.
    case version
    /// Nothing was shown that says who the peer is, or what was shown is not known.
    case unauthorized
    /// The peer is known and may not do that.
    case forbidden
    /// What came is not the protocol.
    case malformed
    /// A frame or message is over its limit.
    case tooLarge
    /// What was expected did not come in time.
    case timedOut
    /// The coordinator cannot take another link now.
    case busy
    /// A message came where another was expected.
    case outOfTurn
}

extension Refusal {
    package init(_ code: RefusalCode, _ message: String) { self.init(code: code.rawValue, message: message) }
}
