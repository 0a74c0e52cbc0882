// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The options that say how a run is executed.
struct ExecutionOptions: ParsableArguments {
    @Flag(
        name: .long, inversion: .prefixedNo,
        help: .setting("raise-exception", "Stop everything at the first task that does not succeed."))
    var raiseException: Bool?
    @Flag(
        name: .long, inversion: .prefixedNo,
        help: .setting("at-most-once", "Never run an attempt again that was started and lost."))
    var atMostOnce: Bool?
    @Option(
        name: .long,
        help: .setting(
            "task-timeout", "How long an attempt may take: 90, 90s, 5m, 2h. (default: no limit)", value: "seconds"))
    var taskTimeout: String?
    @OptionGroup var slots: SlotOptions
}

/// How many attempts run at the same time.
struct SlotOptions: ParsableArguments {
    /// As many as botocove's threads.
    static let defaultSlots = 20
    /// How many there may be.
    static let range = RunSpecification.slotRange

    @Option(
        name: .long,
        help: .setting(
            "slots", "How many attempts run at the same time. (default: 20, or what the run was made with)", value: "n")
    )
    var slots: String?

    /// The number of slots that was asked for.
    func resolve(_ reader: inout SettingReader) -> Int? { reader.integer(slots, "slots", in: Self.range) }
}
