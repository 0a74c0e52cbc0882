// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where configuration files are read from: the disk, or a table of texts in a test.
public struct ConfigurationFiles: Sendable {
    /// The largest configuration file that is read, in bytes.
    public static let largestFile = 16 << 20

    /// The bytes of the file at a path; nil when there is no regular file.
    var read: @Sendable (_ path: String) throws -> [UInt8]?
    /// The home folder of a user, or of the process's user for nil; nil when there is none.
    var home: @Sendable (_ user: String?) -> String?

    /// The files of this machine.
    public static let onDisk = ConfigurationFiles(read: { try readFile($0) }, home: { homeFolder(of: $0) })

    /// The files of a table, by path; no user has a home but by the variable `HOME`.
    public static func table(_ texts: [String: String]) -> ConfigurationFiles {
        ConfigurationFiles(read: { texts[$0].map { Array($0.utf8) } }, home: { _ in nil })
    }

    /// A path with its variables (`$NAME`, `${NAME}`) and then a leading `~` or `~user` replaced, as Python's
    /// `os.path.expandvars` and `expanduser` do; what is unknown stays as it is.
    func expand(_ path: String, environment: [String: String]) -> String {
        let path = Self.expandVariables(in: path, environment: environment)
        guard path.hasPrefix("~") else { return path }
        let user = path.dropFirst().prefix { $0 != "/" }
        let rest = path.dropFirst(1 + user.count)
        let found = user.isEmpty ? environment["HOME"] ?? home(nil) : home(String(user))
        guard var folder = found else { return path }
        while folder.hasSuffix("/") { folder.removeLast() }
        let expanded = folder + rest
        return expanded.isEmpty ? "/" : expanded
    }

    private static func expandVariables(in path: String, environment: [String: String]) -> String {
        var result = ""
        var rest = path[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            let after = rest[rest.index(after: dollar)...]
            let name: Substring
            let length: Int
            if after.first == "{" {
                name = after.dropFirst().prefix { $0 != "}" }
                length = after.dropFirst(1 + name.count).isEmpty ? 0 : name.count + 2
            } else {
                name = after.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
                length = name.count
            }
            if length > 0, let value = environment[String(name)] {
                result += value
            } else {
                result += "$" + after.prefix(length)
            }
            rest = after.dropFirst(length)
        }
        return result + rest
    }
}

/// Why a configuration file could not be read.
struct UnreadableFile: Error {
    var reason: String
}

private func readFile(_ path: String) throws -> [UInt8]? {
    var status = stat()
    // A folder that may not be entered counts as absent, as in botocore: HOME is often another user's.
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw UnreadableFile(reason: lastError()) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    let limit = ConfigurationFiles.largestFile
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
        let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw UnreadableFile(reason: lastError()) }
        guard count > 0 else { return bytes }
        bytes += chunk[..<count]
        guard bytes.count <= limit else {
            throw UnreadableFile(reason: "it is larger than \(limit >> 20) MiB")
        }
    }
}

private func lastError() -> String { String(cString: strerror(errno)) }

private func homeFolder(of user: String?) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16 << 10) { buffer in
        guard let memory = buffer.baseAddress else { return nil }
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        let result =
            if let user {
                getpwnam_r(user, &entry, memory, buffer.count, &found)
            } else {
                getpwuid_r(getuid(), &entry, memory, buffer.count, &found)
            }
        guard result == 0, found != nil, let folder = entry.pw_dir else { return nil }
        return String(cString: folder)
    }
}
