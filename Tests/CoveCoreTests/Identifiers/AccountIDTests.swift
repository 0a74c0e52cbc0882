// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

/// The grammar of account ids: twelve ASCII digits.
@Suite struct AccountIDTests {
    @Test(arguments: ["000000000000", "012345678901", "999999999999"])
    func `twelve ASCII digits are an account id`(text: String) throws {
        let id = try #require(AccountID(text))
        #expect(id.rawValue == text)
        #expect(id.description == text)
        #expect(AccountID(text.dropFirst(0)) == id)
    }

    @Test(arguments: [
        "", "1", "11111111111", "1111111111111", "11111111111a", "11111111111:", "11111111111/", "-11111111111",
        "+11111111111", " 11111111111",
        "11111111111 ", "111111111111\n", "1111_1111_11", "1111.11111111", "٠١٢٣٤٥٦٧٨٩٠١", "１１１１１１１１１１１１", "१२३४५६",
        "1111１11111", "²²²²²²", "11111111111\0",
    ])
    func `anything else is none`(text: String) {
        #expect(AccountID(text) == nil)
    }

    @Test func `ids sort as numbers`() {
        let texts = ["999999999999", "000000000010", "100000000000", "000000000009"]
        #expect(
            texts.compactMap { AccountID($0) }.sorted().map(\.rawValue)
                == ["000000000009", "000000000010", "100000000000", "999999999999"])
    }

    @Test func `an id is coded as its text and refused as anything else`() throws {
        let id = try #require(AccountID("012345678901"))
        #expect(try CodedForm.text([id]) == #"["012345678901"]"#)
        #expect(try CodedForm.value([AccountID].self, #"["012345678901"]"#) == [id])
        #expect(CodedForm.problem([AccountID].self, #"["1"]"#) == #"found "1", expected twelve digits"#)
        #expect(CodedForm.problem([AccountID].self, "[12345678901]") != nil)
        #expect(CodedForm.problem([AccountID].self, "[null]") != nil)
    }
}
