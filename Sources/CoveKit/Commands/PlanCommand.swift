// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCoordinator
import CoveCore

/// `cove plan`: who would be run, who not and why.
///
/// Nothing is executed and no role is assumed.
struct PlanCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show who would be run, who not and why; nothing is executed, no role is assumed.")

    @OptionGroup(title: "Where, and as whom") var target: TargetOptions
    @OptionGroup(title: "Results") var output: OutputOptions
    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let target = target.resolve(&reader)
        let output = output.resolve(&reader, environment, default: .table)
        let (console, _) = console.resolve(&reader, environment)
        try reader.check()
        for warning in target.warnings + VariableCheck.warnings(environment.variables) {
            console.say("cove: warning: \(warning)")
        }
        let access = try AWSAccess(environment: environment, profile: target.profile)
        let directory = AWSDirectory(session: access.session)
        let caller = try await directory.caller()
        var plan = PlanReport(
            caller: caller, role: target.role, partition: target.partition ?? caller.partition,
            regions: target.regions ?? [access.defaultRegion].compactMap { $0 })
        let resolver = TargetResolver(directory: directory, selection: target.selection, caller: caller)
        try await resolver.resolve { page in
            plan.targets += page.targets
            plan.leftOut += page.skipped + page.leftOut
        }
        try await output.write(report: plan.report)
    }
}
