// SPDX-License-Identifier: Apache-2.0

/// Why bytes are not a frame; the link is over.
package enum FrameError: Error, Sendable, Hashable {
    /// A frame without a payload.
    case empty
    /// A frame whose payload is larger than allowed; it was not read.
    case tooLarge(length: UInt32, maximum: Int)
    /// The link ended within a frame.
    case truncated(missing: Int)
}

extension FrameError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "found a frame without a payload, expected a JSON object"
        case .tooLarge(let length, let maximum):
            "found a frame of \(length) bytes, expected at most \(maximum)" + Self.guess(length)
        case .truncated(let missing): "the link ended \(missing) bytes before the end of a frame"
        }
    }

    /// What else the first four bytes may have been.
    private static func guess(_ length: UInt32) -> String {
        switch length >> 16 {
        case 0x1403...0x1703: "; this looks like TLS: one end uses it and the other does not"
        case 0x4745, 0x504F, 0x4845, 0x5055, 0x4F50, 0x4854: "; this looks like HTTP, and this port does not speak it"
        default: ""
        }
    }

    /// The refusal that the other end is told.
    package var refusal: Refusal {
        switch self {
        case .empty, .truncated: Refusal(.malformed, description)
        case .tooLarge: Refusal(.tooLarge, description)
        }
    }
}
