// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCoordinator
import CoveCore
import CoveWire
import CoveWorker
import Logging

/// A local run of a Swift function: from typed arguments to typed output, by the path that `cove exec` takes.
struct NativeRequest {
    var name: String
    var targetIDs: [String]?
    var ignoreIDs: [String]
    var regions: [String]?
    var role: RoleSpecification
    var partition: String?
    var profile: String?
    var raisesException: Bool
    var isAtMostOnce: Bool
    var taskTimeout: Duration?
    var includesCallingAccount: Bool
    var slots: Int

    /// Creates the run, performs it and reads its output.
    func perform<Output: Sendable>(
        _ coding: ResultCoding<Output>, _ function: @escaping @Sendable (CoveSession) async throws -> Output
    ) async throws -> CoveOutput<Output> {
        let target = try checked()
        let environment = ProcessEnvironment.current
        guard let folders = RunFolders(option: nil, environment: environment) else {
            throw InvalidRequest("there is no folder for runs: set HOME or XDG_STATE_HOME")
        }
        let logger = Logger(label: "cove") { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = .warning
            return handler
        }
        for warning in target.warnings { logger.warning("\(warning)") }
        let access = try AWSAccess(environment: environment, profile: profile)
        let registry = FunctionRegistry(
            programs: ProgramExecutor(environment: environment.variables, limits: .init()),
            native: [name: { try coding.encode(try await function($0)) }])
        let run = try await LocalRun.create(
            .native, in: folders, access: access, slots: slots, functions: registry, logger: logger)
        let specification = specification(target, defaultRegion: access.defaultRegion)
        let output: CoveOutput<Output>
        do {
            output = try await run.perform { service, _ in
                try await service.submit(run.id, specification)
                let ended = try await RunFollower(run.id, of: service).follow()
                try throwPlanningError(ended.status, run.directoryErrors)
                let output = try await read(run.id, service, coding)
                try await throwFirstFailure(of: run.id, service, ended.status)
                return output
            }
        } catch {
            await run.close(after: error)
            throw error
        }
        try await run.store.close()
        return output
    }

    /// The arguments, once all of them are known to be well formed.
    private func checked() throws -> TargetOptions.Resolved {
        var reader = SettingReader(variables: [:])
        let target = TargetOptions.Resolved(
            selection: TargetOptions.selection(
                targets: targetIDs, ignored: ignoreIDs, includesCallingAccount: includesCallingAccount, &reader),
            regions: regions.map { TargetOptions.regionNames($0, &reader) }, role: role,
            partition: partition.map { TargetOptions.partitionName($0, &reader) }, profile: profile)
        TargetOptions.check(role, &reader)
        if !(1...4_096).contains(slots) {
            reader.add(problem: "slots is \(slots): expected a whole number from 1 to 4096")
        }
        if let taskTimeout, !(1...604_800).contains(taskTimeout.components.seconds) {
            reader.add(problem: "taskTimeout is \(taskTimeout): expected 1 to 604800 seconds")
        }
        try reader.check()
        return target
    }

    private func specification(_ target: TargetOptions.Resolved, defaultRegion: RegionName?) -> RunSpecification {
        RunSpecification(
            function: .native(NativeSpecification(name: name)), selection: target.selection, regions: target.regions,
            defaultRegion: defaultRegion, role: role, partition: target.partition, profile: profile,
            taskTimeoutSeconds: taskTimeout.map { Int($0.components.seconds) }, slots: slots,
            raisesException: raisesException,
            isAtMostOnce: isAtMostOnce)
    }

    private func read<Output: Sendable>(
        _ run: RunID, _ reader: any RunReader, _ coding: ResultCoding<Output>
    ) async throws -> CoveOutput<Output> {
        var output = CoveOutput<Output>(run: run)
        guard let record = try await reader.run(run) else { return output }
        var cursor = TaskCursor.start
        while true {
            let page = try await reader.tasks(of: run, in: TaskState.allCases, after: cursor, limit: 256)
            if page.tasks.isEmpty { break }
            cursor = page.next
            for task in page.tasks {
                let target = CoveTarget(account: task.account, region: task.region)
                switch task.outcome {
                case .succeeded(let result):
                    output.results.append(CoveResult(target: target, result: try coding.decode(result)))
                case .failed(let failure): output.exceptions.append(CoveFailure(target: target, failure: failure))
                case .roleNotAssumed(let failure):
                    output.failedAssumeRole.append(CoveFailure(target: target, failure: failure))
                case nil:
                    let reason = OutputEntry(task, of: record).reason ?? ""
                    output.notRun.append(CoveNotRun(target: target, reason: reason))
                }
            }
        }
        output.notRun += try await reader.skippedAccounts(of: run).map {
            CoveNotRun(target: CoveTarget(account: $0.account), reason: $0.reason.description)
        }
        return output
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
