// SPDX-License-Identifier: Apache-2.0

/// Why there is no link, or no longer.
package struct LinkError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong.
    package enum Code: String, Sendable, Hashable {
        /// The address could not be found or connected to; trying again may help.
        case unreachable
        /// The other end did not say in time what it should; trying again may help.
        case timedOut
        /// The link ended; trying again may help.
        case closed
        /// TLS could not be agreed on, or the certificate is not trusted; trying again does not help before something is changed.
        case tls
        /// The coordinator refused: token, version, rights; trying again does not help before something is changed.
        case refused
        /// What came is not the protocol.
        case malformed
        /// A setting is wrong: a file that cannot be read, an address that is none.
        case configuration
    }

    package let code: Code
    /// What was found, what was expected, what to do.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    /// Whether the same attempt may succeed later.
    package var isTransient: Bool {
        switch code {
        case .unreachable, .timedOut, .closed: true
        case .tls, .refused, .malformed, .configuration: false
        }
    }
}
