// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// What the commands have in common that go on with a run.
struct ContinuationOptions: ParsableArguments {
    @Argument(help: .init("The run's id, or the beginning of it.", valueName: "run"))
    var run: String
    @OptionGroup var slots: SlotOptions
    @OptionGroup(title: "Results") var output: OutputOptions
    @OptionGroup var detach: DetachOptions
    @OptionGroup var place: PlaceOptions
    @OptionGroup(title: "Messages") var console: ConsoleOptions

    /// Finds the run, goes on with it and follows it to its end.
    func perform(_ continuation: Continuation, in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let slots = slots.resolve(&reader)
        let target = output.resolve(&reader, environment)
        let (console, logger) = console.resolve(&reader, environment)
        let place = place.resolve(&reader, environment, console, logger)
        let isDetached = detach.resolve(&reader, place, output)
        if place?.isRemote != true {
            environment.checkFileLimit(slots: slots ?? SlotOptions.defaultSlots, &reader)
        } else if self.slots.slots != nil {
            reader.add(problem: "--slots was given with a coordinator: a run keeps the bound that it was made with")
        }
        try reader.check()
        try await place?.perform(
            ContinuationRequest(
                name: run, continuation: continuation, environment: environment, slots: slots, output: target,
                isDetached: isDetached, console: console, logger: logger))
    }
}
