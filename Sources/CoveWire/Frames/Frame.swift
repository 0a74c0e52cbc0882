// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// A payload with its length before it, as it travels.
package enum Frame {
    /// How many bytes the length takes.
    package static let header = 4

    /// A frame with a payload.
    package static func containing(_ payload: some Collection<UInt8>) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: header + payload.count)
        buffer.writeInteger(UInt32(payload.count))
        buffer.writeBytes(payload)
        return buffer
    }
}
