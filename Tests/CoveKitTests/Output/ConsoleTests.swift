// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveKit

/// Standard error: lines, notes and the progress line at the bottom.
@Suite struct ConsoleTests {
    private static func written(isTerminal: Bool, isQuiet: Bool = false, _ body: (Console) -> Void) throws -> String {
        let folder = try TemporaryFolder()
        let file = try #require(FileDescriptor(writing: folder.file("err")))
        body(Console(isTerminal: isTerminal, isQuiet: isQuiet, output: file))
        return try folder.text("err")
    }

    @Test func `a line takes the progress line away and puts it back`() throws {
        let text = try Self.written(isTerminal: true) { console in
            console.say("first")
            console.show(progress: "1/2")
            console.say("second")
            console.show(progress: "2/2")
            console.show(progress: "2/2")
            console.show(progress: "")
            console.say("third")
        }
        #expect(
            text == "first\n" + "\r1/2\u{1B}[K" + "\r\u{1B}[Ksecond\n1/2" + "\r2/2\u{1B}[K" + "\r\u{1B}[K" + "third\n")
    }

    @Test func `scripts see no progress and no notes`() throws {
        let text = try Self.written(isTerminal: false) { console in
            console.show(progress: "1/2")
            console.note("run 1")
            console.say("what went wrong")
        }
        #expect(text == "what went wrong\n")
    }

    @Test func `a quiet user sees only what went wrong`() throws {
        let text = try Self.written(isTerminal: true, isQuiet: true) { console in
            console.show(progress: "1/2")
            console.note("run 1")
            console.say("what went wrong")
        }
        #expect(text == "what went wrong\n")
    }

    @Test func `people at a terminal see notes`() throws {
        #expect(try Self.written(isTerminal: true) { $0.note("run 1") } == "run 1\n")
    }
}
