// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import CoveTestSupport
import Testing

@testable import CoveWorker

/// Attempts that are cancelled or take too long.
@Suite(.timeLimit(.minutes(5)))
struct AttemptEndingTests {
    /// A function that goes on until it is cancelled, and says when it was started.
    private static func endless(_ started: Watched<Bool>) -> FakeSTS.Function {
        { _ in
            started.open()
            await Watched(false).opened()
            try Task.checkCancellation()
            return nil
        }
    }

    // MARK: Cancelled

    @Test func `an attempt that is cancelled before its function gives the lease back as not started`() async throws {
        let sts = try FakeSTS { _ in .hold }
        let cancellation = AttemptCancellation()
        let runner = sts.runner { _ in nil }
        async let end = runner.run(.sample(1), .sample(), cancellation: cancellation)
        await sts.server.requestsArrived(1)
        cancellation.cancel()
        #expect(await end.reason == .notStarted)
        await sts.server.connectionsClosed(1)
    }

    @Test func `an attempt that is cancelled in its function gives the lease back as interrupted`() async throws {
        let sts = try FakeSTS()
        let started = Watched(false)
        let cancellation = AttemptCancellation()
        let runner = sts.runner(Self.endless(started))
        async let end = runner.run(.sample(1), .sample(), cancellation: cancellation)
        await started.opened()
        cancellation.cancel()
        #expect(await end.reason == .interrupted)
    }

    @Test func `an attempt whose task is cancelled gives the lease back as interrupted`() async throws {
        let sts = try FakeSTS()
        let started = Watched(false)
        let runner = sts.runner(Self.endless(started))
        let end = await withTaskGroup(of: AttemptEnd.self) { group in
            group.addTask {
                await runner.run(.sample(1), .sample(timeout: 10), cancellation: AttemptCancellation())
            }
            await started.opened()
            group.cancelAll()
            return await group.next()
        }
        #expect(end?.reason == .interrupted)
    }

    @Test func `a function that succeeds although it was cancelled has succeeded`() async throws {
        let sts = try FakeSTS()
        let started = Watched(false)
        let cancellation = AttemptCancellation()
        let runner = sts.runner { _ in
            started.open()
            await Watched(false).opened()
            return JSONText(string: "done all the same")
        }
        async let end = runner.run(.sample(1), .sample(), cancellation: cancellation)
        await started.opened()
        cancellation.cancel()
        #expect(await end.outcome == .succeeded(JSONText(string: "done all the same")))
    }

    @Test func `a function that fails while it is cancelled is interrupted`() async throws {
        struct Torn: Error {}
        let sts = try FakeSTS()
        let started = Watched(false)
        let cancellation = AttemptCancellation()
        let runner = sts.runner { _ in
            started.open()
            await Watched(false).opened()
            throw Torn()
        }
        async let end = runner.run(.sample(1), .sample(), cancellation: cancellation)
        await started.opened()
        cancellation.cancel()
        #expect(await end.reason == .interrupted)
    }

    @Test func `one of several attempts that wait for a role is cancelled alone`() async throws {
        let sts = try FakeSTS { _ in .hold }
        let runner = sts.runner { _ in nil }
        let cancellation = AttemptCancellation()
        async let first = runner.run(.sample(1, account: 1), .sample(), cancellation: cancellation)
        await sts.server.requestsArrived(1)
        async let second = runner.run(.sample(2, account: 1), .sample(), cancellation: AttemptCancellation())
        cancellation.cancel()
        #expect(await first.reason == .notStarted)
        // The one who asked has left: the other asks again.
        await sts.server.requestsArrived(2)
        sts.server.answer(1, FakeSTS.role(in: "000000000001"))
        #expect(await second.outcome == .succeeded(nil))
    }

    // MARK: Too slow

    @Test func `a function that is too slow has failed with a task timeout`() async throws {
        let sts = try FakeSTS()
        let started = Watched(false)
        let runner = sts.runner(Self.endless(started))
        async let end = runner.run(.sample(1), .sample(timeout: 10), cancellation: AttemptCancellation())
        await started.opened()
        await sts.clock.sleeping()
        sts.clock.advance(by: .milliseconds(9_999))
        await sts.clock.sleeping()
        sts.clock.advance(by: .milliseconds(1))
        guard case .report(let report) = await end, case .failed(let failure) = report.outcome else {
            return #expect(Bool(false), "no failure")
        }
        #expect(failure.type == "TaskTimeout" && failure.message.contains("10 s") && failure.isRetryable == true)
        #expect(report.durationMilliseconds == 10_000)
    }

    @Test func `a role that is not assumed in time is a task timeout too`() async throws {
        let sts = try FakeSTS { _ in .hold }
        let runner = sts.runner { _ in nil }
        async let end = runner.run(.sample(1), .sample(timeout: 10), cancellation: AttemptCancellation())
        await sts.server.requestsArrived(1)
        await sts.clock.sleeping()
        sts.clock.advance(by: .seconds(10))
        guard case .roleNotAssumed(let failure) = await end.outcome else { return #expect(Bool(false), "no refusal") }
        #expect(failure.type == "TaskTimeout")
    }

    @Test func `an attempt that ends in time leaves no timer behind`() async throws {
        let sts = try FakeSTS()
        let end = await sts.runner { _ in nil }.run(
            .sample(1), .sample(timeout: 10), cancellation: AttemptCancellation())
        #expect(end.outcome == .succeeded(nil))
        #expect(sts.clock.sleepers == 0)
    }

    // MARK: The lease is over

    @Test func `a function whose lease is over makes no further call, whatever it does`() async throws {
        let sts = try FakeSTS()
        let cancellation = AttemptCancellation()
        let seen = Watched("")
        let runner = sts.runner { session in
            cancellation.cancel(isLeaseOver: true)
            do {
                _ = try await session.aws().sts.getCallerIdentity()
                seen.update { $0 = "called" }
            } catch {
                seen.update { $0 = "\(type(of: error))" }
            }
            throw Failure(type: "Other", message: "the function makes something else of it")
        }
        let end = await runner.run(.sample(1), .sample(), cancellation: cancellation)
        #expect(end.reason == .interrupted)
        #expect(seen.value == "CancellationError")
        #expect(sts.server.requests.count == 1, "AssumeRole alone")
    }

    @Test func `a function that is cancelled while its lease lasts may clean up`() async throws {
        let sts = try FakeSTS()
        let cancellation = AttemptCancellation()
        let seen = Watched("")
        let runner = sts.runner { session in
            cancellation.cancel()
            let credentials = try await session.credentials()
            seen.update { $0 = credentials.accessKeyID }
            return nil
        }
        _ = await runner.run(.sample(1), .sample(), cancellation: cancellation)
        #expect(seen.value == "ASIA000000000001")
    }

    @Test func `a role that was assumed too late for its lease is not used`() async throws {
        let sts = try FakeSTS { _ in .hold }
        let isOver = Watched(false)
        let holder = Watched<AttemptCancellation?>(nil)
        // Nobody cancels the attempt: it looks by itself.
        let cancellation = AttemptCancellation { if isOver.value { holder.value?.cancel(isLeaseOver: true) } }
        holder.update { $0 = cancellation }
        let called = Watched(false)
        let runner = sts.runner { _ in
            called.open()
            return nil
        }
        async let end = runner.run(.sample(1), .sample(), cancellation: cancellation)
        await sts.server.requestsArrived(1)
        isOver.open()
        sts.server.answer(0, FakeSTS.role(in: "000000000001"))
        #expect(await end.reason == .notStarted)
        #expect(!called.value)
        holder.update { $0 = nil }
    }

    @Test func `an attempt whose lease is over before it begins asks for nothing`() async throws {
        let sts = try FakeSTS()
        let cancellation = AttemptCancellation()
        cancellation.cancel(isLeaseOver: true)
        let end = await sts.runner { _ in nil }.run(.sample(1), .sample(), cancellation: cancellation)
        #expect(end.reason == .notStarted)
        #expect(sts.server.requests.isEmpty)
    }
}
