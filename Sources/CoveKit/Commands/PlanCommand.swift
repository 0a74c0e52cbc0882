// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCoordinator
import CoveCore
import CoveWire

/// `cove plan`: who would be run, who not and why.
///
/// Nothing is executed and no role is assumed.
struct PlanCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show who would be run, who not and why; nothing is executed, no role is assumed.")

    @OptionGroup(title: "Where, and as whom") var target: TargetOptions
    @OptionGroup(title: "Results") var output: OutputOptions
    @OptionGroup(title: "Coordinator") var connection: ConnectionOptions
    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let target = target.resolve(&reader)
        let output = output.resolve(&reader, environment, default: .table)
        let (console, logger) = console.resolve(&reader, environment)
        let isRemote = connection.isGiven(reader)
        let connection = connection.resolve(&reader)
        if isRemote { target.checkWithoutCredentials(&reader) }
        try reader.check()
        for warning in target.warnings + VariableCheck.warnings(environment.variables) {
            console.say("cove: warning: \(warning)")
        }
        let plan: RunPlan
        if let connection {
            // What is run plays no part in a plan; the specification has to name something.
            let specification = target.specification(.native("plan"))
            plan = try await RemoteRuns(connection: connection, console: console, logger: logger)
                .withService { try await $0.plan(specification) }
        } else {
            plan = try await localPlan(target, environment)
        }
        try await output.write(report: PlanReport(plan: plan, role: target.role).report)
    }

    private func localPlan(_ target: TargetOptions.Resolved, _ environment: ProcessEnvironment) async throws -> RunPlan
    {
        let access = try AWSAccess(environment: environment, profile: target.profile)
        let directory = AWSDirectory(session: access.session)
        let caller = try await directory.caller()
        var plan = RunPlan(
            callingAccount: caller.account, partition: target.partition ?? caller.partition,
            regions: target.regions ?? [access.defaultRegion].compactMap { $0 })
        let resolver = TargetResolver(directory: directory, selection: target.selection, caller: caller)
        try await resolver.resolve { page in
            plan.targets += page.targets
            plan.leftOut += page.skipped + page.leftOut
        }
        return plan
    }
}
