// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import Testing

@testable import CoveCoordinator

/// What a resolver handed on.
struct Resolution {
    var pages: [TargetResolver.Page] = []

    var targets: [[Int]] { pages.map { $0.targets.map(\.number) } }
    var skipped: [String] { pages.flatMap(\.skipped).map { "\($0.account.number) \($0.reason)" } }
    var leftOut: [String] { pages.flatMap(\.leftOut).map { "\($0.account.number) \($0.reason)" } }

    /// Resolves a selection in an organization.
    static func of(
        _ directory: ScriptedDirectory, targets: [String]? = nil, ignored: [String] = [], includingCaller: Bool = false
    ) async throws -> Resolution {
        let selection = TargetSelection(
            targets: targets.map { $0.compactMap { TargetID($0) } }, ignored: ignored.compactMap { TargetID($0) },
            includesCallingAccount: includingCaller)
        try #require(selection.targets?.count == targets?.count && selection.ignored.count == ignored.count)
        var resolution = Resolution()
        try await TargetResolver(directory: directory, selection: selection, caller: .sample)
            .resolve { resolution.pages.append($0) }
        return resolution
    }
}

extension Account {
    fileprivate var number: Int { Int(id.rawValue) ?? -1 }
}

/// Every active account, without named targets.
struct TargetResolverTests {
    @Test func `every active account but the calling one is a target, page by page`() async throws {
        let directory = ScriptedDirectory(
            .init(pages: [[.sample(1), .sample(900)], [.sample(2, state: "SUSPENDED"), .sample(3)]]))
        let found = try await Resolution.of(directory)
        #expect(found.targets == [[1], [3]])
        #expect(found.skipped.isEmpty, "nobody asked for the suspended account")
        #expect(found.leftOut == ["900 the calling account", "2 the account is SUSPENDED"])
        #expect(directory.calls == ["accounts ", "accounts 1"])
    }

    @Test func `a page is handed on before the next one is asked for`() async throws {
        let directory = ScriptedDirectory(pages: [[1], [2], [3]])
        var callsAtPage: [Int] = []
        try await TargetResolver(directory: directory, selection: TargetSelection(), caller: .sample)
            .resolve { _ in callsAtPage.append(directory.calls.count) }
        #expect(callsAtPage == [1, 2, 3])
    }

    @Test func `the calling account is a target when it is included`() async throws {
        let found = try await Resolution.of(ScriptedDirectory(pages: [[1, 900]]), includingCaller: true)
        #expect(found.targets == [[1, 900]])
    }

    @Test func `an account that comes on two pages comes once`() async throws {
        let found = try await Resolution.of(ScriptedDirectory(pages: [[1, 2, 1], [2, 3]]))
        #expect(found.targets == [[1, 2], [3]])
    }

    @Test func `an empty page with a token is not the end`() async throws {
        let found = try await Resolution.of(ScriptedDirectory(pages: [[], [1], [], [2], []]))
        #expect(found.targets == [[], [1], [], [2], []])
    }

    @Test func `a token that repeats itself is an error, not a loop`() async throws {
        let directory = ScriptedDirectory(.init(pages: [[.sample(1)], [.sample(2)], []], repeatsTokenAt: 1))
        let error = await #expect(throws: AWSError.self) { try await Resolution.of(directory) }
        #expect(error?.code == "RepeatedToken")
        #expect(directory.calls.count == 2)
    }

    @Test func `State is believed where Status says otherwise`() async throws {
        var closing = Account.sample(1)
        closing.state = "PENDING_CLOSURE"
        var old = Account.sample(2)
        old.state = nil
        let found = try await Resolution.of(ScriptedDirectory(.init(pages: [[closing, old]])))
        #expect(found.targets == [[2]])
        #expect(found.leftOut == ["1 the account is PENDING_CLOSURE"])
    }

    @Test func `ignored accounts and units are left out`() async throws {
        let directory = ScriptedDirectory(
            .init(
                pages: [[.sample(1), .sample(2)], [.sample(3), .sample(4)]],
                units: ["ou-abcd-11111111": ([[2]], ["ou-abcd-22222222"]), "ou-abcd-22222222": ([[], [4]], [])]))
        let found = try await Resolution.of(directory, ignored: ["ou-abcd-11111111", "000000000001"])
        #expect(found.targets == [[], [3]])
        #expect(found.leftOut == ["1 ignored", "2 ignored", "4 ignored"])
    }

    @Test(arguments: [
        (ScriptedDirectory(pages: []), [String]()),
        (ScriptedDirectory(pages: [[900]]), []),
        (ScriptedDirectory(.init(pages: [[.sample(1, state: "SUSPENDED")]])), []),
        (ScriptedDirectory(.init(pages: [[.sample(1)]], units: ["r-abcd": ([[1]], [])])), ["r-abcd"]),
    ])
    func `nothing left is botocove's error`(_ directory: ScriptedDirectory, _ ignored: [String]) async {
        await #expect(
            throws: InvalidRequest("There are no eligible account ids to run decorated func against")
        ) { try await Resolution.of(directory, ignored: ignored) }
    }

    @Test(arguments: ["AccessDeniedException", "AccessDenied", "AWSOrganizationsNotInUseException"])
    func `without Organizations it says what is missing`(_ code: String) async {
        let directory = ScriptedDirectory(.init(accountsError: (0, .refusal(code, status: 400))))
        let error = await #expect(throws: PlanningError.self) { try await Resolution.of(directory) }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains(code) && text.contains("organizations:ListAccounts") && text.contains("--targets"))
    }

    @Test func `an ignored unit that may not be listed names the other permission`() async {
        let directory = ScriptedDirectory(
            .init(pages: [[.sample(1)]], childrenError: .refusal("AccessDeniedException", status: 400)))
        let error = await #expect(throws: PlanningError.self) {
            try await Resolution.of(directory, ignored: ["ou-abcd-11111111"])
        }
        #expect(error.map { "\($0)" }?.contains("organizations:ListChildren") == true)
    }

    @Test(arguments: [
        AWSError.refusal("TooManyRequestsException", status: 429, isRetryable: true),
        .refusal("ThrottlingException", status: 400, isRetryable: true),
        .refusal("ServiceException", status: 500, isRetryable: true),
        AWSError(.notSent, code: "ConnectionRefused", message: "no"),
        AWSError(.timedOut, code: "AccessDenied", message: "the words of a proxy"),
    ])
    func `a throttle or a broken connection never means that there is no organization`(_ failure: AWSError) async {
        for targets in [nil, ["000000000001"]] {
            for page in [0, 1] {
                let directory = ScriptedDirectory(
                    .init(pages: [[.sample(1)], []], accountsError: (page, failure)))
                let error = await #expect(throws: AWSError.self) {
                    try await Resolution.of(directory, targets: targets)
                }
                #expect(error == failure)
            }
        }
    }

    @Test func `an error of whoever takes the pages ends the listing`() async {
        let directory = ScriptedDirectory(pages: [[1], [2]])
        await #expect(throws: StoreError.self) {
            try await TargetResolver(directory: directory, selection: TargetSelection(), caller: .sample)
                .resolve { _ in throw StoreError(.full, "no room") }
        }
        #expect(directory.calls.count == 1)
    }
}
