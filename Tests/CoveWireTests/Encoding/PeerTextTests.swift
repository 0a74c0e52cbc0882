// SPDX-License-Identifier: Apache-2.0

import CoveWire
import Testing

@Suite struct PeerTextTests {
    @Test(arguments: [
        ("", ""), ("plain é 😀", "plain é 😀"), ("\u{1B}[31mred\u{07}", " [31mred "), ("a\r\nb\tc", "a  b c"),
        ("right\u{202E}left\u{2028}", "right left "), ("\u{7F}\u{85}\u{0}", "   "),
    ])
    func `text of another end is shown without what steers a terminal`(text: String, shown: String) {
        #expect(PeerText(text).description == shown)
    }

    @Test func `long text is cut`() {
        #expect(PeerText(String(repeating: "x", count: 11), limit: 10).description == "xxxxxxxxxx…")
        #expect(PeerText(String(repeating: "x", count: 10), limit: 10).description == "xxxxxxxxxx")
        #expect(PeerText(String(repeating: "x", count: 100_000)).description.unicodeScalars.count == 1_001)
    }
}
