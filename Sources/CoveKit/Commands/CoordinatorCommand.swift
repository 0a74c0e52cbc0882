// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore

/// `cove coordinator`: keeps the runs of many, and hands their tasks to workers.
struct CoordinatorCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract: "Keep runs, and hand their tasks to workers.",
        discussion: """
            The store is made where there is none, and with it a token for each right, in the folder "tokens" in it: \
            join for workers, submit for who makes runs, read for who looks at them. \
            SIGTERM ends it; workers finish what runs and deliver it when the coordinator is back.
            """)

    @OptionGroup(title: "Network") var listen: ListenOptions
    @Option(name: .long, help: .setting("store", "The folder of its runs.", value: "folder"))
    var store: String?
    @Option(
        name: .long,
        help: .setting(
            "lease-ttl",
            "How long a worker may not be heard before its tasks are run again. (default: 60s)",
            value: "seconds"))
    var leaseTtl: String?
    @Option(
        name: .long,
        help: .setting("profile", "The profile whose credentials read the organization.", value: "name")
    )
    var profile: String?
    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let listen = listen.resolve(&reader)
        let store = reader.text(store, "store")
        if store == nil {
            reader.add(problem: "no store was given: name the folder of its runs with --store")
        }
        let ttl = Duration.seconds(reader.seconds(leaseTtl, "lease-ttl", in: 5...3_600) ?? 60)
        let profile = reader.text(profile, "profile")
        let (console, logger) = console.resolve(&reader, environment)
        try reader.check()
        guard let listen, let store else { return }
        for warning in listen.warnings + VariableCheck.warnings(environment.variables) {
            console.say("cove: warning: \(warning)")
        }
        try await CoordinatorDaemon(
            listen: listen, store: store, terms: LeaseTerms(ttl: ttl),
            access: LateAccess(environment: environment, profile: profile), fileLimit: environment.fileLimit,
            console: console,
            logger: logger
        ).run()
    }
}
