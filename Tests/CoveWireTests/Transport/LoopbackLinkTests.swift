// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Testing

@Suite struct LoopbackLinkTests {
    private typealias Pair = LoopbackLink<WorkerMessage, CoordinatorMessage>

    @Test func `each end hears what the other says, in order`() async {
        let (worker, coordinator) = Pair.pair()
        #expect(await worker.send(.hello(Hello(worker: "w", session: "s1", slots: 1, kinds: [.native]))))
        #expect(await worker.send(.heartbeat(Heartbeat(number: 1))))
        #expect(await coordinator.send(.drain))
        #expect(await coordinator.receive() == .hello(Hello(worker: "w", session: "s1", slots: 1, kinds: [.native])))
        #expect(await coordinator.receive() == .heartbeat(Heartbeat(number: 1)))
        #expect(await worker.receive() == .drain)
    }

    @Test(arguments: [true, false]) func `either end closes the link in both directions`(isWorker: Bool) async {
        let (worker, coordinator) = Pair.pair()
        await worker.send(.goodbye)
        if isWorker { worker.close() } else { coordinator.close() }
        #expect(await worker.send(.heartbeat(Heartbeat(number: 1))) == false)
        #expect(await coordinator.send(.drain) == false)
        #expect(await coordinator.receive() == .goodbye)
        #expect(await coordinator.receive() == nil)
        #expect(await worker.receive() == nil)
    }

    @Test func `each direction has its own bound`() async {
        let (worker, coordinator) = Pair.pair(capacity: 2)
        let executor = ManualExecutor()
        let sent = Notes<Bool>()
        await worker.send(.heartbeat(Heartbeat(number: 1)))
        await worker.send(.heartbeat(Heartbeat(number: 1)))
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: executor) { sent.add(await worker.send(.goodbye)) }
            executor.runUntilIdle()
            #expect(sent.values == [])
            #expect(await coordinator.send(.drain))
            #expect(await worker.receive() == .drain)
            #expect(await coordinator.receive() == .heartbeat(Heartbeat(number: 1)))
            executor.runUntilIdle()
            #expect(sent.values == [true])
        }
    }
}
