// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Testing

@testable import CoveWorker

/// The machine over link after link, with leases of a minute that end by time.
struct WorkerStateMachineLinkTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func welcome(lost: [Lease] = []) -> Welcome {
        Welcome(epoch: 1, terms: LeaseTerms(), lost: lost.map(\.token))
    }

    /// What is to be said, as sent.
    private func say(_ machine: inout WorkerStateMachine, at seconds: Int = 0) -> [WorkerMessage] {
        let messages = machine.nextMessages(now: at(seconds))
        for message in messages { machine.sent(message) }
        return messages
    }

    /// A machine that was welcomed at the start, and runs these tasks.
    private func running(_ tasks: ClosedRange<Int>, slots: Int) -> WorkerStateMachine {
        var machine = WorkerStateMachine(slots: slots, fences: true)
        #expect(machine.connected(now: start).isEmpty)
        machine.welcomed(welcome(), now: start)
        #expect(say(&machine) == [.leaseRequest(LeaseRequest(want: slots))])
        #expect(machine.granted(Lease.samples(tasks), now: start).count == tasks.count)
        return machine
    }

    // MARK: Lost links

    @Test func `over a lost link attempts go on, and the hello names all that is held`() {
        var machine = running(1...4, slots: 5)
        let leases = Lease.samples(1...4)
        machine.ended(.report(leases[0].report()))
        machine.ended(.release(leases[1].release(.interrupted)))
        #expect(say(&machine).count == 3)
        machine.ended(.report(leases[2].report()))
        machine.disconnected()
        #expect(machine.phase == .connecting && machine.attempts == 1)
        #expect(say(&machine).isEmpty)
        #expect(Set(machine.connected(now: at(5))) == Set(leases.map(\.token)))
        #expect(machine.takeOver().isEmpty)
    }

    @Test func `on the next link releases and reports come first, and all free slots are asked for anew`() {
        var machine = running(1...3, slots: 5)
        let leases = Lease.samples(1...3)
        machine.ended(.report(leases[0].report()))
        machine.ended(.release(leases[1].release(.interrupted)))
        #expect(say(&machine).count == 3)
        machine.disconnected()
        _ = machine.connected(now: at(5))
        #expect(say(&machine, at: 5).isEmpty, "not before the welcome")
        machine.welcomed(welcome(), now: at(6))
        #expect(
            say(&machine, at: 6) == [
                .release([leases[1].release(.interrupted)]), .report([leases[0].report()]),
                .leaseRequest(LeaseRequest(want: 4)),
            ])
    }

    @Test func `what is known to have arrived is not said again`() {
        var machine = running(1...2, slots: 2)
        let leases = Lease.samples(1...2)
        machine.ended(.report(leases[0].report()))
        machine.ended(.release(leases[1].release(.interrupted)))
        _ = say(&machine)
        let heartbeat = machine.heartbeat(now: at(15))
        machine.answered([leases[0].answer()])
        machine.renewed(Renewal(number: heartbeat.number), now: at(16))
        machine.disconnected()
        #expect(machine.connected(now: at(20)).isEmpty)
    }

    @Test func `attempts that the coordinator has lost end, and nothing is given back for them`() {
        var machine = running(1...3, slots: 3)
        let leases = Lease.samples(1...3)
        machine.disconnected()
        _ = machine.connected(now: at(5))
        machine.welcomed(welcome(lost: [leases[0], leases[1], .sample(9)]), now: at(6))
        #expect(Set(machine.takeOver()) == [leases[0].token, leases[1].token])
        #expect(machine.takeOver().isEmpty)
        #expect(say(&machine, at: 6).isEmpty, "their slots are free when they have ended")
        machine.ended(.release(leases[0].release(.interrupted)))
        machine.ended(.report(leases[1].report()))
        // What was finished all the same is reported: the store knows what its token is worth.
        #expect(say(&machine, at: 7) == [.report([leases[1].report()]), .leaseRequest(LeaseRequest(want: 2))])
    }

    @Test func `a finished report is sent also when its lease is lost, a release is not`() {
        var machine = running(1...2, slots: 2)
        let leases = Lease.samples(1...2)
        machine.ended(.report(leases[0].report()))
        machine.ended(.release(leases[1].release(.interrupted)))
        machine.disconnected()
        _ = machine.connected(now: at(5))
        machine.welcomed(welcome(lost: leases), now: at(6))
        #expect(say(&machine, at: 6) == [.report([leases[0].report()]), .leaseRequest(LeaseRequest(want: 2))])
        machine.answered([leases[0].answer(.duplicate)])
        #expect(machine.unansweredReports == 0)
    }

    @Test func `a link that ends before its welcome leaves everything as it was`() {
        var machine = running(1...1, slots: 2)
        machine.disconnected()
        for _ in 0..<3 {
            #expect(machine.connected(now: at(5)) == [Lease.sample(1).token])
            machine.disconnected()
        }
        #expect(machine.takeOver().isEmpty && machine.attempts == 1)
    }

    @Test func `a second welcome changes nothing`() {
        var machine = running(1...1, slots: 1)
        machine.welcomed(welcome(lost: [.sample(1)]), now: at(10))
        #expect(machine.takeOver().isEmpty)
    }

    @Test func `a coordinator that goes away is asked for nothing and told everything`() {
        var machine = running(1...1, slots: 2)
        machine.goesAway()
        machine.ended(.report(Lease.sample(1).report()))
        #expect(say(&machine) == [.report([Lease.sample(1).report()])])
        machine.disconnected()
        _ = machine.connected(now: at(5))
        machine.welcomed(welcome(), now: at(5))
        #expect(say(&machine, at: 5).last == .leaseRequest(LeaseRequest(want: 2)))
    }

    @Test func `a flood of leases that nobody asked for is noticed`() {
        var machine = running(1...1, slots: 1)
        #expect(machine.granted(Lease.samples(2...ReleaseOutbox.capacity), now: start).isEmpty)
        #expect(!machine.isOverrun)
        #expect(machine.granted(Lease.samples(10_000...10_010), now: start).isEmpty)
        #expect(machine.isOverrun)
    }

    // MARK: The fence

    @Test func `without an answer all attempts end when the leases may be over, once`() {
        var machine = running(1...2, slots: 3)
        machine.tick(now: at(54))
        #expect(machine.takeOver().isEmpty)
        machine.tick(now: at(55))
        #expect(Set(machine.takeOver()) == Set(Lease.samples(1...2).map(\.token)))
        machine.tick(now: at(56))
        #expect(machine.takeOver().isEmpty)
    }

    @Test func `within one process nothing ends by time`() {
        var machine = WorkerStateMachine(slots: 2)
        machine.welcomed()
        #expect(machine.granted([.sample(1)], now: start).count == 1)
        machine.tick(now: at(100_000))
        #expect(machine.takeOver().isEmpty)
        #expect(machine.granted([.sample(2)], now: at(100_000)).count == 1)
    }

    @Test func `what the fence ended is given back as interrupted, and what was finished before is reported`() {
        var machine = running(1...2, slots: 2)
        let leases = Lease.samples(1...2)
        machine.ended(.report(leases[0].report()))
        machine.disconnected()
        machine.tick(now: at(60))
        #expect(machine.takeOver() == [leases[1].token])
        machine.ended(.release(leases[1].release(.interrupted)))
        #expect(Set(machine.connected(now: at(90))) == Set(leases.map(\.token)))
        machine.welcomed(welcome(), now: at(91))
        #expect(
            say(&machine, at: 91).prefix(2) == [
                .release([leases[1].release(.interrupted)]), .report([leases[0].report()]),
            ])
    }

    /// After a stop of the process everything may come at once, and in any order.
    @Test(arguments: 0..<6)
    func `after a long stop the first thing is the fence, whatever comes first`(_ event: Int) {
        var machine = running(1...1, slots: 3)
        let heartbeat = machine.heartbeat(now: at(15))
        let now = at(15 + 56)
        switch event {
        case 0: _ = machine.heartbeat(now: now)
        case 1: machine.renewed(Renewal(number: heartbeat.number), now: now)
        case 2: machine.heard(now: now)
        case 3: _ = machine.nextMessages(now: now)
        case 4: _ = machine.connected(now: now)
        default: #expect(machine.granted([.sample(2)], now: now).isEmpty, "a lease of before the stop is not begun")
        }
        #expect(machine.takeOver() == [Lease.sample(1).token])
        // Even when the coordinator answers afterwards.
        let next = machine.heartbeat(now: now)
        machine.renewed(Renewal(number: next.number), now: now)
        #expect(machine.takeOver().isEmpty && machine.attempts == 1)
    }

    @Test func `a fenced worker asks for nothing until it is answered`() {
        var machine = running(1...1, slots: 2)
        let heartbeat = machine.heartbeat(now: at(20))
        machine.ended(.release(Lease.sample(1).release(.interrupted)))
        #expect(say(&machine, at: 60) == [.release([Lease.sample(1).release(.interrupted)])])
        machine.renewed(Renewal(number: heartbeat.number), now: at(61))
        #expect(say(&machine, at: 61) == [.leaseRequest(LeaseRequest(want: 1))])
        #expect(machine.granted([.sample(2)], now: at(62)).count == 1)
    }

    // MARK: Draining without a link

    @Test func `a drained worker without a link and without anything to say ends`() {
        var machine = running(1...1, slots: 1)
        machine.disconnected()
        machine.drain()
        #expect(machine.phase == .connecting && !machine.isIdle)
        machine.ended(.release(Lease.sample(1).release(.notStarted)))
        #expect(machine.phase == .connecting && machine.isIdle)
        _ = machine.connected(now: at(5))
        machine.welcomed(welcome(), now: at(5))
        #expect(say(&machine, at: 5) == [.release([Lease.sample(1).release(.notStarted)]), .goodbye])
        #expect(machine.phase == .ended)
    }

    @Test func `a drained worker that gives up ends with what it could not deliver`() {
        var machine = running(1...1, slots: 1)
        machine.ended(.report(Lease.sample(1).report()))
        machine.disconnected()
        machine.drain()
        #expect(machine.phase == .connecting)
        machine.giveUp()
        #expect(machine.phase == .ended && machine.unansweredReports == 1)
    }

    @Test func `a worker that gives up while there is a link ends with the link`() {
        var machine = running(1...1, slots: 1)
        machine.ended(.report(Lease.sample(1).report()))
        machine.drain()
        machine.giveUp()
        #expect(say(&machine) == [.report([Lease.sample(1).report()])])
        #expect(machine.phase == .draining)
        machine.disconnected()
        #expect(machine.phase == .ended)
    }

    @Test func `a goodbye that was not sent is said again`() {
        var machine = running(1...1, slots: 1)
        machine.ended(.release(Lease.sample(1).release()))
        machine.drain()
        #expect(machine.nextMessages(now: start).last == .goodbye)
        #expect(machine.nextMessages(now: start).isEmpty)
        machine.disconnected()
        #expect(machine.phase == .connecting, "the release may not have arrived")
        _ = machine.connected(now: at(1))
        machine.welcomed(welcome(), now: at(1))
        #expect(say(&machine, at: 1) == [.release([Lease.sample(1).release()]), .goodbye])
    }
}
