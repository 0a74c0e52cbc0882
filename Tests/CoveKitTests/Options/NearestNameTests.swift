// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveKit

@Suite struct NearestNameTests {
    static let regions = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2"]

    @Test(arguments: [
        ("eu-west-1", "eu-west-1"), ("eu-west1", "eu-west-1"), ("eu-wset-1", "eu-west-1"),
        ("eu-centrl-1", "eu-central-1"),
        ("eucentral1", "eu-central-1"), ("us-east-11", "us-east-1"), ("ap-southeast-3", "ap-southeast-2"),
    ])
    func `the name with the fewest changed characters`(name: String, nearest: String) {
        #expect(NearestName.of(name, among: Self.regions) == nearest)
    }

    @Test(arguments: ["", "mars", "eu-wes", "completely-else", "zzzzzzzzz"])
    func `nothing is near`(name: String) {
        #expect(NearestName.of(name, among: Self.regions) == nil)
    }

    @Test func `the first of several that are as near, and nothing among nothing`() {
        #expect(NearestName.of("ab", among: ["ac", "ad"]) == "ac")
        #expect(NearestName.of("ab", among: []) == nil)
    }
}
