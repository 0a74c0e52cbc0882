// SPDX-License-Identifier: Apache-2.0

// Not all of it: it has a FileDescriptor too. The C struct itself is out of reach where Foundation, which certificates need,
// is linked statically: its own module claims it.
import struct SystemPackage.FileMode
import struct SystemPackage.Stat

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An open file that closes itself: the few system calls that options and output need.
final class FileDescriptor: Sendable {
    private let number: Int32
    private let isOwned: Bool

    /// What the last system call of this thread complained of.
    static var lastError: String { String(cString: strerror(errno)) }

    /// Standard input.
    static let standardInput = FileDescriptor(number: STDIN_FILENO)
    /// Standard output.
    static let standardOutput = FileDescriptor(number: STDOUT_FILENO)
    /// Standard error.
    static let standardError = FileDescriptor(number: STDERR_FILENO)

    /// Puts `/dev/null` where this process was started without standard input, output or error, so that no socket and no store
    /// gets their numbers.
    static func openStandardDescriptors() {
        for number in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(number, F_GETFD) < 0 {
            _ = open("/dev/null", O_RDWR)
        }
    }

    private init(number: Int32) {
        self.number = number
        isOwned = false
    }

    /// Opens a file to read it; nil when that cannot be done.
    init?(reading path: String) {
        number = open(path, O_RDONLY | O_CLOEXEC)
        isOwned = true
        if number < 0 { return nil }
    }

    /// Opens a new or emptied file to write it; nil when that cannot be done.
    ///
    /// - Parameter isNew: whether a file that is there is left alone, and nothing opened.
    init?(writing path: String, mode: mode_t = 0o666, isNew: Bool = false) {
        number = open(path, O_WRONLY | O_CREAT | (isNew ? O_EXCL : O_TRUNC) | O_CLOEXEC, mode)
        isOwned = true
        if number < 0 { return nil }
    }

    deinit { if isOwned, number >= 0 { close(number) } }

    /// Up to so many bytes from here to the end; nil when reading fails.
    func read(upTo limit: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(limit, 65_536))
        while bytes.count < limit {
            let count = system { Self.readOnce(self.number, &chunk, min(chunk.count, limit - bytes.count)) }
            if count < 0 { return nil }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return bytes
    }

    private static func readOnce(_ number: Int32, _ chunk: inout [UInt8], _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.read(number, &chunk, count)
        #else
            Darwin.read(number, &chunk, count)
        #endif
    }

    /// Writes all bytes.
    ///
    /// False when the other end is gone or the disk is full; `lastError` says which.
    func write(_ bytes: some Collection<UInt8>) -> Bool {
        let isWritten = bytes.withContiguousStorageIfAvailable { buffer -> Bool in
            var rest = UnsafeRawBufferPointer(buffer)
            while !rest.isEmpty {
                let count = system { Self.writeOnce(self.number, rest) }
                if count < 0 { return false }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
            return true
        }
        return isWritten ?? write(Array(bytes))
    }

    /// Waits until what was written is on the disk; false when that fails.
    func makeDurable() -> Bool { system { Int(fsync(self.number)) } == 0 }

    private static func writeOnce(_ number: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.write(number, bytes.baseAddress, bytes.count)
        #else
            Darwin.write(number, bytes.baseAddress, bytes.count)
        #endif
    }

    /// What became of an attempt to write without waiting.
    enum Progress {
        /// So many bytes were taken.
        case wrote(Int)
        /// The reader has no room now.
        case busy
        /// The reader went away, the disk is full: `lastError` says.
        case failed
    }

    /// Writes some bytes if that does not wait for a reader.
    ///
    /// A pipe that polls as writable takes `PIPE_BUF` bytes at least (pipe(7)), so no more are offered at a time.
    func writeWithoutWaiting(_ bytes: ArraySlice<UInt8>) -> Progress {
        var poll = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
        let ready = Self.poll(&poll)
        if ready == 0 { return .busy }
        let count = bytes.prefix(isPlainFile ? bytes.count : Int(PIPE_BUF)).withUnsafeBytes { chunk in
            system { Self.writeOnce(self.number, chunk) }
        }
        if count < 0, errno == EAGAIN { return .busy }
        return count < 0 ? .failed : .wrote(count)
    }

    private static func poll(_ descriptor: inout pollfd) -> Int32 {
        #if canImport(Glibc)
            Glibc.poll(&descriptor, 1, 0)
        #else
            Darwin.poll(&descriptor, 1, 0)
        #endif
    }

    private var isPlainFile: Bool {
        (try? Stat(.init(rawValue: number)))?.type == .regular
    }

    /// Why a file could not be written at a path, in place or by taking its name; nil when it can.
    static func problem(writing path: String) -> String? {
        if path.isEmpty { return "it has no name" }
        if let status = try? Stat(path) {
            if status.type == .directory { return "it is a folder" }
            guard access(path, W_OK) == 0 else { return lastError }
            if status.type != .regular { return nil }
        }
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let parent = path.hasPrefix("/") && folder.isEmpty ? "/" : folder.isEmpty ? "." : folder
        return access(parent, W_OK | X_OK) == 0 ? nil : lastError
    }

    /// Whether something is at a path that is no plain file: a pipe, a device.
    ///
    /// No other file may take its name.
    static func isSpecial(_ path: String) -> Bool {
        (try? Stat(path)).map { $0.type != .regular } ?? false
    }

    /// The permissions of the file at a path; those of a new file where there is none.
    static func mode(of path: String) -> mode_t {
        (try? Stat(path)).map { $0.permissions.rawValue & 0o777 } ?? 0o666
    }

    /// The path of the file that a path leads to; the path itself where there is none yet.
    static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    /// Takes a file away.
    static func remove(_ path: String) { unlink(path) }

    /// Gives a file another name, in place of what had it.
    static func rename(_ path: String, to newPath: String) -> Bool {
        #if canImport(Glibc)
            Glibc.rename(path, newPath) == 0
        #else
            Darwin.rename(path, newPath) == 0
        #endif
    }

    private func system(_ call: () -> Int) -> Int {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }
}
