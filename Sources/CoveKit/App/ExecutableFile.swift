// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Crypto
import FoundationEssentials

#if canImport(Darwin)
    import Darwin
#endif

/// The file that this process runs.
enum ExecutableFile {
    /// How much is read at a time: small enough that its memory is used again for the next part, where a megabyte's is fetched anew.
    private static let chunk = 64 << 10

    /// What tells builds of the program apart, in hexadecimal.
    ///
    /// The file is read once.
    static let build: Result<String, InvalidRequest> = running.flatMap { build(of: $0) }

    /// The build ID that a file's linker gave it; the SHA-256 digest of a file that has none.
    ///
    /// A Swift program has 50 to 200 MB, whose digest would take longer than a run of 200 accounts.
    static func build(of path: String) -> Result<String, InvalidRequest> {
        var hash = SHA256()
        var isStart = true
        guard let file = FileDescriptor(reading: path) else { return .failure(unreadable(path)) }
        while true {
            guard let bytes = file.read(upTo: chunk) else { return .failure(unreadable(path)) }
            if isStart, let id = BuildID.find(in: bytes) { return .success(id.hexadecimal) }
            isStart = false
            if bytes.isEmpty { return .success(hash.finalize().hexadecimal) }
            hash.update(data: bytes)
        }
    }

    private static func unreadable(_ path: String) -> InvalidRequest {
        InvalidRequest("the program's own file \(path) cannot be read: \(FileDescriptor.lastError)")
    }

    /// The path by which another process can start the program.
    static var path: String {
        let running = (try? running.get()) ?? CommandLine.arguments.first ?? "cove"
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: running)
        return target ?? FileDescriptor.resolved(running)
    }

    #if canImport(Darwin)
        private static var running: Result<String, InvalidRequest> {
            var size = UInt32(PATH_MAX)
            var name = [CChar](repeating: 0, count: Int(size))
            guard _NSGetExecutablePath(&name, &size) == 0 else {
                return .failure(InvalidRequest("the path of the program's own file is too long"))
            }
            return .success(
                String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
    #else
        /// What runs, also where the file at its path was replaced since.
        private static let running = Result<String, InvalidRequest>.success("/proc/self/exe")
    #endif
}
