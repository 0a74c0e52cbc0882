// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A file that an answer's body is written to while it arrives.
///
/// The bytes go to a temporary file beside it, which takes the name when all is well: whoever looks finds the former file or
/// the whole new one.
package final class AnswerFile: Sendable {
    /// The file's path.
    package let path: String
    /// The path of the bytes until they are whole.
    let partPath: String
    private let descriptor: Mutex<Int32>

    /// Makes the temporary file.
    ///
    /// - Throws: `AWSError` (`.invalidInput`, `UnwritableFile`) when it cannot be made.
    package init(_ path: String) throws {
        self.path = path
        partPath = "\(path).\(String(UInt64.random(in: .min ... .max), radix: 36)).part"
        let made = open(partPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard made >= 0 else { throw Self.unwritable(path) }
        descriptor = Mutex(made)
    }

    deinit { discard() }

    /// Writes bytes after all that were written; false when the disk takes no more.
    func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        descriptor.withLock { descriptor in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Self.writeBytes(descriptor, UnsafeRawBufferPointer(rebasing: rest))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = rest[(rest.startIndex + count)...]
            }
            return true
        }
    }

    /// Begins anew, for another attempt.
    func clear() throws {
        let isCleared = descriptor.withLock { ftruncate($0, 0) == 0 && lseek($0, 0, SEEK_SET) == 0 }
        guard isCleared else { throw Self.unwritable(path) }
    }

    /// Gives the bytes their name.
    func finish() throws {
        let isDone = descriptor.withLock { descriptor in
            guard descriptor >= 0 else { return false }
            let isWhole = close(descriptor) == 0
            descriptor = -1
            return isWhole && rename(partPath, path) == 0
        }
        guard isDone else { throw Self.unwritable(path) }
    }

    /// Takes the temporary file away; does nothing once the bytes have their name.
    func discard() {
        descriptor.withLock { descriptor in
            guard descriptor >= 0 else { return }
            close(descriptor)
            unlink(partPath)
            descriptor = -1
        }
    }

    private static func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #else
            Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }

    private static func unwritable(_ path: String) -> AWSError {
        AWSError(
            .invalidInput, code: "UnwritableFile",
            message: "the file \(path) cannot be written: \(String(cString: strerror(errno)))")
    }
}
