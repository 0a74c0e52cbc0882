// SPDX-License-Identifier: Apache-2.0

import CoveCore
import FoundationEssentials

#if canImport(Glibc)
    // A type of C belongs to whichever of these two the compiler happens to load first.
    import CoreFoundation
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The folder in which unpacked artefacts are kept, each in a folder named by its digest and size.
///
/// Several processes of a user may share it. An artefact gets its name when it is complete; it is held against its digest whenever
/// somebody begins to use it, because the programs that use it run as the same user.
struct ArtefactStore: Sendable {
    /// An artefact that is there and verified, for as long as this is kept.
    struct Found: Sendable {
        let path: String
        let lock: FolderLock
    }

    /// The beginning of the name of what is being made, or removed.
    private static let temporary = ".new-"
    private static let removed = ".old-"

    let folder: String
    /// How many bytes of artefacts are kept at most.
    let limit: Int

    /// Where an artefact is when it is there.
    func path(of reference: ArtefactReference) -> String { "\(folder)/\(reference.digest)-\(reference.size)" }

    /// Makes the folder where it is missing, and refuses one that others may write into.
    func open() throws {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Failure.noArtefact("the folder \(folder) for it cannot be made: \(error)", isRetryable: true)
        }
        let parent = String(folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)])
        // Whoever may write into the folder around it could put another in its place.
        guard FolderListing.isPrivate(folder), FolderListing.isPrivate(parent) else {
            throw Failure.noArtefact(
                "the folder \(folder) for it is not this user's own: expected a folder, and one around it, that nobody else "
                    + "may write into; correct their owner and permissions (chmod 700), or remove them",
                isRetryable: true)
        }
    }

    /// Removes what processes that died have left.
    func clean() {
        for name in names where name.hasPrefix(Self.temporary) || name.hasPrefix(Self.removed) {
            let path = folder + "/" + name
            guard let lock = FolderLock.take(path, .alone) else { continue }
            withExtendedLifetime(lock) { Self.delete(path) }
        }
    }

    /// An artefact that is there; one that is no longer what its digest says is removed.
    func find(_ reference: ArtefactReference) -> Found? {
        let path = path(of: reference)
        guard let lock = FolderLock.take(path, .shared) else { return nil }
        if UnpackedFiles(path: path).reference() == reference {
            lock.touch()
            return Found(path: path, lock: lock)
        }
        return nil
    }

    /// Whether there is a folder of that name, which may not be what it should be.
    func isThere(_ reference: ArtefactReference) -> Bool { access(path(of: reference), F_OK) == 0 }

    /// Gives a folder of unpacked files the artefact's name; one that has it and is the same stays.
    func take(_ unpacked: UnpackedFiles, as reference: ArtefactReference) throws -> Found {
        let path = path(of: reference)
        if rename(unpacked.path, path) != 0 {
            let code = errno
            if let found = find(reference) { return found }
            guard code == EEXIST || code == ENOTEMPTY, remove(path), rename(unpacked.path, path) == 0 else {
                throw Failure.noArtefact("\(FileFailure("made", path, code))", isRetryable: true)
            }
        }
        guard let found = find(reference) else {
            throw Failure.noArtefact("what was unpacked at \(path) is not what came", isRetryable: true)
        }
        return found
    }

    /// Makes room for so many bytes: what was not used for longest goes first, and what is in use stays.
    func makeRoom(for size: Int) throws {
        var kept: [(path: String, size: Int, usedAt: timespec)] = []
        for name in names where !name.hasPrefix(".") {
            var status = stat()
            guard let size = name.split(separator: "-").last.flatMap({ Int($0) }), size > 0,
                lstat(folder + "/" + name, &status) == 0
            else { continue }
            #if canImport(Darwin)
                kept.append((folder + "/" + name, size, status.st_mtimespec))
            #else
                kept.append((folder + "/" + name, size, status.st_mtim))
            #endif
        }
        kept.sort { ($0.usedAt.tv_sec, $0.usedAt.tv_nsec) < ($1.usedAt.tv_sec, $1.usedAt.tv_nsec) }
        var total = kept.reduce(0) { $0 + $1.size }
        for artefact in kept where total + size > limit {
            if remove(artefact.path) { total -= artefact.size }
        }
        guard total + size <= limit else {
            throw Failure.noArtefact(
                "the worker keeps \(limit) bytes of files at most, and \(total) of them are in use", isRetryable: true)
        }
    }

    /// Takes a folder away that nobody uses; whether it is gone.
    @discardableResult
    private func remove(_ path: String) -> Bool {
        guard let lock = FolderLock.take(path, .alone) else { return access(path, F_OK) != 0 }
        return withExtendedLifetime(lock) {
            guard let place = Self.makeTemporaryFolder(in: folder, Self.removed) else { return false }
            // A folder can take the name of one that is empty.
            guard rename(path, place) == 0 else { return false }
            Self.delete(place)
            return true
        }
    }

    /// A new folder to make an artefact in, held until the lock is let go.
    func makeWorkshop() throws -> (path: String, lock: FolderLock) {
        // Another process that cleans up may remove it before it is held.
        for _ in 0..<8 {
            guard let path = Self.makeTemporaryFolder(in: folder, Self.temporary) else {
                throw Failure.noArtefact("\(FileFailure("made", folder + "/" + Self.temporary))", isRetryable: true)
            }
            if let lock = FolderLock.take(path, .alone) { return (path, lock) }
        }
        throw Failure.noArtefact("no folder could be made and held in \(folder)", isRetryable: true)
    }

    static func delete(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    private var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] }

    private static func makeTemporaryFolder(in folder: String, _ prefix: String) -> String? {
        var template = Array("\(folder)/\(prefix)XXXXXX".utf8CString)
        return template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
    }
}

extension Failure {
    /// A task whose files cannot be had.
    static func noArtefact(_ reason: String, isRetryable: Bool = false) -> Failure {
        Failure(
            type: "ArtefactUnavailable", message: "the files that the run needs are not at the worker: \(reason)",
            isRetryable: isRetryable)
    }
}
