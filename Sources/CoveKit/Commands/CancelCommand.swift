// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore
import CoveWire

/// `cove cancel`: stops a run, wherever it is performed.
struct CancelCommand: EnvironmentCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "cancel", abstract: "Stop a run: nothing more is started, what runs is ended.",
            discussion: """
                Waits until nothing of the run runs any more. What is recorded is kept, and \(Program.current.name) resume goes on with the run.
                """)
    }

    @Argument(help: .init("The run's id, or the beginning of it.", valueName: "run"))
    var run: String
    @Flag(name: .long, inversion: .prefixedNo, help: .setting("detach", "Do not wait until nothing runs any more."))
    var detach: Bool?
    @OptionGroup var place: PlaceOptions
    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let isDetached = reader.flag(detach, "detach")
        let (console, logger) = console.resolve(&reader, environment)
        let place = place.resolve(&reader, environment, console, logger)
        try reader.check()
        guard let place else { return }
        try await place.withRun(named: run) { id, service in
            guard let record = try await service.run(id) else { throw RequestFailure.forgotten(id) }
            // A run that ends by itself in this moment is a conflict, and told as one.
            if record.state != .completed { try await service.cancel(id) }
            if isDetached { return }
            let ended = try await RunFollower(id, of: service).follow()
            guard !console.isQuiet else { return }
            console.say("cove: \(Self.summary(ended))")
            if !ended.status.isCompleted { console.say("cove: go on with: \(place.command("resume", id))") }
        }
    }

    /// What was done, in a sentence.
    static func summary(_ ended: RunSnapshot) -> String {
        let (run, counts) = (ended.record.id, ended.record.counts)
        if ended.status.isCompleted { return "run \(run) is complete: there is nothing to cancel" }
        let verb =
            ended.status.stopReason == .cancelled
            ? "is cancelled" : "had stopped before (\(ended.status.stopReason?.sentence ?? "interrupted"))"
        let left = "\(counts.total - counts.settled)"
        return "run \(run) \(verb): \(counts.settled) of \(counts.total) tasks are recorded, "
            + (ended.record.state == .planning ? "\(left) and those that were not planned yet" : left) + " never ran"
    }
}
