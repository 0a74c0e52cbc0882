// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import Testing

@testable import CoveWorker

struct ProgramDiagnosisTests {
    @Test(arguments: [1, 2, 3, 7, 10, 11, 25, 1000])
    func `the tail is the end of the stream however it is cut`(chunk: Int) {
        let stream = (0..<500).map { UInt8($0 % 251) }
        var tail = OutputTail(capacity: 10)
        for start in stride(from: 0, to: stream.count, by: chunk) {
            stream[start..<min(start + chunk, stream.count)].withUnsafeBytes { tail.append($0) }
            #expect(tail.bytes == Array(stream[..<min(start + chunk, stream.count)].suffix(10)))
        }
    }

    @Test func `a tail of nothing keeps nothing`() {
        var tail = OutputTail(capacity: 0)
        Array("abc".utf8).withUnsafeBytes { tail.append($0) }
        #expect(tail.bytes.isEmpty)
    }

    @Test(arguments: [
        ("abc", 3, "abc"), ("abc", 2, "bc"), ("aüb", 2, "b"), ("aüb", 3, "üb"), ("€€", 5, "€"), ("𝄞x", 4, "x"),
        ("abc", 0, ""),
    ])
    func `text is cut before a character`(text: String, limit: Int, end: String) {
        #expect(OutputTail.text(Array(text.utf8), limit: limit) == end)
    }

    @Test func `bytes that are not UTF-8 are replaced, within the limit`() {
        #expect(OutputTail.text([0x61, 0xFF, 0x62], limit: 10) == "a\u{FFFD}b")
        #expect(OutputTail.text([0x61, 0xE2, 0x82], limit: 10) == "a\u{FFFD}")
        let repaired = OutputTail.text(Array(repeating: 0xFF, count: 100), limit: 10)
        #expect(repaired == "\u{FFFD}\u{FFFD}\u{FFFD}")
    }

    private let mask = SecretMask(
        Credentials(accessKeyID: "ASIAEXAMPLE", secretAccessKey: "0123456789", sessionToken: "abcdefghijkl"))

    @Test(arguments: [
        ("x0123456789y", 100, "x[secret]y"), ("abcdefghijklabcdefghijkl", 100, "[secret][secret]"),
        ("012345678", 100, "012345678"), ("AWS_ACCESS_KEY_ID=ASIAEXAMPLE", 100, "AWS_ACCESS_KEY_ID=[secret]"),
        ("00123456789", 100, "0[secret]"),
        // Cut within a secret, right before it and right after it.
        ("x0123456789yz", 5, "[secret]yz"), ("x0123456789yz", 12, "[secret]yz"), ("x0123456789yz", 2, "yz"),
        ("x0123456789yz", 3, "[secret]yz"),
    ])
    func `a secret is hidden wherever the end is cut`(text: String, limit: Int, end: String) {
        #expect(String(decoding: mask.end(of: Array(text.utf8), limit: limit), as: UTF8.self) == end)
        #expect(mask.reach == 12)
    }

    @Test func `credentials without a token, or too short to be any, hide nothing else`() {
        let mask = SecretMask(Credentials(accessKeyID: "test", secretAccessKey: "test"))
        #expect(mask.end(of: Array("a test".utf8), limit: 100) == Array("a test".utf8))
        #expect(mask.reach == 0)
    }
}
