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
    /// How many files this process may have open.
    var fileLimit: Int
    /// Whether stdout is a terminal.
    var isOutputTerminal: Bool
    /// Whether stderr is a terminal that can draw a line anew.
    var isErrorTerminal: Bool

    /// The environment of this process.
    static var current: ProcessEnvironment {
        ProcessEnvironment(
            variables: ProcessInfo.processInfo.environment,
            workingDirectory: FileManager.default.currentDirectoryPath,
            fileLimit: raiseFileLimit(),
            isOutputTerminal: isatty(STDOUT_FILENO) == 1,
            isErrorTerminal: isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb")
    }

    /// A path that does not depend on the working folder.
    func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : workingDirectory + "/" + path }

    /// The folder for what can be made again: `cove` in the user's cache (XDG Base Directory Specification); nil when none can be told.
    private var cacheFolder: String? {
        if let cache = variables["XDG_CACHE_HOME"], cache.hasPrefix("/") { return cache + "/cove" }
        if let home = variables["HOME"], home.hasPrefix("/") { return home + "/.cache/cove" }
        return nil
    }

    /// Where a worker keeps files that travel with runs; nil when no folder can be told.
    var artefactFolder: String? { cacheFolder.map { $0 + "/artefacts" } }

    /// Where the sources of Python's side are: in the user's cache, or in a folder of his own among temporary files.
    ///
    /// It is not the one for tasks' folders (`cove-UID`), from which what belongs to no process is taken away.
    var pythonFolder: String { cacheFolder ?? "/tmp/cove-python-\(Self.userID)" }

    /// The name by which this process was started, without folders.
    static var programName: String {
        let name = CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? ""
        return name.isEmpty ? "program" : TextTable.visible(name)
    }

    /// The name of this host and process, by which outcomes say who ran them.
    static var workerName: String {
        var name = [CChar](repeating: 0, count: 256)
        let isNamed = gethostname(&name, name.count - 1) == 0
        let host =
            isNamed
            ? String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : "localhost"
        return "\(host)/\(getpid())"
    }

    /// The number of the user that this process runs as.
    static var userID: UInt32 { geteuid() }

    /// Takes as many open files as the system lets this process have, within reason, and says how many: a running program
    /// costs three, a connection one.
    static func raiseFileLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(openFiles, &limit) == 0 else { return 1_024 }
        let wanted = min(limit.rlim_max, 65_536)
        if limit.rlim_cur < wanted {
            limit.rlim_cur = wanted
            _ = setrlimit(openFiles, &limit)
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// Leaves with the reader that programs in so many slots would need more open files than there may be.
    func checkFileLimit(slots: Int, _ reader: inout SettingReader) {
        let needed = slots * 3 + 100
        guard needed > fileLimit else { return }
        reader.add(
            problem: "\(slots) slots need some \(needed) open files and this process may have \(fileLimit): "
                + "lower --slots, or raise the limit (ulimit -Hn)")
    }

    #if canImport(Glibc)
        private static let openFiles = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        private static let openFiles = RLIMIT_NOFILE
    #endif

    /// The width of a terminal in columns; 80 where it does not say.
    static func columns(of descriptor: Int32) -> Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
