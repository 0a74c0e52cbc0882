// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@testable import CoveCoordinator

/// Calls that can wait share a transaction; the pace here is so long that only what ends the waiting can end it.
@Suite(.timeLimit(.minutes(5)))
struct StorePaceTests {
    private func operation(_ kind: StoreOperation.Kind) -> StoreOperation {
        StoreOperation(kind: kind, weight: 1, run: { _ in { _ in } }, refuse: { _ in })
    }

    private func mailbox(with kinds: [StoreOperation.Kind]) throws -> StoreMailbox {
        let mailbox = StoreMailbox(pace: .seconds(3_600))
        _ = try mailbox.add(operation(.patientWrite))
        #expect(mailbox.next().count == 1, "a first transaction, from which the pace counts")
        for kind in kinds { _ = try mailbox.add(operation(kind)) }
        return mailbox
    }

    @Test(arguments: [StoreOperation.Kind.write, .read, .removal])
    func `one that cannot wait ends the waiting of all`(_ kind: StoreOperation.Kind) throws {
        let mailbox = try mailbox(with: [.patientWrite, kind])
        mailbox.gather()
        #expect(!mailbox.next().isEmpty)
    }

    @Test func `many that could wait do not`() throws {
        let mailbox = try mailbox(with: Array(repeating: .patientWrite, count: 128))
        mailbox.gather()
        #expect(mailbox.next().count == 128)
    }

    @Test func `none waits for none`() throws {
        let mailbox = try mailbox(with: [])
        mailbox.gather()
        #expect(mailbox.next().isEmpty)
    }

    @Test func `a grant that waits is committed with the next call that cannot`() async throws {
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path, pace: .seconds(3_600))
        let run = try await store.plannedRun()
        let granted = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled { _ = try await store.run(run) }
            }
            defer { group.cancelAll() }
            return try await store.grant(1, of: [GrantShare(run: run)], now: .start)
        }
        #expect(granted.count == 1)
        try await store.close()
    }
}
