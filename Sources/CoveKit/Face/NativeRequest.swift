// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCoordinator
import CoveCore
import CoveWire
import CoveWorker
import FoundationEssentials
import Logging

/// A local run of a Swift function: from typed arguments to typed output, by the path that `cove exec` takes.
enum NativeRequest {
    /// Checks the arguments, all at once.
    static func specification(
        name: String, targetIDs: [String]?, ignoreIDs: [String], regions: [String]?, role: RoleSpecification,
        partition: String?, profile: String?, raiseException: Bool, includeCallingAccount: Bool
    ) throws -> RunSpecification {
        var reader = SettingReader(variables: [:])
        let selection = TargetOptions.selection(
            targets: targetIDs, ignored: ignoreIDs, includesCallingAccount: includeCallingAccount, &reader)
        let regions = regions.map { TargetOptions.regionNames($0, &reader) }
        TargetOptions.check(role, &reader)
        let partition = partition.map { TargetOptions.partitionName($0, &reader) }
        try reader.check()
        return RunSpecification(
            function: .native(name), selection: selection, regions: regions, role: role, partition: partition,
            profile: profile, raisesException: raiseException)
    }

    /// Creates the run, performs it and reads its output.
    static func perform<Output: Codable & Sendable>(
        _ specification: RunSpecification, slots: Int,
        _ function: @escaping @Sendable (CoveSession) async throws -> Output
    ) async throws -> CoveOutput<Output> {
        guard (1...4_096).contains(slots) else {
            throw InvalidRequest("slots is \(slots): expected a whole number from 1 to 4096")
        }
        let environment = ProcessEnvironment.current
        guard let folders = RunFolders(option: nil, environment: environment) else {
            throw InvalidRequest("there is no folder for runs: set HOME or XDG_STATE_HOME")
        }
        let access = try AWSAccess(environment: environment, profile: specification.profile)
        var specification = specification
        specification.defaultRegion = access.defaultRegion
        let registry = FunctionRegistry(
            programs: ProgramExecutor(environment: environment.variables, limits: .init()),
            native: [
                specification.function.summary: { session in
                    JSONText(trusted: Array(try JSONEncoder().encode(try await function(session))))
                }
            ])
        let created = try await LocalRun.create(
            specification, in: folders, access: access, slots: slots, functions: registry,
            logger: Logger(label: "cove") { _ in SwiftLogNoOpLogHandler() })
        let output: CoveOutput<Output>
        do {
            let ending = try await created.execute { _ in }
            if let error = ending.planningError { throw error }
            output = try await read(created)
            if case .raisedException = ending.stopReason, let first = try await firstFailure(created, ending) {
                throw first
            }
        } catch {
            await created.close(after: error, in: folders)
            throw error
        }
        try await created.store.close()
        return output
    }

    private static func read<Output: Codable & Sendable>(_ run: LocalRun) async throws -> CoveOutput<Output> {
        var output = CoveOutput<Output>(run: run.id)
        let decoder = JSONDecoder()
        var cursor = TaskCursor.start
        while true {
            let page = try await run.store.tasks(of: run.id, in: TaskState.allCases, after: cursor, limit: 256)
            if page.tasks.isEmpty { break }
            cursor = page.next
            for task in page.tasks {
                let target = CoveTarget(account: task.account, region: task.region)
                switch task.outcome {
                case .succeeded(let result):
                    let value = try decoder.decode(Output.self, from: Data(result?.utf8 ?? Array("null".utf8)))
                    output.results.append(CoveResult(target: target, result: value))
                case .failed(let failure): output.exceptions.append(CoveFailure(target: target, failure: failure))
                case .roleNotAssumed(let failure):
                    output.failedAssumeRole.append(CoveFailure(target: target, failure: failure))
                case nil: output.notRun.append(target)
                }
            }
        }
        output.notRun += try await run.store.skippedAccounts(of: run.id).map { CoveTarget(account: $0.account) }
        return output
    }

    private static func firstFailure(_ run: LocalRun, _ ending: LocalRun.Ending) async throws -> CoveFailure? {
        guard case .raisedException(let id) = ending.stopReason,
            let task = try await run.store.unsuccessfulTask(id, of: run.id), let failure = task.outcome?.failure
        else { return nil }
        return CoveFailure(target: CoveTarget(account: task.account, region: task.region), failure: failure)
    }
}
