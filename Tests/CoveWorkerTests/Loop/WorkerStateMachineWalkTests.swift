// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveWorker

/// The worker's state machine in random courses, beside a coordinator that keeps account of every lease, over links that end between any
/// two messages, in a time in which either may stand still.
struct WorkerStateMachineWalkTests {
    private struct Walk {
        let slots: Int
        /// Whether the coordinator may grant what was not asked for.
        let isGenerous: Bool
        var generator: SeededGenerator
        var now = ContinuousClock.now
        var machine: WorkerStateMachine
        var coordinator = CoordinatorModel()
        /// What is on its way; nil when there is no link.
        var up: [WorkerMessage]?
        var down: [CoordinatorMessage] = []
        /// The attempts that run, and whether they were told to end.
        var attempts: [LeaseToken: Bool] = [:]
        var startedEver: Set<LeaseToken> = []
        var reported: Set<LeaseToken> = []
        /// The verdicts that came.
        var verdicts: [LeaseToken: ReportVerdict] = [:]
        var hasLeft = false

        init(seed: UInt64) {
            generator = SeededGenerator(seed: seed)
            isGenerous = seed.isMultiple(of: 3)
            slots = Int.random(in: 1...12, using: &generator)
            machine = WorkerStateMachine(slots: slots, fences: true)
        }

        private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &generator) == 0 }

        mutating func step() {
            switch Int.random(in: 0..<24, using: &generator) {
            case 0: connect()
            case 1: if chance(3) { cut() }
            case 2, 3, 4: grant(beyondCredit: 0)
            case 5 where isGenerous: grant(beyondCredit: Int.random(in: 0...2, using: &generator))
            case 6, 7, 8, 9: endOne()
            case 10, 11, 12, 13: deliverUp()
            case 14, 15, 16, 17: deliverDown()
            case 18: wait(.seconds(Int.random(in: 1...14, using: &generator)))
            case 19: if chance(12) { wait(.seconds(Int.random(in: 20...200, using: &generator))) }
            case 20: beat()
            case 21 where chance(10):
                cut()
                coordinator.restart(now: now)
            default: speak()
            }
            look()
        }

        /// The machine is told the time; then nothing runs whose lease is not the worker's.
        private mutating func look() {
            machine.tick(now: now)
            for token in machine.takeOver() {
                #expect(attempts[token] == false, "an attempt is told once")
                attempts[token] = true
            }
            #expect(machine.attempts == attempts.count && attempts.count <= slots)
            for (token, isOver) in attempts where !isOver {
                #expect(coordinator.leases[token] != nil, "an attempt runs whose lease is over")
            }
        }

        private mutating func wait(_ duration: Duration) {
            now += duration
            coordinator.expire(now: now)
        }

        // MARK: Links

        private mutating func connect() {
            guard up == nil, !hasLeft else { return }
            let held = machine.connected(now: now)
            let unanswered = reported.filter { verdicts[$0] == nil }
            #expect(Set(held).isSuperset(of: unanswered.union(attempts.keys)), "what is held is named")
            #expect(held.count == Set(held).count)
            up = [.hello(Hello(worker: "w", session: "s", slots: slots, kinds: [.native], held: held))]
            down = []
        }

        /// The link ends: some of what was on its way arrives, the rest never does.
        mutating func cut() {
            guard let messages = up else { return }
            for _ in 0..<Int.random(in: 0...messages.count, using: &generator) { deliverUp() }
            for _ in 0..<Int.random(in: 0...down.count, using: &generator) { deliverDown() }
            up = nil
            down = []
            coordinator.disconnected()
            machine.disconnected()
        }

        private mutating func send(_ message: WorkerMessage) {
            up?.append(message)
            machine.sent(message)
        }

        private mutating func deliverUp() {
            guard let message = up?.first else { return }
            up?.removeFirst()
            down += coordinator.hear(message, now: now)
        }

        private mutating func deliverDown() {
            guard !down.isEmpty else { return }
            let message = down.removeFirst()
            machine.heard(now: now)
            switch message {
            case .welcome(let welcome): machine.welcomed(welcome, now: now)
            case .grant(let grant):
                for lease in machine.granted(grant.leases, now: now) {
                    attempts[lease.token] = false
                    #expect(startedEver.insert(lease.token).inserted, "a lease is started once")
                }
                look()
            case .verdicts(let answers):
                machine.answered(answers)
                for answer in answers { verdicts[answer.token] = answer.verdict }
            case .renewal(let renewal): machine.renewed(renewal, now: now)
            case .cancel, .drain, .goaway, .part, .refusal: Issue.record("the model says none of these")
            }
        }

        // MARK: Work

        private mutating func grant(beyondCredit: Int) {
            guard up != nil, let grant = coordinator.grant(beyondCredit: beyondCredit, now: now) else { return }
            down.append(.grant(grant))
        }

        private mutating func endOne() {
            guard let token = attempts.keys.sorted(by: { $0.task < $1.task }).randomElement(using: &generator) else {
                return
            }
            let isOver = attempts.removeValue(forKey: token) ?? false
            // An attempt that was told to end may have succeeded in the same moment.
            if isOver ? chance(5) : !chance(4) {
                reported.insert(token)
                let report = AttemptReport(
                    token: token, outcome: .succeeded(nil), startedAt: Timestamp(milliseconds: 0),
                    durationMilliseconds: 1)
                machine.ended(.report(report))
            } else {
                machine.ended(.release(LeaseRelease(token: token, reason: .interrupted)))
            }
        }

        private mutating func beat() {
            guard machine.phase == .serving || machine.phase == .draining else { return }
            send(.heartbeat(machine.heartbeat(now: now)))
        }

        private mutating func speak() {
            for message in machine.nextMessages(now: now) {
                #expect(!hasLeft, "nothing is said after the goodbye")
                #expect(up != nil)
                if case .goodbye = message {
                    hasLeft = true
                    #expect(attempts.isEmpty && reported.allSatisfy { verdicts[$0] != nil })
                }
                send(message)
            }
        }

        /// Lets everything come to its end.
        mutating func finish() {
            machine.drain()
            for _ in 0..<10_000 where machine.phase != .ended {
                connect()
                endOne()
                if chance(6), !hasLeft { cut() }
                speak()
                if let messages = up { for _ in messages { deliverUp() } }
                for _ in down { deliverDown() }
                look()
            }
            if let messages = up { for _ in messages { deliverUp() } }
            #expect(machine.phase == .ended && machine.attempts == 0)
            #expect(machine.unansweredReports == 0)
            for token in reported {
                let verdict = verdicts[token]
                #expect(verdict != nil, "no report is lost")
                #expect(
                    (verdict == .stale) == !coordinator.hasApplied(token),
                    "a report is applied, unless its lease was over")
                #expect(verdict != .stale || coordinator.expiredEver.contains(token))
            }
            #expect(reported.isSuperset(of: coordinator.applied.values))
            #expect(startedEver.isDisjoint(with: coordinator.leases.keys), "no lease is forgotten")
        }
    }

    @Test(arguments: 1...120 as ClosedRange<UInt64>)
    func `in any course every end is delivered or fenced, and nothing runs after its lease`(_ seed: UInt64) {
        var walk = Walk(seed: seed)
        for _ in 0..<1_500 { walk.step() }
        walk.finish()
    }

    /// The walks above would show nothing if they never went where it is dangerous.
    @Test func `the courses meet what they are there for`() {
        var lost = 0
        var fenced = 0
        var stale = 0
        var applied = 0
        for seed in 1...30 as ClosedRange<UInt64> {
            var walk = Walk(seed: seed)
            for _ in 0..<1_500 {
                walk.step()
                fenced += walk.attempts.values.contains(true) ? 1 : 0
            }
            lost += walk.coordinator.lostEver
            stale += walk.verdicts.values.count { $0 == .stale }
            applied += walk.coordinator.applied.count
        }
        #expect(lost > 20 && fenced > 100 && stale > 5 && applied > 1_000)
    }
}
