// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Synchronization

#if canImport(Glibc)
    // A type of C belongs to whichever of these two the compiler happens to load first.
    import CoreFoundation
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// An empty folder for each attempt, which only its user can enter, and which is removed when the attempt ends.
///
/// They lie in a folder of this process, which it holds a lock of as long as it has any: `cove-UID/PID-RANDOM/1`. What a process left
/// that was killed has no lock any more; whoever makes the first folder after it takes that away, but for folders in which a
/// program is still at work. The lock goes with the process, not with the programs: they do not have its descriptor.
final class TaskFolders: Sendable {
    /// A folder of an attempt.
    struct Folder: Sendable {
        /// Its path.
        let path: String
        fileprivate let name: String
    }

    /// Why there is no folder.
    struct Problem: Error {
        /// The end of the sentence "the program could not be started: …".
        let reason: String
        /// Whether it may be different next time.
        let isRetryable: Bool
    }

    /// The folder of this process, while it is open.
    private struct Home {
        let path: String
        let name: String
        let root: CInt
        let folder: CInt
        let lock: CInt
        var last = 0
        var count = 0
    }

    private struct State {
        var home: Home?
        /// Whether nothing is left over that this process knows of, or could find.
        var hasSwept = false
    }

    private let parent: String
    private let patience: Duration
    private let state = Mutex(State())

    /// Folders below `parent`, which is there.
    ///
    /// - Parameter patience: how long an attempt waits for its folder to be taken away; then that is left for later.
    init(parent: String, patience: Duration = .seconds(5)) {
        self.parent = parent
        self.patience = patience
    }

    /// Makes a folder.
    func make() async throws(Problem) -> Folder {
        let (folder, leftovers) = try state.withLock { state throws(Problem) in
            var leftovers: [Leftover] = []
            if state.home == nil {
                let root = try FolderRoot(below: parent)
                state.home = try root.alone { () throws(Problem) in
                    if !state.hasSwept { leftovers = root.leftovers() }
                    return try Self.home(in: root)
                }
                state.hasSwept = true
            }
            return (try Self.folder(&state), leftovers)
        }
        for leftover in leftovers { await leftover.remove() }
        return folder
    }

    /// Takes a folder away with what is in it.
    ///
    /// What cannot be taken away soon, because it is so much or an escaped process goes on adding to it, is left for when this process
    /// had no attempts for a moment, or for the next process to start.
    func remove(_ folder: Folder) async {
        guard let home = state.withLock({ $0.home }) else { return }
        let isGone = await FolderRemoval.remove(folder.name, in: home.folder, deadline: .now + patience)
        state.withLock { state in
            if !isGone { state.hasSwept = false }
            state.home?.count -= 1
            if state.home?.count == 0 { Self.close(&state) }
        }
    }

    private static func folder(_ state: inout State) throws(Problem) -> Folder {
        guard var home = state.home else { throw Problem(reason: "its folder is gone", isRetryable: true) }
        home.last += 1
        let name = "\(home.last)"
        guard mkdirat(home.folder, name, 0o700) == 0 else {
            let problem = Problem("the folder \(home.path)/\(name) could not be made")
            if home.count == 0 { close(&state) }
            throw problem
        }
        home.count += 1
        state.home = home
        return Folder(path: home.path + "/" + name, name: name)
    }

    /// Makes this process's folder and takes its lock; nobody else looks through the root meanwhile.
    private static func home(in root: borrowing FolderRoot) throws(Problem) -> Home {
        let name = "\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 16))"
        guard mkdirat(root.descriptor, name, 0o700) == 0 else {
            throw Problem("the folder \(root.path)/\(name) could not be made")
        }
        let folder = openat(root.descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        let lock = folder < 0 ? -1 : FolderRoot.lock(in: folder, LOCK_EX | LOCK_NB)
        let copy = lock < 0 ? -1 : fcntl(root.descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else {
            let problem = Problem("the folder \(root.path)/\(name) could not be locked")
            for descriptor in [folder, lock] where descriptor >= 0 { Glibc.close(descriptor) }
            throw problem
        }
        return Home(path: root.path + "/" + name, name: name, root: copy, folder: folder, lock: lock)
    }

    /// Takes this process's folder away, if nothing was left in it.
    private static func close(_ state: inout State) {
        guard let home = state.home.take() else { return }
        unlinkat(home.folder, FolderRoot.lockName, 0)
        unlinkat(home.root, home.name, AT_REMOVEDIR)
        for descriptor in [home.lock, home.folder, home.root] { Glibc.close(descriptor) }
    }
}

extension TaskFolders.Problem {
    /// What the system refused, with its reason.
    fileprivate init(_ what: String) {
        let error = Errno(rawValue: errno)
        self.init(
            reason: "\(what) (\(error))",
            isRetryable: error == .noSpace || error.rawValue == EDQUOT || error == .tooManyOpenFiles)
    }
}

/// The folder of a user that has those of his processes: `cove-UID`.
struct FolderRoot: ~Copyable {
    static let lockName = "lock"

    /// Its path, without links.
    let path: String
    let descriptor: CInt

    /// Opens it, and makes it where it is not there.
    ///
    /// The folder around it may be everybody's, and somebody else may have made it first: then it is not used.
    init(below parent: String) throws(TaskFolders.Problem) {
        let path = parent + "/cove-\(geteuid())"
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .init("the folder \(path) could not be made") }
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw .init("the folder \(path) could not be opened") }
        guard FolderListing.isUsersAlone(descriptor) else {
            close(descriptor)
            throw .init(
                reason:
                    "the folder \(path) is another user's, or others may enter it: expected one that is yours alone "
                    + "(mode 0700); remove it, or name another place with TMPDIR", isRetryable: false)
        }
        self.descriptor = descriptor
        self.path = Self.withoutLinks(path)
    }

    deinit { close(descriptor) }

    /// Does something while nobody else looks through the folder or makes anything there.
    func alone<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        // Without the lock, which only a full disk or a lack of descriptors can deny, a process that begins at this very moment might
        // have its folder, which is still empty, taken away. That one is told, and tries again.
        let lock = Self.lock(in: descriptor, LOCK_EX)
        defer { if lock >= 0 { close(lock) } }
        return try body()
    }

    /// The folders of processes that are gone, each with its lock taken: nobody else will look at them.
    func leftovers() -> [Leftover] {
        FolderRemoval.names(in: descriptor).compactMap { bytes in
            let name = String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard Self.isHome(name) else { return nil }
            let folder = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard folder >= 0 else { return nil }
            defer { close(folder) }
            let lock = Self.lock(in: folder, LOCK_EX | LOCK_NB)
            guard lock >= 0 else { return nil }
            let root = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
            guard root >= 0 else {
                close(lock)
                return nil
            }
            return Leftover(path: path + "/" + name, name: name, root: root, lock: lock)
        }
    }

    /// Whether a name is that of a process's folder, `PID-HEX`: what else lies here is not of this kind, and is left alone.
    private static func isHome(_ name: String) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let pid = parts.first, let random = parts.last, !pid.isEmpty else { return false }
        return pid.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt64(random, radix: 16) != nil
    }

    /// Takes the lock of a folder; less than 0 when another process has it.
    static func lock(in folder: CInt, _ operation: CInt) -> CInt {
        let file = openat(folder, lockName, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { return -1 }
        while flock(file, operation) != 0 {
            guard errno == EINTR else {
                close(file)
                return -1
            }
        }
        return file
    }

    private static func withoutLinks(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}

/// The folder of a process that is gone.
final class Leftover: Sendable {
    private let path: String
    private let name: String
    private let root: CInt
    private let lock: CInt

    fileprivate init(path: String, name: String, root: CInt, lock: CInt) {
        self.path = path
        self.name = name
        self.root = root
        self.lock = lock
    }

    deinit { for descriptor in [lock, root] { close(descriptor) } }

    /// Takes it away, but for folders in which a process is at work: a program outlives the Cove that was killed.
    func remove() async {
        let folder = openat(root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard folder >= 0 else { return }
        defer { close(folder) }
        let inUse = Self.workingFolders(below: path)
        var isEmpty = true
        for bytes in FolderRemoval.names(in: folder) {
            let name = String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if name == FolderRoot.lockName { continue }
            let place = path + "/" + name
            let isFree = !inUse.contains { $0 == place || $0.hasPrefix(place + "/") }
            // An attempt that is to end does not wait until all that others left is gone.
            let isGone = isFree ? await FolderRemoval.remove(name, in: folder, endsEarly: true) : false
            isEmpty = isEmpty && isGone
        }
        guard isEmpty else { return }
        unlinkat(folder, FolderRoot.lockName, 0)
        unlinkat(root, name, AT_REMOVEDIR)
    }

    /// The folders below a path that processes work in, as far as this user may see.
    private static func workingFolders(below path: String) -> [String] {
        let processes = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard processes >= 0 else { return [] }
        defer { close(processes) }
        return FolderRemoval.names(in: processes).compactMap { name in
            guard let first = name.first, (CChar(UInt8(ascii: "0"))...CChar(UInt8(ascii: "9"))).contains(first) else {
                return nil
            }
            let link = name.dropLast() + Array("/cwd".utf8CString)
            var target = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlinkat(processes, link, &target, target.count)
            let folder = String(decoding: target.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return folder.hasPrefix(path + "/") ? folder : nil
        }
    }
}
