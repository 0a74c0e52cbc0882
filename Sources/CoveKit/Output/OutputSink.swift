// SPDX-License-Identifier: Apache-2.0

/// Where results go: bytes are gathered and written in large pieces.
///
/// A reader that has no room is waited for without holding a thread, so that it slows the output and not the run. One that went
/// away ends the output and not the run: the results are in the store.
final class OutputSink {
    /// How long a reader without room is left alone.
    private static let pause = Duration.milliseconds(10)
    private let descriptor: FileDescriptor
    private let name: String
    private var buffer: [UInt8] = []

    /// What could not be written, and why; nothing more is written then.
    private(set) var problem: String?

    init(_ descriptor: FileDescriptor, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    /// Gathers bytes.
    func write(_ bytes: some Collection<UInt8>) {
        if problem == nil { buffer.append(contentsOf: bytes) }
    }

    /// Gathers a line of text.
    func line(_ text: String) {
        write(text.utf8)
        write(CollectionOfOne(UInt8(ascii: "\n")))
    }

    /// Writes what was gathered; called often enough that little is.
    ///
    /// What a cancelled caller could not write stays for the next one.
    func flush() async {
        var rest = buffer[...]
        while problem == nil, !rest.isEmpty {
            switch descriptor.writeWithoutWaiting(rest) {
            case .wrote(let count): rest = rest.dropFirst(count)
            case .failed: problem = "\(name) cannot be written: \(FileDescriptor.lastError)"
            case .busy:
                do { try await ContinuousClock().sleep(for: Self.pause) } catch {
                    buffer.removeFirst(buffer.count - rest.count)
                    return
                }
            }
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
