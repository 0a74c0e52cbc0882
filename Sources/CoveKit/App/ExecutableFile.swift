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

    /// The SHA-256 digest of the file, in hexadecimal: what tells builds apart.
    ///
    /// The file is read once.
    static let digest: Result<String, InvalidRequest> = running.flatMap { digest(of: $0) }

    /// The digest of a file.
    static func digest(of path: String) -> Result<String, InvalidRequest> {
        guard let file = FileDescriptor(reading: path) else {
            return .failure(
                InvalidRequest("the program's own file \(path) cannot be read: \(FileDescriptor.lastError)"))
        }
        var hash = SHA256()
        while true {
            guard let bytes = file.read(upTo: chunk) else {
                return .failure(
                    InvalidRequest("the program's own file \(path) cannot be read: \(FileDescriptor.lastError)"))
            }
            if bytes.isEmpty { break }
            hash.update(data: bytes)
        }
        let digits = Array("0123456789abcdef")
        return .success(String(hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }))
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
