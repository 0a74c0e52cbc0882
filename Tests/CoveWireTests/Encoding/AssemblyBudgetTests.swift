// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport
import CoveWire
import Testing

@Suite struct AssemblyBudgetTests {
    @Test func `room is reserved and given back once`() async throws {
        let budget = AssemblyBudget(capacity: 100)
        let first = try await budget.reserve(60)
        #expect(budget.reserved == 60)
        let second = try await budget.reserve(40)
        #expect(budget.reserved == 100)
        first.giveBack()
        first.giveBack()
        #expect(budget.reserved == 40)
        second.giveBack()
        #expect(budget.reserved == 0)
    }

    @Test func `a reservation that nobody has any more is given back`() async throws {
        let budget = AssemblyBudget(capacity: 100)
        _ = try await budget.reserve(100)
        #expect(budget.reserved == 0)
    }

    @Test func `more than everything is everything, less than nothing is nothing`() async throws {
        let budget = AssemblyBudget(capacity: 100)
        let all = try await budget.reserve(.max)
        #expect(all.bytes == 100)
        let nothing = try await budget.reserve(-5)
        #expect(nothing.bytes == 0)
    }

    @Test func `who waits is served in turn, and a small one does not overtake`() async throws {
        let budget = AssemblyBudget(capacity: 100)
        let executor = ManualExecutor()
        let served = Notes<Int>()
        let first = try await budget.reserve(80)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, bytes) in [(1, 50), (2, 10), (3, 100), (4, 1)] {
                group.addTask(executorPreference: executor) {
                    let room = try await budget.reserve(bytes)
                    served.add(number)
                    room.giveBack()
                }
                executor.runUntilIdle()
            }
            #expect(budget.waiting == 4)
            #expect(served.values == [])
            first.giveBack()
            executor.runUntilIdle()
            try await group.waitForAll()
        }
        #expect(served.values == [1, 2, 3, 4])
        #expect(budget.reserved == 0)
        #expect(budget.waiting == 0)
    }

    @Test func `who is cancelled leaves the line, and those behind go on`() async throws {
        let budget = AssemblyBudget(capacity: 100)
        let executor = ManualExecutor()
        let served = Notes<Int>()
        let gate = Watched(false)
        let first = try await budget.reserve(80)
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: executor) {
                await withTaskGroup(of: Void.self) { inner in
                    inner.addTask {
                        await #expect(throws: CancellationError.self) { _ = try await budget.reserve(90) }
                        served.add(1)
                    }
                    await gate.opened()
                    inner.cancelAll()
                }
            }
            executor.runUntilIdle()
            group.addTask(executorPreference: executor) {
                let room = try? await budget.reserve(10)
                #expect(room?.bytes == 10)
                served.add(2)
            }
            executor.runUntilIdle()
            #expect(budget.waiting == 2)
            #expect(served.values == [])
            gate.open()
            executor.runUntilIdle()
            #expect(served.values.sorted() == [1, 2])
            #expect(budget.waiting == 0)
            await group.waitForAll()
        }
        #expect(budget.reserved == 80)
        first.giveBack()
        #expect(budget.reserved == 0)
    }

    @Test func `who is cancelled before asking gets nothing`() async {
        let budget = AssemblyBudget(capacity: 100)
        await withTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask {
                await #expect(throws: CancellationError.self) { _ = try await budget.reserve(1) }
            }
        }
        #expect(budget.reserved == 0)
    }
}
