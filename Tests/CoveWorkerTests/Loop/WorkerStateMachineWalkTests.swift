// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveWorker

/// The worker's state machine in random courses, beside a coordinator that keeps account of every lease.
struct WorkerStateMachineWalkTests {
    private enum Fate {
        case running, reported, released
    }

    private struct Walk {
        let slots: Int
        /// Whether the coordinator may grant what was not asked for.
        let isGenerous: Bool
        var generator: SeededGenerator
        var machine: WorkerStateMachine
        /// What the coordinator may grant.
        var credit = 0
        var nextTask = 1
        var leases: [LeaseToken: Lease] = [:]
        /// What became of each lease that was started.
        var started: Set<LeaseToken> = []
        /// Ends that the machine was told, and messages that it said.
        var told: [LeaseToken: Fate] = [:]
        var said: [LeaseToken: Fate] = [:]
        var unanswered: [LeaseToken] = []
        var hasLeft = false

        init(seed: UInt64) {
            generator = SeededGenerator(seed: seed)
            isGenerous = seed.isMultiple(of: 2)
            slots = Int.random(in: 1...12, using: &generator)
            machine = WorkerStateMachine(slots: slots)
        }

        mutating func step() {
            switch Int.random(in: 0..<12, using: &generator) {
            case 0: machine.welcomed()
            case 1, 2, 3: grant(beyondCredit: 0)
            case 4 where isGenerous: grant(beyondCredit: Int.random(in: 0...2, using: &generator))
            case 5, 6, 7: endOne()
            case 8, 9: answer()
            default: speak()
            }
            #expect(machine.attempts <= slots)
            #expect(machine.attempts == started.count - told.count)
        }

        private mutating func grant(beyondCredit: Int) {
            let count = Int.random(in: 0...max(0, credit), using: &generator) + beyondCredit
            guard count > 0 else { return }
            let granted = Lease.samples(nextTask...(nextTask + count - 1))
            nextTask += count
            credit = max(0, credit - count)
            for lease in granted { leases[lease.token] = lease }
            // After its goodbye the worker is not heard any more.
            if hasLeft { for lease in granted { leases[lease.token] = nil } }
            started.formUnion(machine.granted(granted).map(\.token))
        }

        private mutating func endOne() {
            let running = started.filter { told[$0] == nil }.sorted { $0.task < $1.task }
            guard let token = running.randomElement(using: &generator), let lease = leases[token] else { return }
            if Bool.random(using: &generator) {
                machine.ended(.report(lease.report()))
                told[token] = .reported
            } else {
                machine.ended(.release(lease.release(.interrupted)))
                told[token] = .released
            }
        }

        /// Some of the answers come, perhaps twice.
        private mutating func answer() {
            guard !unanswered.isEmpty else { return }
            let answers = unanswered.prefix(Int.random(in: 1...unanswered.count, using: &generator))
            machine.answered(answers.map { ReportAnswer(token: $0, verdict: .applied) })
            if Int.random(in: 0..<4, using: &generator) == 0 {
                machine.answered(answers.map { ReportAnswer(token: $0, verdict: .duplicate) })
            }
            unanswered.removeFirst(answers.count)
        }

        private mutating func speak() {
            for message in machine.nextMessages() {
                #expect(!hasLeft, "nothing is said after the goodbye")
                switch message {
                case .report(let reports):
                    #expect(unanswered.isEmpty, "one batch at a time")
                    for report in reports { say(.reported, report.token) }
                    unanswered += reports.map(\.token)
                case .release(let releases): for release in releases { say(.released, release.token) }
                case .leaseRequest(let request):
                    #expect(machine.phase == .serving && request.want > 0)
                    credit += request.want
                    #expect(isGenerous || credit + machine.attempts <= slots, "no slot is asked for twice")
                case .goodbye:
                    hasLeft = true
                    #expect(unanswered.isEmpty)
                case .hello, .heartbeat: #expect(Bool(false), "the machine says neither")
                }
            }
        }

        private mutating func say(_ fate: Fate, _ token: LeaseToken) {
            #expect(said[token] == nil, "a lease is reported or released once")
            said[token] = fate
            if started.contains(token) {
                #expect(told[token] == fate)
            } else {
                #expect(fate == .released, "what was never started is given back")
            }
        }

        /// Lets everything come to its end.
        mutating func finish() {
            machine.drain()
            for _ in 0..<(nextTask + 10) {
                endOne()
                speak()
                answer()
            }
            #expect(hasLeft && machine.phase == .ended)
            #expect(machine.attempts == 0)
            #expect(Set(said.keys) == Set(leases.keys), "no lease is forgotten")
        }
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func `in any course every lease is running, reported or released, exactly once`(_ seed: UInt64) {
        var walk = Walk(seed: seed)
        for _ in 0..<600 { walk.step() }
        walk.finish()
    }
}
