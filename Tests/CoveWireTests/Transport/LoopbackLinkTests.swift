// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Testing

@Suite struct LoopbackLinkTests {
    private typealias Pair = LoopbackLink<WorkerMessage, CoordinatorMessage>

    @Test func `each end hears what the other says, in order`() async {
        let (worker, coordinator) = Pair.pair()
        #expect(await worker.send(.hello(Hello(worker: "w", slots: 1, kinds: [.native]))))
        #expect(await worker.send(.heartbeat))
        #expect(await coordinator.send(.drain))
        #expect(await coordinator.receive() == .hello(Hello(worker: "w", slots: 1, kinds: [.native])))
        #expect(await coordinator.receive() == .heartbeat)
        #expect(await worker.receive() == .drain)
    }

    @Test(arguments: [true, false]) func `either end closes the link in both directions`(isWorker: Bool) async {
        let (worker, coordinator) = Pair.pair()
        await worker.send(.goodbye)
        if isWorker { worker.close() } else { coordinator.close() }
        #expect(await worker.send(.heartbeat) == false)
        #expect(await coordinator.send(.drain) == false)
        #expect(await coordinator.receive() == .goodbye)
        #expect(await coordinator.receive() == nil)
        #expect(await worker.receive() == nil)
    }

    @Test func `each direction has its own bound`() async {
        let (worker, coordinator) = Pair.pair(capacity: 2)
        let executor = ManualExecutor()
        let sent = Notes<Bool>()
        await worker.send(.heartbeat)
        await worker.send(.heartbeat)
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: executor) { sent.add(await worker.send(.goodbye)) }
            executor.runUntilIdle()
            #expect(sent.values == [])
            #expect(await coordinator.send(.drain))
            #expect(await worker.receive() == .drain)
            #expect(await coordinator.receive() == .heartbeat)
            executor.runUntilIdle()
            #expect(sent.values == [true])
        }
    }
}
