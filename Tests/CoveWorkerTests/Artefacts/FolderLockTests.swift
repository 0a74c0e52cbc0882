// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport
import FoundationEssentials
import Glibc
import Testing

@testable import CoveWorker

struct FolderLockTests {
    @Test func `a hold ends when it is let go, whoever has its descriptor too`() throws {
        let folder = try TestFolder()
        var lock = FolderLock.take(folder.path, .shared)
        #expect(lock != nil && FolderLock.take(folder.path, .alone) == nil)
        // What a fork has until it is another program: the same open file.
        let files = FileManager.default
        let descriptors = try files.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }
        let copies = descriptors.filter {
            (try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == folder.path
        }.map { dup($0) }
        defer { for copy in copies { close(copy) } }
        #expect(copies.count == 1)
        lock = nil
        #expect(FolderLock.take(folder.path, .alone) != nil)
    }
}
