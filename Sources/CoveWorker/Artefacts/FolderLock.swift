// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    // A type of C belongs to whichever of these two the compiler happens to load first.
    import CoreFoundation
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A hold on a folder that other processes of this user see: who uses it shares it, who removes it has it alone.
///
/// It ends with this object, and with the process.
final class FolderLock: Sendable {
    /// How a folder is held.
    enum Mode: Sendable {
        case shared
        case alone
    }

    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit {
        // Closing is not enough: what was forked meanwhile for a program has the descriptor too, and with it the hold, until it becomes
        // that program.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Takes a folder; nil where there is none, or somebody holds it who does not share it.
    static func take(_ path: String, _ mode: Mode) -> FolderLock? {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        let lock = FolderLock(descriptor)
        guard flock(descriptor, (mode == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 else { return nil }
        // It may have lost its name before it was held.
        var held = stat()
        var named = stat()
        guard fstat(descriptor, &held) == 0, lstat(path, &named) == 0, held.st_ino == named.st_ino,
            held.st_dev == named.st_dev
        else { return nil }
        return lock
    }

    /// Notes that the folder was used now.
    func touch() { futimens(descriptor, nil) }
}
