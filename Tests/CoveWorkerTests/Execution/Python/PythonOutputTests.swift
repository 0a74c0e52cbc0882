// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveWorker

@Suite struct PythonOutputTests {
    private static let marker = "00112233445566778899aabbccddeeff"
    private static let mark = [0] + Array(marker.utf8) + [UInt8(ascii: "\n")]

    private static func output(capacity: Int = 100, _ parts: [[UInt8]]) -> PythonOutput {
        let output = PythonOutput(capacity: capacity)
        output.begin(marker: marker)
        for part in parts { part.withUnsafeBytes { output.append($0) } }
        return output
    }

    @Test func `what comes before the mark is the task's, in whatever parts it comes`() async {
        let whole = Array("one\u{0}two".utf8) + Self.mark + Array("late".utf8)
        for first in 0..<whole.count {
            for second in stride(from: first, to: whole.count, by: 7) {
                let parts = [whole[..<first], whole[first..<second], whole[second...]].map { Array($0) }
                #expect(await Self.output(parts).end(within: .seconds(60)) == Array("one\u{0}two".utf8))
            }
        }
    }

    @Test func `only the end of much output is kept`() async {
        let parts =
            (0..<1_000).map { _ in [UInt8](repeating: UInt8(ascii: "x"), count: 1_000) } + [
                Array("end".utf8) + Self.mark
            ]
        #expect(await Self.output(capacity: 5, parts).end(within: .seconds(60)) == Array("xxend".utf8))
    }

    @Test func `output without a mark ends with its stream`() async {
        let output = Self.output([Array("lost".utf8)])
        output.close()
        #expect(await output.end(within: .seconds(60)) == Array("lost".utf8))
    }

    @Test func `output that never ends is not waited for`() async {
        #expect(await Self.output([Array("so far".utf8)]).end(within: .zero) == Array("so far".utf8))
    }

    @Test func `the next task begins with nothing`() async {
        let output = Self.output([Array("first".utf8), Self.mark])
        output.begin(marker: "ff")
        ([UInt8(ascii: "2"), 0] + Array("ff\n".utf8)).withUnsafeBytes { output.append($0) }
        #expect(await output.end(within: .seconds(60)) == [UInt8(ascii: "2")])
    }
}
