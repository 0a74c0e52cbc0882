// SPDX-License-Identifier: Apache-2.0

package import CoveAWS
package import CoveCore
package import CoveWire
import Synchronization

/// What tells one role session from another: an account, and everything that AssumeRole is told.
package struct SessionKey: Sendable, Hashable {
    let input: AssumeRoleInput

    /// The session of a run's role in an account.
    package init(_ account: AccountID, _ assignment: RunAssignment) {
        let role = assignment.role
        input = AssumeRoleInput(
            roleARN: role.arn(in: account, partition: assignment.partition), sessionName: role.sessionName,
            policy: role.policy, policyARNs: role.policyARNs ?? [], externalID: role.externalID,
            durationSeconds: role.durationSeconds)
    }
}

/// The role sessions of a worker: one AssumeRole for an account, however many regions and attempts use it.
///
/// Holds a bounded number of sessions; the one that was not used for longest makes room. A refusal is remembered for a short time, so that
/// the other regions of an account whose role cannot be assumed do not ask again.
package final class SessionCache: Sendable {
    private struct Entry {
        var provider: CredentialCache
        var lastUse: Int
    }

    private struct State {
        var entries: [SessionKey: Entry] = [:]
        var uses = 0
    }

    /// The session that assumes the roles: the caller's credentials and the connections that all accounts share.
    package let aws: AWSSession
    private let capacity: Int
    private let clock: LinkClock
    private let state = Mutex(State())

    /// A cache of at most `capacity` sessions, some 2 KB each.
    package init(aws: AWSSession, capacity: Int = 2_048, clock: LinkClock = .system) {
        self.aws = aws
        self.clock = clock
        self.capacity = max(1, capacity)
    }

    /// The credentials of a role session, which is begun when they are first asked for.
    package func provider(for key: SessionKey) -> CredentialCache {
        state.withLock { state in
            state.uses += 1
            if state.entries[key] != nil {
                state.entries[key]?.lastUse = state.uses
            } else if state.entries.count >= capacity {
                makeRoom(&state)
            }
            if let entry = state.entries[key] { return entry.provider }
            let sts = aws.sts
            let refusal = RememberedRefusal(now: clock.now)
            let provider = CredentialCache {
                try await refusal.unlessRefused { try await sts.assumeRole(key.input).credentials }
            }
            state.entries[key] = Entry(provider: provider, lastUse: state.uses)
            return provider
        }
    }

    /// Drops the least recently used quarter, so that the search is paid for once in many insertions.
    private func makeRoom(_ state: inout State) {
        let oldest = state.entries.map { ($0.key, $0.value.lastUse) }.sorted { $0.1 < $1.1 }
        for (key, _) in oldest.prefix(max(1, capacity / 4)) { state.entries[key] = nil }
    }
}
