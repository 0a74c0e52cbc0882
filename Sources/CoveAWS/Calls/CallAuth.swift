// SPDX-License-Identifier: Apache-2.0

/// How a request shows whose it is.
package enum CallAuth: Sendable, Hashable {
    /// It does not.
    case anonymous
    /// By a signature (SigV4).
    case signed(SigningScope, SigningSettings)
    /// By a token in the header.
    case bearer(BearerToken)
}

/// A token that stands for a signature; it never prints.
package struct BearerToken: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    let text: String

    package var description: String { "BearerToken" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
