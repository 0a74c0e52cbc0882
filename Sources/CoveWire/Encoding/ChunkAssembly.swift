// SPDX-License-Identifier: Apache-2.0

/// The chunks of one message, put together.
struct ChunkAssembly: Sendable {
    private let total: Int
    /// The JSON so far.
    private(set) var bytes: [UInt8] = []

    /// The assembly of a message that begins with a chunk, which is not taken in yet.
    ///
    /// - Throws: the refusal of a message that is too long or of no length.
    init(beginningWith chunk: Chunk, limit: Int) throws(Refusal) {
        guard chunk.total > 0 else {
            throw Refusal(.malformed, "found a chunk of a message of \(chunk.total) bytes, expected 1 or more")
        }
        guard chunk.total <= limit else {
            throw Refusal(.tooLarge, "found a message of \(chunk.total) bytes in chunks, expected at most \(limit)")
        }
        total = chunk.total
    }

    /// Takes the next chunk in; true when the message is complete.
    mutating func take(_ chunk: Chunk) throws(Refusal) -> Bool {
        guard chunk.total == total else {
            throw Refusal(
                .malformed,
                "found a chunk of a message of \(chunk.total) bytes, expected the chunks of one of \(total) to end first"
            )
        }
        let length = chunk.text.utf8.count
        guard length > 0 else { throw Refusal(.malformed, "found a chunk without text") }
        guard length <= total - bytes.count else {
            throw Refusal(.malformed, "found chunks of more than the \(total) bytes that they said")
        }
        if bytes.isEmpty { bytes.reserveCapacity(total) }
        bytes.append(contentsOf: chunk.text.utf8)
        guard chunk.isLast == (bytes.count == total) else {
            throw Refusal(
                .malformed,
                chunk.isLast
                    ? "found the last chunk after \(bytes.count) of \(total) bytes"
                    : "found all \(total) bytes of a message in chunks of which none is the last")
        }
        return chunk.isLast
    }
}
