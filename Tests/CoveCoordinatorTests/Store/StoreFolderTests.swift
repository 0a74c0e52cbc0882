// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Foundation
import Testing

@testable import CoveCoordinator

/// Making, finding, locking and refusing a store's folder.
@Suite struct StoreFolderTests {
    let place: TemporaryFolder
    var folder: String { place.path + "/runs/one" }
    var database: String { StoreFolder(folder).database }

    init() throws { place = try TemporaryFolder() }

    private func refusal(_ mode: SQLiteTaskStore.OpenMode = .create, at path: String? = nil) async throws -> StoreError
    {
        try #require(
            await #expect(throws: StoreError.self) {
                _ = try await SQLiteTaskStore.open(folder: path ?? folder, mode: mode)
            })
    }

    private func mode(of path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func makeStore() async throws {
        let store = try await SQLiteTaskStore.open(folder: folder)
        try await store.plannedRun()
        try await store.close()
    }

    @Test func `a new store is for its owner's eyes only`() async throws {
        let store = try await SQLiteTaskStore.open(folder: folder + "/")
        try await store.plannedRun()
        #expect(try mode(of: place.path + "/runs") == 0o700)
        #expect(try mode(of: folder) == 0o700)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(names == ["lock", "queue.sqlite", "queue.sqlite-wal"])
        for name in names { #expect(try mode(of: folder + "/" + name) == 0o600, "\(name)") }
        try await store.close()
        #expect(!FileManager.default.fileExists(atPath: database + "-wal"))
    }

    @Test func `opening an existing store makes nothing where there is none`() async throws {
        #expect(try await refusal(.existing).code == .notFound)
        #expect(!FileManager.default.fileExists(atPath: place.path + "/runs"))
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        #expect(try await refusal(.existing).code == .notFound)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    }

    @Test func `a store is opened, not made again`() async throws {
        try await makeStore()
        for mode in [SQLiteTaskStore.OpenMode.create, .existing] {
            let store = try await SQLiteTaskStore.open(folder: folder, mode: mode)
            #expect(try await store.runs().count == 1)
            try await store.close()
        }
    }

    @Test func `a second opening is told which process has the store`() async throws {
        let store = try await SQLiteTaskStore.open(folder: folder)
        let error = try await refusal()
        #expect(error.code == .inUse)
        #expect(
            error.message.contains("process \(ProcessInfo.processInfo.processIdentifier) since 2027-01-15T08:00:00"))
        let owner = SQLiteTaskStore.owner(ofFolder: folder)
        #expect(owner?.process == ProcessInfo.processInfo.processIdentifier)
        try await store.close()
        #expect(SQLiteTaskStore.owner(ofFolder: folder) == nil)
        try await SQLiteTaskStore.open(folder: folder).close()
    }

    @Test func `another process's lock is respected, and gone with the process`() async throws {
        try await makeStore()
        let other = Process()
        other.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        other.arguments = ["flock", "--exclusive", "--no-fork", folder + "/lock", "cat"]
        let input = Pipe()
        other.standardInput = input
        let output = Pipe()
        other.standardOutput = output
        try other.run()
        // `cat` answers only once the lock is held.
        try input.fileHandleForWriting.write(contentsOf: Data("x".utf8))
        _ = output.fileHandleForReading.readData(ofLength: 1)
        try Data("\(other.processIdentifier) 2026-11-20T23:59:59.000Z\n".utf8).write(
            to: URL(fileURLWithPath: folder + "/lock"))
        #expect(SQLiteTaskStore.owner(ofFolder: folder)?.process == other.processIdentifier)
        let error = try await refusal(.existing)
        #expect(error.code == .inUse)
        #expect(error.message.contains("process \(other.processIdentifier) since 2026-11-20T23:59:59.000Z"))
        try input.fileHandleForWriting.close()
        other.waitUntilExit()
        // The record is still there; the lock is not.
        #expect(SQLiteTaskStore.owner(ofFolder: folder) == nil)
        try await SQLiteTaskStore.open(folder: folder, mode: .existing).close()
    }

    @Test func `a file where the folder should be is refused`() async throws {
        try Data().write(to: URL(fileURLWithPath: place.path + "/runs"))
        #expect(try await refusal().code == .notAccessible)
        #expect(try await refusal(at: place.path + "/runs").message.contains("is a file"))
    }

    @Test func `a folder that cannot be written in is refused`() async throws {
        // Not even root makes folders there.
        let error = try await refusal(at: "/proc/cove")
        #expect(error.code == .notAccessible)
        #expect(error.message.contains("/proc/cove"))
    }

    @Test(arguments: ["not a database, but text that is long enough to be looked at, and more of it", ""])
    func `a file that is no store is refused and left alone`(text: String) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let contents = String(repeating: text, count: 100)
        try Data(contents.utf8).write(to: URL(fileURLWithPath: database))
        for mode in [SQLiteTaskStore.OpenMode.create, .existing] {
            let error = try await refusal(mode)
            #expect(error.code == .damaged, "\(error)")
            #expect(error.message.contains(database))
        }
        #expect(try String(contentsOfFile: database, encoding: .utf8) == contents)
    }

    @Test func `a database of another program is refused and left alone`() async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try StoredTables(path: database).execute("CREATE TABLE theirs(x); PRAGMA application_id = 77")
        let before = try Data(contentsOf: URL(fileURLWithPath: database))
        let error = try await refusal()
        #expect(error.code == .damaged)
        #expect(error.message.contains("application id 77"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: database)) == before)
    }

    @Test func `a store of a newer version is refused with the version that wrote it`() async throws {
        try await makeStore()
        try StoredTables(path: database).execute(
            "UPDATE meta SET value = '9.1.0' WHERE key = 'written_by'; PRAGMA user_version = 4")
        let error = try await refusal(.existing)
        #expect(error.code == .newerVersion)
        #expect(error.message.contains("format 4, written by cove 9.1.0"))
        try StoredTables(path: database).execute("PRAGMA user_version = 3")
        try await SQLiteTaskStore.open(folder: folder, mode: .existing).close()
    }

    @Test func `a damaged store is told as damaged`() async throws {
        try await makeStore()
        // Everything but the header.
        let handle = try #require(FileHandle(forWritingAtPath: database))
        let size = try handle.seekToEnd()
        try handle.seek(toOffset: 100)
        try handle.write(contentsOf: Data(repeating: 0x5A, count: Int(size) - 100))
        try handle.close()
        #expect(try await refusal(.existing).code == .damaged)
    }

    @Test func `a log without its database is told as damaged, and no new store is made over it`() async throws {
        try await makeStore()
        try FileManager.default.moveItem(atPath: database, toPath: database + "-wal")
        #expect(try await refusal(.existing).code == .damaged)
        #expect(try await refusal(.create).code == .damaged)
        #expect(!FileManager.default.fileExists(atPath: database))
    }

    @Test func `a making that was cut off is begun anew`() async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data("half".utf8).write(to: URL(fileURLWithPath: database + ".new"))
        try await makeStore()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["lock", "queue.sqlite"])
    }

    @Test func `what wrote the store is noted in it`() async throws {
        try await makeStore()
        #expect(try StoredTables(path: database).text("SELECT value FROM meta WHERE key = 'written_by'") == "0.1.0")
    }

    @Test(
        arguments: [
            ("nfs4", "0:44", "nfs4"), ("fuse.sshfs", "0:44", "fuse.sshfs"), ("ext4", "0:44", nil),
            ("fuseblk", "0:44", nil),
            ("nfs4", "0:45", nil),
        ] as [(String, String, String?)])
    func `network file systems are known by their mount`(type: String, device: String, found: String?) {
        let mounts = """
            22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
            36 35 \(device) / /mnt/it rw,noatime master:1 - \(type) host:/export rw,errors=continue

            """
        #expect(StoreFolder.networkFileSystem(ofDevice: 44, in: mounts) == found)
    }

    @Test(.enabled(if: SmallDisk.isAvailable, "needs root to mount a small tmpfs"))
    func `a disk that fills up fails what does not fit, and serves again once there is room`() async throws {
        let disk = try SmallDisk(at: place.path + "/disk")
        defer { disk.unmount() }
        let store = try await SQLiteTaskStore.open(folder: disk.path + "/store")
        let run = try await store.plannedRun(accounts: 0..<64, regions: nil)
        let leases = try await store.grant(64, of: [run], now: .start)
        let large = JSONText(string: String(repeating: "x", count: 200_000))
        var settled = 0
        var code: StoreError.Code?
        for lease in leases where code == nil {
            do {
                _ = try await store.settle(lease, .succeeded(large))
                settled += 1
            } catch { code = (error as? StoreError)?.code }
        }
        #expect(code == .full)
        #expect(settled > 0)
        #expect(try await store.counts(of: run)?.succeeded == settled)
        try disk.resize(to: "64m")
        #expect(try await store.settle(leases[settled], .succeeded(large)).verdicts == [.applied])
        try await store.close()
        let tables = try StoredTables(path: StoreFolder(disk.path + "/store").database)
        #expect(try tables.text("PRAGMA integrity_check") == "ok")
        #expect(try tables.rows("SELECT count(*) FROM outcome") == [[settled + 1]])
    }
}

/// A tmpfs of 4 MiB, where one may be mounted.
struct SmallDisk {
    let path: String

    static let isAvailable: Bool = {
        guard let place = try? TemporaryFolder(), let disk = try? SmallDisk(at: place.path + "/trial") else {
            return false
        }
        disk.unmount()
        return true
    }()

    init(at path: String) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Self.run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", path)
    }

    func resize(to size: String) throws { try Self.run("mount", "-o", "remount,size=" + size, path) }

    func unmount() { try? Self.run("umount", "--lazy", path) }

    private static func run(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}
