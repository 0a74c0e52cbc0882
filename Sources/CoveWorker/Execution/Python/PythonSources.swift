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

/// The Python side of `cove python`, which is part of this program and is written into a folder to be run.
package struct PythonSources: Sendable {
    private static let files: [(name: String, content: [UInt8])] = [
        ("botocove.py", PackageResources.botocove_py),
        ("cove_boto.py", PackageResources.cove_boto_py), ("cove_check.py", PackageResources.cove_check_py),
        ("cove_decoration.py", PackageResources.cove_decoration_py),
        ("cove_exceptions.py", PackageResources.cove_exceptions_py),
        ("cove_failures.py", PackageResources.cove_failures_py), ("cove_file.py", PackageResources.cove_file_py),
        ("cove_forks.py", PackageResources.cove_forks_py), ("cove_frames.py", PackageResources.cove_frames_py),
        ("cove_host.py", PackageResources.cove_host_py), ("cove_linux.py", PackageResources.cove_linux_py),
        ("cove_loading.py", PackageResources.cove_loading_py), ("cove_process.py", PackageResources.cove_process_py),
        ("cove_run.py", PackageResources.cove_run_py), ("cove_session.py", PackageResources.cove_session_py),
        ("cove_task.py", PackageResources.cove_task_py), ("cove_typed.py", PackageResources.cove_typed_py),
        ("cove_values.py", PackageResources.cove_values_py),
        ("sitecustomize.py", PackageResources.sitecustomize_py),
    ]

    /// The folder that has the sources: one for each content, so that two versions of this program do not meet.
    package let folder: String

    /// Sees to it that the sources are there.
    ///
    /// - Throws: `PythonProblem` when the folder cannot be made, or others could write into it.
    package init(below parent: String) throws(PythonProblem) {
        folder = parent + "/" + Self.name
        try Self.makePrivate(parent)
        if Self.isComplete(folder) { return }
        let draft = parent + "/.\(Self.name).\(UUID().uuidString)"
        try Self.makePrivate(draft)
        defer { try? FileManager.default.removeItem(atPath: draft) }
        for file in Self.files {
            do {
                try Data(file.content).write(to: URL(filePath: draft + "/" + file.name))
            } catch {
                throw PythonProblem("\(draft)/\(file.name) cannot be written: \(error)")
            }
        }
        // Whoever writes the same at the same time was as quick; a damaged one is put aside.
        if rename(draft, folder) != 0, !Self.isComplete(folder) {
            try? FileManager.default.removeItem(atPath: folder)
            guard rename(draft, folder) == 0 || Self.isComplete(folder) else {
                throw PythonProblem("\(folder) cannot be made: \(String(cString: strerror(errno)))")
            }
        }
    }

    /// The path of a file.
    func path(of name: String) -> String { folder + "/" + name }

    /// A name that follows from the content (FNV-1a): enough to tell versions apart, what is there is compared all the same.
    private static let name: String = {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for file in files {
            for byte in file.name.utf8 + file.content { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        return "python-" + String(hash, radix: 16)
    }()

    private static func isComplete(_ folder: String) -> Bool {
        guard FolderListing.isPrivate(folder) else { return false }
        return files.allSatisfy { file in
            FileManager.default.contents(atPath: folder + "/" + file.name).map { Array($0) == file.content } ?? false
        }
    }

    private static func makePrivate(_ path: String) throws(PythonProblem) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw PythonProblem("the folder \(path) for the sources of Python's side cannot be made: \(error)")
        }
        guard FolderListing.isPrivate(path) else {
            throw PythonProblem(
                "the folder \(path) for the sources of Python's side belongs to somebody else, or others may write into it: "
                    + "expected one of your own (chmod 700)")
        }
    }
}
