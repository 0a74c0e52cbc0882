// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import Testing

@testable import CoveCoordinator

/// Named accounts, units and roots.
struct NamedTargetTests {
    private static let outer = "ou-abcd-11111111"
    private static let inner = "ou-abcd-22222222"
    private static let denied = AWSError.refusal("AccessDeniedException", status: 400)

    /// Root: 900, 1. Outer unit: 2 and, on a second page, 3 (suspended). Inner unit: 4, 5.
    private static var script: ScriptedDirectory.Script {
        .init(
            pages: [
                [.sample(900), .sample(1), .sample(2)], [.sample(3, state: "SUSPENDED"), .sample(4), .sample(5)],
            ],
            units: [
                "r-abcd": ([[900, 1]], [outer]), outer: ([[2], [3]], [inner]), inner: ([[], [4, 5]], []),
            ])
    }

    private func resolve(
        _ targets: [String], ignoring ignored: [String] = [], includingCaller: Bool = false,
        _ script: ScriptedDirectory.Script = Self.script
    ) async throws -> Resolution {
        try await Resolution.of(
            ScriptedDirectory(script), targets: targets, ignored: ignored, includingCaller: includingCaller)
    }

    @Test func `named accounts come in the order in which they were named, each once`() async throws {
        let found = try await resolve(["000000000004", "000000000001", "000000000004"])
        #expect(found.targets == [[4, 1]])
        #expect(found.pages[0].targets[0] == .sample(4), "with all that Organizations says of it")
    }

    @Test func `a unit stands for the accounts below it at any depth`() async throws {
        #expect(try await resolve([Self.outer]).targets == [[2, 4, 5]])
        #expect(try await resolve([Self.inner]).targets == [[4, 5]])
    }

    @Test func `a suspended account in a unit is skipped and listed`() async throws {
        let found = try await resolve([Self.outer])
        #expect(found.skipped == ["3 the account is SUSPENDED"])
        #expect(found.leftOut.isEmpty)
    }

    @Test func `an account that is named and in a named unit comes once`() async throws {
        #expect(try await resolve([Self.inner, "000000000005", Self.outer]).targets == [[4, 5, 2]])
    }

    @Test func `a root stands for the organization`() async throws {
        let found = try await resolve(["r-abcd"])
        #expect(found.targets == [[1, 2, 4, 5]])
        #expect(found.skipped == ["3 the account is SUSPENDED"])
        #expect(found.leftOut == ["900 the calling account"])
    }

    @Test func `the calling account is ignored even when it is named, unless it is included`() async throws {
        let found = try await resolve(["000000000900", "000000000001"])
        #expect(found.targets == [[1]])
        #expect(found.leftOut == ["900 the calling account"])
        #expect(try await resolve(["000000000900"], includingCaller: true).targets == [[900]])
    }

    @Test func `ignores win over targets, by account, unit and root`() async throws {
        #expect(try await resolve(["000000000001", "000000000002"], ignoring: ["000000000002"]).targets == [[1]])
        #expect(try await resolve(["000000000004", "000000000001"], ignoring: [Self.outer]).targets == [[1]])
        #expect(try await resolve([Self.outer], ignoring: [Self.inner]).targets == [[2]])
        await #expect(throws: InvalidRequest(TargetResolver.nothingEligible)) {
            try await resolve(["000000000001"], ignoring: ["r-abcd"])
        }
        // An account that is not active is no problem when it is ignored.
        #expect(try await resolve(["000000000003", "000000000001"], ignoring: ["000000000003"]).targets == [[1]])
    }

    @Test func `all named accounts that are not active are told at once`() async {
        await #expect(
            throws: InvalidRequest([
                "Account 000000000003 is not ACTIVE in the organization.",
                "Account 000000000077 is not ACTIVE in the organization.",
            ])
        ) { try await resolve(["000000000003", "000000000001", "000000000077", "000000000003"]) }
    }

    @Test func `a suspended account that is named and in a named unit is an error`() async {
        await #expect(throws: InvalidRequest("Account 000000000003 is not ACTIVE in the organization.")) {
            try await resolve([Self.outer, "000000000003"])
        }
    }

    @Test func `units and roots that the organization does not have are told with everything else`() async {
        await #expect(
            throws: InvalidRequest([
                "r-wxyz is not a unit or root of the organization",
                "ou-abcd-88888888 is not a unit or root of the organization",
                "ou-abcd-99999999 is not a unit or root of the organization",
                "r-zzzz is not a unit or root of the organization",
                "Account 000000000003 is not ACTIVE in the organization.",
            ])
        ) {
            try await resolve(
                ["ou-abcd-88888888", "000000000003", "ou-abcd-99999999", "r-zzzz"], ignoring: ["r-wxyz"])
        }
    }

    @Test func `without named targets an unknown unit to ignore is an error before anything is handed on`() async {
        let directory = ScriptedDirectory(Self.script)
        await #expect(throws: InvalidRequest("ou-abcd-99999999 is not a unit or root of the organization")) {
            try await Resolution.of(directory, ignored: ["ou-abcd-99999999"])
        }
        #expect(!directory.calls.contains("accounts "))
    }

    @Test func `nothing eligible hands nothing on`() async {
        await #expect(throws: InvalidRequest(TargetResolver.nothingEligible)) { try await resolve(["000000000900"]) }
    }

    @Test func `many named accounts are handed on in pages`() async throws {
        let count = TargetResolver.pageLength * 2 + 1
        var script = Self.script
        script.pages = [Account.samples(1..<count + 1), [.sample(2_000, state: "SUSPENDED")]]
        script.units = ["r-abcd": ([[]], [])]
        let found = try await resolve(["r-abcd"], script)
        #expect(found.targets.map(\.count) == [TargetResolver.pageLength, TargetResolver.pageLength, 1])
        #expect(found.targets.flatMap { $0 } == Array(1...count))
        #expect(found.skipped.count == 1)
    }

    @Test(arguments: ["AccessDeniedException", "AWSOrganizationsNotInUseException"])
    func `without Organizations named accounts run with their ids alone`(_ code: String) async throws {
        var script = Self.script
        script.accountsError = (0, .refusal(code, status: 400))
        let found = try await resolve(
            ["000000000003", "000000000900", "000000000001", "000000000002"], ignoring: ["000000000002"], script)
        #expect(found.targets == [[3, 1]])
        #expect(found.pages[0].targets[0] == Account(id: Account.sample(3).id))
        #expect(found.leftOut == ["900 the calling account", "2 ignored"])
    }

    @Test(arguments: [
        ([outer], [String](), [2, 3, 4, 5]), (["r-abcd"], [inner], [1, 2, 3]), ([outer], [inner], [2, 3]),
    ])
    func `without ListAccounts the accounts of a unit run with their ids alone`(
        _ targets: [String], _ ignored: [String], _ expected: [Int]
    ) async throws {
        var script = Self.script
        script.accountsError = (0, Self.denied)
        let found = try await resolve(targets, ignoring: ignored, script)
        #expect(found.targets == [expected])
        #expect(found.pages[0].targets.allSatisfy { $0 == Account(id: $0.id) })
    }

    @Test(arguments: [([outer], [String]()), (["r-abcd"], []), (["000000000001"], [outer])])
    func `without Organizations a unit cannot be looked up`(_ targets: [String], _ ignored: [String]) async {
        var script = Self.script
        script.accountsError = (0, Self.denied)
        script.childrenError = .refusal("AWSOrganizationsNotInUseException", status: 400)
        let error = await #expect(throws: PlanningError.self) { try await resolve(targets, ignoring: ignored, script) }
        #expect(error.map { "\($0)" }?.contains("organizations:ListChildren") == true)
    }

    @Test func `many units are walked level by level, in their order`() async throws {
        let units = (10..<20).map { "ou-abcd-000000\($0)" }
        var script = Self.script
        script.pages = [Account.samples(1..<20)]
        script.units = ["r-abcd": ([[]], []), Self.outer: ([[1]], units)]
        for (number, unit) in units.enumerated() { script.units[unit] = ([[10 + number]], [Self.inner]) }
        script.units[Self.inner] = ([[2]], [Self.outer])
        #expect(try await resolve([Self.outer], script).targets == [[1] + Array(10...19) + [2]])
    }

    @Test func `a unit that may not be listed names the permission`() async {
        var script = Self.script
        script.childrenError = Self.denied
        let error = await #expect(throws: PlanningError.self) { try await resolve([Self.outer], script) }
        #expect(error.map { "\($0)" }?.contains("organizations:ListChildren") == true)
    }
}
