// SPDX-License-Identifier: Apache-2.0

package import Logging

/// Keeps log lines, for tests of what is said to an operator.
package final class LogRecorder: Sendable {
    /// A line.
    package struct Line: Sendable {
        /// How much it matters.
        package let level: Logger.Level
        /// The constant sentence.
        package let message: String
        /// What was found.
        package let metadata: [String: String]
    }

    private struct Handler: LogHandler {
        let lines: Watched<[Line]>
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            lines.update { [level = event.level, message = event.message.description] in
                $0.append(Line(level: level, message: message, metadata: all.mapValues { "\($0)" }))
            }
        }
    }

    private let recorded = Watched<[Line]>([])

    /// A recorder without lines.
    package init() {}

    /// A logger whose lines are kept, all levels of them.
    package var logger: Logger { Logger(label: "test") { [recorded] _ in Handler(lines: recorded) } }

    /// The lines so far.
    package var lines: [Line] { recorded.value }

    /// The lines that an operator sees.
    package var warnings: [Line] { lines.filter { $0.level >= .warning } }

    /// Waits until a line says that.
    package func says(_ message: String) async { await recorded.until { $0.contains { $0.message == message } } }
}
