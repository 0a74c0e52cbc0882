// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Logging

/// Writes log lines to the console: as text for people, or as a JSON object a line for machines.
struct ConsoleLogHandler: LogHandler {
    /// The form of a log line.
    enum Format: String, CaseIterable, Sendable {
        /// `2026-11-20T23:59:59.123Z warning lease expired run=…`
        case text
        /// `{"time":"…","level":"warning","message":"lease expired","run":"…"}`
        case json
    }

    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let format: Format
    private let console: Console

    init(level: Logger.Level, format: Format, console: Console) {
        logLevel = level
        self.format = format
        self.console = console
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
        let time = LinkClock.system.wall().description
        switch format {
        case .text:
            let pairs = all.map { " \($0.key)=\(quotedIfNeeded("\($0.value)"))" }.joined()
            console.say("\(time) \(event.level) \(event.message)\(pairs)")
        case .json:
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("time", time)
            writer.member("level", "\(event.level)")
            writer.member("message", "\(event.message)")
            for (key, value) in all { writer.member(named: key, "\(value)") }
            writer.endObject()
            console.say(String(decoding: writer.bytes, as: UTF8.self))
        }
    }

    private func quotedIfNeeded(_ text: String) -> String {
        // Values may come from AWS or a program: what would move the cursor or forge a line is shown as an escape.
        text.unicodeScalars.contains { $0.value <= 0x20 || $0 == "\"" || TextTable.isInvisible($0) }
            ? TextTable.visible(JSONText(string: text).text) : text
    }
}
