// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Testing

@testable import CoveWorker

/// The machine over one link within a process, where leases do not end by time.
struct WorkerStateMachineTests {
    /// A machine of so many slots that was welcomed and has asked for all of them.
    private static func serving(slots: Int) -> WorkerStateMachine {
        var machine = WorkerStateMachine(slots: slots)
        machine.welcomed()
        #expect(machine.nextMessages() == [.leaseRequest(LeaseRequest(want: slots))])
        return machine
    }

    private static func ask(_ want: Int) -> WorkerMessage { .leaseRequest(LeaseRequest(want: want)) }

    // MARK: Phases

    @Test func `before the welcome nothing is said`() {
        var machine = WorkerStateMachine(slots: 3)
        #expect(machine.phase == .connecting)
        #expect(machine.nextMessages().isEmpty)
        #expect(machine.connected().isEmpty)
        #expect(machine.phase == .greeting)
        #expect(machine.nextMessages().isEmpty)
    }

    @Test func `after the welcome all slots are asked for, once`() {
        var machine = WorkerStateMachine(slots: 3)
        machine.welcomed()
        #expect(machine.phase == .serving)
        #expect(machine.nextMessages() == [Self.ask(3)])
        #expect(machine.nextMessages().isEmpty)
    }

    enum Event: CaseIterable, Sendable {
        case connect, welcome, drain, speak, lose
    }

    /// Where each event leads from each phase, in a worker without leases.
    @Test(arguments: [
        (WorkerStateMachine.Phase.connecting, Event.connect, WorkerStateMachine.Phase.greeting),
        (.connecting, .welcome, .connecting), (.connecting, .drain, .ended), (.connecting, .speak, .connecting),
        (.connecting, .lose, .connecting),
        (.greeting, .welcome, .serving), (.greeting, .drain, .greeting), (.greeting, .speak, .greeting),
        (.greeting, .lose, .connecting),
        (.serving, .welcome, .serving), (.serving, .drain, .draining), (.serving, .speak, .serving),
        (.serving, .lose, .connecting),
        (.draining, .welcome, .draining), (.draining, .drain, .draining), (.draining, .speak, .ended),
        (.draining, .lose, .ended),
        (.ended, .welcome, .ended), (.ended, .drain, .ended), (.ended, .speak, .ended), (.ended, .lose, .ended),
    ])
    func `each event leads where the table says`(
        _ from: WorkerStateMachine.Phase, _ event: Event, _ to: WorkerStateMachine.Phase
    ) {
        var machine = WorkerStateMachine(slots: 2, fences: true)
        if from == .greeting { _ = machine.connected() }
        if from == .serving || from == .draining || from == .ended { machine.welcomed() }
        if from == .draining || from == .ended { machine.drain() }
        if from == .ended { #expect(machine.nextMessages() == [.goodbye]) }
        #expect(machine.phase == from)
        switch event {
        case .connect: _ = machine.connected()
        case .welcome: machine.welcomed(Welcome(epoch: 1, terms: LeaseTerms()), now: .now)
        case .drain: machine.drain()
        case .speak: _ = machine.nextMessages()
        case .lose: machine.disconnected()
        }
        #expect(machine.phase == to)
    }

    // MARK: Leases

    @Test func `leases are started in their order`() {
        var machine = Self.serving(slots: 3)
        let leases = Lease.samples(1...2)
        #expect(machine.granted(leases) == leases)
        #expect(machine.attempts == 2)
        #expect(machine.nextMessages().isEmpty, "they were asked for: the room for them is not asked for again")
        #expect(machine.running(of: [leases[1].token, Lease.sample(9).token]) == [leases[1].token])
    }

    @Test func `leases beyond the slots are given back`() {
        var machine = Self.serving(slots: 2)
        let leases = Lease.samples(1...4)
        #expect(machine.granted(leases) == Array(leases[..<2]))
        #expect(machine.attempts == 2)
        #expect(machine.nextMessages() == [.release([leases[2].release(), leases[3].release()])])
        #expect(machine.nextMessages().isEmpty)
    }

    @Test func `a lease that is here already is neither started again nor given back`() {
        var machine = Self.serving(slots: 2)
        let lease = Lease.sample(1)
        #expect(machine.granted([lease, lease]) == [lease])
        #expect(machine.granted([lease]).isEmpty)
        #expect(machine.attempts == 1)
        #expect(machine.nextMessages().isEmpty)
    }

    @Test func `leases that come after the drain are given back`() {
        var machine = Self.serving(slots: 2)
        _ = machine.granted([.sample(1)])
        machine.drain()
        #expect(machine.granted([.sample(2)]).isEmpty)
        #expect(
            machine.nextMessages() == [
                .heartbeat(Heartbeat(number: 1, isDraining: true)), .release([Lease.sample(2).release()]),
            ])
        #expect(machine.phase == .draining)
    }

    @Test func `an attempt that ends makes room for one more`() {
        var machine = Self.serving(slots: 2)
        let leases = machine.granted(Lease.samples(1...2))
        machine.ended(.report(leases[0].report()))
        machine.ended(.release(leases[1].release(.interrupted)))
        #expect(machine.attempts == 0)
        #expect(
            machine.nextMessages() == [
                .release([leases[1].release(.interrupted)]), .report([leases[0].report()]), Self.ask(2),
            ])
    }

    // MARK: Reports

    @Test func `one batch of reports is under way at a time`() {
        var machine = Self.serving(slots: 4)
        let leases = machine.granted(Lease.samples(1...3))
        machine.ended(.report(leases[0].report()))
        #expect(machine.nextMessages() == [.report([leases[0].report()]), Self.ask(1)])
        machine.ended(.report(leases[1].report()))
        machine.ended(.report(leases[2].report()))
        #expect(machine.nextMessages() == [Self.ask(2)])
        machine.answered([leases[0].answer()])
        #expect(machine.nextMessages() == [.report([leases[1].report(), leases[2].report()])])
    }

    @Test(arguments: [ReportVerdict.applied, .duplicate, .stale, .unknown])
    func `a report that was answered is forgotten, whatever the verdict`(_ verdict: ReportVerdict) {
        var machine = Self.serving(slots: 1)
        let lease = machine.granted([.sample(1)])[0]
        machine.ended(.report(lease.report()))
        _ = machine.nextMessages()
        machine.answered([lease.answer(verdict)])
        machine.drain()
        #expect(machine.nextMessages() == [.goodbye])
    }

    @Test func `an answer to nothing changes nothing`() {
        var machine = Self.serving(slots: 1)
        machine.answered([Lease.sample(5).answer()])
        #expect(machine.nextMessages().isEmpty)
    }

    @Test func `a batch has a length`() {
        let count = ReportOutbox.batch + 10
        var machine = Self.serving(slots: count)
        let leases = machine.granted(Lease.samples(1...count))
        for lease in leases { machine.ended(.report(lease.report())) }
        guard case .report(let first) = machine.nextMessages().first else { return #expect(Bool(false), "no report") }
        #expect(first.map(\.token) == leases[..<ReportOutbox.batch].map(\.token))
        machine.answered(first.map { ReportAnswer(token: $0.token, verdict: .applied) })
        guard case .report(let rest) = machine.nextMessages().first else { return #expect(Bool(false), "no report") }
        #expect(rest.count == 10)
    }

    @Test func `a worker whose reports are not answered stops asking, and goes on when they are`() {
        var machine = Self.serving(slots: 2)
        var next = 1
        var asked = 2
        var underWay: [AttemptReport] = []
        while asked > 0 {
            let leases = machine.granted(Lease.samples(next...(next + asked - 1)))
            next += asked
            asked = 0
            for lease in leases { machine.ended(.report(lease.report())) }
            for message in machine.nextMessages() {
                if case .leaseRequest(let request) = message { asked = request.want }
                if case .report(let reports) = message { underWay = reports }
            }
            #expect(next < 1_000, "what is kept is bounded")
            if next >= 1_000 { return }
        }
        #expect(next > ReportOutbox.batch)
        machine.answered(underWay.map { ReportAnswer(token: $0.token, verdict: .applied) })
        let messages = machine.nextMessages()
        guard case .report(let batch) = messages.first else { return #expect(Bool(false), "no report") }
        machine.answered(batch.map { ReportAnswer(token: $0.token, verdict: .applied) })
        #expect((messages + machine.nextMessages()).contains(Self.ask(2)))
    }

    // MARK: Draining

    @Test func `a drain ends when every attempt has ended and every report is answered`() {
        var machine = Self.serving(slots: 3)
        let leases = machine.granted(Lease.samples(1...2))
        machine.drain()
        #expect(machine.nextMessages() == [.heartbeat(Heartbeat(number: 1, isDraining: true))])
        #expect(machine.nextMessages().isEmpty, "that it drains is told once at once, and with every heartbeat")
        #expect(machine.heartbeat(now: .now) == Heartbeat(number: 2, isDraining: true))
        machine.ended(.release(leases[0].release(.interrupted)))
        #expect(machine.nextMessages() == [.release([leases[0].release(.interrupted)])])
        machine.ended(.report(leases[1].report()))
        #expect(machine.nextMessages() == [.report([leases[1].report()])])
        #expect(machine.phase == .draining)
        machine.answered([leases[1].answer()])
        #expect(machine.nextMessages() == [.goodbye])
        #expect(machine.phase == .ended)
        #expect(machine.nextMessages().isEmpty)
    }

    @Test func `the last release goes before the goodbye`() {
        var machine = Self.serving(slots: 1)
        let lease = machine.granted([.sample(1)])[0]
        machine.drain()
        machine.ended(.release(lease.release(.interrupted)))
        #expect(machine.nextMessages() == [.release([lease.release(.interrupted)]), .goodbye])
    }

    @Test func `a worker that is drained before its welcome leaves at once`() {
        var machine = WorkerStateMachine(slots: 2)
        machine.drain()
        #expect(machine.connected().isEmpty)
        #expect(machine.nextMessages() == [.goodbye])
        #expect(machine.phase == .ended)
    }
}
