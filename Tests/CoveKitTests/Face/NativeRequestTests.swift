// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@testable import CoveKit

/// The arguments of `cove { }`: what is wrong with them is thrown before anything is done.
@Suite struct NativeRequestTests {
    @Test func `everything that is wrong is thrown at once`() async {
        let error = await #expect(throws: InvalidRequest.self) {
            _ = try await cove(
                targetIDs: [], ignoreIDs: ["cat"], regions: [], roleName: "a b", roleSessionName: "ab", externalID: "",
                taskTimeout: .seconds(0), slots: 0, partition: "moon"
            ) { _ in 1 }
        }
        #expect(error?.problems.count == 8)
        #expect(
            error?.problems.prefix(3) == [
                "target_ids must have at least 1 element. Got [].",
                "provided id is neither an aws account nor an ou: cat",
                "regions must have at least 1 element. Got [].",
            ])
        #expect(error?.problems.contains("slots is 0: expected a whole number from 1 to 4096") == true)
    }

    @Test(arguments: [-1, 4_097, Int.max]) func `slots out of range are thrown`(slots: Int) async {
        await #expect(throws: InvalidRequest("slots is \(slots): expected a whole number from 1 to 4096")) {
            _ = try await cove(slots: slots) { _ in }
        }
    }

    @Test func `a failure is told with its place`() throws {
        var target = CoveTarget(account: Account(id: try .sample(1), name: "one"), region: RegionName("eu-west-1"))
        let failure = Failure(type: "T", message: "it broke")
        #expect(CoveFailure(target: target, failure: failure).description == "000000000001 one eu-west-1: it broke")
        target.account.name = nil
        target.region = nil
        #expect(CoveFailure(target: target, failure: failure).description == "000000000001: it broke")
    }
}
