// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// Where local runs are kept.
struct StoreOptions: ParsableArguments {
    @Option(
        name: .long,
        help: .setting(
            "store", "The folder of local runs. (default: cove/runs in $XDG_STATE_HOME or ~/.local/state)",
            value: "folder"))
    var store: String?

    /// The folder of local runs; nil, with a problem, when there is none to be told.
    func resolve(_ reader: inout SettingReader, _ environment: ProcessEnvironment) -> RunFolders? {
        let folders = RunFolders(
            option: reader.text(store, "store"), isArgument: store != nil, environment: environment)
        if folders == nil {
            reader.add(problem: "there is no folder for runs: set HOME or XDG_STATE_HOME, or name one with --store")
        }
        return folders
    }
}
