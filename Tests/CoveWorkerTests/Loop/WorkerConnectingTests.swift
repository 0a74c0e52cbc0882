// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Logging
import Testing

@testable import CoveWorker

/// Links that cannot be made, end, fall silent or are refused.
@Suite(.timeLimit(.minutes(5)))
struct WorkerConnectingTests {
    private typealias Bench = ConnectingBench

    // MARK: No link

    @Test(arguments: [LinkError.Code.unreachable, .timedOut, .closed])
    func `what may pass is tried again after random waits, and told once`(_ code: LinkError.Code) async throws {
        let failures = (1...4).map { LinkError(code, "no way, \($0)") }
        let bench = Bench(failures: failures)
        try await bench.run {
            for (number, wait) in Bench.waits(4).enumerated() {
                await bench.clock.sleeping(for: wait)
                #expect(bench.source.tries.value == number + 1, "the first try comes at once")
                bench.clock.advance(by: wait - .milliseconds(1))
                #expect(bench.clock.isSleeping(for: wait))
                bench.clock.advance(by: .milliseconds(1))
            }
            let end = await bench.welcome()
            #expect(await end.receive() == .leaseRequest(LeaseRequest(want: 2)))
            let told = bench.log.told
            #expect(told.map(\.level) == [.warning, .notice])
            #expect(told.first?.metadata["error"] == "no way, 1")
            let seconds = Bench.waits(4).reduce(.zero, +).components.seconds
            #expect(told.last?.metadata["seconds"] == "\(seconds)")
        }
    }

    @Test(arguments: [LinkError.Code.tls, .refused, .malformed, .configuration])
    func `what does not pass ends the run, and the attempts`(_ code: LinkError.Code) async throws {
        let bench = Bench()
        let error = await #expect(throws: LinkError.self) {
            try await bench.run(cancelled: false) {
                let end = await bench.welcome()
                await bench.start(Lease.samples(1...2), on: end)
                bench.attempts.end(.sample(1))
                await bench.ended(1)
                bench.source.fail(with: LinkError(code, "never"))
                end.close()
                await bench.clock.pass(Bench.shortWaits(1)[0])
            }
        }
        #expect(error?.code == code && error?.message == "never")
        #expect(bench.attempts.state.value.running.isEmpty)
        #expect(bench.worker.unansweredReports == 1)
        #expect(bench.source.tries.value == 2)
    }

    @Test func `a refusal ends the run`() async throws {
        let bench = Bench()
        let error = await #expect(throws: Refusal.self) {
            try await bench.run(cancelled: false) {
                let end = await bench.welcome()
                await bench.start([.sample(1)], on: end)
                await end.send(.refusal(Refusal(code: "outOfTurn", message: "no")))
            }
        }
        #expect(error?.code == "outOfTurn")
        #expect(bench.attempts.state.value.running.isEmpty && bench.source.tries.value == 1)
    }

    @Test(arguments: [
        LeaseTerms(ttl: .zero), LeaseTerms(ttl: .seconds(-5)), LeaseTerms(ttl: .milliseconds(1)),
        LeaseTerms(ttl: .seconds(1_000_000)),
    ])
    func `terms that nobody can live by end the run`(_ terms: LeaseTerms) async throws {
        let bench = Bench()
        let error = await #expect(throws: LinkError.self) {
            try await bench.run(cancelled: false) {
                let (end, _) = await bench.greet(1)
                await end.send(.welcome(Welcome(epoch: 1, terms: terms)))
            }
        }
        #expect(error?.code == .malformed)
    }

    @Test func `an error of the source that is no LinkError ends the run`() async throws {
        let bench = Bench(failures: [RequestFailure(.unavailable, ["no"])])
        await #expect(throws: RequestFailure.self) { try await bench.run(cancelled: false) {} }
    }

    // MARK: Links that end

    @Test func `links that are not welcomed are tried ever more seldom, and told once`() async throws {
        let bench = Bench()
        try await bench.run {
            let waits = Bench.waits(3)
            for number in 1...3 {
                let (end, _) = await bench.greet(number)
                end.close()
                await bench.clock.pass(waits[number - 1])
            }
            await bench.welcome(4)
            #expect(bench.log.lines.value.count { $0.level == .warning } == 1)
        }
    }

    @Test func `after a link that was welcomed the next wait is a short one`() async throws {
        let bench = Bench()
        try await bench.run {
            let waits = Bench.shortWaits(3)
            for number in 1...3 {
                let end = await bench.welcome(number)
                #expect(await end.receive() == .leaseRequest(LeaseRequest(want: 2)))
                end.close()
                await bench.clock.pass(waits[number - 1])
            }
            await bench.welcome(4)
            #expect(bench.log.lines.value.allSatisfy { $0.level < .warning })
        }
    }

    @Test func `a link that is silent for a TTL is closed and made anew`() async throws {
        let bench = Bench()
        try await bench.run {
            let end = await bench.welcome()
            #expect(await end.receive() == .leaseRequest(LeaseRequest(want: 2)))
            await bench.clock.sleeping(for: Bench.terms.ttl)
            bench.clock.advance(by: .seconds(4))
            await bench.start([.sample(1)], on: end)
            bench.clock.advance(by: .seconds(8))
            await bench.clock.sleeping(for: .seconds(4))
            bench.clock.advance(by: .seconds(4))
            while await end.receive() != nil {}
            await bench.clock.pass(Bench.shortWaits(1)[0])
            await bench.welcome(2, held: [.sample(1)])
            #expect(bench.log.told.contains { $0.level == .warning && "\($0.metadata)".contains("nothing was heard") })
        }
    }

    @Test func `a coordinator that goes away is left in peace, and attempts go on`() async throws {
        let bench = Bench()
        try await bench.run {
            let end = await bench.welcome()
            await bench.start([.sample(1)], on: end)
            await end.send(.goaway(Goaway(reason: "upgrade", retryMilliseconds: 5_000)))
            await bench.clock.sleeping(for: .seconds(5))
            end.close()
            await bench.clock.pass(.seconds(5) + Bench.shortWaits(1)[0])
            await bench.welcome(2, held: [.sample(1)])
            #expect(bench.attempts.state.value.running == [Lease.sample(1).token])
        }
    }

    @Test func `a coordinator that does not go after all is left when it said it would be back`() async throws {
        let bench = Bench()
        try await bench.run {
            let end = await bench.welcome()
            #expect(await end.receive() == .leaseRequest(LeaseRequest(want: 2)))
            await end.send(.goaway(Goaway(reason: "upgrade", retryMilliseconds: 2_000)))
            await bench.clock.pass(.seconds(2))
            while await end.receive() != nil {}
            await bench.clock.pass(Bench.shortWaits(1)[0])
            await bench.welcome(2)
        }
    }

    @Test(arguments: [(Int64.min, Duration.zero), (-1, .zero), (.max, .seconds(600))])
    func `how long a coordinator keeps its workers away is bounded`(_ said: Int64, _ kept: Duration) async throws {
        let bench = Bench()
        try await bench.run {
            let end = await bench.welcome()
            #expect(await end.receive() == .leaseRequest(LeaseRequest(want: 2)))
            await end.send(.goaway(Goaway(reason: "", retryMilliseconds: said)))
            await bench.clock.sleeping(for: kept)
            end.close()
            await bench.clock.sleeping(for: kept + Bench.shortWaits(1)[0])
        }
    }

    @Test func `a flood of leases ends the link`() async throws {
        let bench = Bench(slots: 1)
        try await bench.run {
            let end = await bench.welcome()
            #expect(await end.receive() == .leaseRequest(LeaseRequest(want: 1)))
            // Nobody listens to what is given back.
            var first = 1
            while await end.send(
                .grant(LeaseGrant(leases: Lease.samples(first...(first + 255)), assignments: [.sample()])))
            { first += 256 }
            await bench.clock.sleeping(for: Bench.shortWaits(1)[0])
        }
    }

    @Test func `a run that is cancelled while there is no link returns`() async throws {
        let bench = Bench(failures: [LinkError(.unreachable, "no")])
        let ending = try await bench.run { await bench.clock.sleeping(for: Bench.waits(1)[0]) }
        #expect(ending == WorkerEnding(undeliveredReports: 0))
    }
}
