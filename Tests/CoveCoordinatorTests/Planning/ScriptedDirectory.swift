// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import CoveTestSupport

@testable import CoveCoordinator

/// An organization in memory whose pages, refusals and delays a test decides.
///
/// The token of a page is the number of the next one.
final class ScriptedDirectory: OrganizationDirectory {
    struct Script: Sendable {
        /// The pages of ListAccounts.
        var pages: [[Account]] = []
        /// What is directly in a unit or root: pages of accounts, and units.
        var units: [String: (accounts: [[Int]], units: [String])] = [:]
        /// The error of ListAccounts at a page.
        var accountsError: (page: Int, error: AWSError)?
        /// The error of ListChildren.
        var childrenError: AWSError?
        /// A page of ListAccounts that answers its own token as the next one.
        var repeatsTokenAt: Int?
    }

    private let script: Script
    private let beforePage: (@Sendable (Int) async -> Void)?
    private let log = Watched<[String]>([])

    /// - Parameter beforePage: awaited before a page of ListAccounts is answered.
    init(_ script: Script, beforePage: (@Sendable (Int) async -> Void)? = nil) {
        self.script = script
        self.beforePage = beforePage
    }

    /// Active accounts, in pages.
    convenience init(pages: [[Int]]) { self.init(Script(pages: pages.map { $0.map { Account.sample($0) } })) }

    /// The requests so far.
    var calls: [String] { log.value }

    func caller() async throws -> Caller { .sample }

    func accounts(after token: String?) async throws -> DirectoryPage<Account> {
        log.update { $0.append("accounts \(token ?? "")") }
        let number = token.flatMap { Int($0) } ?? 0
        await beforePage?(number)
        if let (page, error) = script.accountsError, page == number { throw error }
        if script.repeatsTokenAt == number { return DirectoryPage(elements: script.pages[number], next: "\(number)") }
        let next = number + 1 < script.pages.count ? "\(number + 1)" : nil
        return DirectoryPage(elements: script.pages.isEmpty ? [] : script.pages[number], next: next)
    }

    func accountIDs(in parent: String, after token: String?) async throws -> DirectoryPage<AccountID> {
        log.update { $0.append("accountIDs \(parent) \(token ?? "")") }
        let unit = try unit(parent)
        let number = token.flatMap { Int($0) } ?? 0
        let next = number + 1 < unit.accounts.count ? "\(number + 1)" : nil
        let page = unit.accounts.isEmpty ? [] : unit.accounts[number]
        return DirectoryPage(elements: page.map { Account.sample($0).id }, next: next)
    }

    func units(in parent: String, after token: String?) async throws -> DirectoryPage<String> {
        log.update { $0.append("units \(parent) \(token ?? "")") }
        // A unit a page, with an empty page before each, as Organizations may answer.
        let units = try unit(parent).units
        let number = token.flatMap { Int($0) } ?? 0
        let next = number < units.count * 2 - 1 ? "\(number + 1)" : nil
        return DirectoryPage(elements: number % 2 == 1 ? [units[number / 2]] : [], next: next)
    }

    private func unit(_ id: String) throws -> (accounts: [[Int]], units: [String]) {
        if let error = script.childrenError { throw error }
        guard let unit = script.units[id] else { throw AWSError.refusal("ParentNotFoundException", status: 400) }
        return unit
    }
}

extension Caller {
    /// The management account of the sample organization.
    static let sample = Caller(account: Account.sample(900).id, partition: "aws")
}

extension Account {
    /// An account that Organizations shows in another state.
    static func sample(_ number: Int, state: String) -> Account {
        var account = sample(number)
        account.status = state
        account.state = state
        return account
    }
}

extension AWSError {
    static func refusal(_ code: String, status: Int, isRetryable: Bool = false) -> AWSError {
        AWSError(
            .service, code: code, message: "because", operation: "Organizations.ListAccounts", httpStatus: status,
            attempts: 1, isRetryable: isRetryable)
    }
}
