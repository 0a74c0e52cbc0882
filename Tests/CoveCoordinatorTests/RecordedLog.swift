// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport
import Logging

extension Logger {
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// Keeps the log lines of a test.
struct RecordedLog: LogHandler {
    struct Line: Sendable {
        let level: Logger.Level
        let message: String
        let metadata: Logger.Metadata
    }

    let lines = Watched<[Line]>([])
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    /// A logger whose lines are kept here.
    var logger: Logger { Logger(label: "test") { _ in self } }

    /// The lines that an operator sees.
    var warnings: [Line] { lines.value.filter { $0.level >= .warning } }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let line = Line(level: event.level, message: "\(event.message)", metadata: event.metadata ?? [:])
        lines.update { $0.append(line) }
    }
}
