// SPDX-License-Identifier: Apache-2.0

package import CoveCore

#if canImport(Glibc)
    // A type of C belongs to whichever of these two the compiler happens to load first.
    import CoreFoundation
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The regular files below a folder, as the entries of an archive in its order, and what cannot be in one.
package struct FolderListing: Sendable {
    /// How many problems are told one by one.
    private static let toldProblems = 20

    package private(set) var entries: [ArchiveEntry] = []
    /// What is there and cannot be in an archive, a sentence each.
    package private(set) var problems: [String] = []
    private let root: String
    private var visited = 0

    /// Looks into a folder and all below it.
    ///
    /// - Parameter mostFiles: how many files and folders are looked at before that is a problem.
    package init(of folder: String, mostFiles: Int = ArtefactLimits.files) {
        root = folder
        var pending = [""]
        while let next = pending.popLast(), visited <= 2 * mostFiles { list(next, into: &pending) }
        if entries.count > mostFiles || visited > 2 * mostFiles {
            problems.append("\(folder) holds more than \(mostFiles) files, which is the most")
        }
        entries.sort(by: ArchiveEntry.isOrdered)
        if problems.count > Self.toldProblems {
            let rest = problems.count - Self.toldProblems
            problems = problems.prefix(Self.toldProblems) + ["\(rest) more files are no better"]
        }
    }

    /// Looks at one file, which is an entry by its own name; a symbolic link stands for what it leads to.
    package init(ofFile path: String) {
        root = path
        var status = stat()
        guard stat(path, &status) == 0 else {
            problems.append("\(path) cannot be looked at: \(String(cString: strerror(errno)))")
            return
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            problems.append("\(path) is neither a file nor a folder")
            return
        }
        add(
            ArchiveEntry(
                path: String(path.split(separator: "/").last ?? ""), size: Int(status.st_size),
                isExecutable: status.st_mode & S_IXUSR != 0))
    }

    /// Whether a path is a folder of this user's, into which nobody else may write: what lies there may be run.
    ///
    /// It may be a link, if this user or root made it: whose link it is decides what it leads to next time.
    static func isPrivate(_ path: String) -> Bool {
        var link = stat()
        var folder = stat()
        guard lstat(path, &link) == 0, link.st_uid == geteuid() || link.st_uid == 0 else { return false }
        guard stat(path, &folder) == 0, folder.st_mode & S_IFMT == S_IFDIR else { return false }
        return folder.st_uid == geteuid() && folder.st_mode & 0o022 == 0
    }

    /// Whether what is open belongs to this user, and nobody else may even look into it.
    static func isUsersAlone(_ descriptor: CInt) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_uid == geteuid() && status.st_mode & 0o077 == 0
    }

    /// Whether there is a folder at a path.
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private mutating func add(_ entry: ArchiveEntry) {
        do throws(ArchiveError) {
            _ = try ArchiveHeader.bytes(of: entry)
            entries.append(entry)
        } catch {
            problems.append(error.message)
        }
    }

    private mutating func list(_ folder: String, into pending: inout [String]) {
        let path = folder.isEmpty ? root : root + "/" + folder
        guard let stream = opendir(path) else {
            problems.append("the folder \(path) cannot be read: \(String(cString: strerror(errno)))")
            return
        }
        defer { closedir(stream) }
        while let found = readdir(stream) {
            let bytes = withUnsafeBytes(of: found.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if bytes.elementsEqual(".".utf8) || bytes.elementsEqual("..".utf8) { continue }
            visited += 1
            guard let name = String(validating: bytes, as: UTF8.self) else {
                problems.append("\(path) has a file whose name is not UTF-8")
                continue
            }
            note(folder.isEmpty ? name : folder + "/" + name, into: &pending)
        }
    }

    private mutating func note(_ path: String, into pending: inout [String]) {
        var status = stat()
        guard lstat(root + "/" + path, &status) == 0 else {
            problems.append("\(root)/\(path) cannot be looked at: \(String(cString: strerror(errno)))")
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: pending.append(path)
        case S_IFREG:
            add(
                ArchiveEntry(path: path, size: Int(status.st_size), isExecutable: status.st_mode & S_IXUSR != 0))
        case S_IFLNK:
            problems.append("\(root)/\(path) is a symbolic link: put the file itself there, or leave it away")
        default: problems.append("\(root)/\(path) is neither a file nor a folder: leave it away")
        }
    }
}
