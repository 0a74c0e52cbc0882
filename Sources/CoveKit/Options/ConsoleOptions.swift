// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging

/// The options that say what is told on standard error.
struct ConsoleOptions: ParsableArguments {
    @Flag(name: .long, inversion: .prefixedNo, help: .setting("quiet", "Say nothing but what went wrong."))
    var quiet: Bool?
    @Option(
        name: .long,
        help: .setting(
            "log-level", "What to log. (default: warning)", value: "trace|debug|info|notice|warning|error|critical"))
    var logLevel: String?
    @Option(name: .long, help: .setting("log-format", "The form of log lines. (default: text)", value: "text|json"))
    var logFormat: String?

    /// The console and the logger on it.
    func resolve(_ reader: inout SettingReader, _ environment: ProcessEnvironment) -> (console: Console, logger: Logger)
    {
        let console = Console(isTerminal: environment.isErrorTerminal, isQuiet: reader.flag(quiet, "quiet"))
        let level = reader.choice(logLevel, "log-level", default: Logger.Level.warning)
        let format = reader.choice(logFormat, "log-format", default: ConsoleLogHandler.Format.text)
        let logger = Logger(label: "cove") { _ in ConsoleLogHandler(level: level, format: format, console: console) }
        return (console, logger)
    }
}
