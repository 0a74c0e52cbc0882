// SPDX-License-Identifier: Apache-2.0

/// Where results go: bytes are gathered and written in large pieces.
///
/// A reader that went away ends the output and not the run: the results are in the store.
final class OutputSink {
    private static let pieceSize = 65_536
    private let descriptor: FileDescriptor
    private let name: String
    private var buffer: [UInt8] = []

    /// What could not be written, and why; nothing more is written then.
    private(set) var problem: String?

    init(_ descriptor: FileDescriptor, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    /// Adds bytes.
    func write(_ bytes: some Collection<UInt8>) {
        guard problem == nil else { return }
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.pieceSize { flush() }
    }

    /// Adds a line of text.
    func line(_ text: String) {
        write(text.utf8)
        write(CollectionOfOne(UInt8(ascii: "\n")))
    }

    /// Writes what was gathered.
    func flush() {
        guard problem == nil, !buffer.isEmpty else { return }
        if !descriptor.write(buffer) { problem = "\(name) cannot be written: \(FileDescriptor.lastError)" }
        buffer.removeAll(keepingCapacity: true)
    }
}
