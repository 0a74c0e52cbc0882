// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveTestSupport
import FoundationEssentials
import Testing

@testable import CoveKit

/// Decorated functions that really run: planned, leased, with roles assumed of an STS on a loopback port.
@Suite(.timeLimit(.minutes(5)))
struct CoveFunctionTests {
    /// A request that finds its organization in the test's, and not in this machine's environment.
    private func request<Function: CoveFunction>(
        _ function: Function, _ input: Function.CoveFunctionInput, _ organization: FakeOrganization
    ) throws -> NativeRequest<Function.CoveFunctionResult> {
        var request = try function.request(input)
        request.environment = organization.environment
        return request
    }

    @Test func `a function runs in every account and region, and its results are typed`() async throws {
        let organization = try FakeOrganization(accounts: 3)
        let output = try await request($whereabouts, CoveNoInput(), organization).perform()
        #expect(
            output.results.map(\.result) == [
                "account 1 eu-west-1", "account 1 us-east-1", "account 2 eu-west-1", "account 2 us-east-1",
                "account 3 eu-west-1", "account 3 us-east-1",
            ])
        #expect(output.isComplete)
        let roles = organization.server.requests.filter { $0.text.contains("AssumeRole") }
        #expect(roles.allSatisfy { $0.text.contains("audit%2FReader") && $0.text.contains("ExternalId=x-1") })
        #expect(roles.count == 3)
    }

    @Test func `inputs may be named by keywords`() async throws {
        let organization = try FakeOrganization(accounts: 1)
        let text = #"{"for":"x","region":"y","class":7,"two words":3}"#
        let input = try JSONDecoder().decode(
            Checks._CoveFunction_keywords.CoveFunctionInput.self, from: Data(text.utf8))
        let output = try await request(Checks.$keywords, input, organization).perform()
        #expect(output.results.map(\.result) == [["x", "y", "true", "7", "3"]])
        #expect(
            Checks.$keywords.inputShape
                == #"{"for": text, "region": text, "default"?: boolean, "class"?: integer | null, "two words"?: integer}"#
        )
        await #expect(throws: InvalidRequest.self) {
            _ = try await Checks.$keywords.with(slots: 0)(for: "x", in: "y", default: false, class: 1, `two words`: 4)
        }
    }

    @Test func `inputs reach the function, and what was left out has its default`() async throws {
        let organization = try FakeOrganization(accounts: 2)
        let input = _CoveFunction_greetings.CoveFunctionInput(name: "ada", times: 1)
        let output = try await request($greetings, input, organization).perform()
        #expect(output.results.map(\.result.count) == [1, 1])
        #expect(output.results.first?.result == [Greeting(text: "hello ada", account: "000000000001")])
        let stored = try await organization.folders.open(output.run)
        guard case .native(let function) = stored.record.specification.function else {
            Issue.record("it is another kind of function")
            return
        }
        #expect(function.input?.text == #"{"name":"ada","times":1}"#)
        #expect(function.build == (try ExecutableFile.build.get()) && function.name == "greetings")
        try await stored.store.close()
    }

    @Test func `a function that returns nothing has results all the same`() async throws {
        let organization = try FakeOrganization(accounts: 2)
        let output: CoveOutput<Void> = try await request($touch, CoveNoInput(), organization).perform()
        #expect(output.results.count == 2)
    }

    @Test func `everything that is known of the session can be reached typed`() async throws {
        let organization = try FakeOrganization(accounts: 1)
        let output = try await request(Checks.$identity, CoveNoInput(), organization).perform()
        #expect(
            output.results.first?.result == [
                "000000000001", "OrganizationAccountAccessRole", "OrganizationAccountAccessRole", nil,
                "arn:aws:iam::aws:policy/ReadOnlyAccess", nil, "true", "eu-north-1", "aws", nil, "account 1",
                "arn:000000000001", "000000000001@example.com", "ACTIVE", nil,
            ])
    }

    @Test func `with raiseException the first error is thrown, with its account and region`() async throws {
        let organization = try FakeOrganization(accounts: 3)
        let error = await #expect(throws: CoveFailure.self) {
            _ = try await request($moody.with(raiseException: true), CoveNoInput(), organization).perform()
        }
        #expect(error?.target.account.id.rawValue == "000000000002" && error?.target.region?.rawValue == "eu-west-1")
        #expect(error?.failure.message == "account 2 does not want to")
        #expect(error?.failure.type == "Refused")
    }

    @Test func `without it the run goes on, and says who failed`() async throws {
        let organization = try FakeOrganization(accounts: 3)
        let output = try await request($moody, CoveNoInput(), organization).perform()
        #expect(output.results.map(\.target.account.name) == ["account 1", "account 3"])
        #expect(output.exceptions.map(\.target.account.name) == ["account 2"])
    }

    @Test func `options that are given anew win over those of the attribute, the others stay`() {
        let other = $whereabouts.with(regions: ["eu-west-3"], raiseException: true, slots: 3)
        #expect(other.options.regions == ["eu-west-3"] && other.options.roleName == "audit/Reader")
        #expect(other.options.raiseException && other.options.slots == 3 && other.options.externalID == "x-1")
        #expect($whereabouts.options.regions == ["eu-west-1", "us-east-1"] && $whereabouts.options.slots == 20)
    }

    @Test func `the overload checks the options before anything is done`() async throws {
        await #expect(throws: InvalidRequest.self) { _ = try await $touch.with(slots: 0)() }
        let error = await #expect(throws: InvalidRequest.self) {
            for try await _ in $greetings.with(regions: [], slots: 0).outcomes(to: "ada") {}
        }
        #expect(error?.problems.count == 2)
    }

    @Test func `functions are listed by the names that they have, also within types`() {
        #expect($whereabouts.name == "whereabouts" && Checks.$matches.name == "Checks.matches")
        #expect(Library.functions.map(\.name) == ["Library.listed", "Library.hidden"])
    }

    // MARK: Outcomes as they settle

    private func outcomes<Function: CoveFunction>(
        _ function: Function, _ input: Function.CoveFunctionInput, _ organization: FakeOrganization
    ) throws -> CoveOutcomes<Function.CoveFunctionResult> {
        let request = try request(function, input, organization)
        return CoveOutcomes { feed in try await request.feed(feed) }
    }

    @Test func `a loop is given every outcome once`() async throws {
        let organization = try FakeOrganization(accounts: 40)
        var seen: [String] = []
        var failed: [String?] = []
        for try await outcome in try outcomes($moody.with(regions: ["eu-west-1"], slots: 20), .init(), organization) {
            seen.append(outcome.target.account.id.rawValue)
            if case .failed(let failure) = outcome { failed.append(failure.target.account.name) }
        }
        #expect(seen.count == 40 && Set(seen).count == 40)
        #expect(failed == ["account 2"])
    }

    @Test func `a run that is stopped by its first failure gives what there is, and throws it`() async throws {
        let organization = try FakeOrganization(accounts: 4)
        var counts: [String: Int] = [:]
        let error = await #expect(throws: CoveFailure.self) {
            for try await outcome in try outcomes($moody.with(raiseException: true), .init(), organization) {
                switch outcome {
                case .succeeded: counts["succeeded", default: 0] += 1
                case .failed: counts["failed", default: 0] += 1
                case .notRun: counts["not run", default: 0] += 1
                case .roleNotAssumed: Issue.record("a role was not assumed")
                }
            }
        }
        #expect(error?.target.account.name == "account 2")
        #expect(counts["failed"] == 1 && counts.values.reduce(0, +) == 4)
    }

    @Test func `what is wrong with the plan is thrown by the loop`() async throws {
        let organization = try FakeOrganization(accounts: 1)
        await #expect(throws: InvalidRequest.self) {
            for try await _ in try outcomes($touch.with(targetIDs: ["000000000077"]), .init(), organization) {}
        }
        #expect(try organization.folders.runs() == [])
    }

    @Test func `cancelling the task of a loop cancels the run, which can be told afterwards`() async throws {
        let organization = try FakeOrganization(accounts: 3)
        let outcomes = try outcomes($hanging, CoveNoInput(), organization)
        let isFirstSeen = Watched(false)
        let task = Task {
            for try await outcome in outcomes {
                #expect(outcome.target.account.name == "account 1")
                isFirstSeen.open()
            }
        }
        await isFirstSeen.opened()
        task.cancel()
        let result = await task.result
        #expect(throws: CancellationError.self) { try result.get() }
        // The task has ended, so the run has: its store can be opened.
        let run = try #require(try organization.folders.runs().first)
        let stored = try await organization.folders.open(run)
        #expect(stored.record.stopReason == .interrupted)
        #expect(stored.record.counts.succeeded == 1 && stored.record.counts.ready == 2)
        try await stored.store.close()
    }
}
