// SPDX-License-Identifier: Apache-2.0

/// The tokens that a coordinator knows, and the rights of each.
package struct AccessTokens: Sendable {
    /// Tokens and their rights; none by default.
    package init(_ tokens: [(token: AccessToken, rights: Rights)] = []) {}

    /// The rights of a token; nil when it is not known.
    package func rights(of token: AccessToken) -> Rights? { nil }
}
