// SPDX-License-Identifier: Apache-2.0

import Crypto

/// The tokens that a coordinator knows, and the rights of each.
///
/// Their SHA-256 is kept and not the tokens themselves: what is compared has one length, and nothing here can be shown to anybody.
package struct AccessTokens: Sendable {
    private struct Entry: Sendable {
        let digest: [UInt8]
        let rights: Rights
    }

    private let entries: [Entry]

    /// Tokens and their rights; none by default.
    ///
    /// A token that is given twice has the rights of both.
    package init(_ tokens: [(token: AccessToken, rights: Rights)] = []) {
        entries = tokens.map { Entry(digest: Self.digest(of: $0.token), rights: $0.rights) }
    }

    /// The rights of a token; nil when it is not known.
    ///
    /// Every token is compared, each in all its bytes, so that the time it takes says nothing about them.
    package func rights(of token: AccessToken) -> Rights? {
        let digest = Self.digest(of: token)
        var rights: Rights = []
        var isKnown = false
        for entry in entries {
            var difference: UInt8 = 0
            for (shown, known) in zip(digest, entry.digest) { difference |= shown ^ known }
            let isEqual = difference == 0
            isKnown = isKnown || isEqual
            rights.formUnion(isEqual ? entry.rights : [])
        }
        return isKnown ? rights : nil
    }

    private static func digest(of token: AccessToken) -> [UInt8] { Array(SHA256.hash(data: Array(token.secret.utf8))) }
}

extension AccessTokens: CustomStringConvertible, CustomReflectable {
    package var description: String { "AccessTokens(\(entries.count))" }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
