// SPDX-License-Identifier: Apache-2.0

import CoveCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The process that has a store open.
package struct StoreOwner: Sendable, Hashable {
    /// Its process id on its host.
    package let process: Int32
    /// When it opened the store, as it wrote it; empty where that cannot be read.
    package let since: String
}

extension StoreOwner: CustomStringConvertible {
    package var description: String { since.isEmpty ? "process \(process)" : "process \(process) since \(since)" }
}

/// The exclusive right to a store's folder, held until it is released or the process ends (flock).
///
/// It is a file of its own because SQLite's file must not be opened beside SQLite: closing any descriptor of it drops the
/// process's POSIX locks.
final class StoreLock: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit {
        // The record goes first: whoever finds the lock free must not find an owner.
        ftruncate(descriptor, 0)
        // Closing is not enough: a program that is being started has the descriptor too until it is executed.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Takes the lock, making its file (mode 0600) where there is none.
    static func take(_ path: String, now: Timestamp) async throws -> StoreLock {
        let descriptor = openFile(path, O_RDWR | O_CREAT | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreFolder.refusal(of: path, to: "be opened for writing", errno) }
        guard fchmod(descriptor, 0o600) == 0 else {
            let code = errno
            close(descriptor)
            throw StoreFolder.refusal(of: path, to: "be made private", code)
        }
        // Somebody who asks for the owner holds a shared lock for an instant, so a busy lock is tried again a few times.
        for attempt in 1...5 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return try record(now, in: descriptor, path) }
            guard errno == EWOULDBLOCK || errno == EINTR else { break }
            if attempt < 5 { try? await Task.sleep(for: .milliseconds(5)) }
        }
        let code = errno
        let owner = readOwner(descriptor)
        close(descriptor)
        guard code == EWOULDBLOCK else { throw StoreFolder.refusal(of: path, to: "be locked", code) }
        throw StoreError(
            .inUse,
            "the store \(StoreFolder.parent(of: path)) is in use by \(owner?.description ?? "another process"): "
                + "wait for it or end it, or name another folder")
    }

    /// Which process holds the lock; nil when none does or there is no such file.
    static func owner(_ path: String) -> StoreOwner? {
        let descriptor = openFile(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard let owner = readOwner(descriptor) else { return nil }
        // A record without a lock is that of a process that died.
        return flock(descriptor, LOCK_SH | LOCK_NB) == 0 ? nil : owner
    }

    private static func record(_ now: Timestamp, in descriptor: Int32, _ path: String) throws -> StoreLock {
        let lock = StoreLock(descriptor)
        let line = Array("\(getpid()) \(now)\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, line, line.count, 0) == line.count else {
            throw StoreFolder.refusal(of: path, to: "be written", errno)
        }
        return lock
    }

    private static func readOwner(_ descriptor: Int32) -> StoreOwner? {
        var buffer = [UInt8](repeating: 0, count: 128)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        let words = String(decoding: buffer[..<count], as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard let process = words.first.flatMap({ Int32($0) }) else { return nil }
        return StoreOwner(process: process, since: words.dropFirst().first.map(String.init) ?? "")
    }
}

/// open(2), which is variadic in C, with the mode of a store's files.
func openFile(_ path: String, _ flags: Int32) -> Int32 { open(path, flags, 0o600) }
