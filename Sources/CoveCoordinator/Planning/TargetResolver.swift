// SPDX-License-Identifier: Apache-2.0

import CoveAWS
package import CoveCore

/// Finds the accounts of a selection, with botocove's rules (design: choosing targets).
///
/// Without named targets the accounts are handed on page by page while the organization is still being listed. With named targets
/// everything is looked up first, so that all that is wrong with them is told at once.
package struct TargetResolver: Sendable {
    /// Accounts that were found together.
    package struct Page: Sendable {
        /// Accounts to run in.
        package var targets: [Account] = []
        /// Accounts of a named unit that cannot be run in: listed as not run.
        package var skipped: [NotTargeted] = []
        /// Accounts that were never asked for: for `cove plan` to show.
        package var leftOut: [NotTargeted] = []
    }

    private let directory: any OrganizationDirectory
    private let selection: TargetSelection
    private let caller: Caller

    package init(directory: any OrganizationDirectory, selection: TargetSelection, caller: Caller) {
        self.directory = directory
        self.selection = selection
        self.caller = caller
    }

    /// Finds the accounts and hands them on.
    ///
    /// Each account comes once.
    ///
    /// - Throws: `InvalidRequest` with all problems of the selection, `PlanningError` when the organization cannot be read, and what
    ///   `page` throws.
    package func resolve(page: (Page) async throws -> Void) async throws {
        let found: Int
        if let targets = selection.targets {
            found = try await resolveNamed(targets, page: page)
        } else {
            found = try await resolveAll(page: page)
        }
        if found == 0 { throw InvalidRequest(Self.nothingEligible) }
    }

    /// botocove's words.
    static let nothingEligible = "There are no eligible account ids to run decorated func against"

    /// How many named accounts are handed on together: their regions are interleaved, and a worker remembers the sessions of more
    /// accounts than these.
    static let pageLength = 256

    // MARK: Every active account

    private func resolveAll(page: (Page) async throws -> Void) async throws -> Int {
        let ignored: Set<AccountID>
        do {
            var problems: [String] = []
            ignored = try await ignoredAccounts(nil, &problems)
            if !problems.isEmpty { throw InvalidRequest(problems) }
        } catch let error as AWSError where error.deniesOrganization {
            throw PlanningError.cannotReadOrganization(error, need: "organizations:ListChildren")
        }
        var seen: Set<AccountID> = []
        var found = 0
        do {
            for try await accounts in Listing(fetch: directory.accounts) {
                var result = Page()
                for account in accounts where seen.insert(account.id).inserted {
                    if let reason = reasonToLeaveOut(account.id, ignored: ignored) {
                        result.leftOut.append(NotTargeted(account, reason))
                    } else if account.isActive {
                        result.targets.append(account)
                    } else {
                        result.leftOut.append(NotTargeted(account, .notActive(account.stateName)))
                    }
                }
                found += result.targets.count
                try await page(result)
            }
        } catch let error as AWSError where error.deniesOrganization {
            throw PlanningError.cannotReadOrganization(error, need: "organizations:ListAccounts")
        }
        return found
    }

    // MARK: Named accounts and units

    private func resolveNamed(_ targets: [TargetID], page: (Page) async throws -> Void) async throws -> Int {
        let known = try await knownAccounts()
        let ignored: Set<AccountID>
        let named: [(id: AccountID, isNamed: Bool)]
        var problems: [String] = []
        do {
            ignored = try await ignoredAccounts(known, &problems)
            named = try await expand(targets, known, &problems)
        } catch let error as AWSError where error.deniesOrganization {
            throw PlanningError.cannotReadOrganization(error, need: "organizations:ListChildren")
        }
        var result = Page()
        var seen: Set<AccountID> = []
        for (id, isNamed) in named where seen.insert(id).inserted {
            let account = known?.byID[id] ?? Account(id: id)
            if let reason = reasonToLeaveOut(id, ignored: ignored) {
                result.leftOut.append(NotTargeted(account, reason))
            } else if known == nil || account.isActive {
                result.targets.append(account)
            } else if isNamed {
                problems.append("Account \(id) is not ACTIVE in the organization.")
            } else {
                result.skipped.append(NotTargeted(account, .notActive(account.stateName)))
            }
        }
        if !problems.isEmpty { throw InvalidRequest(problems) }
        let found = result.targets
        result.targets = []
        for start in stride(from: 0, to: found.count, by: Self.pageLength) {
            result.targets = Array(found[start..<min(found.count, start + Self.pageLength)])
            try await page(result)
            result = Page()
        }
        return found.count
    }

    private struct KnownAccounts {
        var inOrder: [Account] = []
        var byID: [AccountID: Account] = [:]
    }

    /// All accounts of the organization; nil when it may not be listed: then named accounts are taken as they are.
    private func knownAccounts() async throws -> KnownAccounts? {
        do {
            var known = KnownAccounts()
            for try await accounts in Listing(fetch: directory.accounts) {
                for account in accounts where known.byID.updateValue(account, forKey: account.id) == nil {
                    known.inOrder.append(account)
                }
            }
            return known
        } catch let error as AWSError where error.deniesOrganization {
            return nil
        }
    }

    /// The accounts that the targets stand for, in the order of the targets, and whether they were named themselves.
    ///
    /// Units that are not in the organization are added to the problems.
    private func expand(
        _ targets: [TargetID], _ known: KnownAccounts?, _ problems: inout [String]
    ) async throws -> [(id: AccountID, isNamed: Bool)] {
        let direct = Set(targets.compactMap { if case .account(let id) = $0 { id } else { nil } })
        var accounts: [(AccountID, Bool)] = []
        for target in targets {
            let below: [AccountID]
            do {
                switch target {
                case .account(let id):
                    accounts.append((id, true))
                    continue
                case .root(let id):
                    if let known {
                        try await requireRoot(id)
                        below = known.inOrder.map(\.id)
                    } else {
                        below = try await accountsBelow(id)
                    }
                case .organizationalUnit(let id): below = try await accountsBelow(id)
                }
            } catch let error as InvalidRequest {
                problems += error.problems
                continue
            }
            accounts += below.map { ($0, direct.contains($0)) }
        }
        return accounts
    }

    // MARK: What both need

    private func reasonToLeaveOut(_ id: AccountID, ignored: Set<AccountID>) -> NotTargeted.Reason? {
        if id == caller.account, !selection.includesCallingAccount { return .callingAccount }
        return ignored.contains(id) ? .ignored : nil
    }

    private func ignoredAccounts(_ known: KnownAccounts?, _ problems: inout [String]) async throws -> Set<AccountID> {
        Set(try await expand(selection.ignored, known, &problems).map(\.id))
    }

    /// A root stands for all accounts, but only that of this organization: another's must not run everywhere here.
    private func requireRoot(_ id: String) async throws {
        do {
            _ = try await directory.units(in: id, after: nil)
        } catch let error as AWSError where error.code == "ParentNotFoundException" {
            throw Self.notInOrganization(id)
        }
    }

    private static func notInOrganization(_ unit: String) -> InvalidRequest {
        InvalidRequest("\(unit) is not a unit or root of the organization")
    }

    /// The accounts below a unit or root, at any depth, level by level from the top.
    private func accountsBelow(_ parent: String) async throws -> [AccountID] {
        var accounts: [AccountID] = []
        var level = [parent]
        var seen: Set<String> = [parent]
        while !level.isEmpty {
            let children = try await children(of: level)
            accounts += children.flatMap(\.accounts)
            level = children.flatMap(\.units).filter { seen.insert($0).inserted }
        }
        return accounts
    }

    /// What is directly in each of some units, in their order; a few are asked for at the same time.
    private func children(of units: [String]) async throws -> [Children] {
        try await withThrowingTaskGroup(of: (Int, Children).self) { group in
            var found = [Children?](repeating: nil, count: units.count)
            var next = 0
            for unit in units.prefix(Self.listingsAtOnce) {
                group.addTask { [next] in (next, try await children(of: unit)) }
                next += 1
            }
            while let (index, children) = try await group.next() {
                found[index] = children
                guard next < units.count else { continue }
                group.addTask { [next] in (next, try await self.children(of: units[next])) }
                next += 1
            }
            return found.compactMap { $0 }
        }
    }

    /// What is directly in a unit or root.
    private struct Children: Sendable {
        var accounts: [AccountID] = []
        var units: [String] = []
    }

    /// Organizations throttles a caller that asks for many units at once.
    private static let listingsAtOnce = 4

    private func children(of unit: String) async throws -> Children {
        var children = Children()
        do {
            for try await ids in Listing(fetch: { try await directory.accountIDs(in: unit, after: $0) }) {
                children.accounts += ids
            }
        } catch let error as AWSError where error.code == "ParentNotFoundException" {
            throw Self.notInOrganization(unit)
        }
        for try await units in Listing(fetch: { try await directory.units(in: unit, after: $0) }) {
            children.units += units
        }
        return children
    }
}

extension Account {
    /// What Organizations calls the account's state, for people.
    fileprivate var stateName: String { state ?? status ?? "not in the organization" }
}

extension AWSError {
    /// Whether the caller may not read an organization, or there is none.
    ///
    /// A throttle or a broken connection never means that.
    var deniesOrganization: Bool {
        phase == .service
            && ["AccessDenied", "AccessDeniedException", "AWSOrganizationsNotInUseException"].contains(code)
    }
}
