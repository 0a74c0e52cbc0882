// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    // A type of C belongs to whichever of these two the compiler happens to load first.
    import CoreFoundation
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the system said when a file could not be made, read or written.
package struct FileFailure: Error, Sendable, CustomStringConvertible {
    package let description: String

    /// The failure of the last system call, for a file.
    init(_ what: String, _ path: String, _ code: Int32 = errno) {
        description = "\(path) could not be \(what): \(String(cString: strerror(code)))"
    }
}

/// An open file of an artefact, which closes itself.
package struct ContentFile: ~Copyable {
    private let descriptor: Int32
    private let path: String

    deinit { close(descriptor) }

    /// Opens a file to read it; a symbolic link is none.
    package init(reading path: String) throws(FileFailure) {
        let opened = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        if opened < 0 { throw FileFailure("opened", path) }
        descriptor = opened
        self.path = path
    }

    /// Makes a new file to write it.
    init(making path: String, mode: mode_t) throws(FileFailure) {
        let made = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if made < 0 { throw FileFailure("made", path) }
        if fchmod(made, mode) != 0 {
            let failure = FileFailure("made private", path)
            close(made)
            throw failure
        }
        descriptor = made
        self.path = path
    }

    /// Calls `body` with the file's bytes, part after part, until its end.
    ///
    /// - Throws: `FileFailure`; what `body` throws.
    package borrowing func forEachPart(_ body: (ArraySlice<UInt8>) throws -> Void) throws {
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count < 0 { throw FileFailure("read", path) }
            if count == 0 { return }
            try body(buffer[..<count])
        }
    }

    /// Writes all bytes.
    borrowing func append(_ bytes: some Collection<UInt8>) throws(FileFailure) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0 { throw FileFailure("written", path) }
            rest = rest.dropFirst(count)
        }
    }
}
