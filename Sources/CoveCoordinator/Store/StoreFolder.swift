// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The folder that is a store: its database, its lock, and who may read them (its owner alone).
struct StoreFolder: Sendable {
    let path: String

    var database: String { path + "/queue.sqlite" }
    var lock: String { path + "/lock" }
    /// Where a new database is made before it gets its name, so that a file of that name is never an unfinished one.
    var unfinishedDatabase: String { path + "/queue.sqlite.new" }

    init(_ path: String) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
    }

    /// Finds the folder of an existing store.
    func find() throws {
        guard try Self.isFolder(path) else {
            throw StoreError(.notFound, "there is no store at \(path): expected the folder of an earlier run")
        }
        guard access(database, F_OK) == 0 else {
            guard errno == ENOENT else { throw Self.refusal(of: database, to: "be looked at", errno) }
            guard access(database + "-wal", F_OK) != 0 else {
                throw StoreError(
                    .damaged,
                    "\(database) is missing and its log \(database)-wal is there: restore the file, or name another folder"
                )
            }
            throw StoreError(.notFound, "there is no store at \(path): the folder has no queue.sqlite")
        }
        try refuseNetworkFileSystem()
    }

    /// Makes the folder and its parents (mode 0700) where they are missing; a folder that is there keeps its mode.
    func make() throws {
        if try !Self.isFolder(path) { try Self.makeFolder(path) }
        try refuseNetworkFileSystem()
    }

    /// Gives a finished new database its name, durably.
    func nameDatabase() throws {
        guard rename(unfinishedDatabase, database) == 0 else {
            throw Self.refusal(of: unfinishedDatabase, to: "be renamed to queue.sqlite", errno)
        }
        let descriptor = openFile(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.refusal(of: path, to: "be opened", errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Self.refusal(of: path, to: "be made durable", errno) }
    }

    /// Makes an empty private file where the new database will be; what an interrupted making left there goes.
    func prepareUnfinishedDatabase() throws {
        for leftover in [unfinishedDatabase, unfinishedDatabase + "-journal"] where unlink(leftover) != 0 {
            guard errno == ENOENT else { throw Self.refusal(of: leftover, to: "be removed", errno) }
        }
        let descriptor = openFile(unfinishedDatabase, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.refusal(of: unfinishedDatabase, to: "be made", errno) }
        defer { close(descriptor) }
        guard fchmod(descriptor, 0o600) == 0 else {
            throw Self.refusal(of: unfinishedDatabase, to: "be made private", errno)
        }
    }

    // MARK: The file system

    /// Refuses file systems on which locks and fsync do not do what SQLite needs (sqlite.org/howtocorrupt.html, section 2).
    private func refuseNetworkFileSystem() throws {
        guard let mounts = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8) else { return }
        var info = stat()
        guard stat(path, &info) == 0, let name = Self.networkFileSystem(ofDevice: UInt64(info.st_dev), in: mounts)
        else {
            return
        }
        throw StoreError(
            .notAccessible,
            "\(path) is on \(name), where locks are not reliable: a store needs a local disk; name a folder on one")
    }

    /// The type of a device's file system when it is on a network or in user space; nil when it is local or not known.
    ///
    /// - Parameter mounts: the text of /proc/self/mountinfo (proc_pid_mountinfo(5)).
    static func networkFileSystem(ofDevice device: UInt64, in mounts: String) -> String? {
        // gnu_dev_major and gnu_dev_minor, which are macros.
        let major = (device >> 8 & 0xFFF) | (device >> 32 & ~0xFFF)
        let minor = (device & 0xFF) | (device >> 12 & ~0xFF)
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 6, fields[2] == "\(major):\(minor)", let dash = fields.firstIndex(of: "-"),
                fields.indices.contains(dash + 1)
            else { continue }
            let type = fields[dash + 1]
            let isRemote = networkFileSystems.contains(String(type)) || type == "fuse" || type.hasPrefix("fuse.")
            if isRemote { return String(type) }
        }
        return nil
    }

    private static let networkFileSystems: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "lustre", "afs", "gpfs", "beegfs", "glusterfs", "vboxsf",
    ]

    /// Whether there is a folder; something else of that name is an error.
    private static func isFolder(_ path: String) throws -> Bool {
        var info = stat()
        guard stat(path, &info) == 0 else {
            if errno == ENOENT { return false }
            throw refusal(of: path, to: "be looked at", errno)
        }
        guard info.st_mode & S_IFMT == S_IFDIR else {
            throw StoreError(.notAccessible, "\(path) is a file: expected a folder, or a path where one can be made")
        }
        return true
    }

    private static func makeFolder(_ path: String) throws {
        let above = parent(of: path)
        if try above != path && !isFolder(above) { try makeFolder(above) }
        guard mkdir(path, 0o700) == 0 else {
            if errno == EEXIST { return }
            throw refusal(of: path, to: "be made", errno)
        }
        // Whatever the umask left.
        guard chmod(path, 0o700) == 0 else { throw refusal(of: path, to: "be made private", errno) }
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func refusal(of path: String, to action: String, _ code: Int32) -> StoreError {
        let reason = String(cString: strerror(code))
        guard code == ENOSPC || code == EDQUOT else {
            return StoreError(
                .notAccessible, "\(path) cannot \(action) (\(reason)): expected a folder that this user may write in")
        }
        return StoreError(.full, "\(path) cannot \(action) (\(reason)): make room and try again")
    }
}
