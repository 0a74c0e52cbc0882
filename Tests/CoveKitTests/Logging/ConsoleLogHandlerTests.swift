// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Foundation
import Logging
import Testing

@testable import CoveKit

@Suite struct ConsoleLogHandlerTests {
    /// The lines that are logged, without their times.
    private static func lines(
        _ format: ConsoleLogHandler.Format, level: Logger.Level = .info, _ body: (inout Logger) -> Void
    ) throws -> [String] {
        let folder = try TemporaryFolder()
        do {
            let file = try #require(FileDescriptor(writing: folder.file("err")))
            let console = Console(isTerminal: false, isQuiet: false, output: file)
            var logger = Logger(label: "test") { _ in ConsoleLogHandler(level: level, format: format, console: console)
            }
            body(&logger)
        }
        return try folder.text("err").split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(
            String.init)
    }

    private static var time: Regex<Substring> { #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/# }

    @Test func `text has time, level, message and the metadata by key`() throws {
        let lines = try Self.lines(.text) { logger in
            logger[metadataKey: "run"] = "r1"
            logger.warning("lease expired", metadata: ["task": "17", "account": "1"])
            logger.info("again", metadata: ["run": "r2"])
            logger.debug("unseen")
        }
        #expect(
            lines.map { $0.replacing(Self.time, with: "TIME", maxReplacements: 1) } == [
                "TIME warning lease expired account=1 run=r1 task=17", "TIME info again run=r2",
            ])
    }

    @Test(arguments: [
        ("plain", "plain"), ("a/b=c", "a/b=c"), ("", ""), ("two words", "\"two words\""),
        ("say \"x\"", #""say \"x\"""#),
        ("a\nb", #""a\nb""#), ("a\r\nb", #""a\r\nb""#), ("\u{1B}[31m", #""\u001b[31m""#), ("a\tb", #""a\tb""#),
        ("é日", "é日"), ("a\u{9B}b", "\"a b\""), ("a\u{202E}b", "\"a b\""), ("a\u{7F}b", "\"a b\""),
    ])
    func `values can neither forge a line nor move the cursor`(value: String, shown: String) throws {
        let lines = try Self.lines(.text) { $0.info("m", metadata: ["k": "\(value)"]) }
        #expect(lines.map { $0.replacing(Self.time, with: "TIME") } == ["TIME info m k=\(shown)"])
    }

    @Test func `json is an object a line`() throws {
        let lines = try Self.lines(.json) { logger in
            logger[metadataKey: "run"] = "r1"
            logger.error("a \"b\"\nc", metadata: ["k\"": "v\n\u{1B}"])
            logger.info("again")
        }
        #expect(lines.count == 2)
        #expect(
            lines.map { $0.replacing(Self.time, with: "TIME") } == [
                #"{"time":"TIME","level":"error","message":"a \"b\"\nc","k\"":"v\n\u001b","run":"r1"}"#,
                #"{"time":"TIME","level":"info","message":"again","run":"r1"}"#,
            ])
        for line in lines { #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) } }
    }

    @Test func `a handler keeps its metadata`() {
        var handler = ConsoleLogHandler(
            level: .info, format: .text, console: Console(isTerminal: false, isQuiet: true, output: .standardError))
        handler[metadataKey: "a"] = "b"
        #expect(handler[metadataKey: "a"] == "b")
        #expect(handler.metadata == ["a": "b"])
    }
}
