// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@testable import CoveKit

/// The arguments of `cove { }`, checked before anything is done.
@Suite struct NativeRequestTests {
    private static func specification(
        targetIDs: [String]? = nil, ignoreIDs: [String] = [], regions: [String]? = nil,
        role: RoleSpecification = RoleSpecification(), partition: String? = nil
    ) throws -> RunSpecification {
        try NativeRequest.specification(
            name: "f", targetIDs: targetIDs, ignoreIDs: ignoreIDs, regions: regions, role: role, partition: partition,
            profile: "p", raiseException: true, includeCallingAccount: true)
    }

    @Test func `arguments become a run's specification`() throws {
        let specification = try Self.specification(
            targetIDs: ["r-abcd"], ignoreIDs: ["111111111111"], regions: ["eu-west-1", "eu-west-1"], partition: "aws-cn")
        #expect(
            specification
                == RunSpecification(
                    function: .native("f"),
                    selection: TargetSelection(
                        targets: [.root("r-abcd")], ignored: ["111111111111"].compactMap { TargetID($0) },
                        includesCallingAccount: true),
                    regions: ["eu-west-1"].compactMap { RegionName($0) }, partition: "aws-cn", profile: "p",
                    raisesException: true))
        #expect(try Self.specification().selection.targets == nil)
        #expect(try Self.specification().regions == nil)
    }

    @Test func `everything that is wrong is thrown at once`() {
        let error = #expect(throws: InvalidRequest.self) {
            try Self.specification(
                targetIDs: [], ignoreIDs: ["cat"], regions: [],
                role: RoleSpecification(name: "a b", sessionName: "ab", externalID: ""), partition: "moon")
        }
        #expect(error?.problems.count == 6)
        #expect(
            error?.problems.prefix(3) == [
                "target_ids must have at least 1 element. Got [].",
                "provided id is neither an aws account nor an ou: cat",
                "regions must have at least 1 element. Got [].",
            ])
    }

    @Test(arguments: [0, -1, 4_097]) func `slots out of range are thrown`(slots: Int) async throws {
        let specification = try Self.specification()
        await #expect(throws: InvalidRequest("slots is \(slots): expected a whole number from 1 to 4096")) {
            _ = try await NativeRequest.perform(specification, slots: slots) { _ in 1 }
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
