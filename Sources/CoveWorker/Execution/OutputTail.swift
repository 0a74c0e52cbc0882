// SPDX-License-Identifier: Apache-2.0

/// The end of a stream of any length, in memory of a fixed size.
struct OutputTail: Sendable {
    private let capacity: Int
    private var kept: [UInt8] = []

    /// The last `capacity` bytes of what will be appended.
    init(capacity: Int) { self.capacity = max(0, capacity) }

    /// The last bytes; as many as were appended, at most the capacity.
    var bytes: [UInt8] { Array(kept.suffix(capacity)) }

    /// Appends what the stream gave next.
    mutating func append(_ chunk: UnsafeRawBufferPointer) {
        if chunk.count >= capacity { kept.removeAll(keepingCapacity: true) }
        kept.append(contentsOf: UnsafeRawBufferPointer(rebasing: chunk.suffix(capacity)))
        // Moved only once it has doubled, so that many short writes cost no more than few long ones.
        if kept.count >= 2 * capacity { kept.removeFirst(kept.count - capacity) }
    }
}

extension OutputTail {
    /// The end of `bytes` as text of at most `limit` bytes: cut before a character, bytes that are not UTF-8 replaced
    /// by U+FFFD.
    static func text(_ bytes: some Collection<UInt8>, limit: Int) -> String {
        let text = String(decoding: endAtCharacter(Array(bytes), limit: limit), as: UTF8.self)
        // Each replaced byte becomes three, so repaired text may be over the limit once more.
        guard text.utf8.count > limit else { return text }
        return String(decoding: endAtCharacter(Array(text.utf8), limit: limit), as: UTF8.self)
    }

    private static func endAtCharacter(_ bytes: [UInt8], limit: Int) -> ArraySlice<UInt8> {
        guard bytes.count > limit else { return bytes[...] }
        let end = bytes.suffix(max(0, limit))
        // A character has at most three continuation bytes; more of them in a row are no UTF-8 and are left to the
        // repair.
        let partial = end.prefix(3).prefix { $0 & 0xC0 == 0x80 }.count
        return end.dropFirst(partial)
    }
}
