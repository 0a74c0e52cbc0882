// SPDX-License-Identifier: Apache-2.0

// `stat` belongs to whichever of these two the compiler happens to load first; X509 brings the former.
internal import CoreFoundation
internal import Glibc

/// What tells one content of a path from the next, without reading it.
struct FileStamp: Sendable, Hashable {
    private let device: UInt
    private let inode: UInt
    private let size: Int
    private let changed: [Int]

    /// What is at the path now; nil when nothing can be seen there.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
        size = Int(status.st_size)
        changed = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
    }
}
