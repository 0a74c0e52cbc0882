// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCoordinator
import CoveCore
import CoveWire
import CoveWorker
import Logging

/// A local run of a Swift function: from typed arguments to typed output, by the path that `cove exec` takes.
struct NativeRequest<Output: Sendable>: Sendable {
    var function: NativeSpecification
    /// The program and build that the function is of; nil for a closure.
    var offer: NativeOffer?
    var options: CoveOptions
    var coding: CoveCoding<Output>
    var environment = ProcessEnvironment.current
    var body: @Sendable (CoveSession, JSONText?) async throws -> Output

    /// Creates the run, performs it and reads its output.
    func perform() async throws -> CoveOutput<Output> {
        try await withRun { run, service, _ in
            let ended = try await RunFollower(run.id, of: service).follow()
            try throwPlanningError(ended.status, run.directoryErrors)
            let output = try await NativeReader(run: run.id, reader: service, coding: coding).output()
            try await throwFirstFailure(of: run.id, service, ended.status)
            return output
        }
    }

    /// Creates the run, performs it and hands its outcomes over as they settle; it is cancelled when nobody takes them any more.
    func feed(_ feed: OutcomeFeed<CoveOutcome<Output>>) async throws {
        try await withRun { run, service, controls in
            let follower = RunFollower(run.id, of: service)
            let reader = NativeReader(run: run.id, reader: service, coding: coding)
            let ended = try await withThrowingTaskGroup(of: RunSnapshot?.self) { group in
                group.addTask {
                    await feed.left()
                    if !Task.isCancelled { await controls.cancelAttempts() }
                    return nil
                }
                group.addTask {
                    try await reader.feed(feed, as: follower)
                    return try await follower.ended()
                }
                group.addTask {
                    _ = try await follower.follow()
                    return nil
                }
                defer { group.cancelAll() }
                while let part = try await group.next() { if let part { return part } }
                throw CancellationError()
            }
            try throwPlanningError(ended.status, run.directoryErrors)
            try await reader.feedNotRun(feed)
            try await throwFirstFailure(of: run.id, service, ended.status)
        }
    }

    /// Makes the run and performs it while `body` follows it.
    private func withRun<Value: Sendable>(
        _ body: @escaping @Sendable (LocalRun, any RunService, RunControls) async throws -> Value
    ) async throws -> Value {
        let target = try checked()
        guard let folders = RunFolders(option: nil, environment: environment) else {
            throw InvalidRequest("there is no folder for runs: set HOME or XDG_STATE_HOME")
        }
        let logger = Logger(label: "cove") { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = .warning
            return handler
        }
        for warning in target.warnings { logger.warning("\(warning)") }
        let access = try AWSAccess(environment: environment, profile: options.assumingProfile)
        let (coding, function) = (coding, self.body)
        let registry = FunctionRegistry(
            programs: ProgramExecutor(environment: environment.variables, limits: .init()),
            native: [self.function.name: { try coding.encode(try await function($0, $1)) }], offer: offer)
        let run = try await LocalRun.create(
            .native, in: folders, access: access, slots: options.slots, functions: registry, logger: logger)
        let specification = specification(target, defaultRegion: access.defaultRegion)
        let value: Value
        do {
            value = try await run.perform { service, controls in
                try await service.submit(run.id, specification)
                return try await body(run, service, controls)
            }
        } catch {
            await run.close(after: error)
            throw error
        }
        try await run.store.close()
        return value
    }

    /// The arguments, once all of them are known to be well formed.
    private func checked() throws -> TargetOptions.Resolved {
        var reader = SettingReader(variables: [:])
        let target = TargetOptions.Resolved(
            selection: TargetOptions.selection(
                targets: options.targetIDs, ignored: options.ignoreIDs,
                includesCallingAccount: options.includeCallingAccount, &reader),
            regions: options.regions.map { TargetOptions.regionNames($0, &reader) }, role: options.role,
            partition: options.partition.map { TargetOptions.partitionName($0, &reader) },
            profile: options.assumingProfile)
        TargetOptions.check(options.role, &reader)
        if !SlotOptions.range.contains(options.slots) {
            reader.add(
                problem: "slots is \(options.slots): expected a whole number from 1 to \(SlotOptions.range.upperBound)")
        }
        if let taskTimeout = options.taskTimeout,
            !RunSpecification.taskTimeoutRange.contains(Int(clamping: taskTimeout.components.seconds))
        {
            reader.add(
                problem:
                    "taskTimeout is \(taskTimeout): expected 1 to \(RunSpecification.taskTimeoutRange.upperBound) seconds"
            )
        }
        try reader.check()
        return target
    }

    private func specification(_ target: TargetOptions.Resolved, defaultRegion: RegionName?) -> RunSpecification {
        RunSpecification(
            function: .native(function), selection: target.selection, regions: target.regions,
            defaultRegion: defaultRegion, role: target.role, partition: target.partition, profile: target.profile,
            taskTimeoutSeconds: options.taskTimeout.map { Int($0.components.seconds) }, slots: options.slots,
            raisesException: options.raiseException, isAtMostOnce: options.atMostOnce)
    }

    private func throwPlanningError(_ status: RunStatus, _ errors: DirectoryErrors) throws {
        switch status.stopReason {
        case .invalidRequest(let problems): throw InvalidRequest(problems)
        case .planningFailed(let problems):
            throw errors.error(saying: problems) ?? PlanningFailure(problems: problems)
        default: break
        }
    }

    private func throwFirstFailure(of run: RunID, _ reader: any RunReader, _ status: RunStatus) async throws {
        guard case .raisedException(let id) = status.stopReason,
            let task = try await reader.unsuccessfulTask(id, of: run), let failure = task.outcome?.failure
        else { return }
        throw CoveFailure(target: CoveTarget(account: task.account, region: task.region), failure: failure)
    }
}
