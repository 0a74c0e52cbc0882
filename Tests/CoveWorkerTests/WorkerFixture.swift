// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Logging

@testable import CoveWorker

extension RunID {
    static let sample = RunID("20261120-235959-aaaaa")!
}

extension Account {
    /// The account of a number.
    static func sample(_ number: Int) -> Account {
        let digits = String(number)
        return Account(
            id: AccountID(String(repeating: "0", count: 12 - digits.count) + digits)!, name: "account \(number)",
            arn: "arn:aws:organizations::000000000900:account/o-1/\(digits)", email: "a\(number)@example.com",
            status: "ACTIVE")
    }
}

extension Lease {
    /// The lease of a task of that number, in the account of the same number.
    static func sample(_ task: Int, account: Int? = nil, region: String? = "eu-west-1") -> Lease {
        Lease(
            token: LeaseToken(task: TaskID(Int64(task)), epoch: 1, generation: 1), run: .sample,
            account: .sample(account ?? task), region: region.flatMap { RegionName($0) }, attempt: 1)
    }

    static func samples(_ tasks: ClosedRange<Int>) -> [Lease] { tasks.map { sample($0) } }

    func report(_ outcome: Outcome = .succeeded(JSONText(string: "done"))) -> AttemptReport {
        AttemptReport(
            token: token, outcome: outcome, startedAt: Timestamp(milliseconds: 1), durationMilliseconds: 2)
    }

    func release(_ reason: LeaseRelease.Reason = .notStarted) -> LeaseRelease {
        LeaseRelease(token: token, reason: reason)
    }

    func answer(_ verdict: ReportVerdict = .applied) -> ReportAnswer { ReportAnswer(token: token, verdict: verdict) }
}

extension RunAssignment {
    /// The sample run, whose function is the Swift function `function`.
    static func sample(
        role: RoleSpecification = RoleSpecification(name: "audit/Reader"), timeout: Int? = nil
    ) -> RunAssignment {
        RunAssignment(
            run: .sample, function: .native("function"), role: role, partition: "aws", taskTimeoutSeconds: timeout)
    }
}

/// The machine at any time, where the time says nothing, and as one whose messages are all sent.
extension WorkerStateMachine {
    mutating func connected() -> [LeaseToken] { connected(now: .now) }

    /// A link that is welcomed with leases of a minute.
    mutating func welcomed() {
        _ = connected()
        welcomed(Welcome(epoch: 1, terms: LeaseTerms()), now: .now)
    }

    mutating func granted(_ leases: [Lease]) -> [Lease] { granted(leases, now: .now) }

    mutating func nextMessages() -> [WorkerMessage] {
        let messages = nextMessages(now: .now)
        for message in messages { sent(message) }
        return messages
    }
}

extension Logger {
    /// A logger that says nothing.
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// Attempts that a test holds in its hand: each waits until it is told how to end, or is cancelled.
final class HandDrivenAttempts: AttemptRunner {
    struct State: Sendable {
        /// The attempts that were started, in order.
        var started: [LeaseToken] = []
        var running: Set<LeaseToken> = []
        var mostAtOnce = 0
        var ends: [LeaseToken: Outcome] = [:]
        var cancelled: Set<LeaseToken> = []
    }

    let state = Watched(State())
    /// Whether attempts succeed by themselves.
    private let areInstant: Bool

    init(areInstant: Bool = false) { self.areInstant = areInstant }

    func run(_ lease: Lease, _ assignment: RunAssignment, cancellation: AttemptCancellation) async -> AttemptEnd {
        let token = lease.token
        state.update { state in
            state.started.append(token)
            state.running.insert(token)
            state.mostAtOnce = max(state.mostAtOnce, state.running.count)
        }
        defer { state.update { _ = $0.running.remove(token) } }
        if areInstant { return .report(lease.report()) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await cancellation.wait()
                if cancellation.isCancelled { self.state.update { _ = $0.cancelled.insert(token) } }
            }
            group.addTask { await self.state.until { $0.ends[token] != nil } }
            await group.next()
            group.cancelAll()
        }
        if let outcome = state.value.ends[token] { return .report(lease.report(outcome)) }
        return .release(lease.release(.interrupted))
    }

    /// Lets an attempt end.
    func end(_ lease: Lease, _ outcome: Outcome = .succeeded(nil)) { state.update { $0.ends[lease.token] = outcome } }

    /// Waits until so many attempts were started.
    func started(_ count: Int) async { await state.until { $0.started.count >= count } }
}

/// Keeps what is logged.
final class LogRecorder: Sendable {
    struct Line: Sendable {
        var level: Logger.Level
        var message: String
        var metadata: Logger.Metadata
    }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var logLevel = Logger.Level.trace
        var metadata = Logger.Metadata()

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let line = Line(level: event.level, message: "\(event.message)", metadata: event.metadata ?? [:])
            recorder.lines.update { $0.append(line) }
        }
    }

    let lines = Watched<[Line]>([])

    var logger: Logger { Logger(label: "test") { _ in Handler(recorder: self) } }

    /// What an operator sees, who looks at lines from `info` up.
    var told: [Line] { lines.value.filter { $0.level >= .info } }
}
