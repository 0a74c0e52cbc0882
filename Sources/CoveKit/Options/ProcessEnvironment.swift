// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the program finds around itself: read once, here, and handed on as values.
struct ProcessEnvironment: Sendable {
    /// The environment variables.
    var variables: [String: String]
    /// The working folder.
    var workingDirectory: String
    /// Whether stdout is a terminal.
    var isOutputTerminal: Bool
    /// Whether stderr is a terminal.
    var isErrorTerminal: Bool

    /// The environment of this process.
    static var current: ProcessEnvironment {
        ProcessEnvironment(
            variables: ProcessInfo.processInfo.environment,
            workingDirectory: FileManager.default.currentDirectoryPath,
            isOutputTerminal: isatty(STDOUT_FILENO) == 1, isErrorTerminal: isatty(STDERR_FILENO) == 1)
    }

    /// The name of this host and process, by which outcomes say who ran them.
    static var workerName: String {
        var name = [CChar](repeating: 0, count: 256)
        let isNamed = gethostname(&name, name.count - 1) == 0
        let host = isNamed ? String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : "localhost"
        return "\(host)/\(getpid())"
    }

    /// The width of a terminal in columns; 80 where it does not say.
    static func columns(of descriptor: Int32) -> Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
