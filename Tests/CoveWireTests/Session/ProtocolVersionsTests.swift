// SPDX-License-Identifier: Apache-2.0

import CoveWire
import Testing

@Suite struct ProtocolVersionsTests {
    @Test(
        arguments: [
            (1...1, 1...1, 1), (1...1, 2...2, nil), (1...2, 2...3, 2), (2...3, 1...2, 2), (1...9, 3...5, 5),
            (1...1, 2...3, nil),
            (5...5, 1...9, 5),
        ] as [(ClosedRange<Int>, ClosedRange<Int>, Int?)])
    func `the newest version that both speak`(one: ClosedRange<Int>, other: ClosedRange<Int>, newest: Int?) {
        #expect(ProtocolVersions(one).newestInCommon(with: ProtocolVersions(other)) == newest)
        #expect(ProtocolVersions(other).newestInCommon(with: ProtocolVersions(one)) == newest)
    }

    @Test func `versions travel as a range`() throws {
        let text = #"{"highest":3,"lowest":2}"#
        #expect(try MessageForm.text(ProtocolVersions(2...3)) == text)
        #expect(try MessageForm.value(ProtocolVersions.self, text) == ProtocolVersions(2...3))
        #expect(ProtocolVersions(2...3).description == "2 to 3")
        #expect(ProtocolVersions.supported.description == "1")
    }

    @Test(arguments: [
        #"{"highest":1,"lowest":2}"#, #"{"highest":1,"lowest":0}"#, #"{"highest":-1,"lowest":-2}"#, #"{"highest":1}"#,
        #"{"highest":1.5,"lowest":1}"#, #"{"highest":99999999999999999999,"lowest":1}"#, "1",
    ])
    func `what is no range is refused`(text: String) {
        #expect(MessageForm.refuses(ProtocolVersions.self, text))
    }
}
