// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file that holds a secret.
enum PrivateFile {
    /// Leaves with the reader that everybody may write the file, and a warning that everybody may read it.
    static func check(_ path: String, _ what: String, _ reader: inout SettingReader, warnings: inout [String]) {
        let mode = FileDescriptor.mode(of: path)
        let octal = "0" + String(mode, radix: 8)
        if SecretFileMode(mode).isWrittenByEverybody {
            reader.add(
                problem: "\(what) \(path) can be written by everybody (mode \(octal)): what is in it may be "
                    + "anybody's; make it anew, and private with chmod 600")
        } else if SecretFileMode(mode).isReadByEverybody {
            warnings.append(
                "\(what) \(path) can be read by everybody on this host (mode \(octal)); make it private with chmod 600")
        }
    }

    /// Puts a file in place with its content, whole or not at all.
    ///
    /// - Parameter mode: its permissions; its owner alone may read it unless told otherwise.
    /// - Throws: `CommandFailure` when that cannot be done.
    static func write(_ text: String, to path: String, mode: mode_t = 0o600) throws {
        let unfinished = path + ".new"
        FileDescriptor.remove(unfinished)
        guard let file = FileDescriptor(writing: unfinished, mode: mode, isNew: true) else {
            throw failure(path, FileDescriptor.lastError)
        }
        guard file.write(text.utf8), file.makeDurable(), FileDescriptor.rename(unfinished, to: path) else {
            let reason = FileDescriptor.lastError
            FileDescriptor.remove(unfinished)
            throw failure(path, reason)
        }
    }

    /// Makes a folder that only its owner can look into, where there is none.
    ///
    /// - Throws: `CommandFailure` when that cannot be done.
    static func makeFolder(_ path: String) throws {
        var isFolder = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
            if !isFolder { throw failure(path, "it is a file: expected a folder, or a path where one can be made") }
            return
        }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw failure(path, FileDescriptor.lastError)
        }
    }

    private static func failure(_ path: String, _ reason: String) -> CommandFailure {
        CommandFailure(.unavailable, ["\(path) cannot be made: \(reason)"])
    }
}
