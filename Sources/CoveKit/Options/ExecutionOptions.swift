// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The options that say how a run is executed.
struct ExecutionOptions: ParsableArguments {
    @Flag(name: .long, inversion: .prefixedNo, help: "Stop everything at the first task that does not succeed.")
    var raiseException: Bool?
    @Flag(name: .long, inversion: .prefixedNo, help: "Never run an attempt again that was started and lost.")
    var atMostOnce: Bool?
    @Option(name: .long, help: .init("How long an attempt may take: 90, 90s, 5m, 2h. (default: no limit)", valueName: "seconds"))
    var taskTimeout: String?
    @OptionGroup var slots: SlotOptions
}

/// How many attempts run at the same time.
struct SlotOptions: ParsableArguments {
    @Option(name: .long, help: .init("How many attempts run at the same time. (default: 20)", valueName: "n"))
    var slots: String?

    /// The number of slots; 20 as botocove's threads.
    func resolve(_ reader: inout SettingReader) -> Int { reader.integer(slots, "slots", in: 1...4_096) ?? 20 }
}
