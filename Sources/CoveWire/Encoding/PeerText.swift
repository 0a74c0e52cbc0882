// SPDX-License-Identifier: Apache-2.0

/// Text that another end made, fit to be shown: of bounded length and without control characters.
package struct PeerText: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// The beginning of a text, `limit` characters of it at most.
    package init(_ text: String, limit: Int = 1_000) {
        var shown = String.UnicodeScalarView()
        for (index, scalar) in text.unicodeScalars.enumerated() {
            if index >= limit {
                shown.append("…")
                break
            }
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: shown.append(" ")
            default: shown.append(scalar)
            }
        }
        description = String(shown)
    }
}
