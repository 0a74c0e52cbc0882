// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    // A type of C belongs to whichever of these two the compiler happens to load first.
    import CoreFoundation
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Takes away a folder with everything that a program has put into it.
///
/// A program may have put anything there: links to elsewhere, which are taken away and never followed; folders within folders
/// to any depth, of which few are open at a time; files that another process still adds, which end the work unfinished.
struct FolderRemoval {
    /// How many folders within each other are open at a time; what lies deeper is moved up first.
    private static let depth = 16
    /// How many names are read at a time; then other tasks have their turn.
    private static let batch = 256
    /// `O_PATH` of Linux, which is no plain number in its header.
    private static let placeOnly: CInt = 0o10_000_000

    /// The folder that everything is in.
    private let top: CInt
    /// How many more things are taken away: nobody is followed for ever who adds faster than that.
    private var rest = 5_000_000
    private var moved = 0
    private let endsEarly: Bool
    private let deadline: ContinuousClock.Instant?

    private init(top: CInt, endsEarly: Bool, deadline: ContinuousClock.Instant?) {
        self.top = top
        self.endsEarly = endsEarly
        self.deadline = deadline
    }

    /// Takes away the folder of that name.
    ///
    /// - Parameters:
    ///   - endsEarly: whether the work ends unfinished when the task is cancelled.
    ///   - deadline: when it ends unfinished in any case; nil for when there is nothing left to do.
    /// - Returns: whether it is gone.
    static func remove(
        _ name: String, in parent: CInt, endsEarly: Bool = false, deadline: ContinuousClock.Instant? = nil
    ) async -> Bool {
        let name = Array(name.utf8CString)
        guard let folder = open(name, in: parent) else { return errno == ENOENT }
        defer { close(folder) }
        var removal = FolderRemoval(top: folder, endsEarly: endsEarly, deadline: deadline)
        guard await removal.empty(folder, depth: 1) else { return false }
        return unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT
    }

    /// Takes away what is in a folder; false when something had to stay.
    private mutating func empty(_ folder: CInt, depth: Int) async -> Bool {
        while true {
            let names = Self.names(in: folder, limit: Self.batch)
            if names.isEmpty { return true }
            var removed = 0
            for name in names where await remove(name, in: folder, depth: depth) { removed += 1 }
            rest -= removed
            guard removed > 0, rest > 0, !(endsEarly && Task.isCancelled), deadline.map({ .now < $0 }) ?? true else {
                return false
            }
            await Task.yield()
        }
    }

    private mutating func remove(_ name: [CChar], in folder: CInt, depth: Int) async -> Bool {
        if unlinkat(folder, name, 0) == 0 || errno == ENOENT { return true }
        // What cannot be unlinked is a folder, or it stays.
        guard let inner = Self.open(name, in: folder) else { return errno == ENOENT }
        defer { close(inner) }
        if depth >= Self.depth {
            moved += 1
            return renameat(folder, name, top, Array(".cove-\(moved)".utf8CString)) == 0
        }
        guard await empty(inner, depth: depth + 1) else { return false }
        return unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOENT
    }

    /// Opens a folder, no link, and makes sure that its owner may do everything in it; nil when that cannot be.
    private static func open(_ name: [CChar], in parent: CInt) -> CInt? {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        var folder = openat(parent, name, flags)
        if folder < 0, errno == EACCES {
            // A program took its own rights to it; a place is the only thing that can be opened then.
            let place = openat(parent, name, Self.placeOnly | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard place >= 0 else { return nil }
            defer { close(place) }
            guard chmod("/proc/self/fd/\(place)", 0o700) == 0 else { return nil }
            folder = openat(parent, name, flags)
        }
        guard folder >= 0 else { return nil }
        var status = stat()
        if fstat(folder, &status) == 0, status.st_mode & 0o700 != 0o700 { fchmod(folder, 0o700) }
        return folder
    }

    /// Names in a folder, from its beginning, as they are: they need not be UTF-8.
    static func names(in folder: CInt, limit: Int = .max) -> [[CChar]] {
        let descriptor = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        guard let stream = fdopendir(descriptor) else {
            close(descriptor)
            return []
        }
        defer { closedir(stream) }
        var names: [[CChar]] = []
        while names.count < limit, let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) }
            }
            let isDots = name.allSatisfy { $0 == CChar(UInt8(ascii: ".")) } && name.count <= 2
            if !isDots { names.append(name + [0]) }
        }
        return names
    }
}
