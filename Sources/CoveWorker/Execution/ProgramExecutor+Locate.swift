// SPDX-License-Identifier: Apache-2.0

package import CoveCore

#if canImport(Glibc)
    // A type of C belongs to whichever of these two the compiler happens to load first.
    import CoreFoundation
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension ProgramExecutor {
    /// Where a program is: found in `PATH` when it is a name, relative to `workingDirectory` when it holds a `/`.
    ///
    /// Empty and relative entries of `PATH` are passed over: which program runs must not depend on the folder that Cove
    /// was started in. Without a `PATH` nothing is found by name. The answer is absolute when `workingDirectory` is.
    ///
    /// - Returns: the path of a file that this process may execute, or the reason why there is none.
    package static func locate(
        _ program: String, environment: [String: String], workingDirectory: String
    ) -> Result<String, InvalidRequest> {
        guard !program.isEmpty, !program.utf8.contains(0) else {
            return .failure(InvalidRequest("no program to run: its name is empty or holds a NUL byte"))
        }
        if program.utf8.contains(UInt8(ascii: "/")) {
            let path = program.hasPrefix("/") ? program : workingDirectory + "/" + program
            guard let obstacle = obstacle(at: path) else { return .success(path) }
            return .failure(InvalidRequest("the program \(program) cannot be run: \(obstacle)"))
        }
        guard let search = environment["PATH"] else {
            return .failure(
                InvalidRequest(
                    "the program \(program) cannot be found: PATH is not set; set it, or name the program by its path"))
        }
        var found: String?
        for folder in search.split(separator: ":") where folder.hasPrefix("/") {
            let path = folder + "/" + program
            switch obstacle(at: path) {
            case nil: return .success(path)
            case .absent: continue
            case .some(let obstacle): found = found ?? "\(path): \(obstacle)"
            }
        }
        let reason = found.map { "cannot be run: \($0)" } ?? "is not in any folder of PATH"
        return .failure(InvalidRequest("the program \(program) \(reason)"))
    }

    /// Where a program is, looked for first among the files that travelled with the run: as a path below their folder.
    static func locate(
        _ program: String, environment: [String: String], workingDirectory: String, files: String?
    ) -> Result<String, InvalidRequest> {
        if let files, ArchiveEntry.problem(ofPath: program) == nil {
            let path = files + "/" + program
            switch obstacle(at: path) {
            case nil: return .success(path)
            case .absent: break
            case .some(let obstacle):
                return .failure(InvalidRequest("the program \(program) of the run's files cannot be run: \(obstacle)"))
            }
        }
        return locate(program, environment: environment, workingDirectory: workingDirectory)
    }

    /// What keeps a file from being run.
    private enum Obstacle: String, CustomStringConvertible {
        case absent = "there is no such file"
        case folder = "it is a folder"
        case special = "it is not a regular file"
        case notExecutable = "it is not executable; set its permission with chmod +x"

        var description: String { rawValue }
    }

    private static func obstacle(at path: String) -> Obstacle? {
        var status = stat()
        guard stat(path, &status) == 0 else { return .absent }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return access(path, X_OK) == 0 ? nil : .notExecutable
        case S_IFDIR: return .folder
        default: return .special
        }
    }
}
