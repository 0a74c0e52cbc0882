// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What a request carries: bytes, or a file that is read while it is sent.
package enum RequestBody: Sendable, Equatable {
    case bytes([UInt8])
    case file(BodyFile)

    /// How many bytes there are.
    package var count: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .file(let file): file.size
        }
    }

    /// Whether there are none.
    package var isEmpty: Bool { count == 0 }

    /// The bytes in memory; none of a file.
    package var inMemory: [UInt8] {
        guard case .bytes(let bytes) = self else { return [] }
        return bytes
    }

    /// Calls a closure with the bytes, part by part.
    func forEachPart(_ body: ([UInt8]) throws -> Void) throws {
        switch self {
        case .bytes(let bytes): try body(bytes)
        case .file(let file):
            let reader = try BodyFileReader(file)
            while let part = try reader.next() { try body(part) }
        }
    }
}

/// A file that is a request's body; its size is that of when it was named.
package struct BodyFile: Sendable, Equatable {
    /// Its path.
    package let path: String
    /// How many bytes are sent.
    package let size: Int

    /// Looks a file up.
    ///
    /// - Throws: `AWSError` (`.invalidInput`, `UnreadableFile`) when it is none that can be read.
    package init(_ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { throw Self.unreadable(path, String(cString: strerror(errno))) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Self.unreadable(path, "it is not a regular file") }
        self.path = path
        size = Int(status.st_size)
    }

    static func unreadable(_ path: String, _ reason: String) -> AWSError {
        AWSError(.invalidInput, code: "UnreadableFile", message: "the body's file \(path) cannot be read: \(reason)")
    }
}

/// Reads a body's file from its start, as often as it has to be sent.
final class BodyFileReader {
    private let file: BodyFile
    private let descriptor: Int32
    private static let partSize = 1 << 20

    init(_ file: BodyFile) throws {
        self.file = file
        descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BodyFile.unreadable(file.path, String(cString: strerror(errno))) }
    }

    deinit { close(descriptor) }

    /// The next part; nil at the end.
    func next() throws -> [UInt8]? {
        var count = 0
        let part = [UInt8](unsafeUninitializedCapacity: Self.partSize) { buffer, filled in
            count = read(into: UnsafeMutableRawBufferPointer(buffer))
            filled = max(0, count)
        }
        guard count >= 0 else { throw BodyFile.unreadable(file.path, String(cString: strerror(errno))) }
        return count == 0 ? nil : part
    }

    /// Reads into room; 0 at the end, -1 on an error.
    func read(into room: UnsafeMutableRawBufferPointer) -> Int {
        while true {
            let count = Self.readBytes(descriptor, room.baseAddress, room.count)
            if count >= 0 || errno != EINTR { return count }
        }
    }

    /// Goes to a place in the file.
    func seek(to offset: Int) -> Bool { lseek(descriptor, offset, SEEK_SET) == offset }

    private static func readBytes(_ descriptor: Int32, _ room: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.read(descriptor, room, count)
        #else
            Darwin.read(descriptor, room, count)
        #endif
    }
}
