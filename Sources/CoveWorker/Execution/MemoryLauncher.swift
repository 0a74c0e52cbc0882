// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    // A type of C belongs to whichever of these two the compiler happens to load first.
    import CoreFoundation
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Starts a program with a limit of its memory, by way of the shell.
///
/// swift-subprocess does nothing between fork and exec on Linux, and a limit that is set on a program that runs already comes too late for
/// what it has started. `/bin/sh` is there wherever Cove runs, whatever program Cove is a part of, and costs less than half a
/// millisecond. docs/decisions/0014 has the figures, and what the other ways cost.
enum MemoryLauncher {
    /// The shell that sets the limit and becomes the program.
    static let shell = "/bin/sh"
    /// What the shell does; the limit, in KiB, is its first argument.
    ///
    /// No core is written where memory is short, and a program whose limit could not be set does not run.
    private static let script = #"ulimit -c 0; ulimit -v "$1" || exit 125; shift; exec "$@""#

    /// Whether the shell is there.
    static var isAvailable: Bool { access(shell, X_OK) == 0 }

    /// Whether the system would start the program at `path` by itself: the shell runs any text as a script of its own.
    ///
    /// Programs for this or another machine hold NUL bytes near their beginning, scripts begin with `#!`.
    static func isProgram(_ path: String) -> Bool {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        // What may be executed and not read is no script.
        guard file >= 0 else { return true }
        defer { close(file) }
        let beginning = [UInt8](unsafeUninitializedCapacity: 256) { buffer, count in
            count = max(0, read(file, buffer.baseAddress, buffer.count))
        }
        return beginning.starts(with: "#!".utf8) || beginning.contains(0)
    }

    /// Why the shell could not become the program; nil when it did.
    ///
    /// The shell then exits with 126 or 127, as the program itself may, and says of the program's path what is wrong.
    static func refusal(path: String, code: Int, stderr: String) -> String? {
        guard code == 126 || code == 127, let line = stderr.split(separator: "\n").first, line.hasPrefix("sh: "),
            let place = line.firstRange(of: path + ": ")
        else { return nil }
        return String(line[place.upperBound...])
    }

    /// The path of the program that these arguments let the shell become; nil where they are no such.
    static func program(of arguments: [String]) -> String? {
        arguments.count > 5 && arguments[2] == script ? arguments[5] : nil
    }

    /// The arguments, name first, by which the shell becomes the program at `path`.
    static func arguments(limit: Int, path: String, arguments: [String]) -> [String] {
        ["sh", "-c", script, "sh", "\(allowed(limit) / 1_024)", path] + arguments
    }

    /// The limit, or the lower one that this process lives under already.
    private static func allowed(_ limit: Int) -> Int {
        #if canImport(Glibc)
            let memory = __rlimit_resource_t(RLIMIT_AS.rawValue)
        #else
            let memory = RLIMIT_AS
        #endif
        var current = rlimit()
        guard getrlimit(memory, &current) == 0 else { return limit }
        return min(limit, Int(clamping: current.rlim_max))
    }
}
