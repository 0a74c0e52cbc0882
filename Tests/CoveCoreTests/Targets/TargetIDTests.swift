// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

/// The grammar of what may be named as a target (AWS Organizations API Reference; botocove's for accounts and units).
@Suite struct TargetIDTests {
    private static func label(_ count: Int) -> String { String(repeating: "a", count: count) }

    static let units = [
        "ou-abcd-12345678", "ou-0a1b-zzzzzzzz", "ou-\(label(4))-\(label(8))", "ou-\(label(32))-\(label(32))",
    ]
    static let roots = ["r-abcd", "r-0000", "r-\(label(32))"]
    static let neither = [
        "", "cat", "ou", "ou-", "ou--", "ou-abc-12345678", "ou-\(label(33))-12345678", "ou-abcd-1234567",
        "ou-abcd-\(label(33))", "ou-abcd-12345678-x", "ou-ABCD-12345678", "ou-abcd-1234567A", "OU-abcd-12345678",
        "ou-abcd-1234567é", "ou_abcd_12345678", " ou-abcd-12345678", "ou-abcd-12345678\n", "ou-abcd-12345678 ",
        "xou-abcd-12345678", "r", "r-", "r-abc", "r-\(label(33))", "r-ABCD", "r-abc:", "r-abc/", "r-abc`", "r-abc{",
        "ou-abc{-12345678", "ou-abcd-1234567:", "r-abcd-", "R-abcd", "r-abcd\n",
        "11111111111", "1111111111111", "１１１１１１１１１１１１", "11111111111a", "o-abcdefghij", "*", "ou-abcd-*",
    ]

    @Test func `twelve digits are an account`() throws {
        let account = try #require(AccountID("012345678901"))
        #expect(TargetID("012345678901") == .account(account))
        #expect(TargetID("012345678901")?.rawValue == "012345678901")
    }

    @Test(arguments: units) func `an organizational unit`(text: String) {
        #expect(TargetID(text) == .organizationalUnit(text))
        #expect(TargetID(text)?.description == text)
    }

    @Test(arguments: roots) func `a root`(text: String) {
        #expect(TargetID(text) == .root(text))
        #expect(TargetID(text)?.description == text)
    }

    @Test(arguments: neither) func `none of the three`(text: String) {
        #expect(TargetID(text) == nil)
    }

    @Test func `an id is coded as its text and refused as anything else`() throws {
        let texts = ["012345678901", "ou-abcd-12345678", "r-abcd"]
        let ids = texts.compactMap { TargetID($0) }
        let coded = #"["012345678901","ou-abcd-12345678","r-abcd"]"#
        #expect(try CodedForm.text(ids) == coded)
        #expect(try CodedForm.value([TargetID].self, coded) == ids)
        #expect(
            CodedForm.problem([TargetID].self, #"["cat"]"#)
                == #"found "cat", expected the id of an account, an organizational unit or a root"#)
    }
}
