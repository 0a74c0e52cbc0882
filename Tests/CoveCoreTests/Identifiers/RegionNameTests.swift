// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

/// The grammar of region names: a label of a host name.
@Suite struct RegionNameTests {
    static let longest = String(repeating: "a", count: 63)

    @Test(arguments: ["eu-west-1", "us-gov-east-1", "us-iso-b-1", "a", "1", "a-1", "x--y", longest])
    func `a label of a host name may be a region`(text: String) {
        #expect(RegionName(text)?.rawValue == text)
        #expect(RegionName(text)?.description == text)
    }

    @Test(arguments: [
        "", "-", "-eu", "eu-", "EU-west-1", "eu_west_1", "eu`", "eu{", "eu:", "eu.west", "eu west", " eu-west-1",
        "eu-west-1\n", "eu/west",
        "eu-west-１", "é", "eu-*", longest + "a",
    ])
    func `anything else may not`(text: String) {
        #expect(RegionName(text) == nil)
    }

    @Test func `a name is coded as its text and refused as anything else`() throws {
        let region = try #require(RegionName("eu-west-1"))
        #expect(try CodedForm.text([region]) == #"["eu-west-1"]"#)
        #expect(try CodedForm.value([RegionName].self, #"["eu-west-1"]"#) == [region])
        #expect(
            CodedForm.problem([RegionName].self, #"["EU"]"#) == #"found "EU", expected a region name such as eu-west-1"#
        )
    }
}
